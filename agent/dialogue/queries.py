"""Questions, answered from what the house last said of itself.

This reads the registry and what is handed in, and nothing else: no actuator can be reached from here. What is
not known is never guessed: an answer carries how well each thing is known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.core.home import Entity
from agent.core.intents import Answer, Intent
from agent.dialogue.seen import Seen, is_in, number, seen
from agent.home.registry import Home

History = Callable[[str], Sequence[tuple[datetime, str]]]
"""(when, state) of an entity since local midnight, oldest first; may be empty."""
MOST_ITEMS = 200
_FAMILIES = ("how_many", "yesno", "which", "any", "all", "where", "list", "today", "last", "one")


def answer(
    intent: Intent, entities: Sequence[Entity], home: Home, *, now: datetime, history: History
) -> Answer:
    """What is to be told about `entities`. `now` is local and aware.

    The key is one of `one`, `yesno`, `any`, `all`, `which`, `how_many`, `where`, `located`, `listing`,
    `today`, `last`, `temperature`, `no_temperature`, `weather`, `no_weather`, `time`, `date`, `items`,
    `none_there`, `respond_*` and `cannot_do_yet`.
    """
    if intent.name == "HassGetState":
        return _state(intent, entities, home, now, history)
    if intent.name == "HassRespond":
        return Answer(key=f"respond_{intent.response or 'default'}")
    asking = _ASKING.get(intent.name)
    return Answer(key="cannot_do_yet") if asking is None else asking(intent, entities, home, now)


# states -------------------------------------------------------------------------------------------------
def _state(intent: Intent, entities: Sequence[Entity], home: Home, now: datetime, history: History) -> Answer:
    if not entities:
        return _none_there(intent)
    family = _family(intent, entities)
    wanted = _wanted(intent)
    found = tuple(seen(entity, home, now=now) for entity in entities)
    if family in ("today", "last"):
        return _happened(family, found, wanted, now, history)
    if family == "where":
        return _where(found, home, now)
    if family in ("one", "list") or (wanted is None and family in ("yesno", "any", "all")):
        listed = family == "list" or (len(found) > 1 and family == "one" and "name" not in intent.slots)
        values = {"seen": found, "now": now, "where": _place(intent, found, home)}
        return Answer(key="listing" if listed else "one", values=values)
    sure = [one for one in found if one.sure]
    matched = [one for one in sure if wanted is None or is_in(one.entity, one.value or "", wanted)]
    values = {
        "wanted": wanted,
        "matched": tuple(matched),
        "unmatched": tuple(one for one in sure if one not in matched),
        "unsure": tuple(one for one in found if not one.sure),
        "now": now,
    }
    return Answer(key="all" if family == "yesno" and len(found) > 1 else family, values=values)


def _family(intent: Intent, entities: Sequence[Entity]) -> str:
    """The kind of question. Home Assistant's keys vary it by domain, as in `cover_how_many`."""
    response = intent.response or ""
    if "since" in response:
        return "last"
    for family in _FAMILIES:
        if family in response:
            return family
    if intent.slots.get("when", intent.slots.get("date")) == "today":
        return "today"
    if _wanted(intent) is None:
        return "one" if "name" in intent.slots or len(entities) == 1 else "list"
    return "yesno" if "name" in intent.slots else "which"


def _wanted(intent: Intent) -> str | None:
    state = intent.slots.get("state")
    return None if state is None else str(state)


def _where(found: Sequence[Seen], home: Home, now: datetime) -> Answer:
    one = found[0]
    if one.entity.domain in ("person", "device_tracker"):
        return Answer(key="where", values={"seen": (one,), "now": now})
    area = _area_name(home, one.entity.area)
    return Answer(key="located", values={"entities": (one.entity,), "where": area, "now": now})


def _none_there(intent: Intent) -> Answer:
    kind = intent.slots.get("device_class") or intent.slots.get("domain") or "device"
    if isinstance(kind, list | tuple):
        kind = kind[0] if len(kind) == 1 else "device"
    places = (intent.slots.get(kind) for kind in ("area", "floor"))
    where = next((place for place in places if isinstance(place, str)), None)
    return Answer(key="none_there", values={"kind": str(kind), "where": where})


def _place(intent: Intent, found: Iterable[Seen], home: Home) -> str | None:
    """The name of the place that was asked about, if one was."""
    for kind in ("area", "floor"):
        if isinstance(intent.slots.get(kind), str):
            return str(intent.slots[kind])
    areas = {one.entity.area for one in found}
    return _area_name(home, areas.pop()) if intent.here and len(areas) == 1 else None


def _area_name(home: Home, area_id: str | None) -> str | None:
    return next((area.name for area in home.areas() if area.id == area_id), None)


# what happened today ------------------------------------------------------------------------------------
def _happened(
    family: str, found: Sequence[Seen], wanted: str | None, now: datetime, history: History
) -> Answer:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    times: dict[str, tuple[datetime, ...]] = {}
    recorded = False
    for one in found:
        changes = [(when.astimezone(now.tzinfo), state) for when, state in history(one.entity.id)]
        recorded = recorded or bool(changes)
        times[one.entity.id] = tuple(_entered(one.entity, changes, wanted, midnight))
    happened = tuple((one, times[one.entity.id]) for one in found if times[one.entity.id])
    values = {"wanted": wanted, "happened": happened, "recorded": recorded, "seen": tuple(found), "now": now}
    return Answer(key=family, values=values)


