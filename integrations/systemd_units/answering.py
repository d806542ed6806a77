"""What people ask about units, and what they want done to them: in words, with the facts beside them."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.api import ActionError, House, Question, Teller, Telling, TransientError, Wanted, Wordbook, Words
from integrations.systemd_units.condition import MEGABYTE, Condition
from integrations.systemd_units.link import Link
from integrations.systemd_units.section import Settings
from integrations.systemd_units.unit import Unit, meant

WORDS = Wordbook(Path(__file__).parent / "words")
PREFIX = "unit."
"""What stands before the name of a unit where it is the target of an action."""
MOST_NAMED = 5
MOST_LINES = 60
MOST_QUOTED = 8
LONGEST_QUOTE = 240
ENABLED = re.compile(
    r"\b(?:enabled|at boot|on boot|after a reboot|with the \w+)\b|开机|自启|自动启动|随机器启动",
    re.IGNORECASE,
)
"""Asked is whether a unit starts with the machine, not whether it runs."""
SAMPLED_FOR = 1.0
"""Seconds between two looks at what each service used of the processor."""
VERBS: Mapping[str, str] = {
    f"OpsService{verb.capitalize()}": verb for verb in ("restart", "start", "stop", "reload")
}


class Answering:
    """Answers for the units of this machine."""

    def __init__(self, config: Settings, house: House, link: Link) -> None:
        self._config = config
        self._house = house
        self._link = link

    def tells(self) -> Mapping[str, Teller]:
        """By intent."""
        return {
            "OpsServiceStatus": self.status,
            "OpsServiceList": self.listing,
            "OpsServiceEnable": self.enabling,
            "OpsServiceDisable": self.enabling,
            "OpsDiagnose": self.why,
            "OpsProcessList": self.using,
            **dict.fromkeys(VERBS, self.wanted),
        }

    async def status(self, question: Question) -> Telling | None:
        """Whether a service runs."""
        words = WORDS.words(question.language)
        try:
            found = await self._meant(question, "service")
        except (ActionError, TransientError):
            return await self._known_without(question, "service")
        if found is None or isinstance(found, Telling):
            return found
        if ENABLED.search(question.text):
            how = str(found.found.get("UnitFileState") or "")
            said = words.word(f"enabled_{how}", "") or words.said(
                "enabled_otherwise", unit=found.short, how=how
            )
            return Telling(
                sentences=(said.format_map({"unit": found.short}),),
                lines=found.lines(words),
                facts=found.facts(),
            )
        if found.failed:
            return await self._explained(found, words)
        return Telling(
            sentences=(found.sentence(words, self._now()), *self._restarts(found, words)),
            lines=found.lines(words),
            facts=found.facts(),
        )

    async def listing(self, question: Question) -> Telling:
        """Which services there are, or are in a state."""
        words, state = WORDS.words(question.language), question.slot("state")
        services = [one for one in (await self._link.open.units()).values() if one.service]
        if state in ("enabled", "disabled"):
            files = await self._link.open.unit_files()
            names = sorted(name for name, how in files.items() if how == state and name.endswith(".service"))
            said = words.said(f"listed_{state}", count=len(names))
            return Telling(
                sentences=(said,), lines=tuple(names[:MOST_LINES]), facts={"state": state, "units": names}
            )
        kinds: dict[str, Callable[[Unit], bool]] = {
            "failed": lambda one: one.active == "failed",
            "running": lambda one: one.up and one.sub == "running",
            "stopped": lambda one: not one.up and one.active != "failed",
        }
        if state not in kinds:
            counts = {key: sum(map(kind, services)) for key, kind in kinds.items()}
            sentence = words.said("listed_all", count=len(services), **counts)
            return Telling(
                sentences=(sentence,),
                lines=_lines(services),
                facts={"units": [one.as_json() for one in services]},
            )
        found = sorted((one for one in services if kinds[state](one)), key=lambda one: one.name)
        facts = {"state": state, "units": [one.as_json() for one in found]}
        if not found and state == "failed":
            return Telling(sentences=(words.said("none_failed"),), facts=facts)
        units = words.joined([one.short for one in found[:MOST_NAMED]])
        said = words.said(f"listed_{state}", count=len(found), units=units)
        return Telling(sentences=(said,), lines=_lines(found), facts=facts)

    async def wanted(self, question: Question) -> Telling | Wanted | None:
        """A remedy for a unit; where it is not allowed, whoever plans it refuses it for all to see."""
        verb = VERBS[question.intent]
        found = await self._meant(question, "service")
        if found is None or isinstance(found, Telling):
            return found
        return Wanted(
            service=f"unit.{verb}", data={"unit": found.unit}, names={f"{PREFIX}{found.unit}": found.short}
        )

    async def enabling(self, question: Question) -> Telling | None:
        """That we never do that."""
        words = WORDS.words(question.language)
        found = await self._meant(question, "service")
        if found is None or isinstance(found, Telling):
            return found
        verb = words.said("enable" if question.intent == "OpsServiceEnable" else "disable")
        said = words.said("cannot_enable", verb=verb, unit=found.unit)
        facts = {"unit": found.unit, "enabled": found.found.get("UnitFileState")}
        return Telling(sentences=(said,), facts=facts, done=False)

    async def why(self, question: Question) -> Telling | None:
        """Why a unit failed: its state, the last incident with it, and its log, which is quoted."""
        try:
            found = await self._meant(question, "subject")
        except (ActionError, TransientError):
            return await self._known_without(question, "subject")
        if found is None or isinstance(found, Telling):
            return None
        return await self._explained(found, WORDS.words(question.language))

    async def meant_by(self, arguments: Mapping[str, Any]) -> str | None:
        """The unit that somebody calls so, for others of the house; None where there is none."""
        said = arguments.get("said")
        if not isinstance(said, str):
            return None
        found = await self._meant(Question(intent="", slots={"service": said}), "service")
        return found.unit if isinstance(found, Condition) else None

    async def _explained(self, found: Condition, words: Words) -> Telling:
        """How a unit is, with the last incident with it, and with its log, which is quoted."""
        sentences = [found.sentence(words, self._now()), *self._restarts(found, words)]
        lines = list(found.lines(words))
        incident = await self._incident(found.unit, words.language)
        more, quoted = await self._evidence(found.unit, incident, words)
        sentences += more
        lines += [words.said("line_quoted", line=line) for line in quoted]
        if not more and found.failed and found.why(words) is None:
            sentences.append(words.said("no_cause"))
        facts = {**found.facts(), "incident": incident, "log": quoted}
        return Telling(sentences=tuple(sentences), lines=tuple(lines), facts=facts)

    async def _known_without(self, question: Question, slot: str) -> Telling | None:
        """What an open incident tells of a unit where systemd cannot be asked.

        Raises:
            ActionError: there is none, and so nothing is known.
        """
        words, said = WORDS.words(question.language), question.slot(slot)
        if not said or question.slot("kind") == "container":
            return None
        found = await answered(self._house.ask("incidents", {"language": words.language}))
        open_ones = {str(one["subject"]): one for one in found or () if one.get("subject")}
        unit = meant(said, open_ones, self._config.names)
        if unit is None or unit not in open_ones:
            await self._meant(question, slot)
            return None
        incident = _kept(open_ones[unit])
        more, quoted = await self._evidence(unit, incident, words)
        return Telling(
            sentences=(words.said("not_seen"), *more),
            lines=tuple(words.said("line_quoted", line=line) for line in quoted),
            facts={"unit": unit, "active": None, "incident": incident, "log": quoted},
        )

    async def _evidence(
        self, unit: str, incident: Mapping[str, Any] | None, words: Words
    ) -> tuple[list[str], list[str]]:
        """What may be said of an incident and a log, and what is quoted of them."""
        sentences = []
        quoted = await self._quoted(unit, incident or {})
        if incident is not None and incident["trust"] == "system":
            sentences.append(words.said("incident", title=incident["told"]))
        elif incident is not None:
            quoted = [str(incident["told"]), *quoted]
        return [*sentences, *([words.said("logged")] if quoted else [])], quoted

    async def using(self, question: Question) -> Telling | None:
        """Which services use the most; for machines that show us no processes but ours."""
        by = question.slot("sort_by")
        if by not in ("memory", "cpu"):
            return None
        words, connection = WORDS.words(question.language), self._link.open
        running = [one for one in (await connection.units()).values() if one.service and one.up]

        async def read() -> dict[str, int]:
            key = "MemoryCurrent" if by == "memory" else "CPUUsageNSec"
            found = {}
            for one in running:
                value = Condition(one.name, await connection.properties(one.name)).number(key)
                if value is not None:
                    found[one.short] = value
            return found

        used = await read()
        if by == "cpu" and used:
            await self._house.clock.sleep(SAMPLED_FOR)
            later = await read()
            used = {name: later[name] - used[name] for name in used.keys() & later.keys()}
        most = sorted(used.items(), key=lambda one: -one[1])[:MOST_LINES]
        if not most:
            return None
        amounts = [(name, _amount(value, by)) for name, value in most]
        named = [words.said("using", unit=name, amount=amount) for name, amount in amounts[:3]]
        return Telling(
            sentences=(words.said(f"most_{by}", units=words.joined(named)),),
            lines=tuple(words.said("line_unit", unit=name, state=amount) for name, amount in amounts[:15]),
            facts={"by": by, "services": dict(most)},
        )

    # ----------------------------------------------------------------------------------------------------
    async def _meant(self, question: Question, slot: str) -> Condition | Telling | None:
        """The unit that is meant; that there is none; None where it is no matter of units."""
        said = question.slot(slot)
        if not said or question.slot("kind") == "container":
            return None
        connection = self._link.open
        known = await connection.units()
        unit = meant(
            said, [name for name, one in known.items() if one.load != "not-found"], self._config.names
        )
        if unit is None:
            # One that is not loaded may still have a file.
            unit = meant(said, await connection.unit_files(), {})
        if unit is not None:
            found = Condition(unit, await connection.properties(unit))
            if found.there:
                return found
        if slot == "subject":
            return None
        words = WORDS.words(question.language)
        return Telling(sentences=(words.said("no_such", said=said),), facts={"service": said, "found": False})

    def _restarts(self, found: Condition, words: Words) -> Sequence[str]:
        count = found.number("NRestarts")
        return [words.said("restarted", count=count)] if count else []

    async def _incident(self, unit: str, language: str) -> Mapping[str, Any] | None:
        """The last incident with a unit, if somebody keeps incidents."""
        about = {"unit": unit, "closed": True, "language": language}
        found = await answered(self._house.ask("incidents", about))
        names = (unit, unit.removesuffix(".service"))
        mine = [one for one in found or () if one.get("subject") in names and one.get("title")]
        newest = max(mine, key=lambda one: str(one.get("last")), default=None)
        return None if newest is None else _kept(newest)

    async def _quoted(self, unit: str, incident: Mapping[str, Any]) -> list[str]:
        """The last lines of its log, if somebody reads it: text of strangers, for the screen alone."""
        found = await answered(self._house.ask("journal", {"unit": unit, "lines": MOST_QUOTED}))
        lines = [one["message"] for one in found or ()] or incident.get("evidence") or ()
        return [str(line)[:LONGEST_QUOTE] for line in lines if line][-MOST_QUOTED:]

    def _now(self) -> float:
        return self._house.clock.time()


async def answered(asking: Awaitable[Any]) -> Any:
    """What somebody else knows; None where there is nobody."""
    try:
        return await asking
    except ActionError:
        return None


def _kept(incident: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of an incident; `told`: its title in the language of whoever asks."""
    keys = ("key", "severity", "title", "since", "last", "count", "evidence", "trust")
    return {**{key: incident.get(key) for key in keys}, "told": incident.get("told") or incident.get("title")}


def _lines(units: Sequence[Unit]) -> tuple[str, ...]:
    return tuple(f"{one.name}: {one.active} ({one.sub})" for one in units[:MOST_LINES])


def _amount(value: float, by: str) -> str:
    if by == "memory":
        return f"{value / MEGABYTE:.0f} MB"
    return f"{value / (SAMPLED_FOR * 1e9) * 100:.1f} %"
