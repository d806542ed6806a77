"""What a recording tells of the machine: its units by systemd's own entries, its incidents by their topics.

Values in, values out; what was before is remembered here.
"""

from collections.abc import Mapping

from agent.core.actions import Trust
from agent.core.events import IncidentChanged, UnitChanged, utc
from agent.mqtt.message import Message

_TURNS = {
    "7d4958e842da4a758f6c1cdc7b36dcc5": ("inactive", "activating"),
    "39f53479d3a045ac8e11786248231fbf": ("activating", "active"),
    "d34d037fff1847e6ae669a370e694725": ("active", "reloading"),
    "7b05ebc668384222baa8881179cfda54": ("reloading", "active"),
    "de5b426a63be47a7b6ac3eaac82e2f6f": ("active", "deactivating"),
    "9d1aaa27d60140bd96365438aad20286": ("deactivating", "inactive"),
    "7ad2d189f7e94e70a38c781354912448": ("active", "inactive"),
    "d9b373ed55a64feb8242e02dbe79a49c": ("active", "failed"),
}
"""By the id of the message: the state that a unit has then, and the one before, where that is not known."""
MOST_UNITS = 10_000


def turn_of(fields: Mapping[str, str]) -> tuple[str, str, str] | None:
    """The unit, its state before and after, if systemd itself wrote this entry of a change; None else."""
    turn = _TURNS.get(fields.get("MESSAGE_ID", ""))
    unit = fields.get("UNIT", "")
    return None if turn is None or not unit or fields.get("_PID") != "1" else (unit, *turn)


class Machine:
    """Units and incidents, as far as a recording has told of them."""

    def __init__(self) -> None:
        self._units: dict[str, str] = {}
        self._open: dict[str, tuple[str, str, int, Trust]] = {}

    def unit(self, fields: Mapping[str, str], at: float) -> UnitChanged | None:
        """The change that an entry of the journal tells of; None: it tells of none."""
        turn = turn_of(fields)
        if turn is None:
            return None
        unit, before, after = turn
        old = self._units.pop(unit, before)
        if old == "failed" and after == "inactive":
            # A stop is over also where it ended badly.
            after = old
        self._units[unit] = after
        if len(self._units) > MOST_UNITS:
            del self._units[next(iter(self._units))]
        return None if old == after else UnitChanged(at=utc(at), unit=unit, old=old, new=after)

    def incident(self, key: str, message: Message, at: float) -> IncidentChanged | None:
        """What a message on an incident's topic tells; None: nothing."""
        if not message.payload:
            known = self._open.pop(key, None)
            if known is None:
                return None
            severity, title, count, trust = known
            return IncidentChanged(
                at=utc(at), key=key, severity=severity, open=False, title=title, count=count, trust=trust
            )
        try:
            body = message.json()
        except ValueError:
            return None
        if not isinstance(body, dict):
            return None
        words = {one.word: one for one in Trust}
        told = (
            _text(body.get("severity")),
            _text(body.get("title")),
            number if type(number := body.get("count")) is int else 1,
            words.get(str(body.get("trust")), Trust.HOSTILE),
        )
        known = self._open.get(key)
        self._open[key] = told
        return IncidentChanged(
            at=utc(at),
            key=key,
            severity=told[0],
            open=True,
            title=told[1],
            count=told[2],
            news=known is None or known[0] != told[0],
            replayed=message.retain,
            trust=told[3],
        )


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""
