"""Why a template said no, from its own syntax: "illuminance was 80, not below 50".

An expression of looked-up values, comparisons, `and`, `or` and `not` is told part by part. Of any other it is
told what it gave, and which values it read.
"""

from collections.abc import Callable, Sequence
from typing import Any

from jinja2 import Environment, nodes
from jinja2.runtime import Undefined

from agent.automations.world import shown
from agent.mqtt.message import Message
from agent.templates import FAILURES, Compute, NotGivenError, expression

Tell = Callable[[Message], str]
_MOST_NAMED = 5
_NOT = {
    "eq": "not",
    "ne": "which is",
    "lt": "not below",
    "lteq": "not at most",
    "gt": "not above",
    "gteq": "not at least",
}
_PAYLOAD = ("value", "value_json")
_OF_STATES = ("states", "state_attr", "is_state", "is_state_attr", "has_value")


class Explanation:
    """Tells what a template saw. `complete`: what it reads of a message is all among its `leaves`."""

    __slots__ = ("_leaves", "_source", "_tell", "complete", "reads_trigger")

    def __init__(
        self,
        source: str,
        tell: Tell | None,
        leaves: Sequence[tuple[str, Compute]],
        *,
        complete: bool,
        reads_trigger: bool,
    ) -> None:
        self._source = source if len(source) <= 80 else f"{source[:77]}..."  # noqa: PLR2004
        self._tell = tell
        self._leaves = leaves
        self.complete = complete
        self.reads_trigger = reads_trigger

    def refused(self, message: Message, value: Any) -> str:
        """Why it did not say yes but `value`."""
        if self._tell is not None:
            return self._tell(message)
        seen = self.named(self.values(message))
        return f"{self._source} gave {shown(value)!r}" + (f", with {seen}" if seen else "")

    def failed(self, message: Message, error: BaseException) -> str:
        """Why it could not say anything."""
        try:
            message.json()
        except ValueError as malformed:
            if error is malformed:
                return f"the payload is no JSON that can be read: {shown(str(malformed))}"
        for name, compute in self._leaves:
            if isinstance(_value(compute, message), Undefined):
                return f"{name} was not given"
        seen = self.named(self.values(message))
        told = f"{self._source} failed: {shown(str(error).partition(chr(10))[0] or type(error).__name__)}"
        return told + (f", with {seen}" if seen else "")

    def named(self, values: Sequence[Any]) -> str:
        """The `values` that it read, in words."""
        named = zip(self._leaves[:_MOST_NAMED], values, strict=False)
        return ", ".join([f"{name} {shown(value)}" for (name, _), value in named])

    def values(self, message: Message) -> list[Any]:
        """The values it reads, in the order of its leaves."""
        return [_value(compute, message) for _, compute in self._leaves]


def explanation(tree: nodes.Template, source: str, environment: Environment) -> Explanation:
    """What tells why the template of `tree` said no."""
    tell = None
    body = tree.body[0] if len(tree.body) == 1 else None
    if isinstance(body, nodes.Output) and len(body.nodes) == 1:
        only = body.nodes[0]
        if expression(only, environment) is not None:
            tell = _told(only, environment)
    leaves, complete = _leaves(tree, environment)
    reads_trigger = any(name.name == "trigger" for name in tree.find_all(nodes.Name))
    return Explanation(source, tell, leaves, complete=complete, reads_trigger=reads_trigger)


def _told(node: nodes.Node, environment: Environment) -> Tell | None:
    match node:
        case nodes.And():
            return _and(node, environment)
        case nodes.Or():
            left, right = _told(node.left, environment), _told(node.right, environment)
            return (
                None
                if left is None or right is None
                else lambda message: f"{left(message)} and {right(message)}"
            )
        case nodes.Call() if _is_state(node):
            return _in_state(node, environment)
        case nodes.Compare() if len(node.ops) == 1 and node.ops[0].op in _NOT:
            return _compare(node, environment)
        case nodes.Not():
            return _was(node.node, environment)
        case _:
            return _was(node, environment)


