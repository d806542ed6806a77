"""A house to find things in, and what is found there."""

from agent.core.intents import Choice, Intent, Missing
from agent.home.targets import find_targets
from tests.actions.asking import entity, house

PLACES = {
    "floors": [
        {"id": "ground", "name": "Ground Floor", "aliases": ["downstairs"]},
        {"id": "upper", "name": "二楼", "aliases": ["upstairs", "Upper Floor"]},
    ],
    "areas": [
        {"id": "kitchen", "name": "Kitchen", "floor": "ground", "aliases": ["厨房"]},
        {"id": "living", "name": "Living Room", "floor": "ground", "aliases": ["lounge"]},
        {"id": "hall", "name": "Hallway", "floor": "ground"},
        {"id": "bedroom", "name": "Bedroom", "floor": "upper"},
        {"id": "office", "name": "Office", "floor": "upper"},
        {"id": "garage", "name": "Garage", "floor": "ground"},
    ],
}
THINGS = [
    entity("light.kitchen", "Kitchen Light", area="kitchen"),
    entity("light.counter", "Counter Light", area="kitchen"),
    entity("switch.worktop", "Worktop Lights", area="kitchen"),
    entity("switch.oven", "Oven", area="kitchen"),
    entity("light.ceiling", "Ceiling Light", area="living"),
    entity("light.corner", "Corner Lamp", area="living", aliases=("reading lamp",)),
    entity("cover.blinds", "Living Room Blinds", area="living", device_class="blind"),
    entity("media_player.tv", "Television", area="living", aliases=("TV",)),
    entity("climate.ground", "Ground Thermostat", area="living"),
    entity("vacuum.robby", "Robby", area="living"),
    entity("light.hall", "Hallway Light", area="hall"),
    entity("lock.front", "Front Door", area="hall"),
    entity("binary_sensor.front", "Front Door Contact", area="hall", device_class="door"),
    entity("alarm_control_panel.house", "House Alarm", area="hall"),
    entity("light.bedroom", "Ceiling Light", area="bedroom"),
    entity("light.bedside", "Bedside Lamp", area="bedroom"),
    entity("fan.bedroom", "Ceiling Fan", area="bedroom"),
    entity("cover.curtains", "Bedroom Curtains", area="bedroom", device_class="curtain"),
    entity("climate.upper", "Upper Thermostat", area="bedroom"),
    entity("sensor.bedroom", "Bedroom Temperature", area="bedroom", device_class="temperature"),
    entity("light.desk", "Desk Lamp", area="office"),
    entity("light.office_mirror", "Hidden Lamp", area="office", exposed=False),
    entity("light.office_status", "Status Lamp", area="office", category="diagnostic"),
    entity("humidifier.office", "Humidifier", area="office"),
    entity("cover.garage", "Garage Door", area="garage", device_class="garage"),
    entity("lawn_mower.molly", "Molly", area="garage"),
    entity("todo.shopping", "Shopping List"),
    entity("todo.chores", "Chores"),
    entity("weather.home", "Home"),
    entity("weather.harbour", "Harbour"),
    entity("scene.movie", "Movie Night"),
]
HOME = house(*THINGS, **PLACES)
LIGHTS = [one.id for one in THINGS if one.domain == "light" and one.exposed and one.category is None] + [
    "switch.worktop"
]
KITCHEN = ["light.kitchen", "light.counter", "switch.worktop"]


def targets(intent, text="", /, *, area=None, home=HOME, **more):
    told = {
        key: more.pop(key)
        for key in ("every", "here", "excepted", "domains", "language", "response")
        if key in more
    }
    slots = {key.removesuffix("_"): value for key, value in more.items()}
    return find_targets(Intent(name=intent, text=text, slots=slots, **told), home, area=area)


def found(*args, **more):
    result = targets(*args, **more)
    assert isinstance(result, tuple), result
    return [one.id for one in result]


def asked(*args, **more):
    result = targets(*args, **more)
    assert isinstance(result, Choice), result
    return [one.id for one in result.options]


def missing(*args, **more):
    result = targets(*args, **more)
    assert isinstance(result, Missing), result
    return result
