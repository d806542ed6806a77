"""The question whether a guess is meant. Pure."""

from collections.abc import Sequence
from typing import Literal

from agent.actions.services import SERVICES
from agent.core.actions import Risk
from agent.core.home import Entity
from agent.core.intents import Intent, acts
from agent.dialogue.reply import Spoken, speaker_of
from agent.dialogue.wishes import Wish, wishes
from agent.errors import ActionError
from agent.home.registry import Home
from agent.home.targets import find_targets

Units = Literal["metric", "us"]

Deed = tuple[Wish, Intent, Sequence[Entity]]


def suggestion(
    intents: Sequence[Intent], home: Home, *, language: str, area: str | None, units: Units
) -> Spoken | None:
    """Whether that is meant, said in the area of that id; None where it would do nothing here."""
    deeds = _deeds(intents, home, area=area, units=units)
    if not deeds or not all(named for _, _, named in deeds):
        return None
    return speaker_of(language).suggested([(wish.service, intent, named) for wish, intent, named in deeds])


def reaches_far(intents: Sequence[Intent], home: Home, *, area: str | None) -> bool:
    """Whether `intents` would do something that is not simply taken back: what nobody may do on a guess."""
    return any(
        service.risk(entity, home.state(entity.id), wish.data) > Risk.REVERSIBLE
        for wish, _, named in _deeds(intents, home, area=area, units="metric") or ()
        if (service := SERVICES.get(wish.service))
        for entity in named
    )


def _deeds(intents: Sequence[Intent], home: Home, *, area: str | None, units: Units) -> list[Deed] | None:
    """What `intents` would do, and to what; None where one of them would not do anything."""
    deeds: list[Deed] = []
    for intent in intents:
        entities = find_targets(intent, home, area=area)
        if not isinstance(entities, tuple) or not acts(intent.name):
            return None
        try:
            wanted = wishes(intent, entities, home, units=units)
        except ActionError:
            return None
        about = {one.id: one for one in entities}
        deeds += [(one, intent, [about[key] for key in one.entities if key in about]) for one in wanted]
    return deeds
