"""From an action that asks for a message to who gets which note. Pure."""

import math
import re
from collections.abc import Mapping
from typing import Any

from agent.api import Action, ActionError
from integrations.notify.note import LONGEST_MESSAGE, LONGEST_TITLE, Note, clean, clean_line
from integrations.notify.section import Settings, Severity

FIELDS = ("message", "title", "to", "kind", "severity", "key")
LONGEST_KEY = 128
MOST_NAMES = 100
PREFIX = "notify."
_KIND = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}", re.ASCII)


def note_of(data: Mapping[str, Any], *, action: str, trace: str) -> Note:
    """The note that `data` asks for.

    Raises:
        ActionError: something in it is missing or malformed.
    """
    unknown = next((key for key in data if key not in FIELDS), None)
    if unknown is not None:
        raise ActionError(f"notify.send knows no {str(unknown)[:80]!r}; it takes {', '.join(FIELDS)}")
    message = clean(_text(data, "message"), most=LONGEST_MESSAGE)
    if not message:
        raise ActionError("notify.send needs a message")
    kind = _text(data, "kind")
    if kind and not _KIND.fullmatch(kind):
        raise ActionError(
            f"{kind!a:.80} is no kind; a word in small letters, as in 'security', would be right"
        )
    severity = _text(data, "severity") or Severity.INFO
    if severity not in [*Severity]:
        raise ActionError(f"{severity!a:.80} is no severity; {', '.join(Severity)} would be right")
    return Note(
        id=action,
        message=message,
        title=clean_line(_text(data, "title"), most=LONGEST_TITLE),
        kind=kind,
        severity=Severity(severity),
        key=clean_line(_text(data, "key"), most=LONGEST_KEY),
        trace=trace,
    )


def names_of(action: Action, settings: Settings) -> tuple[str, ...]:
    """Who is to get it, in order, each once; they may not all exist.

    Raises:
        ActionError: nobody, or it cannot be told who.
    """
    target = action.target
    if target.area or target.floor or target.domain:
        raise ActionError("a message goes to people: as in 'to: ada', or the entity 'notify.ada'")
    given = action.data.get("to") or ()
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
        raise ActionError("'to' is the name of a person, or a list of names")
    named = [*listed, *target.entity]
    if len(named) > MOST_NAMES:
        raise ActionError(f"a message goes to {MOST_NAMES} people at most")
    found = tuple(dict.fromkeys(one.removeprefix(PREFIX) for one in named))
    found = found or settings.default or tuple(settings.to)
    if not found:
        raise ActionError("there is nobody to tell: nobody is configured under plugins, notify, to")
    return found


def _text(data: Mapping[str, Any], key: str) -> str:
    found = data.get(key)
    if found is None:
        return ""
    if isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found):
        return f"{found}"
    if not isinstance(found, str):
        raise ActionError(f"{key!r} is to be text")
    return found
