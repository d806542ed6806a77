"""What confirms a command: the expectation that the device's own report must meet. Pure.

Each function here is, or makes, an `Expects`: from the entity, its state and the canonical data to what must
be reported, or None where nothing the entity reports could show it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from agent.core.actions import Expectation
from agent.core.home import Entity, State

Data = Mapping[str, Any]
Expects = Callable[[Entity, State, Data], Expectation | None]


def nothing(_entity: Entity, _state: State, _data: Data) -> None:
    """Nothing it reports could show it."""
    return


def becomes(*states: str, within: float = 5.0) -> Expects:
    """One of `states`, within so many seconds."""
    return lambda _entity, _state, _data: Expectation(state=frozenset(states), within=within)


def toggled(one: str, other: str, *, within: float = 5.0) -> Expects:
    """The other of two states; nothing, where the present one is not known."""

    def expects(_entity: Entity, state: State, _data: Data) -> Expectation | None:
        if state.stale or state.value not in (one, other):
            return None
        return Expectation(state=frozenset({other if state.value == one else one}), within=within)

    return expects


def shows(
    *keys: str,
    within: float = 5.0,
    tolerance: float = 0.0,
    named: Mapping[str, str] | None = None,
    states: tuple[str, ...] = (),
) -> Expects:
    """The given data as attributes of the same name, or as `named` otherwise."""

    def expects(entity: Entity, _state: State, data: Data) -> Expectation:
        silent = entity.capabilities.get("unreported") or ()
        wanted = {(named or {}).get(key, key): data[key] for key in keys if key in data}
        wanted = {key: value for key, value in wanted.items() if key not in silent}
        return Expectation(
            state=frozenset(states),
            attributes=wanted,
            tolerance=dict.fromkeys(wanted, tolerance) if tolerance else {},
            within=within,
        )

    return expects


def says(key: str, *, within: float = 5.0) -> Expects:
    """The given value as the state itself."""
    return lambda _entity, _state, data: Expectation(state=frozenset({str(data[key])}), within=within)


def lit(entity: Entity, _state: State, data: Data) -> Expectation:
    """On, with the brightness, colour and effect that were asked for, as near as lamps report them."""
    silent = entity.capabilities.get("unreported") or ()
    tolerances = {"brightness": 3.0, "rgb_color": 12.0, "hs_color": 4.0, "xy_color": 0.02}
    if data.get("brightness") == 0:
        return Expectation(state=frozenset({"off"}))
    wanted = {key: data[key] for key in tolerances if key in data and key not in silent}
    tolerance = {key: tolerances[key] for key in wanted}
    if "color_temp_kelvin" in data and "color_temp_kelvin" not in silent:
        wanted["color_temp_kelvin"] = data["color_temp_kelvin"]
        tolerance["color_temp_kelvin"] = data["color_temp_kelvin"] * 0.05
    if "effect" in data and "effect" not in silent:
        wanted["effect"] = data["effect"]
    within = 5.0 + min(float(data.get("transition", 0)), 60.0)
    return Expectation(state=frozenset({"on"}), attributes=wanted, tolerance=tolerance, within=within)


def darkened(_entity: Entity, _state: State, data: Data) -> Expectation:
    """Off, once the transition is over."""
    return Expectation(state=frozenset({"off"}), within=5.0 + min(float(data.get("transition", 0)), 60.0))


def turning(entity: Entity, _state: State, data: Data) -> Expectation:
    """On at the asked speed, as near as the steps of the fan allow."""
    step = entity.capabilities.get("percentage_step")
    half = max(1.0, step / 2) if isinstance(step, int | float) else 1.0
    if data.get("percentage") == 0:
        return Expectation(state=frozenset({"off"}))
    return shows("percentage", "preset_mode", tolerance=half, states=("on",))(entity, _state, data)  # type: ignore[return-value]


def at_position(_entity: Entity, _state: State, data: Data) -> Expectation:
    """At the asked position, give or take two percent."""
    return Expectation(
        attributes={"current_position": data["position"]}, tolerance={"current_position": 2.0}, within=60.0
    )


def number(_entity: Entity, _state: State, data: Data) -> Expectation:
    """The value as the state, however it is spelled."""
    value = float(data["value"])
    spellings = {f"{value:g}", str(value), f"{value:.1f}", f"{value:.2f}", f"{value:.3f}"}
    if value.is_integer():
        spellings.add(str(int(value)))
    return Expectation(state=frozenset(spellings))


def warm(entity: Entity, state: State, data: Data) -> Expectation:
    """The asked target temperature, and mode if one was asked for."""
    modes = (data["hvac_mode"],) if "hvac_mode" in data else ()
    keys = ("temperature", "target_temp_low", "target_temp_high")
    return shows(*keys, within=10.0, tolerance=0.3, states=modes)(entity, state, data)  # type: ignore[return-value]


def running(entity: Entity, _state: State, _data: Data) -> Expectation | None:
    """Turned on: any mode but off."""
    modes = entity.capabilities.get("hvac_modes") or entity.capabilities.get("operation_list") or ()
    states = frozenset(str(mode) for mode in modes) - {"off"}
    return Expectation(state=states, within=10.0) if states else None


def listed(verb: str, *, within: float = 10.0) -> Expects:
    """What is done to a to-do list shows in its items; None where a list does not say what is on it."""

    def expects(_entity: Entity, state: State, data: Data) -> Expectation | None:
        known = state.attributes.get("items")
        if state.stale or not isinstance(known, list | tuple):
            return None
        item = str(data["item"]).casefold()
        if verb == "add_item":
            there = sum(
                str(one.get("summary")).casefold() == item for one in known if isinstance(one, Mapping)
            )
            return Expectation(items=((item, "", there + 1),), within=within)
        if verb == "remove_item":
            return Expectation(items=((item, "", 0),), within=within)
        renamed = str(data.get("rename", item)).casefold()
        wanted = ((renamed, str(data.get("status", "")), 1),)
        return Expectation(items=wanted if renamed == item else (*wanted, (item, "", 0)), within=within)

    return expects
