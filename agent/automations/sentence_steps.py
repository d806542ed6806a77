"""From a sentence of a rule to typed steps, or to what is wrong with it. Reads the templates only.

There is nobody to ask back and no moment yet: what is ambiguous, what asks, and what depends on the states
of the house is a mistake here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from agent.actions.planner import Own, plan
from agent.automations.named_tasks import run_said
from agent.automations.plan import Delay, Do, Notify, Step
from agent.automations.sentence_mistakes import ambiguous, impossible, missing_from, not_read
from agent.automations.spoken_time import lasts, waits
from agent.automations.task_section import TaskConfig
from agent.automations.undone import undoing
from agent.automations.units import VERBS, unit_do
from agent.core.actions import Action, Cause, Risk, Target, Trust
from agent.core.intents import ASKING, DIALOGUE, Choice, Intent, Missing, Unrecognized
from agent.dialogue.values import Units
from agent.dialogue.wishes import Wish, wishes
from agent.durations import told
from agent.engines import speech
from agent.engines.reads import Reads
from agent.errors import ActionError
from agent.home.fuzzy import words_of
from agent.home.registry import Home
from agent.home.targets import REACH, find_targets

LONGEST_DELAY = 86_400.0
DEEPEST = 2
"""Times within times: "in an hour turn on the lamp for five minutes"."""
_NAMES = ("name", "area", "floor")
_TALK = DIALOGUE | {"Undo"}
_UNIT_VERBS = {f"OpsService{verb.capitalize()}": verb for verb in VERBS}
_APART = "write the steps one by one, with '{delay: 10m}' between them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What sentences are read in. `home` says nothing of its states; `units`: of bare numbers."""

    reader: Reads
    home: Home
    units: Units
    tasks: Mapping[str, TaskConfig]
    services: Mapping[str, Risk | Own]


def steps_of(text: str, language: str, context: Context, *, depth: int = 0) -> tuple[Step, ...]:
    """The steps of a sentence; `depth`: of how many others it is a part.

    Raises:
        ActionError: what is wrong with it, and what would be right.
    """
    if depth > DEEPEST:
        raise ActionError(f"{text!r:.80} holds too many times; {_APART}")
    read = context.reader.read(text, language)
    if isinstance(read, Unrecognized):
        raise ActionError(not_read(read, text, context.tasks))
    meant = _misheard(read, text, language, context.reader)
    if meant is not None:
        raise ActionError(
            f"{text!r:.80} names nothing that is here letter for letter; did you mean {meant!r}?"
        )
    steps: list[Step] = []
    for at, intent in enumerate(read):
        added = _Part(text, language, intent, context, depth).steps()
        if at + 1 < len(read) and any(isinstance(one, Delay) for one in added):
            raise ActionError(f"what follows the delay in {text!r:.80} would wait, too; {_APART}")
        steps += added
    return tuple(steps)


def _misheard(read: Sequence[Intent], text: str, language: str, reader: Reads) -> str | None:
    """A name that was only nearly said, which is good enough for ears: what is written stays for years."""
    said = f" {' '.join(words_of(text))} "
    named = [str(one.slots[kind]) for one in read for kind in _NAMES if kind in one.slots]
    doubtful = [name for name in named if f" {' '.join(words_of(name))} " not in said]
    if not doubtful:
        return None
    seen = reader.explain(text, language).readings
    exact = {
        str(one.intent.slots[kind])
        for one in seen
        for kind in _NAMES
        if kind in one.intent.slots and not one.nearly
    }
    return next((name for name in doubtful if name not in exact), None)


