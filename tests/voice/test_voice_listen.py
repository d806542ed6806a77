"""Push-to-talk at the microphone of a running daemon: the command line, the bus, another integration."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from integrations.voice.microphone import State
from integrations.voice.speaking import sound
from tests.cli.program import HEARTHD, ROOT, Program
from tests.house import living
from tests.voice import speech
from tests.voice.living import Listening, listening

pytestmark = [
    pytest.mark.broker,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]
SOUNDS = {"sounds": True, "volume": 100}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Listening]:
    folder = tmp_path_factory.mktemp("voice")
    loud = {"command": ["sh", "-c", 'cat >>"$0"', str(folder / "said")], **SOUNDS}
    async with listening(folder, more=lambda _: {"speaker": loud, "listening": {"nothing": 1.5}}) as one:
        await one.settled()
        yield one


def environment(state_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARTHD_")}
    return kept | {"HEARTHD_NODE__STATE_DIR": str(state_dir), "HEARTHD_JOURNAL__ENABLED": "false"}


class Pushed:
    """`hearthd voice listen` while it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def ended(self) -> tuple[int, str, str]:
        """Its exit code, and what it printed."""
        out, errors = await asyncio.wait_for(self.process.communicate(), 25)
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), errors.decode()


@asynccontextmanager
async def pushed(house: Listening, *options: str, until: State = State.LISTENING) -> AsyncIterator[Pushed]:
    """The command, as soon as the house listens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *HEARTHD[1:], "voice", "listen", *options),
        cwd=ROOT,
        env=environment(house.voice.house.state_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        await house.settled(until)
        yield Pushed(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_it_prints_what_was_said_and_the_reply(house):
    async with pushed(house) as command:
        await house.command("turn on the kitchen light", wake=None)
        code, out, _ = await command.ended()

    lines = out.splitlines()
    assert code == 0
    assert "... turn on the kitchen" in lines
    assert lines[-2] == "heard: turn on the kitchen light"
    assert lines[-1]
    await house.becomes("light.kitchen", "on")


async def test_as_json_each_event_is_a_line(house):
    await house.settled()
    async with pushed(house, "--json") as command:
        await house.command("turn off the kitchen light", wake=None)
        code, out, _ = await command.ended()

    events = [json.loads(line) for line in out.splitlines()]
    *partial, heard, reply = events
    assert code == 0
    assert {one["event"] for one in partial} == {"partial"}
    assert (heard["event"], heard["text"]) == ("heard", "turn off the kitchen light")
    assert (reply["event"], reply["id"]) == ("reply", heard["id"])
    assert len({one["listen"] for one in (*partial, heard)}) == 1


async def test_it_may_be_said_of_another_area(house):
    await house.settled()
    async with pushed(house, "--area", "Living Room") as command:
        await house.command("turn on the fan", wake=None)
        code, _, _ = await command.ended()

    assert code == 0
    await house.becomes("fan.living_room", "on")


async def test_nothing_said_ends_with_1(house):
    await house.settled()
    async with pushed(house) as command:
        await house.room.say(speech.silence(3))
        code, out, errors = await command.ended()

    assert (code, out, errors) == (1, "", "nobody said anything\n")


async def test_whoever_breaks_it_off_ends_the_listening(house):
    await house.settled()
    async with pushed(house) as command:
        command.process.send_signal(signal.SIGINT)
        code, _, _ = await command.ended()
        await house.settled()

    assert code == 130


async def test_what_fails_ends_with_1_and_sounds_like_it(house):
    await house.settled()
    before = len(house.spoken())
    house.house.publish("demo-house/light.kitchen/faults", {"reject": 1})
    async with pushed(house) as command:
        await house.command("turn on the kitchen light", wake=None)
        code, _, errors = await command.ended()
        await house.house.until(lambda: sound("failed").pcm in house.spoken()[before:], 10)

    house.house.publish("demo-house/light.kitchen/faults", {"reject": 0})
    assert code == 1
    assert errors.strip()
    assert sound("understood").pcm not in house.spoken()[before:]


async def test_what_is_done_sounds_like_it(house):
    await house.settled()
    before = len(house.spoken())
    await house.command("turn off the living room fan")
    await house.becomes("fan.living_room", "off")

    await house.house.until(lambda: sound("understood").pcm in house.spoken()[before:], 10)
    assert sound("failed").pcm not in house.spoken()[before:]


async def test_a_button_is_told_what_came_of_it(house):
    await house.settled()
    house.house.publish(house.house.topic("voice", "listen"), {"id": "button 7"})
    await house.settled(State.LISTENING)
    await house.room.say(speech.silence(3))
    silence = await house.next("voice/silence")

    assert (silence["why"], silence["listen"]) == ("nothing", "button 7")


async def test_a_button_may_send_anything(house):
    await house.settled()
    house.house.publish(house.house.topic("voice", "listen"), "\x00 not json")
    await house.settled(State.LISTENING)
    house.house.publish(house.house.topic("voice", "cancel"), {})
    silence = await house.next("voice/silence")

    assert silence["why"] == "cancelled"
    assert "listen" not in silence


async def test_another_integration_may_ask_and_is_given_the_reply(house):
    await house.settled()
    asking = asyncio.ensure_future(house.voice.house.ask("listen", {"area": "Living Room"}))
    await house.settled(State.LISTENING)
    await house.command("turn on the fan", wake=None)
    came = await asyncio.wait_for(asking, 20)

    assert came["heard"] == "turn on the fan"
    assert came["reply"]["intents"][0]["name"] == "HassTurnOn"
    await house.becomes("fan.living_room", "on")


async def test_who_presses_while_somebody_listens_takes_their_place(house):
    await house.settled()
    first = asyncio.ensure_future(house.voice.house.ask("listen", {"id": "first"}))
    await house.settled(State.LISTENING)
    second = asyncio.ensure_future(house.voice.house.ask("listen", {"id": "second"}))
    came = await asyncio.wait_for(first, 10)
    house.house.publish(house.house.topic("voice", "cancel"), {})

    assert came == {"why": "replaced"}
    assert await asyncio.wait_for(second, 10) == {"why": "cancelled"}


async def test_without_a_microphone_it_says_what_is_wrong(house):
    await house.settled()
    await house.room.close()
    async with pushed(house, until=State.OFF) as command:
        code, out, errors = await command.ended()
    asked = await house.voice.house.ask("listen", {})
    await house.room.open()
    await house.settled()

    assert (code, out) == (1, "")
    assert errors.startswith("there is no microphone: ")
    assert "network microphone" in errors
    assert asked == {"why": "off"}


# a question back -------------------------------------------------------------------------------------------
async def test_a_question_is_printed_and_its_answer_waited_for(tmp_path):
    async with listening(tmp_path, more=lambda _: {"sure": 0.99}) as house:
        await house.settled()
        async with pushed(house) as command:
            await house.command("turn on the kitchen light", wake=None, voice="en-gb+linda")
            asked = await house.next("reply")
            await house.settled(State.LISTENING)
            await house.command("yes", wake=None)
            code, out, _ = await command.ended()

        await house.becomes("light.kitchen", "on")
    lines = [line for line in out.splitlines() if not line.startswith("...")]
    assert code == 0
    assert lines[0] == "heard: turn on the kitchen light"
    assert lines[1] == asked["shown"]
    assert lines[2] == "heard: yes"


# nobody to listen ------------------------------------------------------------------------------------------
async def test_a_house_without_a_voice_says_so(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path):
        done = await asyncio.to_thread(_run, tmp_path, "voice", "listen")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "this house has no voice: add 'voice:' to its configuration\n"


async def test_a_house_that_understands_no_speech_says_why(tmp_path):
    missing = {"engine": "vosk", "model": str(tmp_path / "none")}
    async with listening(tmp_path, more=lambda _: {"stt": missing}) as house:
        await house.problem(str(tmp_path / "none"))
        await house.house.until(lambda: house.voice._microphone.state is State.IDLE, 10)
        done = await asyncio.to_thread(_run, house.voice.house.state_dir, "voice", "listen")

    assert (done.returncode, done.stdout) == (1, "")
    assert str(tmp_path / "none") in done.stderr


async def test_without_a_daemon_it_says_so(tmp_path):
    done = await asyncio.to_thread(Program(tmp_path, port=1), "voice", "listen")

    assert done.returncode == 1
    assert "no hearthd is running" in done.stderr


async def test_wrong_use_ends_with_2(tmp_path):
    done = await asyncio.to_thread(Program(tmp_path, port=1), "voice", "listen", "--wait", "0")

    assert (done.returncode, done.stderr) == (2, "--wait: more than 0\n")


def _run(state_dir: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *HEARTHD[1:], *arguments],
        cwd=ROOT,
        env=environment(state_dir),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
