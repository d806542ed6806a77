"""Times to come, timers and what is kept, in the words of one language. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from agent.core.intents import Intent
from agent.dialogue.ending import Ending
from agent.dialogue.phrases import capital, cleaned
from agent.dialogue.timekeeping import Kept, When
from agent.dialogue.wording import Spoken, Wording

LONGEST_TOLD = 120
_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))
_PRECISE = 600
"""Seconds from which on whole minutes are told."""
_WEEK = 7
Deed = tuple[str, Intent, Sequence[object]]


class TimeWords:
    """Says times and what comes at them."""

    def __init__(self, language: str) -> None:
        self._words = Wording(language)
        self._ending = Ending(self._words)

    def said(self, key: str, **values: object) -> str:
        """The phrase of that key."""
        return self._words.said(key, **values)

    # spans and times --------------------------------------------------------------------------------------
    def span(self, seconds: float) -> str:
        """A span: its two largest units, "1 hour and 20 minutes"."""
        left = round(max(seconds, 0.0))
        parts: list[str] = []
        for key, size in _UNITS:
            count, left = divmod(left, size)
            if count or (key == "seconds" and not parts):
                parts.append(self.said(key, count=count))
        if self._words.own_language == "zh-CN":
            return "".join(parts)
        return parts[0] if len(parts) == 1 else self.said("and", some=", ".join(parts[:-1]), last=parts[-1])

    def left(self, seconds: float) -> str:
        """How much time is left: the longer, the rounder."""
        if seconds >= _PRECISE:
            seconds = round(seconds / 60) * 60
        return self.span(max(round(seconds), 0))

    def moment(self, at: datetime, now: datetime, *, aloud: bool) -> str:
        """A moment to come, as seen from `now`: "at 18:20", "tomorrow at 7:00", "on Monday at 9:00"."""
        time, days = self._words.clock(at, aloud=aloud), (at.date() - now.date()).days
        if days == 0:
            return self.said("when_today", time=time)
        if days == 1:
            return self.said("when_tomorrow", time=time)
        if 0 < days < _WEEK:
            return self.said("when_weekday", weekday=self._words.words.weekdays[at.weekday()], time=time)
        return self.said("when_before", month=self._words.words.months[at.month - 1], day=at.day, time=time)

    def moment_alone(self, at: datetime) -> str:
        """A time of day."""
        return self._words.clock(at)

    def when(self, when: When, due: datetime | None, now: datetime, *, aloud: bool) -> str:
        """When something comes: its next time, or how often it does."""
        if when.seconds:
            return self.said("every_span", span=self.span(when.seconds).removeprefix("1 "))
        if when.sun:
            side = "" if not when.offset else "before_" if when.offset < 0 else "after_"
            every = "at" if 0 < len(when.days) < _WEEK else "every"
            said = self.said(f"{every}_{side}{when.sun}", span=self.span(abs(when.offset)))
            return self._on_days(when, said) if every == "at" else said
        if when.clock:
            hour, _, minute = when.clock.partition(":")
            shown = now.replace(hour=int(hour), minute=int(minute), second=0)
            return self._on_days(when, self._words.clock(shown, aloud=aloud))
        return "" if due is None else self.moment(due, now, aloud=aloud)

    def _on_days(self, when: When, time: str) -> str:
        if when.apart:
            return self._apart(when, time)
        if when.of_month:
            return self.said("every_month", day=when.of_month, time=time)
        known = {
            tuple(range(7)): "every_day",
            (): "every_day",
            (0, 1, 2, 3, 4): "every_weekday",
            (5, 6): "every_weekend",
        }
        key = known.get(when.days)
        if key is not None:
            return self.said(key, time=time)
        days = self._words.joined([self._words.words.weekdays[one] for one in when.days])
        return self.said("every_days", days=days, time=time)

    def _apart(self, when: When, time: str) -> str:
        weeks, rest = divmod(when.apart, _WEEK)
        if rest or not weeks:
            return self.said("every_days_apart", count=when.apart, time=time)
        weekday = self._words.words.weekdays[date.fromisoformat(when.since).weekday()]
        return self.said("every_weeks_apart", count=weeks, weekday=weekday, time=time)

    # what is kept -----------------------------------------------------------------------------------------
    def timer(self, one: Kept, among: Sequence[Kept] = (), *, now: datetime | None = None) -> str:
        """What a timer is called, so that it is told from those it is `among`."""
        label = self._timer(one)
        if now is not None and sum(self._timer(other) == label for other in among) > 1:
            return self.said("timer_with", timer=label, span=self.left(remaining(one, now)))
        return label

    def _timer(self, one: Kept) -> str:
        if one.name:
            return self.said("timer_named", name=self._words.bare(one.name))
        return self.said("timer_of", span=self.span(one.span)) if one.span else self.said("timer")

    def label(self, one: Kept, among: Sequence[Kept], now: datetime, *, deed: str = "", aloud: bool) -> str:
        """What something is called where it is listed or asked about. `deed`: what a command does."""
        if one.kind == "timer":
            return self.timer(one, among, now=now)
        due = None if one.due is None else one.due.astimezone(now.tzinfo)
        if due is None and one.when.at:
            due = datetime.fromisoformat(one.when.at)
            due = due.astimezone(now.tzinfo) if due.tzinfo else due.replace(tzinfo=now.tzinfo)
        label = self._label(one, self.when(one.when, due, now, aloud=aloud), deed)
        return self.said("kept_with_pause", what=label) if one.left is not None else label

    def _label(self, one: Kept, when: str, deed: str) -> str:
        if one.kind == "alarm":
            name = self._words.bare(one.name)
            return (
                self.said("alarm_named", name=name, when=when) if name else self.said("alarm_at", when=when)
            )
        if one.kind == "reminder":
            return self.said("reminder_at", text=cleaned(one.text, LONGEST_TOLD), when=when)
        return self.said("command_at", deed=deed or cleaned(one.said, LONGEST_TOLD), when=when)

    def deed(self, deeds: Sequence[tuple[str, Intent, Sequence[object]]], lasts: float = 0.0) -> str:
        """What is done: "turn on the lamp and lock the door", maybe for a while."""
        told = [self._ending.deed(service, intent, entities) for service, intent, entities in deeds]  # type: ignore[arg-type]
        joined = self._words.joined(list(dict.fromkeys(told))) or self.said("deed_mute")
        return self.said("deed_for", deed=joined, span=self.span(lasts)) if lasts else joined

    def reason(self, reason: str, *, aloud: bool) -> str:
        """Why something cannot be, in words."""
        return self._ending.reason(reason, aloud=aloud)

    # texts ------------------------------------------------------------------------------------------------
    def spoken(self, *sentences: str) -> Spoken:
        """Sentences that are the same for the ear and the screen."""
        return self._words.spoken(sentences)

    def both(self, aloud: str, shown: str, lines: Sequence[str] = ()) -> Spoken:
        """A sentence for the ear, and one for the screen with more lines."""
        return self._words.spoken([aloud], [shown], lines=lines)

    def joined(self, names: Sequence[str], *, last: str = "and") -> str:
        """A list as it is said."""
        return self._words.joined(names, last=last)

    def bare(self, name: str) -> str:
        """A name within a sentence."""
        return self._words.bare(name)

    def named(self, name: str) -> str:
        """A name as it begins a sentence."""
        return capital(self._words.bare(name))


def remaining(one: Kept, now: datetime) -> float:
    """The seconds that a timer still takes."""
    if one.left is not None:
        return one.left
    return 0.0 if one.due is None else max((one.due - now).total_seconds(), 0.0)


@lru_cache(maxsize=16)
def time_words(language: str) -> TimeWords:
    """The words of a language."""
    return TimeWords(language)


def rings(one: Kept, due: datetime, *, late: float) -> str:
    """What is said when the time of `one` has come; `due` on the clock of the house."""
    words = time_words(one.language)
    if one.kind == "timer":
        name = words.named(one.name).lower() if one.name.istitle() else cleaned(one.name)
        if name:
            text = words.said("ring_timer_named", name=name)
        else:
            text = (
                words.said("ring_timer_of", span=words.span(one.span))
                if one.span
                else words.said("ring_timer")
            )
    elif one.kind == "alarm":
        time = words.moment_alone(due + timedelta(seconds=late))
        text = (
            words.said("ring_alarm_named", name=words.named(one.name), time=time)
            if one.name
            else words.said("ring_alarm", time=time)
        )
    else:
        text = words.said("ring_reminder", text=cleaned(one.text, LONGEST_TOLD))
    if late:
        text = words.said("ring_late", text=text, span=words.left(late))
    return text
