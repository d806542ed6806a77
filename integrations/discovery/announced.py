"""One announced entity at work: its live state, its readings by topic, its services.

It is told what to carry out and says what that takes; it sends and reports nothing itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.api import ActionError, Entity
from integrations.discovery.availability import Availability, availability
from integrations.discovery.domains import behaviour
from integrations.discovery.naming import device_name, plain
from integrations.discovery.options import MalformedError, Options
from integrations.discovery.payload import Component
from integrations.discovery.templates import Templates, UnrenderableError
from integrations.discovery.thing import KEEP, STATE, Behaviour, Command, Hear, Live


class Announced:
    """An entity that was announced."""

    __slots__ = (
        "available",
        "behaviour",
        "entity",
        "expired",
        "live",
        "problems",
        "qos",
        "readings",
        "suggested_area",
        "topics",
        "unique",
    )

    def __init__(
        self,
        entity: Entity,
        made: Behaviour,
        available: Availability | None,
        *,
        unique: str,
        suggested_area: str | None,
        qos: int,
    ) -> None:
        self.entity = entity
        self.behaviour = made
        self.available = available
        self.unique = unique
        self.suggested_area = suggested_area
        self.qos = qos
        self.live = Live(entity.id, entity.name)
        self.live.value = made.initial
        self.expired = False
        """It did not speak in time."""
        self.problems: set[str] = set()
        """Topics whose last message could not be used."""
        readings: dict[str, list[Hear]] = {}
        for topic, hear in made.readings:
            readings.setdefault(topic, []).append(hear)
        self.readings: Mapping[str, Sequence[Hear]] = readings
        self.topics = frozenset(readings) | frozenset(available.topics if available else ())

    def perform(self, service: str, data: Mapping[str, Any]) -> tuple[Sequence[Command], "Assumption | None"]:
        """The commands that carry out `service`, and what may be assumed once they are sent.

        Raises:
            ActionError: it cannot do that.
        """
        perform = self.behaviour.services.get(service)
        if perform is None:
            verb = service.partition(".")[2].replace("_", " ")
            raise ActionError(f"{self.entity.name} cannot {verb}")
        try:
            effort = perform(self.live, data)
        except UnrenderableError as error:
            raise ActionError(f"{self.entity.name} was announced with a bad command: {error}") from None
        except (TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise ActionError(f"{self.entity.name} cannot take what was asked: {error}") from None
        return effort.commands, self._assumption(effort.value, effort.attributes)

    def follow(self, before: "Announced") -> None:
        """Take over what is known of the entity from its earlier description."""
        self.live.value, self.live.assumed = before.live.value, before.live.assumed
        self.live.put_extra(before.live.extra)
        for key, value in before.live.attributes.items():
            self.live.put(key, value)

    @property
    def reachable(self) -> bool | None:
        """Whether it can be reached; None while nobody says."""
        if self.expired:
            return False
        return None if self.available is None else self.available.now

    def assume(self, assumption: "Assumption") -> None:
        """Take a sent command for done."""
        if assumption.value is not KEEP:
            self.live.value = assumption.value
            self.live.assumed = True
        for key, value in assumption.attributes.items():
            self.live.put(key, value)

    def _assumption(self, value: Any, attributes: Mapping[str, Any]) -> "Assumption | None":
        everything = self.behaviour.optimistic and not self.behaviour.stateless
        unheard = self.behaviour.assumes
        kept = {key: one for key, one in attributes.items() if everything or key in unheard}
        becomes = value if not self.behaviour.stateless and (everything or STATE in unheard) else KEEP
        return None if becomes is KEEP and not kept else Assumption(value=becomes, attributes=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What a device that does not report is taken to be after a command."""

    value: Any
    attributes: Mapping[str, Any]


def announced(
    component: Component,
    *,
    entity_id: str,
    name: str,
    owner: str,
    topic: str,
    templates: Templates,
    ours: str,
    unique: str,
) -> Announced:
    """The entity that `component` describes, under the id it was given.

    Raises:
        MalformedError: its config cannot be used.
    """
    config = component.config
    options = Options(config, templates=templates, ours=ours)
    made = behaviour(component.domain, options)
    category = options.optional_text("entity_category")
    if category not in (None, "config", "diagnostic"):
        raise MalformedError(f"entity_category is {category!r:.60}; config or diagnostic would be right")
    entity = Entity(
        id=entity_id,
        name=name,
        owner=owner,
        device=device_name(config) or None,
        device_class=None if made.device_class is None else plain(made.device_class),
        unit=None if made.unit is None else plain(made.unit),
        capabilities=made.capabilities,
        services=frozenset(made.services),
        optimistic=made.optimistic,
        category=category,
        source=topic,
    )
    return Announced(
        entity,
        made,
        availability(config, templates),
        unique=unique,
        suggested_area=_area(config),
        qos=options.qos,
    )


def _area(config: Mapping[str, Any]) -> str | None:
    device = config.get("device")
    area = device.get("suggested_area") if isinstance(device, Mapping) else None
    return plain(area) or None if isinstance(area, str) else None
