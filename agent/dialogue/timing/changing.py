"""What is kept is changed, cancelled or told: once it is known which is meant."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.core.intents import Intent
from agent.dialogue.timekeeping import KINDS, LONGEST_TIMER, Kept, Kind
from agent.dialogue.timing import altering, setting
from agent.dialogue.timing.finding import means_all, meant, timers
from agent.dialogue.timing.hearing import Hearing
from agent.dialogue.timing.moments import in_
from agent.dialogue.timing.setting import seconds_of
from agent.dialogue.timing.words import TimeWords, remaining

AreaOf = Callable[[str], str | None]
_OF_KIND: dict[str, Kind] = {
    **dict.fromkeys(("GetAlarms", "CancelAlarm", "ChangeAlarm"), "alarm"),
    **dict.fromkeys(("GetReminders", "CancelReminder", "ChangeReminder"), "reminder"),
    **dict.fromkeys(("OpsListSchedules", "OpsCancelSchedule", "OpsChangeSchedule"), "command"),
}
_CANCELLING = ("HassCancelTimer", "HassCancelAllTimers", "CancelAlarm", "CancelReminder", "OpsCancelSchedule")
_TELLING = ("HassTimerStatus", "GetAlarms", "GetReminders", "OpsListSchedules")
_ALTERING = ("ChangeAlarm", "ChangeReminder", "ChangeTimer", "OpsChangeSchedule")
_STEPS = ("HassIncreaseTimer", "HassDecreaseTimer", "HassPauseTimer", "HassUnpauseTimer")
NAMES = frozenset({*_CANCELLING, *_TELLING, *_ALTERING, *_STEPS, "Snooze"})
"""The intents of this module."""
MOST_TOLD = 4


async def change(intent: Intent, hearing: Hearing, *, area_of: AreaOf, chosen: Sequence[Kept] = ()) -> None:
    """Do what `intent` asks with what is kept; `chosen`: with these, which the speaker picked."""
    if intent.name == "Snooze":
        await altering.snooze(intent, hearing)
        return
    kind = _OF_KIND.get(intent.name, "timer")
    kept = hearing.of(kind)
    if not kept and kind == "timer":
        # "In twenty minutes turn off the heater" is a timer, too, where there is no other.
        kept = tuple(one for one in hearing.of("command") if one.span)
    if not kept:
        await _without_any(intent, kind, hearing)
        return
    about = replace(intent, text=str(intent.slots.get("which", ""))) if intent.name in _ALTERING else intent
    ids = {each.id for each in chosen}
    found = (
        tuple(one for one in kept if one.id in ids) if ids else _found(about, kept, kind, hearing, area_of)
    )
    if not found:
        hearing.say(f"no_such_{kind}")
        return
    if intent.name in _TELLING:
        _listed(found, kind, hearing)
        return
    every = intent.name == "HassCancelAllTimers" or means_all(about.text) or bool(chosen)
    if len(found) > 1 and not every:
        hearing.ask_which(intent, found)
        return
    if intent.name in _CANCELLING:
        await _cancel(found, kind, hearing)
        return
    for one in found:
        await _changed(intent, one, kept, hearing)


def _found(
    about: Intent, kept: Sequence[Kept], kind: Kind, hearing: Hearing, area_of: AreaOf
) -> tuple[Kept, ...]:
    if kind != "timer":
        return meant(about, kept, now=hearing.now)
    area = None if about.name in (*_TELLING, "HassCancelAllTimers") else hearing.utterance.area
    return timers(about, kept, now=hearing.now, area=area, area_of=area_of)


async def _without_any(intent: Intent, kind: Kind, hearing: Hearing) -> None:
    """There is nothing of that kind, but what is over can be started again."""
    rung = [one for one in hearing.keeper.rung() if one.kind == "timer"]
    if intent.name == "ChangeTimer" and intent.slots.get("how") == "restart" and rung:
        await altering.restart(rung[-1], hearing)
    elif intent.slots.get("or_set"):
        towards = {
            slot.removeprefix("to_"): value for slot, value in intent.slots.items() if slot[:3] == "to_"
        }
        await setting.alarm(replace(intent, name="SetAlarm", slots=towards), hearing)
    else:
        hearing.say(f"no_{kind}")


async def cancel_all(hearing: Hearing) -> None:
    """Cancel the timers; what else is kept is told, and left.

    Raises:
        TransientError: it cannot be stored.
    """
    if running := hearing.of("timer"):
        await _cancel(running, "timer", hearing)
    words = hearing.words
    left = [words.said(f"counted_{kind}", count=len(kept)) for kind in KINDS if (kept := hearing.of(kind))]
    if left:
        hearing.say("everything_left", what=words.joined(left))


async def _cancel(found: Sequence[Kept], kind: Kind, hearing: Hearing) -> None:
    aloud, shown = (hearing.labels(found, aloud=spoken) for spoken in (True, False))
    for one in found:
        await hearing.forget(one)
    if len(found) > MOST_TOLD:
        hearing.say("kept_cancelled", what=hearing.words.said(f"counted_{kind}", count=len(found)))
        return
    words = hearing.words
    hearing.tell(
        words.both(
            words.said("kept_cancelled", what=_together(aloud, kind, words)),
            words.said("kept_cancelled", what=_together(shown, kind, words)),
        )
    )


def _together(labels: Sequence[str], kind: Kind, words: TimeWords) -> str:
    return words.joined(labels) if kind == "timer" else words.said("clause").join(labels)


def _listed(found: Sequence[Kept], kind: Kind, hearing: Hearing) -> None:
    words = hearing.words
    if kind == "timer":
        aloud = shown = [_timer_told(one, found, hearing) for one in found]
    else:
        aloud, shown = (hearing.labels(found, aloud=spoken) for spoken in (True, False))
    if len(found) == 1:
        hearing.tell(words.both(aloud[0], shown[0]))
        return
    counted = words.said(f"counted_{kind}", count=len(found))
    first = words.said("clause").join(aloud[:MOST_TOLD])
    if len(found) > MOST_TOLD:
        first = words.said("clause").join(
            (*aloud[: MOST_TOLD - 1], words.said("more", count=len(found) - MOST_TOLD + 1))
        )
    hearing.tell(words.both(words.said("kept_listed", counted=counted, what=first), counted, lines=shown))


def _timer_told(one: Kept, among: Sequence[Kept], hearing: Hearing) -> str:
    words = hearing.words
    key = "timer_left" if one.left is None else "timer_left_paused"
    return words.said(key, timer=words.timer(one, among), span=words.left(remaining(one, hearing.now)))


async def _changed(intent: Intent, one: Kept, among: Sequence[Kept], hearing: Hearing) -> None:
    if intent.name in _ALTERING:
        await altering.alter(intent, one, hearing)
        return
    left, words = remaining(one, hearing.now), hearing.words
    label = words.timer(one, among)
    match intent.name:
        case "HassPauseTimer":
            if one.left is not None:
                hearing.say("timer_already_paused", timer=label)
                return
            await hearing.keep(replace(one, left=left), before=one)
            hearing.say("timer_paused", timer=label, span=words.left(left))
        case "HassUnpauseTimer":
            if one.left is None:
                hearing.say("timer_runs", timer=label)
                return
            await hearing.keep(_due_in(replace(one, left=None), left, hearing), before=one)
            hearing.say("timer_resumed", timer=label, span=words.left(left))
        case _:
            seconds = seconds_of(intent.slots) or 0.0
            left += -seconds if intent.name == "HassDecreaseTimer" else seconds
            if left > LONGEST_TIMER:
                hearing.say("timer_too_long")
                return
            ended, left = left <= 0, max(left, 0.0)
            changed = (
                replace(one, left=left)
                if one.left is not None and not ended
                else _due_in(replace(one, left=None), left, hearing)
            )
            await hearing.keep(changed, before=one)
            key = "timer_ended" if ended else "timer_left" if changed.left is None else "timer_left_paused"
            hearing.say(key, timer=label, **({} if ended else {"span": words.left(left)}))


def _due_in(one: Kept, seconds: float, hearing: Hearing) -> Kept:
    return replace(one, when=in_(seconds, hearing.now))
