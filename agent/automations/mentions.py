"""The entities that rules look at, where they stand in a rule, and what is doubtful about them. Pure.

Devices are known once they announce themselves, so that an entity that is not there may still come: that is
told, not refused. What can be none ever, one of a domain that nobody knows, is a mistake.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.actions.services import SERVICES
from agent.automations.if_section import IfSection
from agent.automations.when_section import AutomationSection, WhenSection
from agent.automations.written import LOOKING
from agent.configfile.mistakes import meant, nearest
from agent.configfile.tree import Keys
from agent.home.names import ENTITY_ID

SPEAKING = frozenset(("binary_sensor", "device_tracker", "event", "sensor", "update", "weather"))
"""Domains of what only tells something: there is no service for them."""
DOMAINS = frozenset(name.partition(".")[0] for name in SERVICES) | SPEAKING
"""What the part of an entity's id before the point can be, without integrations of one's own."""
_NO_VALUE = ("unavailable", "unknown")
_ON_OFF = ("on", "off")
_STATES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("light", "switch", "fan", "siren", "humidifier", "binary_sensor"), _ON_OFF),
    "lock": ("locked", "unlocked", "locking", "unlocking", "jammed", "open", "opening"),
    "cover": ("open", "closed", "opening", "closing", "stopped"),
    "valve": ("open", "closed", "opening", "closing", "stopped"),
}
"""The states there are, of domains that have no others."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity that stands at `keys` of a rule, and the states that are written beside it."""

    entity: str
    keys: Keys
    states: tuple[tuple[str, Keys], ...] = ()

    @property
    def domain(self) -> str:
        """The part of the id before the point."""
        return self.entity.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something at `keys` of a rule that can hardly be meant so."""

    keys: Keys
    text: str


def mentions(rule: AutomationSection) -> tuple[Mention, ...]:
    """Every entity that `rule` looks at, in the order in which they are written."""
    found: list[Mention] = []
    for at, when in enumerate(rule.when):
        found += _awaited(when, ("when", at))
    for at, one in enumerate(rule.if_):
        found += _looked_at(one, ("if", at))
    return tuple(found)


def impossible(rule: AutomationSection, domains: Collection[str]) -> tuple[Doubt, ...]:
    """The mistakes: entities of a domain that is none of `domains`."""
    return tuple(
        Doubt(one.keys, f"no device is a {one.domain!r:.80}; {meant(one.domain, domains)}")
        for one in mentions(rule)
        if one.domain not in domains
    )


def doubts(rule: AutomationSection, known: Collection[str] | None) -> tuple[Doubt, ...]:
    """What is told of `rule`: entities that are none of those `known` in the house, states that never come.

    None: nobody knows yet what there is in the house.
    """
    found: list[Doubt] = []
    for one in mentions(rule):
        if known is not None and one.entity not in known:
            found.append(Doubt(one.keys, f"there is no {one.entity}{_meant(one, known)}"))
        states = _STATES.get(one.domain)
        for word, keys in one.states if states else ():
            if word not in (*(states or ()), *_NO_VALUE):
                found.append(Doubt(keys, f"{one.entity} is never {word!r:.80}; {meant(word, states or ())}"))
    return tuple(dict.fromkeys(found))


def _meant(one: Mention, known: Collection[str]) -> str:
    """What may have been meant: a like name of the same domain, or the same name of another."""
    name = one.entity.partition(".")[2]
    alike = [other for other in known if other.partition(".")[0] == one.domain]
    near = nearest(one.entity, alike)
    near = near or next((other for other in known if other.partition(".")[2] == name), None)
    return f"; did you mean {near}?" if near else ""


def _awaited(when: WhenSection, keys: Keys) -> Iterator[Mention]:
    section = when.state
    if section is not None:
        words = [
            (word, (*keys, "state", key))
            for key, given in (("from", section.from_), ("to", section.to))
            for word in (given or ())
            if section.attribute is None
        ]
        for entity in section.entity:
            yield Mention(entity, (*keys, "state", "entity"), tuple(words))
    if when.if_ is not None:
        yield from _in_template(when.if_, (*keys, "if"))


def _looked_at(one: IfSection, keys: Keys) -> Iterator[Mention]:
    if one.state is not None:
        words = [(word, (*keys, "state", "is")) for word in one.state.is_ if one.state.attribute is None]
        yield Mention(one.state.entity, (*keys, "state", "entity"), tuple(words))
    if one.numeric is not None:
        yield Mention(one.numeric.entity, (*keys, "numeric", "entity"))
    if one.template is not None:
        yield from _in_template(one.template, (*keys, "template"))
    for key, inner in (("and", one.and_), ("or", one.or_), ("not", one.not_)):
        for at, deeper in enumerate(inner):
            yield from _looked_at(deeper, (*keys, key, at))


def _in_template(source: str, keys: Keys) -> Iterator[Mention]:
    if not any(name in source for name in LOOKING):
        return
    for entity, words in _named(source):
        yield Mention(entity, keys, tuple((word, keys) for word in words))


@lru_cache(maxsize=10_000)
def _named(source: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The entities that a template asks for by their id, with the states it compares them with."""
    # Jinja takes some megabytes, for which a configuration without templates does not pay.
    from jinja2 import Environment, TemplateError, nodes

    found: list[tuple[str, tuple[str, ...]]] = []
    try:
        tree = Environment(autoescape=True).parse(source)
    except (TemplateError, RecursionError):  # whoever compiles it says so
        return ()
    for node in tree.find_all(nodes.Call):
        name, given = getattr(node.node, "name", ""), node.args
        if name not in LOOKING or not given or not isinstance(given[0], nodes.Const):
            continue
        entity = given[0].value
        if not isinstance(entity, str) or not ENTITY_ID.fullmatch(entity):
            continue
        word = getattr(given[1], "value", None) if name == "is_state" and len(given) > 1 else None
        found.append((entity, (word,) if isinstance(word, str) else ()))
    return tuple(found)
