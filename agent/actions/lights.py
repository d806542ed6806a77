"""What is asked of a lamp in what it can do: one brightness, one colour in a form it has. Pure."""

import math
from collections.abc import Mapping
from typing import Any

from agent.core.home import Entity, State
from agent.errors import ActionError
from agent.home.colors import hs_to_rgb, rgb_to_hs, rgb_to_xy, xy_to_rgb

COLORS = {"hs": "hs_color", "rgb": "rgb_color", "rgbw": "rgb_color", "rgbww": "rgb_color", "xy": "xy_color"}
FULL = 255


def canonical(data: Mapping[str, Any], entity: Entity, state: State) -> dict[str, Any]:
    """The data of `light.turn_on` as the lamp's provider takes it.

    Raises:
        ActionError: the lamp cannot do it, or two colours are asked of it.
    """
    kept = {key: data[key] for key in ("effect", "transition", "flash") if key in data}
    modes = [str(mode) for mode in entity.capabilities.get("supported_color_modes") or ()]
    brightness = _brightness(data, state)
    if brightness is not None:
        if modes in ([], ["onoff"]):
            raise ActionError(f"{entity.name} cannot be dimmed")
        kept["brightness"] = brightness
    return kept | _color(data, entity, modes)


def _brightness(data: Mapping[str, Any], state: State) -> int | None:
    given = [
        key
        for key in ("brightness", "brightness_pct", "brightness_step", "brightness_step_pct")
        if key in data
    ]
    if len(given) > 1:
        raise ActionError(f"{' and '.join(given)} contradict each other; give one of them")
    if not given:
        return None
    value = data[given[0]]
    if given[0] == "brightness":
        return int(value)
    if given[0] == "brightness_pct":
        return round(float(value) * FULL / 100)
    step = value if given[0] == "brightness_step" else value * FULL / 100
    now = 0 if state.value == "off" else state.attributes.get("brightness")
    if not isinstance(now, int | float) or not math.isfinite(now):
        raise ActionError("its brightness is not known, so it cannot be changed by a step")
    # Dimming turns nothing on, and nothing off.
    return int(max(1 if step < 0 < now else 0, min(FULL, round(now + step))))


def _color(data: Mapping[str, Any], entity: Entity, modes: list[str]) -> dict[str, Any]:
    given = [
        key
        for key in (
            "color",
            "color_name",
            "rgb_color",
            "hs_color",
            "xy_color",
            "color_temp",
            "kelvin",
            "color_temp_kelvin",
        )
        if key in data
    ]
    if len(given) > 1:
        raise ActionError(f"{' and '.join(given)} contradict each other; give one of them")
    if not given:
        return {}
    value = data[given[0]]
    if given[0] in ("color_temp", "kelvin", "color_temp_kelvin"):
        if "color_temp" not in modes:
            raise ActionError(f"{entity.name} cannot change its white")
        kelvin = 1_000_000 / value if given[0] == "color_temp" else value
        low = entity.capabilities.get("min_color_temp_kelvin", 1000)
        high = entity.capabilities.get("max_color_temp_kelvin", 10_000)
        if not low <= round(kelvin) <= high:
            raise ActionError(f"{kelvin:.0f} K is out of reach of {entity.name}; it has {low} to {high} K")
        return {"color_temp_kelvin": round(kelvin)}
    forms = [COLORS[mode] for mode in modes if mode in COLORS]
    if not forms:
        raise ActionError(f"{entity.name} cannot change its colour")
    if given[0] in forms:
        return {given[0]: value}
    if given[0] == "hs_color":
        rgb = hs_to_rgb((value[0], value[1]))
    elif given[0] == "xy_color":
        rgb = xy_to_rgb((value[0], value[1]))
    else:
        rgb = (int(value[0]), int(value[1]), int(value[2]))
    made: dict[str, Any] = {
        "rgb_color": list(rgb),
        "hs_color": list(rgb_to_hs(rgb)),
        "xy_color": list(rgb_to_xy(rgb)),
    }
    return {forms[0]: made[forms[0]]}
