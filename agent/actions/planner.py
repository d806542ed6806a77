"""From an action to its steps: targets resolved, data checked against what each entity can do. Pure."""

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent.actions import lights
from agent.actions.services import Service, find
from agent.core.actions import Action, Risk, Step
from agent.core.home import Entity, State
from agent.errors import ActionError
from agent.home.registry import Home
from agent.home.resolve import select

LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of an action, and the targets that cannot take part, each with a speakable reason."""

    steps: tuple[Step, ...] = ()
    refusals: tuple[tuple[str, str], ...] = ()


Doer = Callable[[Step, Callable[[], None]], Awaitable[str | None]]
"""Does a step and knows itself whether it was done: calls back once it is under way, returns at its end what
came of it, in words; as Handed if that is not the end, but the last that is told of it. Raises ActionError
where it failed. Bounds its own time."""
Own = Callable[[Action], Plan]
"""Plans a service that is for no entity of the house. Raises ActionError where nothing of it can be done."""


def plan(action: Action, home: Home, *, known: Mapping[str, Risk | Own]) -> Plan:
    """Resolve and check `action`. `known`: services that others brought along, with risk or planner.

    Raises:
        ActionError: nothing of it can be done.
    """
    brought = known.get(action.service)
    if isinstance(brought, Risk):
        return _planned_custom(action, home, brought)
    if brought is not None:
        return brought(action)
    service = find(action.service)
    action = replace(action, service=service.name)
    entities = select(action.target, domain=service.domain, home=home)
    steps: list[Step] = []
    refusals: list[tuple[str, str]] = []
    for entity in entities:
        try:
            steps.append(_step(action, service, entity, home.state(entity.id)))
        except ActionError as error:
            refusals.append((entity.id, str(error)))
    return Plan(steps=tuple(steps), refusals=tuple(refusals))


def _step(action: Action, service: Service, entity: Entity, state: State) -> Step:
    if entity.services and service.name not in entity.services and not _derived(service, entity):
        can = ", ".join(sorted(one.partition(".")[2] for one in entity.services))
        raise ActionError(f"{entity.name} cannot do {service.name}; it can do {can}")
    data = _checked(action.data, service, entity)
    service, data = _canonical(service, data, entity, state)
    return Step(
        action=replace(action, service=service.name),
        entity=entity.id,
        owner=entity.owner,
        risk=service.risk(entity, state, data),
        data=data,
        expects=service.expects(entity, state, data),
        idempotent=service.idempotent,
    )


def _checked(given: Mapping[str, Any], service: Service, entity: Entity) -> dict[str, Any]:
    unknown = [key for key in given if key not in service.fields]
    if unknown:
        takes = f"it takes {', '.join(service.fields)}" if service.fields else "it takes no data"
        raise ActionError(f"{service.name} knows no {str(unknown[0])[:80]!r}; {takes}")
    if service.needs and not any(key in given for key in service.needs):
        raise ActionError(f"{service.name} needs {' or '.join(service.needs)}")
    data = {key: service.fields[key].taken(key, value, entity) for key, value in given.items()}
    low, high = data.get("target_temp_low"), data.get("target_temp_high")
    if low is not None and high is not None and low > high:
        raise ActionError(f"target_temp_low {low:g} is above target_temp_high {high:g}")
    return data


def _canonical(
    service: Service, data: dict[str, Any], entity: Entity, state: State
) -> tuple[Service, dict[str, Any]]:
    """The same wish in the one form that providers take: absolute where it was relative."""
    if service.name == "light.turn_on":
        return service, lights.canonical(data, entity, state)
    if service.name in ("fan.increase_speed", "fan.decrease_speed"):
        return find("fan.set_percentage"), {"percentage": _next_speed(service, data, entity, state)}
    return service, data


def _next_speed(service: Service, data: Mapping[str, Any], entity: Entity, state: State) -> int:
    now = state.attributes.get("percentage", 0 if state.value == "off" else None)
    if not isinstance(now, int | float) or not math.isfinite(now):
        raise ActionError(f"the speed of {entity.name} is not known, so it cannot be changed by a step")
    usual = entity.capabilities.get("percentage_step")
    step = data.get("percentage_step", usual if isinstance(usual, int | float) and usual > 0 else 25)
    sign = 1 if service.name == "fan.increase_speed" else -1
    return int(max(0, min(100, round(now + sign * step))))


def _derived(service: Service, entity: Entity) -> bool:
    """Whether the service becomes another one that the entity can do."""
    return service.name in ("fan.increase_speed", "fan.decrease_speed") and (
        "fan.set_percentage" in entity.services
    )


def _planned_custom(action: Action, home: Home, risk: Risk) -> Plan:
    """A service that an integration brought along: its data is passed on if it is flat and bounded."""
    for key, value in action.data.items():
        plain = value is None or isinstance(value, bool | int | str)
        if not plain and not (isinstance(value, float) and math.isfinite(value)):
            raise ActionError(f"{action.service} takes single values; {str(key)[:80]!r} is none")
        if isinstance(value, str) and len(value) > LONGEST:
            raise ActionError(f"{str(key)[:80]!r} is longer than {LONGEST} characters")
    steps = []
    for name in dict.fromkeys(action.target.entity):
        entity = home.get(name)
        if entity is None:
            raise ActionError(f"there is no {name!r:.100}")
        steps.append(Step(action=action, entity=entity.id, owner=entity.owner, risk=risk, data=action.data))
    if not steps:
        raise ActionError(f"{action.service} needs the id of an entity")
    return Plan(steps=tuple(steps))
