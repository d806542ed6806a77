"""Models that fail: one clear line each, the next takes over, nothing is lost, and the daemon lives."""

import asyncio
import itertools
import os
import signal
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent.engines.tiny import shipped
from agent.inference.worker import Worker
from tests.house import House
from tests.inference.server import Peer, said
from tests.inference.toy import make
from tests.talking import Talk, put, simulated_home
from tests.tiering import (
    OFF,
    ONLY,
    Held,
    behind,
    lights_off,
    lit,
    model,
    serve,
    states,
    statuses,
)

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
trained = pytest.mark.skipif(not shipped.file().exists(), reason="the model was not trained yet: make model")
_ids = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[House]:
    async with simulated_home(tmp_path_factory.mktemp("faults"), {"health": {"interval": 1}}) as house:
        yield house


@pytest.fixture
def talk(house) -> Talk:
    serve(house)
    return Talk(house, f"session-{next(_ids)}")


async def reported(house: House) -> dict:
    """The next health report."""
    before = len(house.on(house.topic("health")))
    return (await house.until(lambda: house.on(house.topic("health"))[before:]))[0]


# bad files ------------------------------------------------------------------------------------------------
def bad_files(folder: Path) -> dict[str, Path]:
    """Files that can't be loaded, each for another reason."""
    sound = make(folder / "sound.gguf")
    content = sound.read_bytes()
    truncated, corrupt = folder / "truncated.gguf", folder / "corrupt.gguf"
    truncated.write_bytes(content[: len(content) // 2])
    # One bit of one token: there are two of another then, which the library ends its process over.
    corrupt.write_bytes(content.replace(struct.pack("<Q", 1) + b"8", struct.pack("<Q", 1) + b"9", 1))
    return {
        "missing": folder / "missing.gguf",
        "truncated": truncated,
        "corrupt": corrupt,
        "other": make(folder / "other.gguf", arch="qwen3"),
        "large": sound,
        "replaced": sound,
    }


MORE = {"large": {"context": 131_072, "memory_limit_mb": 64}, "replaced": {"sha256": "0" * 64}}
SAID = {
    "missing": "missing.gguf: there is no such file",
    "truncated": "truncated.gguf: is cut off: ",
    "corrupt": "corrupt.gguf: can't be loaded; it is damaged (SIGABRT in the library)",
    "other": "other.gguf: is a model of architecture 'qwen3'; ",
    "large": "sound.gguf: takes about ",
    "replaced": "sound.gguf: is not the file that was meant: its SHA-256 is another one",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fallen(house, tmp_path_factory) -> tuple[dict, dict, set]:
    """A reply for which every bad file was tried, the health report after it, and the kitchen lights."""
    talk, files = Talk(house, "fallen"), bad_files(tmp_path_factory.mktemp("bad"))
    await lit(talk)
    providers = {
        name: {"kind": "gpt4all", "path": str(path), "context": 512, **MORE.get(name, {})}
        for name, path in files.items()
    }
    async with Peer(said(lights_off())).open() as peer:
        first, *others = providers
        serve(
            house,
            **ONLY,
            providers={**providers, "big": behind(peer)},
            primary=first,
            fallback=[*others, "big"],
            budgets={"intent": {"deadline": 60}},
        )
        reply = await talk.say(OFF)
        return reply, await reported(house), states(talk)


async def test_when_no_file_can_be_loaded_the_server_takes_over(fallen):
    reply, _, lights = fallen

    assert (reply["tier"], statuses(reply), lights) == ("provider", {"confirmed"}, {"off"})


@pytest.mark.parametrize("fault", SAID)
async def test_the_health_report_says_in_one_line_what_is_wrong_with_a_file(fallen, fault):
    told = fallen[1]["models"][fault]

    assert (told["state"], told["level"], told["answered"], told["failed"]) == ("broken", "warning", 0, 1)
    assert SAID[fault] in told["reason"]
    assert "\n" not in told["reason"]


async def test_the_health_report_says_who_is_well(fallen):
    told = fallen[1]["models"]["big"]

    assert (told["state"], told["level"], told["answered"]) == ("ready", "ok", 1)
    assert fallen[1]["level"] in ("warning", "critical")


async def test_without_any_model_the_report_names_none(talk):
    serve(talk.house, **ONLY)

    assert (await reported(talk.house))["models"] == {}


@trained
async def test_a_model_that_answers_shows_what_it_took(talk):
    await talk.say(OFF)
    told = (await reported(talk.house))["models"]["shipped"]

    assert (told["state"], told["level"], told["reason"]) == ("ready", "ok", "")
    assert told["answered"] >= 1
    assert told["load_ms"] > 0
    assert 20 < told["memory_mb"] < 200


async def test_a_server_that_goes_away_is_said_to_be_down_and_left_alone_for_a_while(talk):
    async with Peer(None).open() as gone:
        pass
    serve(talk.house, **ONLY, providers={"big": behind(gone)}, budgets={"intent": {"deadline": 0.3}})
    for _ in range(3):
        await talk.say(OFF)
    quick = await talk.say(OFF)
    told = (await reported(talk.house))["models"]["big"]

    assert (told["state"], told["level"], told["failed"]) == ("down", "warning", 3)
    assert told["reason"].startswith("big")
    assert (quick["tier"], quick["ms"] < 200) == ("none", True)


# a worker that dies ---------------------------------------------------------------------------------------
ASKED = [f"we need the {room} lights {way}" for room in ("kitchen", "bedroom") for way in ("on", "off")]
ASKED += [f"{start} {one}" for start in ("I think", "well I guess", "you know", "maybe") for one in ASKED]


@pytest.fixture
def runner(talk) -> Worker:
    """A fresh worker of the shipped model, whose answers are not remembered."""
    serve(talk.house, remembered=0)
    return talk.house.daemon.models._served["shipped"].runner


@trained
async def test_a_worker_that_is_killed_again_and_again_costs_answers_at_most(talk, runner):
    killed = set()

    async def kill():
        while True:
            if runner.pid is not None and runner.pid not in killed and len(killed) < 6:
                killed.add(runner.pid)
                os.kill(runner.pid, signal.SIGKILL)
            await asyncio.sleep(0.01)

    killing = asyncio.create_task(kill())
    said_so = [Talk(talk.house, f"kill-{next(_ids)}").say(text) for text in ASKED]
    replies = await asyncio.gather(*said_so)
    killing.cancel()

    assert len(killed) >= 2
    assert model(talk.house).restarts >= 2
    assert all(one["text"] and one["tier"] in ("model", "none") for one in replies)
    # The model has one second, whatever becomes of it; devices have theirs.
    assert max(one["ms"] for one in replies if not one["outcomes"]) < 2500


@trained
async def test_after_a_death_the_model_is_there_again(talk, runner):
    await talk.say(OFF)
    os.kill(runner.pid, signal.SIGKILL)
    await lit(talk)
    reply = await talk.say(OFF)

    assert (reply["tier"], states(talk)) == ("model", {"off"})
    assert model(talk.house).restarts == 1


@trained
async def test_a_worker_that_hangs_costs_its_deadline_and_templates_nothing(talk, runner):
    await talk.say(OFF)
    os.kill(runner.pid, signal.SIGSTOP)
    other = Talk(talk.house, f"session-{next(_ids)}")
    await put(talk, "light.desk_lamp", "off")
    hung = asyncio.create_task(talk.say(OFF))
    quick = await other.say("turn on the desk lamp")
    reply = await hung

    assert (quick["tier"], statuses(quick)) == ("grammar", {"confirmed"})
    assert (reply["tier"], reply["outcomes"], reply["ms"] < 2500) == ("none", [], True)


# a new configuration --------------------------------------------------------------------------------------
async def test_who_is_being_answered_when_the_models_change_still_is(talk):
    await lit(talk)
    held = Held(lights_off())
    async with Peer(held).open() as old, Peer(said(lights_off("bedroom"))).open() as new:
        serve(talk.house, **ONLY, providers={"old": behind(old)})
        first = asyncio.create_task(talk.say(OFF))
        await old.until(lambda peer: peer.requests)
        serve(talk.house, **ONLY, providers={"new": behind(new)})
        second = await Talk(talk.house, f"session-{next(_ids)}").say("we need the bedroom lights off")
        held.now.set()
        reply = await first

    assert (reply["tier"], statuses(reply), states(talk)) == ("provider", {"confirmed"}, {"off"})
    assert (second["tier"], len(new.requests)) == ("provider", 1)
