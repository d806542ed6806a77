"""From messages to the house: states, availability, what expires, and what cannot be understood."""

from collections.abc import Sequence

from agent.api import House, Message
from integrations.discovery.announced import Announced, Assumption
from integrations.discovery.listening import Listener
from integrations.discovery.templates import UnrenderableError
from integrations.discovery.thing import Hear, UnusableError
from integrations.discovery.timers import Timers


class Speaking:
    """Tells the house what announced entities say."""

    def __init__(self, house: House, timers: Timers) -> None:
        self._house = house
        self._timers = timers

    def listener(self, one: Announced, topic: str) -> Listener:
        """What takes the messages of `topic` for `one`."""
        readings = one.readings.get(topic, ())
        available = one.available is not None and topic in one.available.topics
        timed = one.behaviour.off_delay is not None or one.behaviour.expire_after is not None
        if len(readings) == 1 and not available and not timed:
            return self._single(one, readings[0])
        return self._any(one, readings, available=available)

    def assume(self, one: Announced, assumption: Assumption) -> None:
        """Take a sent command for done, and say that it is an assumption."""
        one.assume(assumption)
        self._house.report(one.entity.id, one.live.value, one.live.told(), confirms=False)

    def forget(self, one: Announced) -> None:
        """Drop the timers and problems of an entity that is gone, or described anew."""
        self._timers.drop(f"{one.entity.id} off")
        self._timers.drop(f"{one.entity.id} expired")
        for topic in one.problems:
            self._house.problem(f"{one.entity.id} {topic}", None)
        one.problems.clear()

    def complain(self, one: Announced, topic: str, error: Exception) -> None:
        """Show that what came on `topic` could not be used."""
        one.problems.add(topic)
        text = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        self._house.metrics.count("discovery.payloads_refused")
        self._house.problem(f"{one.entity.id} {topic}", text)

    def _single(self, one: Announced, reading: Hear) -> Listener:
        """The usual case, short: one reading on a topic."""
        live, entity_id, report = one.live, one.entity.id, self._house.report

        def heard(topic: str, message: Message) -> None:
            try:
                spoke = reading(live, message)
            except (UnusableError, UnrenderableError, RecursionError) as error:
                self.complain(one, topic, error)
                spoke = isinstance(error, UnusableError) and error.partly
            else:
                if one.problems:
                    self._understand(one, topic)
            if spoke:
                live.assumed = False
                report(entity_id, live.value, live.told(), replayed=message.retain)

        return heard

    def _any(self, one: Announced, readings: Sequence[Hear], *, available: bool) -> Listener:
        def heard(topic: str, message: Message) -> None:
            spoke, wrong = False, False
            for reading in readings:
                try:
                    spoke = reading(one.live, message) or spoke
                except (UnusableError, UnrenderableError, RecursionError) as error:
                    wrong = True
                    self.complain(one, topic, error)
                    spoke = spoke or (isinstance(error, UnusableError) and error.partly)
            if available:
                wrong = self._reach(one, topic, message) or wrong
            if one.problems and not wrong:
                self._understand(one, topic)
            if spoke:
                one.live.assumed = False
                self._tell(one, replayed=message.retain)

        return heard

    def _reach(self, one: Announced, topic: str, message: Message) -> bool:
        """Take what is said of the availability; True if it cannot be understood."""
        if one.available is None:
            return False
        try:
            one.available.hear(topic, one.live, message)
        except (UnusableError, UnrenderableError, RecursionError) as error:
            self.complain(one, topic, error)
            return True
        self._house.set_available(one.entity.id, one.reachable)
        return False

    def _tell(self, one: Announced, *, replayed: bool) -> None:
        live, made, entity_id = one.live, one.behaviour, one.entity.id
        if made.expire_after is not None:
            self._timers.set(f"{entity_id} expired", made.expire_after, lambda: self._expire(one))
            if one.expired:
                one.expired = False
                self._house.set_available(entity_id, one.reachable)
        if made.off_delay is not None:
            if live.value == "on":
                self._timers.set(f"{entity_id} off", made.off_delay, lambda: self._turn_off(one))
            else:
                self._timers.drop(f"{entity_id} off")
        self._house.report(entity_id, live.value, live.told(), replayed=replayed)

    def _expire(self, one: Announced) -> None:
        one.expired = True
        self._house.set_available(one.entity.id, one.reachable)

    def _turn_off(self, one: Announced) -> None:
        one.live.value = "off"
        self._house.report(one.entity.id, "off", one.live.told())

    def _understand(self, one: Announced, topic: str) -> None:
        if topic in one.problems:
            one.problems.discard(topic)
            self._house.problem(f"{one.entity.id} {topic}", None)
