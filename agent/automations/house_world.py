"""The house as rules see it: what entities last said, the local time, the sun."""

from datetime import datetime, tzinfo

from agent.automations.sun import Place, is_up
from agent.core.home import State
from agent.home.registry import Home
from agent.runtime.clock import Clock


class HouseWorld:
    """A `World` of what is known of the real house."""

    def __init__(self, *, home: Home, clock: Clock, zone: tzinfo, place: Place | None) -> None:
        """Take the wall clock of the house and where it stands; None: nobody knows."""
        self._home = home
        self._clock = clock
        self._zone = zone
        self._place = place

    def state(self, entity_id: str) -> State:
        """See `World.state`. What was restored and not heard since says nothing of now."""
        state = self._home.state(entity_id)
        return State(available=state.available) if state.stale else state

    def now(self) -> datetime:
        """See `World.now`."""
        return self._clock.now().astimezone(self._zone)

    def sun_is_up(self) -> bool | None:
        """See `World.sun_is_up`."""
        return None if self._place is None else is_up(self._clock.now(), self._place)
