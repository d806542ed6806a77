"""Answers in words: from what was found out about the house to what is said of it, and how sure that is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.core.home import Entity
from agent.core.intents import Answer, Intent
from agent.dialogue.figures import Figures
from agent.dialogue.library import Found, from_library
from agent.dialogue.naming import MOST_NAMED
from agent.dialogue.phrases import NotRenderedError, cleaned
from agent.dialogue.seen import Known, Seen
from agent.dialogue.wording import Spoken, Wording

Values = Mapping[str, Any]
_GROUPS = ("any", "all", "which", "how_many")
_LONGEST_LINE = 200


class Answering:
    """Says answers in one language."""

    def __init__(self, wording: Wording) -> None:
        self._words = wording
        figures = Figures(wording)
        self._tellers: Mapping[str, Callable[[Intent, Values], Spoken]] = {
            "one": self._one,
            "yesno": self._yesno,
            "where": self._where,
            "located": self._located,
            "listing": self._listing,
            "today": self._today,
            "last": self._today,
            "none_there": self._none_there,
            "temperature": figures.temperature,
            "weather": figures.weather,
            "time": figures.time,
            "date": figures.date,
            "items": figures.items,
        }

    def told(self, intent: Intent, answer: Answer) -> Spoken:
        """The words of `answer`. A key that is no question of ours is that of a phrase."""
        if answer.key in _GROUPS:
            spoken = self._group(answer.key, intent, answer.values)
        elif answer.key in self._tellers:
            spoken = self._tellers[answer.key](intent, answer.values)
        else:
            known = answer.key in self._words.words.phrases or not answer.key.startswith("respond_")
            key = answer.key if known else "respond_default"
            values = {
                name: cleaned(value) if isinstance(value, str) else value
                for name, value in answer.values.items()
            }
            spoken = self._words.spoken([self._words.said(key, **values)])
        if not answer.shown:
            return spoken
        lines = [cleaned(line, _LONGEST_LINE) for line in answer.shown]
        return self._words.spoken([spoken.text], [spoken.shown], lines=lines)

    # one thing ------------------------------------------------------------------------------------------
    def _one(self, intent: Intent, values: Values) -> Spoken:
        found: Sequence[Seen] = values["seen"]
        if len(found) > MOST_NAMED:
            return self._listing(intent, values)

        def said(*, aloud: bool) -> list[str]:
            told = [self._told(intent, "one", one, values["now"], aloud=aloud) for one in found]
            return [self._words.said("clause").join(told)]

        return self._words.twice(said)

    def _where(self, intent: Intent, values: Values) -> Spoken:
        one: Seen = values["seen"][0]
        return self._words.twice(
            lambda *, aloud: [self._told(intent, "where", one, values["now"], aloud=aloud)]
        )

    def _told(self, intent: Intent, family: str, one: Seen, now: datetime, *, aloud: bool) -> str:
        if one.known is not Known.HEARD:
            return self._words.known(one, now=now, aloud=aloud)
        if not self._words.native:
            try:
                return from_library(self._words, intent, family, Found(one=one, matched=(one,)), aloud=aloud)
            except NotRenderedError:
                pass
        return self._words.tells(family, one, aloud=aloud, detail=True)

    def _yesno(self, intent: Intent, values: Values) -> Spoken:
        matched, unmatched = values["matched"], values["unmatched"]
        one: Seen = [*matched, *unmatched, *values["unsure"]][0]
        found = Found(one=one, matched=matched, unmatched=unmatched)

        def said(*, aloud: bool) -> list[str]:
            if one.known is not Known.HEARD:
                return [self._words.known(one, now=values["now"], aloud=aloud)]
            try:
                return [from_library(self._words, intent, "yesno", found, aloud=aloud)]
            except NotRenderedError:
                key = "yes" if matched else "no_but"
                return [self._words.tells(key, one, aloud=aloud)]

        return self._words.twice(said)

    def _located(self, _intent: Intent, values: Values) -> Spoken:
        entity: Entity = values["entities"][0]
        names, be = self._words.name(entity), self._words.being([entity])
        if values["where"] is None:
            return self._words.spoken([self._words.said("located_unknown", names=names)])
        where = self._words.place(values["where"])
        return self._words.spoken([self._words.said("located", names=names, be=be, where=where)])

    # several things -------------------------------------------------------------------------------------
    def _group(self, family: str, intent: Intent, values: Values) -> Spoken:
        matched, unmatched, unsure = values["matched"], values["unmatched"], values["unsure"]

        def said(*, aloud: bool) -> list[str]:
            doubts = self._doubts(family, values, aloud=aloud)
            if family in ("any", "which") and unsure and not matched:
                return [self._words.said("none_known"), *doubts]
            if family == "all" and unsure and not unmatched:
                return [*([self._words.said("all_known")] if matched else []), *doubts]
            return [self._sure(family, intent, values, aloud=aloud), *doubts]

        lines = [*(unmatched if family == "all" else matched), *unsure]
        return self._words.twice(said, lines=self._lines(lines, values["now"]) if len(lines) > 1 else ())

    def _sure(self, family: str, intent: Intent, values: Values, *, aloud: bool) -> str:
        """The answer as far as it is known."""
        words, matched, unmatched = self._words, values["matched"], values["unmatched"]
        if not (words.native and family in words.words.own_first):
            first = next(iter((*matched, *unmatched)), None)
            found = Found(one=first, matched=matched, unmatched=unmatched, wanted=values["wanted"])
            try:
                return from_library(words, intent, family, found, aloud=aloud)
            except NotRenderedError:
                pass
        if family == "which":
            return words.joined([words.name(one.entity) for one in matched]) or words.said("none")
        if family == "how_many":
            return str(len(matched))
        return words.said("yes" if (matched if family == "any" else not unmatched) else "no")

    def _doubts(self, family: str, values: Values, *, aloud: bool) -> list[str]:
        """What the answer cannot be sure of, one sentence for each kind of doubt."""
        matched, unmatched = list(values["matched"]), list(values["unmatched"])
        settled = {"any": matched, "all": unmatched}.get(family)
        rests_on = settled or [*matched, *unmatched]
        doubtful = [
            *([] if settled else values["unsure"]),
            *(one for one in rests_on if one.known is Known.OLD),
        ]
        return [
            self._words.doubt(alike, now=values["now"], aloud=aloud)
            for known in Known
            if (alike := [one for one in doubtful if one.known is known])
        ]

    def _listing(self, _intent: Intent, values: Values) -> Spoken:
        found: Sequence[Seen] = values["seen"]
        place = self._words.place(values["where"])
        if len(found) > MOST_NAMED:
            kind = self._words.counted([one.entity for one in found])
            text = self._words.said("listing_many", where=place, kind=kind)
        else:
            names = self._words.joined([self._words.name(one.entity) for one in found])
            text = self._words.said("listing", place=place, names=names)
        return self._words.spoken([text], lines=self._lines(found, values["now"]))

    def _lines(self, found: Iterable[Seen], now: datetime) -> list[str]:
        """One line each for the screen."""
        return [
            self._words.said(
                "line", names=cleaned(one.entity.name), state=self._words.state(one, aloud=False, detail=True)
            )
            if one.known is Known.HEARD
            else self._words.text([self._words.known(one, now=now, aloud=False)])
            for one in found
        ]

    def _none_there(self, _intent: Intent, values: Values) -> Spoken:
        if values["kind"] == "person":
            # "There is no person in the house" would be taken for an answer.
            return self._words.spoken([self._words.said("people_unknown")])
        where, kind = self._words.place(values["where"]), self._words.kind(values["kind"])
        return self._words.spoken([self._words.said("there_is_none", kind=kind, where=where)])

    # today ----------------------------------------------------------------------------------------------
    def _today(self, intent: Intent, values: Values) -> Spoken:
        words, happened, now = self._words, values["happened"], values["now"]
        found: Sequence[Seen] = values["seen"]
        if not happened:
            nothing = words.said("today_none" if values["recorded"] else "today_no_record")
            alone = found[:1] if len(found) == 1 else ()
            return words.twice(
                lambda *, aloud: [nothing, *(words.known(one, now=now, aloud=aloud) for one in alone)]
            )

        def said(*, aloud: bool) -> list[str]:
            if len(happened) > 1:
                each = [
                    words.said(
                        "which_at", names=words.name(one.entity), time=words.clock(at[-1], aloud=aloud)
                    )
                    for one, at in happened
                ]
                return [words.said("today_several", names=words.joined(each))]
            times: Sequence[datetime] = happened[0][1]
            key = "today_once" if len(times) == 1 else "today_often"
            when = any(word in (intent.response or "") for word in ("last", "since"))
            key = "last_at" if when else key
            return [words.said(key, time=words.clock(times[-1], aloud=aloud), count=len(times))]

        lines = [
            words.said("line", names=cleaned(one.entity.name), state=self._clocks(at)) for one, at in happened
        ]
        return words.twice(said, lines=lines)

    def _clocks(self, times: Sequence[datetime]) -> str:
        return self._words.said("comma").join(self._words.clock(at, aloud=False) for at in times[-20:])
