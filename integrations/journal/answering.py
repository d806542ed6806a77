"""What people ask of the journal: what is wrong, and some lines. What was logged is shown, never said."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from agent.api import ActionError, House, Question, Teller, Telling, Words
from integrations.journal.incident import Incident
from integrations.journal.reading import MOST_LINES, Line, Wish, read, units_called
from integrations.journal.said_time import means_boot, moment
from integrations.journal.section import PRIORITIES, Settings
from integrations.journal.titles import WORDS, spoken, titled

MOST_SPOKEN = 3
MOST_TOLD = 20
USUALLY = 10
"""Lines that are shown where nobody says how many."""


class Answering:
    """Answers for the journal."""

    def __init__(
        self,
        config: Settings,
        house: House,
        *,
        open_ones: Callable[[], Sequence[Incident]],
        obstructed: Callable[[], bool],
    ) -> None:
        """Take `open_ones`: the open incidents, the worst first; `obstructed`: whether none can be found."""
        self._config = config
        self._house = house
        self._open = open_ones
        self._obstructed = obstructed

    def tells(self) -> Mapping[str, Teller]:
        """By intent."""
        return {"OpsIncidents": self.incidents, "OpsJournalQuery": self.lines}

    async def incidents(self, question: Question) -> Telling:
        """What is wrong now."""
        words, found = WORDS.words(question.language), self._open()
        facts = {"incidents": [_fact(one) for one in found[:MOST_TOLD]], "count": len(found)}
        blind = [words.said("blind")] if self._obstructed() else []
        if not found:
            return Telling(sentences=(words.said("all_well"), *blind), facts=facts)
        named = [spoken(one, words) for one in found[:MOST_SPOKEN]]
        key = "open" if len(found) <= MOST_SPOKEN else "open_and_more"
        sentences = (words.said(key, count=len(found), titles=words.said("apart").join(named)), *blind)
        lines = []
        for one in found[:MOST_TOLD]:
            severity = words.said(f"severity_{one.severity.value}")
            lines.append(words.said("line", severity=severity, title=titled(one, words), count=one.count))
            lines += [f"> {text}" for text in (*one.first, *one.latest)[-1:]]
        return Telling(sentences=sentences, lines=tuple(lines), facts=facts)

    async def lines(self, question: Question) -> Telling:
        """Some lines of the log, quoted.

        Raises:
            ActionError: they cannot be read, or it is not clear which are meant.
        """
        words, said = WORDS.words(question.language), question.slot("unit")
        units = await self._units(said) if said else ()
        wish = self._wish(question, units)
        found = await read(wish, self._config.directory)
        about = units[0].removesuffix(".service") if units else ""
        key = ("lines_of" if units else "lines") if found else ("no_lines_of" if units else "no_lines")
        sentence = words.said(key, count=len(found), unit=about)
        facts = {
            "unit": units[0] if units else None,
            "priority": wish.priority or None,
            "lines": [one.as_json() for one in found],
        }
        zone = self._house.clock.now().astimezone(self._zone()).tzinfo
        return Telling(
            sentences=(sentence,),
            lines=tuple(_quoted(one, zone, with_writer=not units) for one in found),
            facts=facts,
        )

    async def some(self, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The last lines of a unit, for others of the house.

        Raises:
            ActionError: no unit can be called so, or they cannot be read.
        """
        unit, lines = arguments.get("unit"), arguments.get("lines")
        units = units_called(unit) if isinstance(unit, str) and unit else ()
        many = lines if isinstance(lines, int) and not isinstance(lines, bool) and lines > 0 else USUALLY
        wish = Wish(units=units, lines=min(many, MOST_LINES))
        return [one.as_json() for one in await read(wish, self._config.directory)]

    # ----------------------------------------------------------------------------------------------------
    def _wish(self, question: Question, units: tuple[str, ...]) -> Wish:
        given, since, until = question.slots.get("lines"), question.slot("since"), question.slot("until")
        priority = question.slot("priority")
        if priority and priority not in PRIORITIES:
            raise ActionError(f"{priority!a:.40} is no priority; {', '.join(PRIORITIES)} are")
        many = given if isinstance(given, int) and not isinstance(given, bool) else USUALLY
        boot = means_boot(since)
        return Wish(
            units=units,
            priority=priority,
            since=None if boot or not since else self._moment(since),
            until=self._moment(until) if until else None,
            boot=boot,
            grep=question.slot("grep")[:200],
            lines=max(1, min(many, MOST_LINES)),
        )

    def _moment(self, said: str) -> float:
        found = moment(said, self._house.clock.now().astimezone(self._zone()))
        if found is None:
            raise ActionError(f"it is not clear when {said!a:.60} is; yesterday or 2 hours ago would be")
        return found.timestamp()

    def _zone(self) -> tzinfo | None:
        return self._house.zone

    async def _units(self, said: str) -> tuple[str, ...]:
        """The unit that is meant: whoever lists units knows; otherwise what it is likely to be called."""
        try:
            known = await self._house.ask("unit", {"said": said})
        except ActionError:
            known = None
        return (str(known),) if known else units_called(said)


def _quoted(line: Line, zone: tzinfo | None, *, with_writer: bool) -> str:
    at = datetime.fromtimestamp(line.at, zone)
    writer = f"{line.writer.removesuffix('.service')}: " if with_writer else ""
    return f"> {at:%m-%d %H:%M:%S} {writer}{line.message}"


def _fact(incident: Incident) -> dict[str, Any]:
    keys = ("key", "kind", "subject", "severity", "title", "since", "last", "count", "trust")
    body = incident.body()
    return {key: body[key] for key in keys}


def in_words(incident: Incident, language: object) -> dict[str, str]:
    """How an incident is told in a language, for others of the house."""
    if not isinstance(language, str):
        return {}
    words: Words = WORDS.words(language)
    return {"told": titled(incident, words), "spoken": spoken(incident, words)}