def checking(service: str, target: Target, data: Mapping[str, Any]) -> Action:
    """An action that is only looked at, never carried out."""
    return Action(
        id="check",
        service=service,
        target=target,
        data=data,
        cause=Cause(kind="automation", who="check"),
        trust=Trust.OPERATOR,
        born=datetime.min.replace(tzinfo=UTC),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One intent of a sentence on its way to steps."""

    text: str
    language: str
    intent: Intent
    context: Context
    depth: int

    def steps(self) -> tuple[Step, ...]:
        name = self.intent.name
        if name in ASKING:
            raise self._wrong(
                "asks, and nothing is there to answer; say what to do, or look at the state under 'if:'"
            )
        if name in _TALK:
            if speech.forbids(self.intent.text, self.intent.language):
                raise self._wrong("says what not to do; leave it out, a rule does nothing else than it says")
            raise self._wrong("belongs into a conversation; say what is to be done")
        if name in REACH:
            return self._in_the_house()
        if name in _UNIT_VERBS:
            return self._unit(_UNIT_VERBS[name])
        special = _SPECIAL.get(name)
        if special is None:
            raise self._wrong(
                "is nothing that a rule can do; 'service: ...' or 'task: ...' would be right, or 'schedules:'"
            )
        return special(self)

    def _wrong(self, what: str) -> ActionError:
        return ActionError(f"{self.text!r:.80} {what}")

    # in the house -----------------------------------------------------------------------------------------
    def _in_the_house(self) -> tuple[Step, ...]:
        intent, home = self.intent, self.context.home
        found = find_targets(intent, home, area=None)
        if isinstance(found, Missing):
            raise ActionError(missing_from(found))
        if isinstance(found, Choice):
            raise ActionError(ambiguous(found, self.text))
        if "brightness_step" in intent.slots and len(found) > 1:
            raise self._wrong(
                "is about the lamps that shine, and which do is known only then; name one of them, or say how"
                " bright: 'set ... to 60 percent'"
            )
        try:
            wanted = wishes(intent, found, home, units=self.context.units)
        except ActionError as error:
            raise ActionError(impossible(error, intent)) from None
        return tuple(map(self._wished, wanted))

    def _wished(self, wish: Wish) -> Do:
        """The step of a wish, for those that can do it if all are meant."""
        action = checking(wish.service, Target(entity=wish.entities), wish.data)
        planned = plan(action, self.context.home, known=self.context.services)
        if planned.refusals and not (self.intent.every and planned.steps):
            raise ActionError(planned.refusals[0][1])
        able = tuple(step.entity for step in planned.steps)
        return Do(service=wish.service, target=Target(entity=able), data=wish.data, said=self.text)

    # beside the house -------------------------------------------------------------------------------------
    def _unit(self, verb: str) -> tuple[Step, ...]:
        slots = self.intent.slots
        if slots.get("kind") == "container" or "host" in slots:
            raise self._wrong("is about no unit of this machine; a task that does it would be right")
        return (unit_do(verb, slots.get("service"), said=self.text),)

    def task(self) -> tuple[Step, ...]:
        """Run that."""
        if "host" in self.intent.slots:
            raise self._wrong("is about another machine, and tasks run on this one; leave it out")
        return (run_said(str(self.intent.slots.get("task", "")), self.context.tasks),)

    def broadcast(self) -> tuple[Step, ...]:
        """Tell everybody that."""
        message = str(self.intent.slots.get("message", "")).strip()
        if not message:
            raise self._wrong("has no message; 'notify: dinner is ready' would be right")
        return (Notify(text=message),)

    # times ------------------------------------------------------------------------------------------------
    def timer(self) -> tuple[Step, ...]:
        """In ten minutes, do that."""
        slots = dict(self.intent.slots)
        command = slots.pop("conversation_command", None)
        if command is None:
            raise self._wrong("sets a timer, which a rule cannot; '{delay: 10m}' as a step would be right")
        seconds = self._checked(waits(slots))
        leads = not self.intent.text.casefold().startswith(str(command).casefold())
        if not leads and self._is_compound(str(command)):
            raise self._wrong(f"does not say which of its parts are to wait; {_APART}")
        return (Delay(seconds=seconds), *self._inner(str(command)))

    def schedule(self) -> tuple[Step, ...]:
        """For ten minutes, do that; any other time is a matter of schedules."""
        slots = self.intent.slots
        command, seconds = str(slots.get("task", "")), lasts(str(slots.get("time", "")))
        if seconds is None or set(slots) != {"task", "time"}:
            raise self._wrong(
                f"says when, which belongs under 'when:' or into 'schedules:'; for a while, {_APART}"
            )
        if self._is_compound(command):
            raise self._wrong(f"does not say which of its parts end again; {_APART}")
        steps = self._inner(command)
        back = [one for step in steps if (one := undoing(step)) is not None]
        if len(back) < len(steps):
            raise self._wrong(f"does not say what is to be done after {told(seconds)}; {_APART}")
        return (*steps, Delay(seconds=self._checked(seconds)), *back)

    def _inner(self, command: str) -> tuple[Step, ...]:
        steps = steps_of(command, self.language, self.context, depth=self.depth + 1)
        return tuple(replace(one, said=self.text) if isinstance(one, Do) else one for one in steps)

    def _is_compound(self, command: str) -> bool:
        read = self.context.reader.read(command, self.language)
        return not isinstance(read, Unrecognized) and len(read) > 1

    def _checked(self, seconds: float | None) -> float:
        if seconds is None or not 0 < seconds <= LONGEST_DELAY:
            raise self._wrong(f"waits for more than a day, or does not say how long; {_APART}")
        return seconds


_SPECIAL: Mapping[str, Callable[[_Part], tuple[Step, ...]]] = {
    "OpsRunTask": _Part.task,
    "HassBroadcast": _Part.broadcast,
    "HassStartTimer": _Part.timer,
    "OpsSchedule": _Part.schedule,
}
