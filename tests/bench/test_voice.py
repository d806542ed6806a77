"""Voice, end to end: WAVs that are played into a real audio input, and what became of the house.

- commands: a hundred, of voices and sentences that the model of the tests was not trained on, each with the
  wake word before it, played into PulseAudio: wake word, VAD, vosk, intent, deed, the device's own report.
  Right: the thing is as it was wanted, and nothing else has changed. Wrong: anything else has changed.
- noise: the same with pink noise at 10 dB and the echo of a room.
- quick: from the end of speech, as the VAD saw it, to the command on the device's topic.
- idle: CPU time of the ear while nobody speaks, in silence and in babble; its memory.
- an hour of babble, music and silence, as fast as the ear takes it: what it wakes for, and what is done.
- people: recordings in a folder that `HEARTHD_HUMAN` names, `grammar.jsgf` beside them and `labels.json`,
  {"<file>.wav": {"<slot>": "<word>"}}: pocketsphinx with that grammar. Skipped without it.
"""

import asyncio
import contextlib
import json
import os
import statistics
import time
import wave
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent.home.housefile import read_house
from integrations.voice.ear.recognisers import open_recogniser
from tests.bench.voice_commands import HOUSE, Command, commands
from tests.house import House, living
from tests.integrations.simulating import there
from tests.mosquitto import Mosquitto
from tests.voice import speech
from tests.voice.ear_process import EarProcess
from tests.voice.pulse import Pulse, pulse

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
COUNT = int(os.environ.get("HEARTHD_COMMANDS", "100"))
PEOPLE = os.environ.get("HEARTHD_HUMAN")
VOICES = ("en-us+f4", "en-us+Michael", "en-gb+linda", "en-us+john")
LATEST = 8.0


@pytest.fixture(scope="module")
def loudspeaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    with pulse(tmp_path_factory.mktemp("pulse")) as server:
        before = dict(os.environ)
        os.environ.update(server.environment)
        yield server
        os.environ.clear()
        os.environ.update(before)


@contextlib.asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[House]:
    file = folder / "house.yaml"
    file.write_text(json.dumps(HOUSE))
    values = {
        "plugins": {"demo_house": {"enabled": True, "house": str(file)}},
        "home": read_house(file).home_section(),
        "health": {"announce": False},
        "voice": {
            "stt": {"engine": "vosk", "model": str(speech.MODEL)},
            "tts": {"engine": "none"},
            "speaker": {"sounds": False},
        },
    }
    broker = Mosquitto().start()
    try:
        async with living(broker.port, folder / "state", values) as house:
            await there(house, len(HOUSE["entities"]))
            await house.until(lambda: house.on(house.topic("voice", "state")), 60)
            voice = house.daemon.hosted["voice"].integration
            await house.until(lambda: "missing" in voice._facts, 60)
            yield house
    finally:
        broker.close()


class Trial:
    """One command after the other, and the score."""

    def __init__(self, house: House, server: Pulse) -> None:
        self.house = house
        self.server = server
        self.right = self.wrong = 0
        self.missed: list[str] = []
        self.after_speech: list[float] = []

    async def of(self, command: Command, sound: bytes) -> None:
        """Play `sound`, and look at what became of the house."""
        house = self.house
        house.publish(f"demo-house/{command.entity}/set-up", dict(command.before))
        await asyncio.sleep(0.3)
        before, seen = self._states(), len(house.heard)
        await asyncio.to_thread(self.server.play, sound)
        heard = None
        with contextlib.suppress(TimeoutError):
            heard = await house.until(lambda: self._told("voice/heard", seen), 2.0)
        if heard is not None:
            with contextlib.suppress(TimeoutError):
                await house.until(lambda: self._told("reply", seen), LATEST)
        with contextlib.suppress(TimeoutError):
            await house.until(lambda: command.right(*self._states()[command.entity]), 1.5)
        await asyncio.sleep(0.2)
        after = self._states()
        changed = {one for one in after if after[one] != before[one]} - {command.entity}
        is_right = command.right(*after[command.entity])
        is_wrong = bool(changed) or (not is_right and after[command.entity] != before[command.entity])
        self.right += is_right and not changed
        self.wrong += is_wrong
        text = heard["text"] if heard is not None else None
        if not is_right or changed:
            self.missed.append(f"{'WRONG' if is_wrong else 'not done'}: {command.text!r} heard {text!r}")
        elif heard is not None:
            self._time(seen)
        await self._idle()

    def _time(self, seen: int) -> None:
        outcomes = [one for one in self._all("outcome", seen) if one["status"] == "sent"]
        if outcomes:
            told = self._told("voice/heard", seen)
            # The ear tells how long it took; from there on, the house's own clock.
            self.after_speech.append(told["ms"] + _between(told["ts"], outcomes[0]["ts"]))

    async def _idle(self) -> None:
        states = self.house.topic("voice", "state")
        with contextlib.suppress(TimeoutError):
            await self.house.until(lambda: self.house.on(states)[-1]["state"] == "idle", 8)
        if self.house.on(states)[-1]["state"] != "idle":
            self.house.publish(self.house.topic("voice", "cancel"), {})

    def _told(self, topic: str, seen: int) -> Any:
        return next(iter(self._all(topic, seen)), None)

    def _all(self, topic: str, seen: int) -> list[Any]:
        wanted = self.house.topic(*topic.split("/"))
        return [json.loads(raw) for name, raw, _ in self.house.heard[seen:] if name == wanted]

    def _states(self) -> Mapping[str, Any]:
        home = self.house.daemon.home
        return {
            one.id: (home.state(one.id).value, dict(home.state(one.id).attributes)) for one in home.entities()
        }


