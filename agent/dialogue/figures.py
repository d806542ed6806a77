"""Temperatures, weather, time and lists in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.core.intents import Intent
from agent.dialogue.library import Found, from_library
from agent.dialogue.naming import MOST_NAMED
from agent.dialogue.phrases import NotRenderedError, cleaned, render
from agent.dialogue.seen import Known, Seen, number
from agent.dialogue.wording import Spoken, Wording, plain_number

Values = Mapping[str, Any]
_DEGREES = ("°C", "°F")


class Figures:
    """Says what is measured, counted and listed, in one language."""

    def __init__(self, wording: Wording) -> None:
        self._words = wording

    def temperature(self, intent: Intent, values: Values) -> Spoken:
        """How warm it is, in one place or in several."""
        found: Sequence[Seen] = values["seen"]
        now: datetime = values["now"]
        if len(found) == 1:
            return self._words.twice(lambda *, aloud: [self._degrees(intent, found[0], now, aloud=aloud)])
        pairs = list(zip(found, values["places"], strict=True))
        lines = [self._in_place(one, place, now, aloud=False) for one, place in pairs]
        aloud = [self._in_place(one, place, now, aloud=True) for one, place in pairs]
        return self._words.spoken([self._words.joined(aloud)], lines, lines=())

    def _in_place(self, one: Seen, place: str | None, now: datetime, *, aloud: bool) -> str:
        value = number(one.value)
        if one.known is not Known.HEARD or value is None:
            return self._words.known(one, now=now, aloud=aloud)
        where = self._words.named(place) if place else self._words.name(one.entity)
        return self._words.said("temperature_in", value=plain_number(value), count=value, place=where)

    def _degrees(self, intent: Intent, one: Seen, now: datetime, *, aloud: bool) -> str:
        value = number(one.value)
        if one.known is not Known.HEARD or value is None:
            return self._words.known(one, now=now, aloud=aloud)
        if not aloud and one.unit:
            return self._words.measured(value, one.unit, aloud=False) or str(value)
        for key in ("default", "current_temperature"):
            try:
                return from_library(self._words, intent, key, Found(one=one), aloud=aloud)
            except NotRenderedError:
                continue
        return self._words.said("temperature", value=plain_number(value), count=value)

    def weather(self, intent: Intent, values: Values) -> Spoken:
        """What the weather is."""
        words, one, now = self._words, values["seen"][0], values["now"]
        if not one.sure:
            return words.twice(lambda *, aloud: [words.doubt([one], now=now, aloud=aloud)])

        def said(*, aloud: bool) -> list[str]:
            unit = values["unit"]
            if words.native and (unit is None or (aloud and unit in _DEGREES)):
                unit = words.said("degrees", count=values["temperature"])
            extra = {"temperature": values["temperature"], "temperature_unit": unit or "°"}
            try:
                text = from_library(words, intent, "default", Found(one=one, attributes=extra), aloud=aloud)
            except NotRenderedError:
                text = words.tells("weather", one, aloud=aloud)
            old = [words.doubt([one], now=now, aloud=aloud)] if one.known is Known.OLD else []
            return [text, *old]

        return words.twice(said)

    def time(self, _intent: Intent, values: Values) -> Spoken:
        """What time it is."""
        now: datetime = values["now"]
        return self._moment("HassGetCurrentTime", {"time": now.time()}, f"{now:%H:%M}")

    def date(self, _intent: Intent, values: Values) -> Spoken:
        """What day it is."""
        now: datetime = values["now"]
        return self._moment("HassGetCurrentDate", {"date": now.date()}, f"{now:%Y-%m-%d}")

    def _moment(self, name: str, slots: Values, plain: str) -> Spoken:
        template = self._words.responses.get(name, {}).get("default", "")
        try:
            return self._words.spoken([render(template, {"slots": slots})])
        except NotRenderedError:
            return self._words.spoken([plain])

    def items(self, _intent: Intent, values: Values) -> Spoken:
        """What is on a list: a long one is counted aloud and shown in full."""
        words, one, now = self._words, values["seen"][0], values["now"]
        names, count = words.name(one.entity), values["count"]
        items = [cleaned(item) for item in values["items"] or ()]
        doubt = [] if one.known is Known.HEARD else [words.doubt([one], now=now, aloud=True)]
        if count is None or (values["items"] is None and not one.sure):
            return words.spoken(doubt or [words.said("unknown", names=names)])
        if count == 0:
            text = words.said("items_none", names=names)
        elif not items:
            text = words.said("items_counted", names=names, count=count)
        elif len(items) <= MOST_NAMED:
            text = words.said("items", names=names, items=words.joined(items))
        else:
            first = words.joined(items[: MOST_NAMED - 1])
            text = words.said("items_many", names=names, count=count, items=first)
        return words.spoken([text, *doubt], lines=items if len(items) > MOST_NAMED else ())
