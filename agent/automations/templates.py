"""Templates of rules: yes or no, with the values that made it so.

The sandbox, its bounds and its shortcuts are those of `agent/templates`. A template that compares what is in
a message or a state is turned into closures; everything else is compiled by Jinja, once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jinja2 import nodes
from jinja2.runtime import Undefined

from agent.automations.explaining import Explanation, explanation
from agent.automations.world import NO_VALUE, Checked, World, word_of, words_of
from agent.core.actions import NOTHING, Trust
from agent.mqtt.message import Message
from agent.redaction import redacted
from agent.templates import (
    FAILURES,
    LONGEST_INPUT,
    Compute,
    NotGivenError,
    Purse,
    Sandbox,
    checked,
    expression,
    priced,
)

LONGEST_PAYLOAD = 262_144
"""Bytes of a payload that are looked at."""
NOBODY = Message("", b"")
"""What templates see as `value` where no message is the reason."""
_TRUE = frozenset(("true", "yes", "on", "enable"))
_TYPED = re.compile(r"[\w.:+-]{0,64}", re.ASCII)
"""A word of a device's own vocabulary: `ON`, `single`, `21.5`. Anything else is free text."""


_VALUES = (bool, int, float, Undefined)


class Template:
    """One compiled template."""

    __slots__ = ("_explanation", "_quick", "_slow", "source")

    def __init__(
        self, source: str, quick: Compute | None, slow: Callable[..., str], seen: Explanation
    ) -> None:
        self.source = source
        self._quick = quick
        self._slow = slow
        self._explanation = seen

    def check(self, message: Message, trigger: Mapping[str, Any] = NOTHING) -> Checked:
        """Whether it says yes to `message`, and why; never raises."""
        if len(message.payload) > LONGEST_PAYLOAD:
            size = len(message.payload)
            return Checked(met=False, words=f"the payload has {size} bytes; {LONGEST_PAYLOAD} are looked at")
        try:
            value = self._slow(message, trigger) if self._quick is None else self._quick(message)
            if truth(value):
                return _MET
        except NotGivenError:
            return Checked(met=False, words="the message has nothing to say to it")
        except FAILURES as error:
            words = self._explanation.failed(message, error)
        else:
            words = self._explanation.refused(message, value)
        # What it gave may be a piece of the log.
        of_a_log = trigger.get("platform") == "journal"
        return Checked(met=False, words=redacted(words) if of_a_log else words)

    def why(self, message: Message) -> str:
        """In words what was seen, after it said yes."""
        return self._explanation.named(self._explanation.values(message))

    def trust(self, message: Message, *, trigger: Trust = Trust.HOSTILE) -> Trust:
        """How far what it read can be believed: typed values of devices, or free text.

        `trigger` is how far what it sees as `trigger` can be believed.
        """
        return self._believed(self._explanation.values(message), trigger)

    def saw(self, message: Message) -> tuple[str, Trust]:
        """Both `why` and `trust`, for less than each of them."""
        values = self._explanation.values(message)
        return self._explanation.named(values), self._believed(values, Trust.HOSTILE)

    def _believed(self, values: Sequence[Any], trigger: Trust) -> Trust:
        if not self._explanation.complete or not all(map(typed, values)):
            return Trust.HOSTILE
        if self._explanation.reads_trigger:
            return min(trigger, Trust.DEVICE) if values else trigger
        return Trust.DEVICE if values else Trust.OPERATOR


_MET = Checked(met=True, words="")


@dataclass(frozen=True, slots=True)
class Templates:
    """Makes the templates of rules that look at one house."""

    world: World
    _sandbox: Sandbox
    _known: dict[str, Template]

    @classmethod
    def of(cls, world: World) -> "Templates":
        """Those that look at `world`."""
        return cls(world, _sandbox(world), {})

    def template(self, source: str) -> Template:
        """The template of a `source` that the configuration has accepted."""
        known = self._known.get(source)
        if known is None:
            known = self._known[source] = self._made(source.strip())
        return known

    def _made(self, source: str) -> Template:
        tree = checked(source, self._sandbox)
        told = explanation(tree, source, self._sandbox)
        only = tree.body[0].nodes if len(tree.body) == 1 and isinstance(tree.body[0], nodes.Output) else ()
        quick = expression(only[0], self._sandbox) if len(only) == 1 else None
        return Template(source, quick, self._slow(tree), told)

    def _slow(self, tree: nodes.Template) -> Callable[..., str]:
        compiled: list[Any] = []
        sandbox = self._sandbox

        def render(message: Message, trigger: Mapping[str, Any]) -> str:
            if len(message.payload) > LONGEST_INPUT:
                raise ValueError(
                    f"it has {len(message.payload)} bytes to reckon with; {LONGEST_INPUT} would do"
                )
            sandbox.purse.fill()
            if not compiled:
                compiled.append(sandbox.from_string(priced(tree, sandbox)))
            values = {"value": message.text(), "trigger": trigger}
            try:
                values["value_json"] = message.json()
            except ValueError:
                values.pop("value_json", None)
            return str(compiled[0].render(values))

        return render


def truth(value: Any) -> bool:
    """Whether the result of a template means yes, as if it had been printed."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    if not isinstance(value, str):
        return False
    text = value.strip().lower() if len(value) <= LONGEST_INPUT else ""
    if text in _TRUE:
        return True
    try:
        return float(text) != 0
    except ValueError:
        return False


def typed(value: Any) -> bool:
    """Whether `value` is one that devices give in numbers and fixed words, and no free text."""
    if isinstance(value, str):
        return _TYPED.fullmatch(value) is not None
    return value is None or isinstance(value, _VALUES)


def _sandbox(world: World) -> Sandbox:
    def utc_now() -> datetime:
        return world.now().astimezone(UTC)

    def states(entity: Any) -> str:
        return word_of(world.state(str(entity)))

    def state_attr(entity: Any, name: Any) -> Any:
        return world.state(str(entity)).attributes.get(str(name))

    def is_state(entity: Any, wanted: Any) -> bool:
        words = wanted if isinstance(wanted, list | tuple) else [wanted]
        return states(entity) in [words_of(one) for one in words]

    def is_state_attr(entity: Any, name: Any, wanted: Any) -> bool:
        return bool(state_attr(entity, name) == wanted)

    def has_value(entity: Any) -> bool:
        return states(entity) not in NO_VALUE

    purse = Purse()
    sandbox = Sandbox(purse=purse, now=utc_now)
    looking: dict[str, Callable[..., Any]] = {
        "states": states,
        "state_attr": state_attr,
        "is_state": is_state,
        "is_state_attr": is_state_attr,
        "has_value": has_value,
    }
    # The house's local time, which need not be the machine's.
    local: dict[str, Callable[..., Any]] = {
        "now": world.now,
        "as_local": lambda moment: moment.astimezone(world.now().tzinfo),
    }
    sandbox.globals |= {name: purse.bounded(one) for name, one in (looking | local).items()}
    sandbox.filters |= {name: sandbox.globals[name] for name in (*looking, "as_local")}
    sandbox.quick |= looking
    return sandbox