def _entered(
    entity: Entity, changes: Iterable[tuple[datetime, str]], wanted: str | None, midnight: datetime
) -> Iterable[datetime]:
    """The times at which the state came to be as wanted; what held since before midnight is none."""
    before: str | None = None
    held = False
    for when, state in changes:
        known = state not in ("unknown", "unavailable")
        holds = known and (state != before if wanted is None else is_in(entity, state, wanted))
        if holds and (wanted is None or not held) and when > midnight:
            yield when
        if known:
            before, held = state, holds


# numbers ------------------------------------------------------------------------------------------------
def _temperature(intent: Intent, entities: Sequence[Entity], home: Home, now: datetime) -> Answer:
    asked = entities or _of_area(intent, home)
    readings = [one for one in (_reading(entity, home, now) for entity in asked) if one is not None]
    if not any(one.sure for one in readings):
        rooms = {entity.area for entity in asked if entity.area is not None}
        near = (entity for entity in home.entities() if entity.area in rooms and _measures(entity))
        readings = [
            one for one in (_reading(entity, home, now) for entity in near) if one is not None
        ] or readings
    if not readings:
        return Answer(key="no_temperature", values={"where": _place(intent, (), home)})
    best: dict[str | None, Seen] = {}
    for one in sorted(readings, key=lambda one: (not one.sure, one.entity.domain != "climate")):
        best.setdefault(one.entity.area if len(readings) > 1 else None, one)
    places = tuple(_area_name(home, one.entity.area) for one in best.values())
    return Answer(key="temperature", values={"seen": tuple(best.values()), "places": places, "now": now})


def _of_area(intent: Intent, home: Home) -> Sequence[Entity]:
    said = str(intent.slots.get("area", "")).casefold()
    areas = {area.id for area in home.areas() if said in (area.id, area.name.casefold())}
    return [entity for entity in home.entities() if _measures(entity) and (not said or entity.area in areas)]


def _measures(entity: Entity) -> bool:
    if not entity.spoken_of:
        return False
    return entity.domain == "climate" or (entity.domain == "sensor" and entity.device_class == "temperature")


def _reading(entity: Entity, home: Home, now: datetime) -> Seen | None:
    """The temperature an entity tells; None if it tells none."""
    state = home.state(entity.id)
    unit = _unit(state.attributes) or entity.unit
    if entity.domain in ("climate", "water_heater", "weather"):
        key = "temperature" if entity.domain == "weather" else "current_temperature"
        value = number(state.attributes.get(key))
        if value is not None:
            return seen(entity, home, now=now, value=value, unit=unit)
        return seen(entity, home, now=now) if state.available is False or state.heard is None else None
    if entity.domain == "sensor" and entity.device_class in ("temperature", None):
        return seen(entity, home, now=now, unit=unit)
    return None


def _weather(_intent: Intent, entities: Sequence[Entity], home: Home, now: datetime) -> Answer:
    known = [entity for entity in entities or home.entities() if entity.domain == "weather"]
    if not known:
        return Answer(key="no_weather")
    found = [seen(entity, home, now=now) for entity in known]
    one = next((one for one in found if one.sure), found[0])
    attributes = one.state.attributes
    values = {
        "seen": (one,),
        "temperature": number(attributes.get("temperature")),
        "unit": _unit(attributes),
        "now": now,
    }
    return Answer(key="weather", values=values)


def _unit(attributes: Mapping[str, Any]) -> str | None:
    unit = attributes.get("temperature_unit") or attributes.get("unit_of_measurement")
    return unit if isinstance(unit, str) else None


# lists --------------------------------------------------------------------------------------------------
def _items(intent: Intent, entities: Sequence[Entity], home: Home, now: datetime) -> Answer:
    lists = [entity for entity in entities or home.entities() if entity.domain == "todo"]
    if not lists:
        return (
            _none_there(intent)
            if entities
            else Answer(key="none_there", values={"kind": "todo", "where": None})
        )
    one = seen(lists[0], home, now=now)
    held = one.state.attributes.get("items")
    if not isinstance(held, list | tuple):
        return Answer(
            key="items", values={"seen": (one,), "items": None, "count": number(one.value), "now": now}
        )
    names = tuple(name for name in (_item(item) for item in held[: 10 * MOST_ITEMS]) if name)
    values = {"seen": (one,), "items": names[:MOST_ITEMS], "count": len(names), "now": now}
    return Answer(key="items", values=values)


def _item(item: object) -> str | None:
    """What an open item says; None for one that is done."""
    if isinstance(item, Mapping):
        done = item.get("status") in ("completed", "done") or item.get("complete") is True
        item = None if done else item.get("summary", item.get("name"))
    return item if isinstance(item, str) else None


# clocks -------------------------------------------------------------------------------------------------
def _time(_intent: Intent, _entities: Sequence[Entity], _home: Home, now: datetime) -> Answer:
    return Answer(key="time", values={"now": now})


def _date(_intent: Intent, _entities: Sequence[Entity], _home: Home, now: datetime) -> Answer:
    return Answer(key="date", values={"now": now})


_ASKING: Mapping[str, Callable[[Intent, Sequence[Entity], Home, datetime], Answer]] = {
    "HassClimateGetTemperature": _temperature,
    "HassGetWeather": _weather,
    "HassGetCurrentTime": _time,
    "HassGetCurrentDate": _date,
    "GetListItems": _items,
}
