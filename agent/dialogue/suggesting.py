"""The question whether a guess is meant. Pure."""

from collections.abc import Sequence
from typing import Literal

from agent.core.home import Entity
from agent.core.intents import Intent, acts
from agent.dialogue.reply import Spoken, speaker_of
from agent.dialogue.wishes import wishes
from agent.errors import ActionError
from agent.home.registry import Home
from agent.home.targets import find_targets


def suggestion(
    intents: Sequence[Intent], home: Home, *, language: str, area: str | None, units: Literal["metric", "us"]
) -> Spoken | None:
    """Whether that is meant, said in the area of that id; None where it would do nothing here."""
    deeds: list[tuple[str, Intent, Sequence[Entity]]] = []
    for intent in intents:
        entities = find_targets(intent, home, area=area)
        if not isinstance(entities, tuple) or not acts(intent.name):
            return None
        try:
            wanted = wishes(intent, entities, home, units=units)
        except ActionError:
            return None
        about = {one.id: one for one in entities}
        deeds += [
            (one.service, intent, [about[key] for key in one.entities if key in about]) for one in wanted
        ]
    if not deeds or not all(named for _, _, named in deeds):
        return None
    return speaker_of(language).suggested(deeds)
