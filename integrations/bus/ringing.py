"""What rings, and what is still to come, told on the bus."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from agent.api import ActionError, House, Rang, TimersChanged

KEPT_FOR = 600.0
"""Seconds for which a ring that nobody was there for is still told."""


def tell(event: Rang | TimersChanged, house: House) -> None:
    """Publish that something rang, or what is still to come."""
    if isinstance(event, TimersChanged):
        _tell_list(event.timers, house)
        return
    body = {
        "id": event.id,
        "kind": event.kind,
        "name": event.name,
        "text": event.text,
        "language": event.language,
        "due": event.due.isoformat(),
        "late": round(event.late, 1),
        "area": event.area,
        "session": event.session,
    }
    house.tell(house.topics("ring"), body, trace=event.cause, ttl=KEPT_FOR)


async def tell_all(house: House) -> None:
    """Publish what is still to come, where somebody keeps it: what is retained may be of an earlier life."""
    with suppress(ActionError):
        _tell_list(await house.ask("timers", {}), house)


def _tell_list(timers: Sequence[Mapping[str, Any]], house: House) -> None:
    house.tell(house.topics("timers"), {"timers": [dict(one) for one in timers]}, retain=True)