def _is_state(node: nodes.Node) -> bool:
    named = (
        isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "is_state"
    )
    return named and all(isinstance(one, nodes.Const) for one in node.args) and len(node.args) == 2  # type: ignore[attr-defined]  # noqa: PLR2004


def _in_state(node: nodes.Call, environment: Environment) -> Tell | None:
    compute = _states(node, environment)
    entity, wanted = (str(getattr(one, "value", "")) for one in node.args)
    return (
        None if compute is None else lambda message: f"{entity} was {shown(compute(message))}, not {wanted}"
    )


def _states(node: nodes.Call, environment: Environment) -> Compute | None:
    """The state that `is_state` looks at."""
    asked = nodes.Call(nodes.Name("states", "load"), [node.args[0]], [], None, None)
    return expression(asked, environment)


def _and(node: nodes.And, environment: Environment) -> Tell | None:
    test = expression(node.left, environment)
    left, right = _told(node.left, environment), _told(node.right, environment)
    if test is None or left is None or right is None:
        return None
    return lambda message: right(message) if _value(test, message) else left(message)


def _compare(node: nodes.Compare, environment: Environment) -> Tell | None:
    other = node.ops[0]
    left, right = expression(node.expr, environment), expression(other.expr, environment)
    name, wanted = _name(node.expr), _name(other.expr)
    if left is None or right is None or name is None:
        return None
    phrase = _NOT[other.op]

    def tell(message: Message) -> str:
        limit = shown(_value(right, message))
        against = limit if wanted is None else f"{wanted} ({limit})"
        return f"{name} was {shown(_value(left, message))}, {phrase} {against}"

    return tell


def _was(node: nodes.Node, environment: Environment) -> Tell | None:
    compute, name = expression(node, environment), _name(node)
    if compute is None or name is None:
        return None
    return lambda message: f"{name} was {shown(_value(compute, message))}"


def _name(node: nodes.Node) -> str | None:  # noqa: PLR0911  # one for each form
    """What people call what `node` looks up; None for what is no look-up."""
    match node:
        case nodes.Name(name="value" | "value_json"):
            return "the payload"
        case nodes.Getattr() | nodes.Getitem():
            key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
            inner = _name(node.node)
            if key is None or inner is None:
                return None
            return str(key) if inner == "the payload" else f"{inner}.{key}"
        case nodes.Filter() if node.node is not None:
            return _name(node.node)
        case nodes.Call() if isinstance(node.node, nodes.Name) and node.node.name in _OF_STATES:
            args = [str(one.value) for one in node.args if isinstance(one, nodes.Const)]
            match node.node.name, args:
                case "state_attr", [entity, attribute]:
                    return f"{attribute} of {entity}"
                case "states" | "is_state", [entity, *_]:
                    return entity
                case name, [_, *_]:
                    return f"{name}({', '.join(args)})"
    return None


def _leaves(tree: nodes.Node, environment: Environment) -> tuple[list[tuple[str, Compute]], bool]:
    """All values that a template looks up, with their names, and whether those are all it reads."""
    found: dict[str, Compute] = {}
    complete = True
    stack: list[nodes.Node] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem | nodes.Call):
            name = _name(node)
            is_state = isinstance(node, nodes.Call) and _is_state(node)
            compute = _states(node, environment) if is_state else expression(node, environment)  # type: ignore[arg-type]
            if name is not None and compute is not None:
                found.setdefault(name, compute)
                continue
        if isinstance(node, nodes.Name) and node.name in (*_PAYLOAD, *_OF_STATES):
            complete = False
        stack.extend(reversed(list(node.iter_child_nodes())))
    return list(found.items()), complete


def _value(compute: Compute, message: Message) -> Any:
    try:
        return compute(message)
    except (NotGivenError, *FAILURES):
        return None
