"""The response templates of home-assistant-intents, given what Home Assistant would give them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.core.intents import Intent
from agent.dialogue.phrases import NotRenderedError, cleaned, render
from agent.dialogue.seen import Seen, number
from agent.dialogue.wording import Wording

_KEYS = {"yesno": "one_yesno"}
"""Kinds of questions that the library calls otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a template may tell: one thing, what matched and what did not, and what was asked for."""

    one: Seen | None = None
    matched: Sequence[Seen] = ()
    unmatched: Sequence[Seen] = ()
    wanted: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """Attributes of the one thing that take the place of its own."""


def from_library(words: Wording, intent: Intent, family: str, found: Found, *, aloud: bool) -> str:
    """The library's words for an answer.

    Raises:
        NotRenderedError: it has none, or they do not fit.
    """
    templates = words.responses.get(intent.name, {})
    usual, response = _KEYS.get(family, family), intent.response or ""
    source = templates.get(response) if family in response else None
    source = source or templates.get(usual)
    if source is None:
        raise NotRenderedError(f"there is no {usual}")
    one = found.one
    state = variables(words, one, aloud=aloud, wanted=found.wanted) if one is not None else {}
    attributes = {**state.get("attributes", {}), **found.attributes}
    current = number(one.value) if one is not None else None

    def state_attr(_entity: str, name: str) -> object:
        return current if name == "current_temperature" else attributes.get(name)

    return render(
        source,
        {
            "slots": _slots(words, intent, found),
            "state": {**state, "attributes": attributes},
            "query": {
                "matched": [variables(words, each, aloud=aloud) for each in found.matched],
                "unmatched": [variables(words, each, aloud=aloud) for each in found.unmatched],
            },
            "state_attr": state_attr,
        },
    )


def variables(words: Wording, one: Seen, *, aloud: bool, wanted: str | None = None) -> dict[str, Any]:
    """An entity as Home Assistant's templates know it; `wanted` takes the place of its state."""
    entity, value = one.entity, one.value or ""
    told = value if wanted is None else wanted
    if not words.native:
        with_unit = f"{told} {one.unit}" if one.unit and wanted is None else told
    elif wanted is None:
        with_unit = words.state(one, aloud=aloud)
    else:
        with_unit = words.word(entity, told)
    classed = {"device_class": entity.device_class} if entity.device_class else {}
    return {
        "entity_id": entity.id,
        "name": words.name(entity),
        "domain": entity.domain,
        "state": cleaned(told),
        "state_with_unit": cleaned(with_unit),
        "attributes": {**one.state.attributes, **classed},
    }


def _slots(words: Wording, intent: Intent, found: Found) -> dict[str, Any]:
    slots = {key: cleaned(value) if isinstance(value, str) else value for key, value in intent.slots.items()}
    if found.one is not None and len(found.matched) + len(found.unmatched) <= 1:
        slots["name"] = words.name(found.one.entity)
    if found.one is not None and found.wanted is not None:
        slots["state"] = words.word(found.one.entity, found.wanted)
    return slots
