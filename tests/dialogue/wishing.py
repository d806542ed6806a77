"""A house with one thing of each domain, and what is wanted of it."""

from pathlib import Path

import pytest
import yaml

from agent.actions.planner import plan
from agent.core.actions import Target
from agent.core.intents import Intent
from agent.dialogue.wishes import wishes
from agent.errors import ActionError
from agent.home.targets import REACH
from tests.actions.asking import action, entity, house

TABLE = yaml.safe_load(Path(__file__).with_name("wishes.yaml").read_text(encoding="utf-8"))
ACTING = frozenset(
    {
        *(name for name in REACH if name.startswith("Hass") and "Get" not in name),
        *(f"Hass{verb}Timer" for verb in ("Start", "Cancel", "Increase", "Decrease", "Pause", "Unpause")),
        *("HassCancelAllTimers", "HassBroadcast"),
        *("SetAlarm", "CancelAlarm", "SetReminder", "CancelReminder", "Undo"),
        *(f"OpsService{verb}" for verb in ("Start", "Stop", "Restart", "Reload", "Enable", "Disable")),
        *("OpsProcessKill", "OpsUpdate", "OpsPackageInstall", "OpsPackageRemove", "OpsReboot", "OpsShutdown"),
        *("OpsRunTask", "OpsSchedule", "OpsCancelSchedule"),
    }
)
"""Intents that change the world."""
COLORED = {
    "supported_color_modes": ["color_temp", "rgb"],
    "min_color_temp_kelvin": 1800,
    "max_color_temp_kelvin": 6500,
}
THINGS = [
    entity("light.lamp", "Lamp", capabilities=COLORED),
    entity("light.desk", "Desk Lamp", capabilities={"supported_color_modes": ["color_temp"]}),
    entity("light.plain", "Plain Lamp", capabilities={"supported_color_modes": ["onoff"]}),
    entity("switch.plug", "Plug"),
    entity("fan.fan", "Fan", capabilities={"preset_modes": ["sleep"]}),
    entity("cover.blinds", "Blinds", device_class="blind"),
    entity("cover.simple", "Simple Blinds", services=frozenset({"cover.open_cover", "cover.close_cover"})),
    entity("valve.water", "Water"),
    entity("lock.front", "Front Door"),
    entity("media_player.tv", "TV", capabilities={"source_list": ["Antenna", "Console"]}),
    entity(
        "climate.hall",
        "Thermostat",
        capabilities={"hvac_modes": ["off", "heat", "cool"], "fan_modes": ["auto", "low"]},
    ),
    entity(
        "climate.american", "Nest", capabilities={"temperature_unit": "°F", "min_temp": 45, "max_temp": 95}
    ),
    entity("water_heater.boiler", "Boiler", capabilities={"operation_list": ["off", "eco"]}),
    entity("humidifier.h", "Humidifier", capabilities={"available_modes": ["auto", "night"]}),
    entity("siren.s", "Siren"),
    entity("vacuum.robby", "Robby", capabilities={"fan_speed_list": ["quiet", "turbo"]}),
    entity("lawn_mower.molly", "Molly"),
    entity("alarm_control_panel.house", "Alarm"),
    entity("button.bell", "Bell"),
    entity("scene.movie", "Movie Night"),
    entity("script.night", "Good Night"),
    entity("number.desk", "Standing Desk", capabilities={"min": 60, "max": 120}),
    entity("select.mode", "Mode", capabilities={"options": ["work", "pause"]}),
    entity("text.note", "Note"),
    entity("todo.list", "Shopping List"),
    entity("sensor.heat", "Heat"),
    entity("binary_sensor.door", "Contact"),
    entity("weather.home", "Weather"),
]
BY_ID = {one.id: one for one in THINGS}
STATES = {
    "light.lamp": ("on", {"brightness": 100}),
    "light.desk": ("off", {}),
    "fan.fan": ("on", {"percentage": 30}),
    "media_player.tv": ("playing", {"volume_level": 0.5, "is_volume_muted": False}),
    "climate.hall": ("heat", {"temperature": 20}),
    "climate.american": ("heat", {"temperature": 70}),
    "water_heater.boiler": ("eco", {"temperature": 50}),
    "todo.list": ("1", {"items": [{"summary": "Oat Milk", "status": "needs_action"}]}),
}


def furnished():
    home = house(*THINGS)
    for key, (value, attributes) in STATES.items():
        home.report(key, value, attributes)
    return home


def wanted(home, intent, ids, text="", *, units="metric", every=False, **slots):
    told = Intent(name=intent, slots=slots, text=text, every=every)
    return wishes(told, [home.get(one) for one in ids.split()], home, units=units)


def one(home, intent, key, text="", **more):
    """The service and data of the only wish."""
    (wish,) = wanted(home, intent, key, text, **more)
    return wish.service, dict(wish.data)


def refusal(home, intent, ids, text="", **more):
    with pytest.raises(ActionError) as refused:
        wanted(home, intent, ids, text, **more)
    return str(refused.value)


def is_planned(home, wish):
    """Whether the planner takes the wish for every one of its entities."""
    planned = plan(action(wish.service, Target(entity=wish.entities), wish.data), home, known={})
    assert planned.refusals == ()
    return len(planned.steps) == len(wish.entities)