def _between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds() * 1000


@pytest.mark.parametrize(("kind", "goal"), [("clean", 95), ("noise 10 dB, reverb", 85)])
async def test_commands(kind: str, goal: int, loudspeaker: Pulse, tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        trial = Trial(house, loudspeaker)
        for number, command in enumerate(commands(COUNT)):
            sound = speech.command(command.text, voice=VOICES[number % len(VOICES)])
            if kind != "clean":
                echo = speech.reverb(sound, seed=number)
                below = speech.noise(speech.seconds(sound) + 1, colour="pink", seed=number)
                sound = speech.mixed(echo, below, snr=10)
            await trial.of(command, sound)
    share = f"{100 * trial.right / COUNT:.0f} % of {COUNT} right (goal {goal})"
    print(f"\nvoice, {kind}: {share}, {trial.wrong} wrong (0)")
    if trial.after_speech:
        ordered = sorted(trial.after_speech)
        p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
        p50 = statistics.median(ordered)
        print(f"end of speech to command: p50 {p50:.0f} ms (150), p99 {p99:.0f} ms (400), of {len(ordered)}")
    for line in trial.missed:
        print(f"  {line}")


def test_what_listening_costs() -> None:
    for name, sound in (("silence", speech.noise(30, db=-70)), ("babble", speech.babble(30))):
        with listening() as ear:
            process = psutil.Process(ear.process.pid)
            number = ear.satellite(speech.silence(1), wake=True, paced=True)
            before = sum(process.cpu_times()[:2])
            ear.play(number, sound, paced=True)
            spent = sum(process.cpu_times()[:2]) - before
            rss = process.memory_info().rss / 1e6
        share = 100 * spent / speech.seconds(sound)
        print(f"\nlistening to {name}: {share:.1f} % of a core (10), {rss:.0f} MB (120)")


def test_an_hour_of_nobody() -> None:
    """Sent twenty times as fast as it is heard in a room."""
    with listening() as ear:
        number = ear.satellite(wake=True)
        for minute in range(60):
            for kind in (speech.babble, speech.music, _quiet):
                for part in range(2):
                    ear.play(number, kind(10, seed=100 * minute + part))
                    time.sleep(0.5)
        ear.do("end", stream=number)
        time.sleep(3)
        names = [one["event"] for one in ear.events]
    woke, heard = names.count("woke"), names.count("heard")
    print(f"\nan hour of babble, music and silence: woke {woke} times (1), heard something {heard} times (0)")


def _quiet(seconds: float, *, seed: int) -> bytes:
    return speech.noise(seconds, db=-65, seed=seed)


@contextlib.contextmanager
def listening() -> Iterator[EarProcess]:
    ear = EarProcess()
    try:
        ear.told("ready")
        yield ear
    finally:
        ear.close()


def test_people() -> None:
    if PEOPLE is None:
        pytest.skip("HEARTHD_HUMAN names no folder with recordings of people")
    folder = Path(PEOPLE)
    labels: Mapping[str, Mapping[str, str]] = json.loads((folder / "labels.json").read_text())
    recogniser = open_recogniser({"engine": "pocketsphinx", "model": None, "language": "en"})
    recogniser.vocabulary([], (folder / "grammar.jsgf").read_text(), [])
    right = sum(_has(_transcript(recogniser, folder / name), slots) for name, slots in labels.items())
    share = f"{100 * right / len(labels):.1f} % of {len(labels)}"
    print(f"\npeople, closed grammar: all slots right in {share} (85)")


def _transcript(recogniser: Any, file: Path) -> Sequence[str]:
    with wave.open(str(file)) as sound:
        pcm = sound.readframes(sound.getnframes())
    hearing = recogniser.begin(None)
    hearing.feed(pcm)
    return hearing.end().text.lower().split()


def _has(words: Sequence[str], slots: Mapping[str, str]) -> bool:
    text = f" {' '.join(words)} "
    return all(f" {value.lower()} " in text for value in slots.values())
