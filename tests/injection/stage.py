"""The house under attack: the daemon with rules and tasks, the simulated devices, and the record."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.house import House, living
from tests.injection.oracle import Case, Risk, Trust, World, above
from tests.mosquitto import Mosquitto
from tests.talking import HOUSE, VALUES

PIN = "2580"
CASES = Path(__file__).parent / "cases"
FENCE = "light.bathroom_mirror"
AT_ONCE = 6
_ids = itertools.count()


def cases(kind: str, **values: str) -> list[dict[str, Any]]:
    """The cases of a kind; a bare text is what is said. `{name}` in them stands for a value."""
    found = yaml.safe_load((CASES / f"{kind}.yaml").read_text())
    filled = [_filled(one, values) for one in found]
    return [one if isinstance(one, dict) else {"says": one} for one in filled]


def _filled(found: Any, values: Mapping[str, str]) -> Any:
    if isinstance(found, dict) and "repeat" in found:
        return found["repeat"] * found["times"] + found["then"]
    if isinstance(found, dict):
        return {key: _filled(one, values) for key, one in found.items()}
    if isinstance(found, list):
        return [_filled(one, values) for one in found]
    if isinstance(found, str):
        for name, value in values.items():
            found = found.replace(f"{{{name}}}", value)
    return found


def config(folder: Path) -> dict[str, Any]:
    """Rules that texts set off, tasks with closed parameters, a PIN."""
    script = folder / "noted"
    script.write_text(
        f'#!/bin/sh\n{{ for one in "$@"; do printf "%s|" "$one"; done; echo; }} >> {folder}/ran\n'
    )
    script.chmod(0o755)

    def task(*arguments: str, **more: Any) -> dict[str, Any]:
        return {"command": [str(script), *arguments], "risk": "reversible", "max_running": 16, **more}

    return {
        "language": {"learn": "on"},
        "policy": {"pin": PIN, "most_pending": 500, "limits": {"disruptive": {"most": 1000, "within": 60}}},
        "tasks": {
            "backup": task(
                "backup", "{what}", "{days}",
                parameters={
                    "what": {"values": ["photos", "mail"]},
                    "days": {"min": 1, "max": 31, "default": 7},
                },
            ),
            "label": task("label", "{word}", parameters={"word": {"pattern": "[a-z]+", "longest": 10}}),
            "wipe": task("wipe", risk="destructive"),
        },
        "automations": [
            rule("light", {"service": "light.turn_on", "target": "light.hallway"}, "{{ 'light' in value }}"),
            rule("json", "turn on the desk lamp", "{{ value_json.text is defined }}"),
            rule("lock", {"service": "lock.unlock", "target": "lock.front_door"}),
            rule("garage", "open the garage door", "{{ value | length > 0 }}"),
            rule(
                "note",
                {"service": "text.set_value", "target": "text.note", "data": {"value": LITERAL}},
            ),
            rule("backup", {"task": "backup", "with": {"what": "photos"}}),
            rule("wipe", {"task": "wipe"}),
            {
                "id": "state-by-text",
                "when": {"state": {"entity": "sensor.house_power"}},
                "do": {"service": "lock.unlock", "target": "lock.front_door"},
            },
        ],
    }  # fmt: skip


LITERAL = "{{ value }} {{ trigger.payload }}"
RULES = ("light", "json", "lock", "garage", "note", "backup", "wipe")
TASKS = {"backup": Risk.REVERSIBLE, "label": Risk.REVERSIBLE, "wipe": Risk.DESTRUCTIVE}


def rule(name: str, do: Any, when: str | None = None) -> dict[str, Any]:
    """A rule that what comes on `said/<name>` sets off."""
    return {
        "id": f"{name}-by-text",
        "when": {"mqtt": f"said/{name}", **({"if": when} if when else {})},
        "do": do,
    }


@dataclass
class Tally:
    """What came of a kind of text."""

    cases: int = 0
    above: list[str] = field(default_factory=list)


class Stage:
    """Everything an attacker can reach, and everything that can be seen."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder
        self.world = World(tasks=TASKS)
        self.tallies: dict[str, Tally] = {}
        self._fences = 0

    @property
    def canary(self) -> Path:
        return self.folder / "canary"

    # saying ---------------------------------------------------------------------------------------------
    async def say(self, text: str, *, session: str | None = None, **more: Any) -> dict[str, Any]:
        """Say something, in a session of its own unless told, and wait for the reply."""
        said = f"say-{next(_ids)}"
        body = {"id": said, "text": text, "session": session or said, **more}
        self.house.publish(self.house.topic("ask"), body)
        return await self.answer(said)

    async def answer(self, said: str) -> dict[str, Any]:
        """The reply to an utterance, or its refusal."""

        def found() -> Any:
            replies = self.house.on(self.house.topic("reply"))
            refused = [one for one in self.house.outcomes(said) if one["action"] == "ask" and one["final"]]
            return next((one for one in (*replies, *refused) if one["id"] == said), None)

        return await self.house.until(found, 25.0)

    async def all_of(self, works: Iterable[Callable[[], Awaitable[Any]]]) -> list[Any]:
        """Do `works`, a few at a time; what each gives, in order."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(work: Callable[[], Awaitable[Any]]) -> Any:
            async with room:
                return await work()

        return list(await asyncio.gather(*map(one, works)))

    # looking --------------------------------------------------------------------------------------------
    async def query(self, what: str) -> Any:
        """The daemon's answer to a question."""
        question = f"question-{next(_ids)}"
        self.house.publish(self.house.topic("query", what), {"id": question})
        answers = await self.house.until(lambda: self.house.on(self.house.topic("answer", question)), 10.0)
        return answers[0]["answer"]

    async def complete(self) -> bool:
        """Whether every simulated device is known and has said how it is."""
        known = {one["id"]: one for one in await self.query("devices")}
        return all(
            one.id in known
            and known[one.id]["available"]
            and (known[one.id]["state"] is not None or one.id.startswith(("button.", "scene.")))
            for one in HOUSE.entities
        )

    async def waits(self, *, session: str | None = None) -> str:
        """Ask for the front door to be unlocked; the id of the question that then waits."""
        reply = await self.say("unlock the front door", session=session)
        assert [one["status"] for one in reply["outcomes"]] == ["pending"], reply
        return reply["outcomes"][0]["id"]

    async def deny_all(self) -> None:
        """A person says no to everything that waits."""
        for one in await self.query("pending"):
            self.house.publish(self.house.topic("deny"), {"id": one["id"], "pin": PIN})
        await self.until_pending(0)

    async def until_pending(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(await self.query("pending")) != count:
                await asyncio.sleep(0.01)

    async def approve(self, question: str) -> dict[str, Any]:
        """A person who knows the PIN says yes; how it ended."""
        self.house.publish(self.house.topic("approve"), {"id": question, "pin": PIN})
        return await self.house.ended(question)

    def ran(self) -> list[str]:
        """What the programs of tasks noted down of their arguments."""
        noted = self.folder / "ran"
        return noted.read_text().splitlines() if noted.exists() else []

    async def fence(self) -> None:
        """Wait until what was published before is dealt with."""
        self._fences += 1
        service = "light.turn_on" if self._fences % 2 else "light.turn_off"
        ended = await self.house.ended(await self.house.do(service, FENCE))
        assert ended["status"] == "confirmed"

    # judging --------------------------------------------------------------------------------------------
    @asynccontextmanager
    async def judged(self, kind: str, count: int, case: Case) -> AsyncIterator[Tally]:
        """Judge everything that happens inside, to the last bit of it."""
        tally = self.tallies.setdefault(kind, Tally())
        tally.cases += count
        start = len(self.house.heard)
        yield tally
        await self.fence()
        heard = [one for one in self.house.heard[start:] if FENCE not in one[0]]
        outcome = self.house.topic("outcome")
        ours = [
            found
            for topic, payload, _ in heard
            if topic == outcome and FENCE not in (found := json.loads(payload)).get("target", "")
            and "trace" in found
        ]  # fmt: skip
        tally.above += above(case, self.world.acts(heard), ours, self.world)
        if self.canary.exists():
            tally.above.append("a file was made that only a shell could have made")
        await self.deny_all()

    def table(self) -> str:
        """Kind by kind, for people."""
        rows = [(kind, str(one.cases), str(len(one.above))) for kind, one in self.tallies.items()]
        total = sum(one.cases for one in self.tallies.values())
        rows.append(("all", str(total), str(sum(len(one.above) for one in self.tallies.values()))))
        head = [("kind", "cases", "acted above")]
        return "\n".join(f"{kind:<12} {count:>6} {acted:>12}" for kind, count, acted in head + rows)


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """The whole house."""
    broker = Mosquitto().start()
    try:
        async with living(broker.port, folder / "state", {**VALUES, **config(folder)}) as house:
            stage = Stage(house, folder)
            async with asyncio.timeout(10):
                while not await stage.complete():
                    await asyncio.sleep(0.05)
            yield stage
    finally:
        broker.close()


ROOM, HOSTILE = Case(Trust.ROOM), Case(Trust.HOSTILE)
