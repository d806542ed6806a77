"""Commands for later: intents as they are kept, what they come to in the end, what ends that again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from agent.core.actions import Action, Cause, Target, Trust
from agent.core.home import Entity
from agent.core.intents import Choice, Intent, Missing, Tier, acts
from agent.dialogue.values import Units
from agent.dialogue.wishes import Wish, wishes
from agent.errors import ActionError
from agent.home.registry import Home
from agent.home.targets import REACH, find_targets

_BACK = {"HassTurnOn": "HassTurnOff", "HassTurnOff": "HassTurnOn"}
TASKS = frozenset({"OpsRunTask"})
"""What is done by whoever knows the machine, and may be done later."""
_GUARDS = frozenset({"lock", "alarm_control_panel"})


def stored(intent: Intent, *, only: Sequence[Entity] = ()) -> dict[str, Any]:
    """`intent` in JSON; `only`: the entities that were chosen when it was said, and no others."""
    found: dict[str, Any] = {
        "name": intent.name,
        "slots": dict(intent.slots),
        "text": intent.text,
        "language": intent.language,
        "response": intent.response,
        "domains": sorted(intent.domains),
        "here": intent.here,
        "every": intent.every,
        "excepted": list(intent.excepted),
        "only": [one.id for one in only],
    }
    return {key: value for key, value in found.items() if value not in (None, False, "", [], {})}


def restored(found: Mapping[str, Any]) -> Intent:
    """The intent that `stored` wrote."""
    return Intent(
        name=str(found["name"]),
        slots=dict(found.get("slots", {})),
        text=str(found.get("text", "")),
        language=str(found.get("language", "en")),
        tier=Tier.GRAMMAR,
        response=found.get("response"),
        domains=frozenset(found.get("domains", ())),
        here=bool(found.get("here", False)),
        every=bool(found.get("every", False)),
        excepted=tuple(found.get("excepted", ())),
    )


def found_for(
    kept: Mapping[str, Any], home: Home, *, area: str | None
) -> tuple[Entity, ...] | Choice | Missing:
    """What a kept intent is about in the house as it is now.

    Raises:
        ActionError: it is nothing that can be done later, or what it was about is gone.
    """
    intent = restored(kept)
    if kept.get("wanted"):
        return ()
    if intent.name not in REACH or not acts(intent.name):
        raise ActionError("that is nothing I can do at another time")
    if only := kept.get("only"):
        entities = tuple(entity for key in only if (entity := home.get(key)) is not None)
        if not entities:
            raise ActionError(f"{only[0]} is not there any more")
        return entities
    return find_targets(intent, home, area=area)


def wished(
    kept: Mapping[str, Any], home: Home, *, area: str | None, units: Units
) -> tuple[Intent, tuple[Wish, ...], tuple[Entity, ...]]:
    """What a kept intent comes to now.

    Raises:
        ActionError: it cannot be done, or it is not clear what is meant; the text is fit to be spoken.
    """
    found, intent = found_for(kept, home, area=area), restored(kept)
    match found:
        case Missing(said=said, near=near):
            hint = f"; did you mean {' or '.join(near[:2])}?" if near else ""
            raise ActionError(f"there is no {said}{hint}")
        case Choice(options=options):
            raise ActionError(f"it could be {' or '.join(one.name for one in options[:4])}; name one of them")
    return intent, wishes_of(kept, found, home, units=units), found


def wishes_of(
    kept: Mapping[str, Any], found: Sequence[Entity], home: Home, *, units: Units
) -> tuple[Wish, ...]:
    """What is to be asked for so that `kept` is done to what was found for it.

    Raises:
        ActionError: that cannot do it.
    """
    if wanted := kept.get("wanted"):
        return (Wish(str(wanted["service"]), tuple(wanted["names"]), dict(wanted.get("data", {}))),)
    return wishes(restored(kept), found, home, units=units)


def about(kept: Mapping[str, Any], found: Sequence[Entity]) -> tuple[Entity, ...]:
    """What a kept intent is about, as it is called; a task is none of the house, but has a name."""
    names = kept["wanted"]["names"] if kept.get("wanted") else {}
    return tuple(found) or tuple(Entity(id=key, name=str(name), owner="") for key, name in names.items())


def ending(kept: Mapping[str, Any], entities: Sequence[Entity]) -> dict[str, Any] | None:
    """What ends an intent again, for "for ten minutes"; None where that is not clear.

    What locks or guards is never undone by the way; what was set to a value is not known to have one before.
    """
    intent = restored(kept)
    back = _BACK.get(intent.name)
    if back is None or set(intent.slots) - {"name", "area", "floor", "domain", "device_class"}:
        return None
    guards = any(one.domain in _GUARDS for one in entities)
    if guards and intent.name == "HassTurnOn":
        return None
    if any(one.domain in ("scene", "script", "button") for one in entities):
        return None
    return stored(replace(intent, name=back, response=None), only=entities)


def looked_at(wish: Wish) -> Action:
    """An action that is only looked at, never carried out."""
    return Action(
        id="look",
        service=wish.service,
        target=Target(entity=wish.entities),
        data=wish.data,
        cause=Cause(kind="schedule", who="look"),
        trust=Trust.HOSTILE,
        born=datetime.min.replace(tzinfo=UTC),
    )
