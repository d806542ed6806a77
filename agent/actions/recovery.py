"""After a restart: whether a step that was in flight happened. Here as well, the device itself decides."""

import asyncio
from collections.abc import Mapping
from typing import Any

from agent.actions.ledger import Entry
from agent.home.registry import Home
from agent.runtime.clock import Clock

SEEN_AGAIN_WITHIN = 10.0
"""Seconds after the start in which what was in flight may still be seen to have happened."""
HEARD_WITHIN = 2.0
"""Seconds after the start in which retained states have come: enough for what is long over."""


async def seen_again(entry: Entry, *, home: Home, clock: Clock) -> bool:
    """Wait some seconds for the entity of `entry` to show what was asked of it; False if it does not."""
    step = entry.step
    if step is None or step.expects is None:
        return False
    expects = step.expects
    seen = asyncio.Event()

    def look(value: str | None, attributes: Mapping[str, Any], _replayed: bool) -> bool:  # noqa: FBT001
        if expects.met(value, attributes):
            seen.set()
        return False

    state = home.state(step.entity)
    if not state.stale:
        look(state.value, state.attributes, _replayed=True)
    unwatch = home.watch(step.entity, look)
    try:
        left = (entry.expires - clock.now()).total_seconds() + expects.within
        async with asyncio.timeout(min(SEEN_AGAIN_WITHIN, max(HEARD_WITHIN, left))):
            await seen.wait()
    except TimeoutError:
        pass
    finally:
        unwatch()
    return seen.is_set()
