"""What an utterance takes from before: "turn it off again", "and the bedroom?", "the other one". Pure."""

from dataclasses import replace

from agent.core.intents import Intent, Unrecognized, Utterance
from agent.dialogue.choosing import means_other
from agent.dialogue.session import Session, Turn
from agent.engines import speech
from agent.engines.compound import divided
from agent.engines.reader import Reader, Understood
from agent.home.registry import Home

_PLACES = frozenset({"name", "area", "floor"})


def in_context(utterance: Utterance, session: Session, *, reader: Reader, home: Home) -> Understood:
    """The utterance, read alone or with what the last turns were about."""
    text, language = utterance.text, utterance.language
    last = session.last_about()
    # A later part may refer to an earlier one: "turn on the lamp, and turn it off at eleven".
    if last is not None and speech.refers(next(iter(divided(text, language)), text), language):
        read: list[Intent] = []
        for key in last.entities:
            entity = home.get(key)
            found = reader.read(speech.referring(text, language, entity.name), language) if entity else ()
            read += () if isinstance(found, Unrecognized) else found
        if read:
            return tuple(read)
    understood = reader.read(text, language)
    if isinstance(understood, tuple) or last is None:
        return understood
    if means_other(text, language):
        return _other(last, home) or understood
    return _continued(text, language, last, reader) or understood


def _continued(text: str, language: str, last: Turn, reader: Reader) -> tuple[Intent, ...]:
    """The last intents with the place or thing that is named now."""
    rest = speech.continuing(text, language)
    named = reader.vocabulary.slot_of(rest) if rest is not None else None
    if named is None:
        return ()
    kind, called = named
    return tuple(
        replace(
            one,
            slots={
                **{key: value for key, value in one.slots.items() if key not in _PLACES},
                **_group(one, kind),
                kind: called,
            },
            here=False,
            text=text,
        )
        for one in last.intents
    )


def _group(intent: Intent, kind: str) -> dict[str, str]:
    """The domain that a place needs where the intent had named one thing."""
    if kind == "name" or "domain" in intent.slots or len(intent.domains) != 1:
        return {}
    return {"domain": next(iter(intent.domains))}


def _other(last: Turn, home: Home) -> tuple[Intent, ...]:
    """The last intents for the one that is like the last, if there is just one in its area."""
    entity = home.get(last.entities[0]) if len(last.entities) == 1 else None
    if entity is None:
        return ()
    others = [
        one
        for one in home.entities()
        if (one.domain, one.area) == (entity.domain, entity.area) and one.id != entity.id and one.exposed
    ]
    if len(others) != 1:
        return ()
    name = others[0].name
    return tuple(replace(one, slots={**one.slots, "name": name}, here=False) for one in last.intents)
