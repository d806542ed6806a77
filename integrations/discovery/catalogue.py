"""All that is announced: which topic describes which entities, who they are, and what becomes of them.

An announcement replaces what its topic said before. One that cannot be used is a problem shown to the user;
the entity stays as it was described last.
"""

from collections.abc import Mapping
from hashlib import blake2b

from agent.api import House, IntegrationError, Message
from integrations.discovery.announced import Announced, Assumption, announced
from integrations.discovery.devices import Devices
from integrations.discovery.domains import DOMAINS
from integrations.discovery.ids import Ids
from integrations.discovery.listening import Listening
from integrations.discovery.naming import full_name, wanted_id
from integrations.discovery.openings import Openings
from integrations.discovery.options import MalformedError
from integrations.discovery.payload import Announcement, Component, announcement
from integrations.discovery.speaking import Speaking
from integrations.discovery.templates import Templates
from integrations.discovery.thing import UnusableError

MOST_ENTITIES = 50_000
MOST_TOPICS = 100_000
"""Discovery topics whose last message, or whose problem, is remembered."""
MOST_WAITING = 10_000
"""Announcements that wait for another one to give up their unique_id."""
Place = tuple[str, str]
"""A discovery topic and the key of a component in it."""


class Catalogue:
    """Everything announced under one discovery prefix."""

    def __init__(
        self,
        house: House,
        *,
        prefix: str,
        templates: Templates,
        listening: Listening,
        speaking: Speaking,
        ids: Ids,
    ) -> None:
        self._house = house
        self._prefix = prefix
        self._templates = templates
        self._listening = listening
        self._speaking = speaking
        self._ids = ids
        self._ours = house.topics("")
        self.openings = Openings()
        self._devices: Devices[Place] = Devices()
        self._heard: dict[str, bytes] = {}
        self._described: dict[str, dict[str, Announced]] = {}
        self._entities: dict[str, Announced] = {}
        self._uniques: dict[str, Place] = {}
        self._waiting: dict[str, tuple[Place, Component]] = {}
        self._freed: list[str] = []
        """Unique ids that were given up while others waited for them."""
        self._wrong: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._entities)

    def entity(self, entity_id: str) -> Announced | None:
        """The announced entity of that id."""
        return self._entities.get(entity_id)

    def hear(self, message: Message) -> None:
        """Take an announcement."""
        topic = message.topic
        digest = blake2b(message.payload, digest_size=16).digest()
        if self._heard.get(topic) == digest:
            return
        try:
            found = announcement(message, self._prefix)
        except MalformedError as error:
            self._complain(topic, "", str(error))
            return
        self._heard.pop(topic, None)
        if message.payload and len(self._heard) < MOST_TOPICS:
            self._heard[topic] = digest
        self._apply(topic, found)

    def refuse(self, topic: str, reason: str) -> None:
        """Show that a message was not even looked at."""
        if topic.startswith(f"{self._prefix}/") and topic.endswith("/config"):
            self._complain(topic, "", reason)
        for name in self._listening.names(topic):
            self._speaking.complain(self._entities[name], topic, UnusableError(reason))

    def assume(self, one: Announced, assumption: Assumption) -> None:
        """Take a sent command for done."""
        self._speaking.assume(one, assumption)

    def close(self) -> None:
        """Stop listening; the entities stay known."""
        self._listening.close()

    def _apply(self, topic: str, found: Announcement) -> None:
        described = self._described.setdefault(topic, {})
        if found.migrates:
            for one in described.values():
                self._ids.keep(one.unique, one.entity.id)
        wanted = {one.key: one for one in found.components if _is_ours(one)}
        self._waiting = (
            {unique: waiting for unique, waiting in self._waiting.items() if waiting[0][0] != topic}
            if self._waiting
            else self._waiting
        )
        for key in [key for key in described if key not in wanted and key not in found.wrong]:
            self._remove(topic, key)
            self._devices.forget((topic, key))
        complaints = dict(found.wrong)
        for key, component in wanted.items():
            try:
                self._take((topic, key), self._devices.completed(component, (topic, key)))
            except (MalformedError, IntegrationError) as error:
                complaints[key] = str(error)
                if key not in described:
                    self._devices.forget((topic, key))
            self._introduce(component)
        for key in self._wrong.pop(topic, set()) - complaints.keys():
            self._house.problem(_shown(topic, key), None)
        for key, text in complaints.items():
            self._complain(topic, key, text)
        self._let_in()
        if not described:
            del self._described[topic]

    def _take(self, place: Place, component: Component) -> None:
        topic, key = place
        known = self._described.get(topic, {}).get(key)
        unique = self._sole(place, component)
        if known is None and len(self._entities) >= MOST_ENTITIES:
            raise MalformedError(f"it would be one more than {MOST_ENTITIES} entities")
        if known is not None and (known.unique != unique or known.entity.domain != component.domain):
            new = self._added(place, component, unique, None)
            self._remove(topic, key)
        else:
            new = self._added(place, component, unique, known)
        if known is not None and known.entity.id == new.entity.id:
            new.follow(known)
            self._speaking.forget(known)
            for gone in known.topics - new.topics:
                self._listening.leave(gone, known.entity.id)
        self._described.setdefault(topic, {})[key] = new
        self._entities[new.entity.id] = new
        self.openings.know(new)
        self._uniques[unique] = place
        self._house.set_available(new.entity.id, new.reachable)
        for heard in new.topics:
            self._listening.join(heard, new.entity.id, self._speaking.listener(new, heard), qos=new.qos)

    def _introduce(self, component: Component) -> None:
        """Name the entities that waited for somebody to name their device."""
        for place, waited in self._devices.learned(component).items():
            if place[1] in self._described.get(place[0], {}):
                try:
                    self._take(place, self._devices.completed(waited, place))
                except (MalformedError, IntegrationError) as error:
                    self._complain(*place, str(error))

    def _sole(self, place: Place, component: Component) -> str:
        """What is unique of a component, if nobody else claims it."""
        unique = _unique(component, place)
        holder = self._uniques.get(unique, place)
        if holder != place:
            if len(self._waiting) < MOST_WAITING:
                self._waiting[unique] = (place, component)
            taken = self._described[holder[0]][holder[1]].entity.id
            raise MalformedError(
                f"its unique_id {component.config.get('unique_id')!r:.80} is already that of {taken}, "
                f"announced on {holder[0]}; one of its own would be right"
            )
        return unique

    def _added(self, place: Place, component: Component, unique: str, known: Announced | None) -> Announced:
        """The entity of a component, made known to the house."""
        name = full_name(component.domain, component.config, fallback=component.object_id)
        wanted = wanted_id(component.domain, component.config, name)
        entity_id = self._ids.give(unique, wanted) if known is None else known.entity.id
        try:
            new = announced(
                component,
                entity_id=entity_id,
                name=name,
                owner=self._house.owner,
                topic=place[0],
                templates=self._templates,
                ours=self._ours,
                unique=unique,
            )
            self._house.add_entity(new.entity, suggested_area=new.suggested_area)
        except (MalformedError, IntegrationError):
            if known is None:
                self._ids.release(entity_id)
            raise
        return new

    def _remove(self, topic: str, key: str) -> None:
        gone = self._described[topic].pop(key)
        entity_id = gone.entity.id
        for heard in gone.topics:
            self._listening.leave(heard, entity_id)
        self._speaking.forget(gone)
        self._entities.pop(entity_id, None)
        self.openings.forget(entity_id)
        self._uniques.pop(gone.unique, None)
        self._ids.release(entity_id)
        self._house.remove_entity(entity_id)
        if gone.unique in self._waiting:
            self._freed.append(gone.unique)

    def _let_in(self) -> None:
        """Take those who waited for what was given up; that may free what others wait for."""
        while self._freed:
            unique = self._freed.pop()
            if unique in self._uniques or unique not in self._waiting:
                continue
            place, component = self._waiting.pop(unique)
            self._house.problem(_shown(*place), None)
            self._wrong.get(place[0], set()).discard(place[1])
            try:
                self._take(place, component)
            except (MalformedError, IntegrationError) as error:
                self._complain(*place, str(error))

    def _complain(self, topic: str, key: str, text: str) -> None:
        if len(self._wrong) < MOST_TOPICS:
            self._wrong.setdefault(topic, set()).add(key)
        self._house.metrics.count("discovery.configs_refused")
        self._house.problem(_shown(topic, key), text)


def _is_ours(component: Component) -> bool:
    """Whether it is an entity that we take: of a domain we know, and not announced as disabled."""
    config: Mapping[str, object] = component.config
    return component.domain in DOMAINS and config.get("enabled_by_default") not in (False, "false")


def _unique(component: Component, place: Place) -> str:
    unique_id = component.config.get("unique_id")
    if unique_id is None:
        return f"{component.domain} at {place[0]} {place[1]}"
    if not isinstance(unique_id, str | int | float) or not 0 < len(str(unique_id)) <= 255:  # noqa: PLR2004
        raise MalformedError(f"unique_id is {unique_id!r:.60}; a text of up to 255 letters would be right")
    return f"{component.domain} {unique_id}"


def _shown(topic: str, key: str) -> str:
    return f"{topic} ({key})" if key else topic
