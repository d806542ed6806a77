"""What rules and schedules say of themselves: on the bus, to questions, and at the command line."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cli.program import Program
from tests.house import House, living

DARK = "{{ value_json.dark }}"
HALL = {
    "id": "hall-light",
    "alias": "Hall light",
    "when": {"mqtt": "hall/motion", "if": DARK},
    "do": {"service": "light.turn_on", "target": "light.hallway"},
}
DOOR = {
    "id": "door-open",
    "when": {"mqtt": "door/bell"},
    "do": {"service": "lock.unlock", "target": "lock.front_door"},
    "shadow": True,
}
LOST = {**HALL, "id": "lost", "when": {"mqtt": "lost"}, "do": {"task": "broken"}}
VALUES = {
    "automations": [HALL, DOOR, LOST, {**HALL, "id": "asleep", "enabled": False}],
    "schedules": [
        {"id": "nightly", "cron": "0 3 * * *", "do": {"task": "broken"}},
        {"id": "once", "at": "2020-01-01T00:00", "do": {"task": "broken"}},
    ],
    "tasks": {"broken": {"command": ["sh", "-c", "exit 3"], "risk": "reversible"}},
    "plugins": {"demo_house": {"enabled": True}},
}


@pytest.fixture
async def house(own_broker, tmp_path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(living(own_broker().port, tmp_path / "state", VALUES))
        await one.until(lambda: one.daemon.home.state("weather.home").value)
        yield one


@pytest.fixture
def hearthd(tmp_path) -> Callable[..., Awaitable[str]]:
    """What a command prints, on either channel."""

    async def call(*arguments: str) -> str:
        done = await asyncio.to_thread(Program(tmp_path), *arguments)
        return done.stdout + done.stderr

    return call


async def went(house: House, rule: str, topic: str, payload: Any) -> dict[str, Any]:
    """What is told when a message sets the rule off."""
    house.publish(topic, payload)
    [told] = await house.until(lambda: house.on(house.topic("rule", rule)), 10)
    return told


async def asked(house: House, what: str, **arguments: Any) -> Any:
    """The answer to a question over the bus."""
    house.publish(house.topic("query", what), {"id": what, **arguments})
    [told] = await house.until(lambda: house.on(house.topic("answer", what)))
    return told["answer"]


# the bus ------------------------------------------------------------------------------------------------
async def test_a_rule_that_ran_tells_why_and_what_it_did(house):
    told = await went(house, "hall-light", "hall/motion", {"dark": True})

    assert {key: told[key] for key in ("rule", "because", "came", "words")} == {
        "rule": "hall-light",
        "because": "hall/motion said dark true",
        "came": "ran",
        "words": "light.turn_on light.hallway",
    }
    assert (told["v"], told["trace"].startswith("hall-light-")) == (1, True)


async def test_a_rule_in_shadow_tells_what_it_would_have_done_and_does_nothing(house):
    told = await went(house, "door-open", "door/bell", "ring")

    assert (told["came"], told["words"].partition(" (")[0]) == ("would have", "lock.unlock lock.front_door")
    assert house.on(house.topic("outcome")) == []


async def test_a_rule_whose_step_fails_tells_so(house):
    told = await went(house, "lost", "lost", {"dark": True})

    assert (told["came"], told["words"][:51]) == (
        "failed",
        "task broken did not succeed: task.broken: broken: e",
    )


async def test_what_became_of_a_rule_is_not_retained(house):
    await went(house, "hall-light", "hall/motion", {"dark": True})
    house.client.subscribe(house.topic("rule", "+"), qos=1)
    house.client.subscribe(house.topic("status"), qos=1)
    await house.until(lambda: any(topic == house.topic("status") and kept for topic, _, kept in house.heard))

    assert [topic for topic, _, kept in house.heard if kept and "/rule/" in topic] == []


async def test_what_a_rule_does_names_the_rule_as_its_cause(house):
    await went(house, "hall-light", "hall/motion", {"dark": True})
    [end] = [one for one in house.on(house.topic("outcome")) if one["final"]]

    assert (end["target"], end["status"], end["cause"]) == (
        "light.hallway",
        "confirmed",
        {"kind": "automation", "who": "hall-light"},
    )


# questions ----------------------------------------------------------------------------------------------
async def test_every_rule_can_be_asked_for(house):
    found = await asked(house, "rules")

    assert [(one["rule"], one["enabled"], one["shadow"]) for one in found] == [
        ("hall-light", True, False),
        ("door-open", True, True),
        ("lost", True, False),
        ("asleep", False, False),
    ]


async def test_every_schedule_can_be_asked_for(house):
    found = {one["id"]: one for one in await asked(house, "jobs")}

    assert (found["nightly"]["source"], found["nightly"]["last"]) == ("config", None)
    assert datetime.fromisoformat(found["nightly"]["next"]) > datetime.now(UTC)
    assert (found["once"]["next"], found["once"]["note"]) == (None, "it was over when it was first read")


# the command line ---------------------------------------------------------------------------------------
async def test_jobs_shows_when_next_when_last_what_and_whose(house, hearthd):
    lines = [" ".join(line.split()) for line in (await hearthd("jobs")).splitlines()]

    assert lines[0].startswith("nightly next ")
    assert lines[0].endswith(" not yet task: broken config")
    assert lines[1].startswith("once it was over when it was first read not yet ")


async def test_jobs_shows_triggers_of_rules_and_what_came_of_the_last_time(own_broker, tmp_path, hearthd):
    values = {
        "automations": [{**LOST, "id": "wake", "when": {"time": {"at": "07:30"}}}],
        "schedules": [{"id": "often", "every": "1s", "do": {"task": "broken"}}],
        "tasks": VALUES["tasks"],
    }
    async with living(own_broker().port, tmp_path / "state", values) as house:
        jobs = house.daemon.by_itself.jobs
        await house.until(lambda: any(one["result"] for one in jobs()), 10)
        found = {one["id"]: one for one in json.loads(await hearthd("jobs", "--json"))}

    assert found.keys() == {"often", "rule/wake/0"}
    assert found["often"]["result"].startswith(
        "failed, task broken did not succeed: task.broken: broken: exit"
    )


async def test_jobs_are_told_in_json_as_over_the_bus(house, hearthd):
    found = json.loads(await hearthd("jobs", "--json"))

    assert {one["id"] for one in found} == {"nightly", "once"}


async def test_why_of_a_rule_tells_what_it_waits_for_why_not_and_what_came(house, hearthd):
    await went(house, "hall-light", "hall/motion", {"dark": True})
    house.publish("hall/motion", {"dark": False})
    rules = house.daemon.by_itself
    await house.until(lambda: "looked" in rules.rule("hall-light")["triggers"][0])
    first, waits, looked, came, because = (await hearthd("why", "hall-light")).splitlines()

    assert first == "hall-light (Hall light): enabled"
    assert waits == "  waits for mqtt hall/motion, if {{ value_json.dark }}"
    assert looked.startswith("    did not fire at ")
    assert looked.endswith(": dark was false")
    assert came.endswith(" ran: light.turn_on light.hallway")
    assert because.startswith("    because hall/motion said dark true, id hall-light-")


@pytest.mark.parametrize(
    ("rule", "first"),
    [("door-open", "door-open: in shadow, it only tells what it would do"), ("asleep", "switched off")],
)
async def test_why_says_how_a_rule_stands(house, hearthd, rule, first):
    lines = (await hearthd("why", rule)).splitlines()

    assert first in lines[0]
    assert lines[-1] == "  was not set off yet"


async def test_why_of_a_rule_in_json_is_what_the_daemon_remembers(house, hearthd):
    [told] = json.loads(await hearthd("why", "door-open", "--json"))

    assert (told["rule"], told["shadow"], told["went"]) == ("door-open", True, [])


async def test_why_without_a_name_tells_of_the_last_action_as_before(house, hearthd):
    await went(house, "hall-light", "hall/motion", {"dark": True})
    lines = (await hearthd("why")).splitlines()

    assert lines[0] == "light.turn_on light.hallway: confirmed"
    assert lines[1].startswith("  asked by hall-light (automation) at ")


async def test_why_of_what_is_neither_says_so(house, hearthd):
    told = "no action, rule, schedule or timer 'nothing' is known\n"

    assert await hearthd("why", "nothing") == told


async def test_what_strangers_sent_does_not_steer_the_terminal(house, hearthd):
    house.publish("hall/motion", {"dark": "\x1b[31mred"})
    rules = house.daemon.by_itself
    await house.until(lambda: "looked" in rules.rule("hall-light")["triggers"][0])
    shown = await hearthd("why", "hall-light")

    assert ("31mred" in shown, "\x1b" in shown) == (True, False)
