"""What all lights share: colour modes, colour temperature in kelvin, and colours in every form."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.api import ActionError
from integrations.discovery.options import MalformedError, Options
from integrations.discovery.reading import number
from integrations.discovery.scaling import (
    clipped,
    hs_to_rgb,
    kelvin,
    mireds,
    rgb_to_hs,
    rgb_to_xy,
    xy_to_rgb,
)
from integrations.discovery.thing import Live, UnusableError

MODES = ("onoff", "brightness", "color_temp", "hs", "xy", "rgb", "rgbw", "rgbww", "white")
COLORED = {"hs": 2, "xy": 2, "rgb": 3, "rgbw": 4, "rgbww": 5}
"""Colour modes, with how many numbers make their colour."""
OWNED = ("brightness", "color_mode", "color_temp_kelvin", "effect", *(f"{mode}_color" for mode in COLORED))
_COOLEST, _WARMEST = 6535, 2000


def kelvin_range(options: Options) -> dict[str, int]:
    """The colour temperatures a light can take, as capabilities."""
    warmest, coolest = options.optional_number("min_kelvin"), options.optional_number("max_kelvin")
    most, least = options.optional_number("max_mireds"), options.optional_number("min_mireds")
    low = warmest or (kelvin(most) if most else _WARMEST)
    high = coolest or (kelvin(least) if least else _COOLEST)
    if not 0 < low < high:
        raise MalformedError(
            f"its colour temperatures go from {low:g} to {high:g} kelvin; the first would be smaller"
        )
    return {"min_color_temp_kelvin": round(low), "max_color_temp_kelvin": round(high)}


def temperature_read(value: Any, *, in_kelvin: bool) -> int:
    """A device's colour temperature in kelvin."""
    found = number(value, "color_temp")
    if found <= 0:
        raise UnusableError(f"its color_temp is {value!r:.80}; a number above 0 would be right")
    return round(found) if in_kelvin else kelvin(found)


def temperature_written(value: float, *, in_kelvin: bool) -> int:
    """Kelvin in the unit of the device."""
    return round(value) if in_kelvin else mireds(value)


def put_color(live: Live, mode: str, channels: Sequence[float]) -> None:
    """Note the colour that a light reports, in its own form and in the three common ones."""
    for key in ("rgbw_color", "rgbww_color", "color_temp_kelvin"):
        if key != f"{mode}_color":
            live.put(key, None)
    if mode == "hs":
        hs = (channels[0], channels[1])
        rgb = hs_to_rgb(*hs)
        xy = rgb_to_xy(*rgb)
    elif mode == "xy":
        xy = (channels[0], channels[1])
        rgb = xy_to_rgb(*xy)
        hs = rgb_to_hs(*rgb)
    else:
        red, green, blue = clipped(channels[:3])
        rgb = (red, green, blue)
        hs, xy = rgb_to_hs(*rgb), rgb_to_xy(*rgb)
        if mode != "rgb":
            live.put(f"{mode}_color", clipped(channels))
    for key, color in (("hs_color", hs), ("rgb_color", rgb), ("xy_color", xy)):
        live.put(key, list(color))
    live.put("color_mode", mode)


def put_temperature(live: Live, value: int) -> None:
    """Note the colour temperature, in kelvin, that a light reports."""
    for mode in COLORED:
        live.put(f"{mode}_color", None)
    live.put("color_temp_kelvin", value)
    live.put("color_mode", "color_temp")


def channels(values: Sequence[Any], mode: str) -> list[float]:
    """The numbers of a colour.

    Raises:
        UnusableError: they are not as many, or not in their range.
    """
    found = [number(value, f"{mode} colour") for value in values]
    limits = {"hs": (360, 100), "xy": (1, 1)}.get(mode, (255,) * COLORED[mode])
    if len(found) != len(limits) or any(
        not 0 <= one <= most for one, most in zip(found, limits, strict=True)
    ):
        raise UnusableError(
            f"its {mode} colour is {list(values)!r:.80}; {len(limits)} numbers up to {limits} would be right"
        )
    return found


def wanted_color(live: Live, data: Mapping[str, Any], able: Sequence[str]) -> tuple[str, list[float]] | None:
    """The colour that `data` asks for, in one of the modes that the light is `able` of; None for none.

    Raises:
        ActionError: it knows no colours.
    """
    asked = next((mode for mode in COLORED if data.get(f"{mode}_color") is not None), None)
    if asked is None:
        return None
    color = [float(one) for one in data[f"{asked}_color"]]
    if asked in able:
        return asked, color
    rgb = {"hs": hs_to_rgb, "xy": xy_to_rgb}[asked](*color) if asked in ("hs", "xy") else tuple(color[:3])
    for mode in ("rgb", "hs", "xy", "rgbw", "rgbww"):
        if mode in able:
            return mode, _from_rgb(mode, *rgb)
    raise ActionError(f"{live.name} has no colours")


def _from_rgb(mode: str, red: float, green: float, blue: float) -> list[float]:
    if mode == "hs":
        return list(rgb_to_hs(red, green, blue))
    if mode == "xy":
        return list(rgb_to_xy(red, green, blue))
    return [red, green, blue, *[0.0] * (COLORED[mode] - 3)]


def assumed_color(mode: str, color: Sequence[float]) -> dict[str, Any]:
    """The attributes that a light in this colour would report."""
    imagined = Live("", "")
    put_color(imagined, mode, color)
    return imagined.attributes
