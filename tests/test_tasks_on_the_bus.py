"""Tasks over the bus: `.../run/<task>` in, how it ended out, through the whole daemon."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.mqtt.signature import signed
from agent.runtime.key import derived
from tests.house import House, living


@pytest.fixture
def diary(tmp_path) -> Path:
    """Where the tasks of this house write what they were given, a line for each run."""
    return tmp_path / "diary"


@pytest.fixture
async def house(broker, tmp_path, diary) -> AsyncIterator[House]:
    note = tmp_path / "note"
    note.write_text(f'#!/bin/sh\necho "$@" >> {diary}\necho "noted $1"\n')
    note.chmod(0o700)
    where = {"parameters": {"path": {"pattern": "/[a-z]{1,9}"}, "tag": {"values": ["x"], "default": "x"}}}
    tasks = {
        "note": {"command": [str(note), "{path}", "{tag}"], "risk": "reversible", **where},
        "plain": {"command": [str(note), "plain"], "risk": "reversible"},
        "grave": {"command": [str(note), "grave"]},
        "broken": {"command": ["sh", "-c", "echo no such disk; exit 3"], "risk": "reversible"},
    }
    async with living(broker.port, tmp_path / "state", {"tasks": tasks}) as running:
        yield running


def written(diary: Path) -> list[str]:
    return diary.read_text().splitlines() if diary.exists() else []


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def ends(house: House, status: str = "") -> list[dict[str, Any]]:
    """Everything about tasks that is final."""
    return [
        one
        for one in house.on(house.topic("outcome"))
        if one["action"] == "task.run" and one["final"] and one["status"].startswith(status)
    ]


async def ended(house: House, times: int = 1) -> list[dict[str, Any]]:
    return await house.until(lambda: len(found := ends(house)) >= times and found)


# in -----------------------------------------------------------------------------------------------------
async def test_a_task_is_run_and_its_outcomes_are_told_as_of_any_command(house, diary):
    house.publish(house.topic("run", "plain"), {})
    [end] = await ended(house)

    assert written(diary) == ["plain"]
    assert (end["target"], end["cause"]) == ("task.plain", {"kind": "bus", "who": "somebody on the bus"})
    assert [one["status"] for one in house.outcomes(end["id"])] == ["accepted", "sent", "confirmed"]


async def test_what_stands_beside_the_envelope_are_the_parameters(house, diary):
    envelope = {"id": "a run", "ts": ago(0), "ttl": 20, "trace": "mine", "v": 1, "pin": "0815"}
    house.publish(house.topic("run", "note"), {**envelope, "path": "/srv"})
    [end] = await ended(house)

    assert (end["id"], end["trace"], written(diary)) == ("a run", "mine", ["/srv x"])


@pytest.mark.parametrize(
    ("task", "payload", "reason"),
    [
        ("nothing", {}, "there is no task 'nothing'"),
        ("note", {}, "task.note needs path"),
        ("note", {"path": "/srv; reboot"}, "path is '/srv; reboot', which does not have the right form"),
        ("plain", {"path": "/srv"}, "task.plain knows no 'path'; it takes no parameters"),
        ("plain", [], "the payload is a list; an object like {} with the task's parameters is needed"),
        ("plain", "start", "the payload is not JSON"),
        ("plain", "", "the payload is not JSON"),
        ("plain", {"id": 7}, "'id' is 7; up to 128 printable characters are needed"),
        ("plain", {"ttl": -1}, "'ttl' is -1; seconds above 0"),
        ("plain", {"ts": "yesterday"}, "'ts' is 'yesterday'; '2026-01-31T12:00:00Z' would be right"),
        ("plain", {"signature": "00"}, "the signature is not of this daemon's key"),
    ],
)
async def test_what_cannot_be_run_is_refused_in_words(house, diary, task, payload, reason):
    house.publish(house.topic("run", task), payload)
    [end] = await ended(house)

    assert (end["status"], end["reason"][: len(reason)]) == ("refused", reason)
    assert written(diary) == []


async def test_a_retained_run_is_refused(house, diary):
    house.publish(house.topic("run", "plain"), {}, retain=True)
    [end] = await ended(house)
    house.publish(house.topic("run", "plain"), None, retain=True)

    assert (end["status"], end["reason"][:14], written(diary)) == ("refused", "it is retained", [])


async def test_a_run_whose_time_is_over_expires(house, diary):
    house.publish(house.topic("run", "plain"), {"ts": ago(60), "ttl": 10})
    [end] = await ended(house)

    assert (end["status"], written(diary)) == ("expired", [])


@pytest.mark.parametrize("named", ["by its id", "by its birth"])
async def test_a_copy_of_a_run_runs_nothing(house, diary, named):
    body = {"id": "once"} if named == "by its id" else {"ts": ago(0), "ttl": 600}
    for copies in (1, 2):
        house.publish(house.topic("run", "plain"), body)
        await ended(house, copies)

    assert written(diary) == ["plain"]


async def test_two_runs_without_id_or_birth_are_two(house, diary):
    house.publish(house.topic("run", "note"), {"path": "/a"})
    await ended(house)
    house.publish(house.topic("run", "note"), {"path": "/a"})
    await ended(house, 2)

    assert written(diary) == ["/a x", "/a x"]


async def test_a_disruptive_task_asks_before_it_is_run_for_a_stranger(house, diary):
    house.publish(house.topic("run", "grave"), {"id": "grave"})
    [waiting] = await house.until(lambda: house.outcomes("grave"))

    assert (waiting["status"], written(diary)) == ("pending", [])


async def test_who_can_sign_need_not_ask(house, diary):
    key = derived((house.daemon.state_dir / "key").read_bytes(), "command line")
    topic = house.topic("run", "grave")
    house.publish(topic, signed({"who": "ada"}, topic=topic, key=key))
    [end] = await ended(house)

    assert (end["status"], end["cause"], written(diary)) == (
        "confirmed",
        {"kind": "cli", "who": "ada"},
        ["grave"],
    )


# out ----------------------------------------------------------------------------------------------------
async def test_how_a_task_ended_is_told_on_its_own_topic(house):
    house.publish(house.topic("run", "plain"), {"id": "a run"})
    [told] = await house.until(lambda: house.on(house.topic("task", "plain")))

    assert {key: told[key] for key in ("task", "id", "well", "code", "line")} == {
        "task": "plain",
        "id": "a run",
        "well": True,
        "code": 0,
        "line": "noted plain",
    }
    assert (told["v"], bool(told["ts"]), bool(told["trace"])) == (1, True, True)


async def test_a_task_that_fails_says_so_on_both_topics(house):
    house.publish(house.topic("run", "broken"), {"id": "a run"})
    [told] = await house.until(lambda: house.on(house.topic("task", "broken")))
    [end] = await ended(house)

    assert (told["well"], told["code"], told["line"]) == (False, 3, "no such disk")
    assert (end["status"], end["reason"][:19], end["reason"][-14:]) == (
        "failed",
        "broken: exit code 3",
        ": no such disk",
    )
