"""States, numbers and times as they are said in one language, and the texts they become. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.core.home import Entity
from agent.dialogue.naming import Naming
from agent.dialogue.phrases import (
    LONGEST_SHOWN,
    LONGEST_TEXT,
    NotRenderedError,
    capital,
    cleaned,
    cut,
    render,
    responses,
)
from agent.dialogue.seen import Known, Seen, number

FULL = 100
_VERBATIM = frozenset({"sensor", "select", "text"})
"""Domains whose states are words of somebody, not of ours."""
_NO_STATES = (None, "unavailable", "unknown")
_ENDS = ("?", "!", "\N{FULLWIDTH QUESTION MARK}")


@dataclass(frozen=True, slots=True)
class Spoken:
    """The same words twice: as they are spoken, and as a screen shows them, where lists may be longer."""

    text: str
    shown: str


class Says(Protocol):
    """Makes sentences, to be spoken or to be shown."""

    def __call__(self, *, aloud: bool) -> Sequence[str]:
        """The sentences."""


class Wording(Naming):
    """What one language says of states and times."""

    # states ---------------------------------------------------------------------------------------------
    def state(self, one: Seen, *, aloud: bool = True, detail: bool = False) -> str:
        """The state of an entity as people say it, with its unit."""
        value = one.value or ""
        if one.entity.device_class == "timestamp":
            return self._moment(one) or cleaned(value)
        if one.unit is not None or one.entity.domain == "number":
            measured = self.measured(value, one.unit, aloud=aloud)
            if measured is not None:
                return measured
        word = self.word(one.entity, value)
        return self._detailed(one, word) if detail else word

    def word(self, entity: Entity, value: str) -> str:
        """The word for a state of an entity."""
        found = self._word(entity, value)
        if found is not None:
            return found
        plain = cleaned(value)
        if entity.domain in ("person", "device_tracker"):
            return self.said("where_at", zone=self.named(plain))
        return plain if entity.domain in _VERBATIM else plain.replace("_", " ")

    def measured(self, value: object, unit: str | None, *, aloud: bool) -> str | None:
        """A number with its unit, in words if it is to be spoken; None if `value` is no number."""
        found = number(value)
        if found is None:
            return None
        text = plain_number(found)
        if unit is None:
            return text
        word, gap = cleaned(unit, 20), "" if unit == "%" else " "
        if aloud and self.native and unit in self.words.units:
            one, _, more = self.words.units[unit].partition("|")
            word, gap = (one if found == 1 else more), self.words.gap
        return f"{text}{gap}{word}"

    def is_(self, one: Seen) -> str:
        """What stands between a name and its state: "is" or "are"; in Chinese nothing before a word."""
        if self.own_language == "en":
            return self.being([one.entity])
        return "" if self._word(one.entity, one.value or "") is not None else "是"

    def being(self, entities: Sequence[Entity]) -> str:
        """The same before a word for a state, of one thing or several."""
        return ("are" if self.plural(entities) else "is") if self.own_language == "en" else ""

    def tells(self, key: str, one: Seen, *, aloud: bool, detail: bool = False, **values: object) -> str:
        """A phrase about an entity and its state."""
        return self.said(
            key,
            names=self.name(one.entity),
            state=self.state(one, aloud=aloud, detail=detail),
            be=self.is_(one),
            was="were" if self.plural([one.entity]) else "was",
            **values,
        )

    def known(self, one: Seen, *, now: datetime, aloud: bool) -> str:
        """One thing and its state, as well as it is known."""
        if not one.sure:
            return self.doubt([one], now=now, aloud=aloud)
        if one.known is Known.HEARD:
            return self.tells("one", one, aloud=aloud, detail=True)
        if one.heard is None:
            return self.tells("when_last_heard_ever", one, aloud=aloud)
        when = self.when(one.heard, now, aloud=aloud)
        return self.tells("when_last_heard", one, aloud=aloud, when=when)

    def doubt(self, found: Sequence[Seen], *, now: datetime, aloud: bool) -> str:
        """Why the state of `found`, all known equally well, is not told as it is now."""
        one, entities = found[0], [each.entity for each in found]
        names = self.subject(entities)
        when = self.when(one.heard, now, aloud=aloud) if len(found) == 1 and one.heard else None
        if when is not None and one.known is Known.OLD:
            return self.said("old", names=names, when=when)
        if when is not None and one.known is Known.UNREACHABLE and one.value not in _NO_STATES:
            return self.tells("unreachable_since", one, aloud=aloud, when=when)
        key = "old_ever" if one.known is Known.OLD else one.known.value
        return self.said(key, names=names, count=2 if self.plural(entities) else 1)

    def _word(self, entity: Entity, value: str) -> str | None:
        states = self.words.states
        for key in (f"{entity.domain}.{entity.device_class}", entity.domain, "any"):
            if value in states.get(key, {}):
                return states[key][value]
        return None

    def _detailed(self, one: Seen, word: str) -> str:
        """The state with what people ask for next: how bright, how far open, how warm it is to be."""
        domain, attributes = one.entity.domain, one.state.attributes
        if domain == "light" and one.value == "on":
            brightness = number(attributes.get("brightness"))
            if brightness:
                return self.said("at_brightness", state=word, percent=max(1, round(brightness * FULL / 255)))
        if domain in ("cover", "valve") and one.value == "open":
            position = number(attributes.get("current_position"))
            if position is not None and 0 < position < FULL:
                return self.said("at_position", percent=round(position))
        if domain in ("climate", "water_heater") and one.value != "off":
            target = number(attributes.get("temperature"))
            if target is not None:
                return self.said("at_target", state=word, temperature=plain_number(target))
        return word

    # times ----------------------------------------------------------------------------------------------
    def clock(self, at: datetime, *, aloud: bool = True) -> str:
        """A time of day."""
        if not aloud:
            return f"{at:%H:%M}"
        template = responses(self.own_language)["HassGetCurrentTime"]["default"]
        try:
            return render(template, {"slots": {"time": at.time()}})
        except NotRenderedError:
            return f"{at:%H:%M}"

    def when(self, at: datetime, now: datetime, *, aloud: bool = True) -> str:
        """A moment of the past, as seen from `now`."""
        time = self.clock(at, aloud=aloud)
        days = (now.date() - at.date()).days
        if days == 0:
            return self.said("when_today", time=time)
        if days == 1:
            return self.said("when_yesterday", time=time)
        return self.said("when_before", month=self.words.months[at.month - 1], day=at.day, time=time)

    def _moment(self, one: Seen) -> str | None:
        """The time that a timestamp tells."""
        try:
            at = datetime.fromisoformat(one.value or "")
        except ValueError:
            return None
        if at.tzinfo is not None and one.heard is not None:
            at = at.astimezone(one.heard.tzinfo)
        month = self.words.months[at.month - 1]
        return self.said("when_before", month=month, day=at.day, time=self.clock(at))

    # texts ----------------------------------------------------------------------------------------------
    def text(self, sentences: Iterable[str]) -> str:
        """Sentences in a row. One that stands alone has no full stop."""
        parts = [capital(part.strip()) for part in sentences if part.strip()]
        stop = self.said("stop")
        between = f"{stop}{self.words.gap}"
        if len(parts) == 1 and between not in parts[0].removesuffix(stop):
            return parts[0].removesuffix(stop)
        ended = (*_ENDS, stop)
        return self.words.gap.join(part if part.endswith(ended) else f"{part}{stop}" for part in parts)

    def spoken(
        self, aloud: Iterable[str], shown: Iterable[str] | None = None, *, lines: Iterable[str] = ()
    ) -> Spoken:
        """Sentences to be spoken, those to be shown, and further lines for the screen; both bounded."""
        text = self.text(aloud)
        first = text if shown is None else self.text(shown)
        return Spoken(cut(text, LONGEST_TEXT), cut("\n".join((first, *lines)), LONGEST_SHOWN))

    def twice(self, says: Says, *, lines: Iterable[str] = ()) -> Spoken:
        """The same sentences aloud and for the screen, with further lines for it."""
        return self.spoken(says(aloud=True), says(aloud=False), lines=lines)


def plain_number(value: float) -> str:
    """A number without needless digits: 21, 20.4."""
    return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")
