"""What a simulated device says of itself, retained, in Home Assistant's own forms. Pure."""

from typing import Any

from integrations.demo_house.device import STATELESS, Device


def says(device: Device) -> dict[str, Any]:
    """What `device` publishes, retained: payload by the last level of the topic."""
    told: dict[str, Any] = {"state": device.state, "attributes": device.told}
    match device.domain:
        case domain if domain in STATELESS:
            told["presses"] = str(device.attributes.get("presses", 0))
        case "light":
            told["light"] = _light_says(device)
        case "vacuum":
            told["vacuum"] = {
                "state": device.state,
                **{
                    key: device.attributes[key]
                    for key in ("fan_speed", "battery_level")
                    if key in device.attributes
                },
            }
        case "valve":
            told["valve"] = {"state": device.state, "position": device.attributes["current_position"]}
        case "siren":
            known = {
                key: device.attributes[key]
                for key in ("tone", "volume_level", "duration")
                if key in device.attributes
            }
            told["siren"] = {"state": device.state.upper(), **known}
    return told


def _light_says(device: Device) -> dict[str, Any]:
    said: dict[str, Any] = {"state": device.state.upper()}
    said |= {
        key: device.attributes[key]
        for key in ("brightness", "effect", "color_mode")
        if key in device.attributes
    }
    mode = device.attributes.get("color_mode")
    if mode in ("rgb", "hs", "xy") and f"{mode}_color" in device.attributes:
        said["color"] = dict(zip(mode, device.attributes[f"{mode}_color"], strict=False))
    if mode == "color_temp" and "color_temp_kelvin" in device.attributes:
        said["color_temp"] = device.attributes["color_temp_kelvin"]
    if "color_mode" not in said:
        modes = color_modes(device)
        if modes in (["onoff"], ["brightness"]):
            said["color_mode"] = modes[0]
    return said


def color_modes(device: Device) -> list[str]:
    """The colour modes of a light, by what its house file says of it."""
    given = device.attributes.get("supported_color_modes")
    if isinstance(given, list) and given:
        return [str(mode) for mode in given]
    return ["brightness"] if "brightness" in device.attributes else ["onoff"]
