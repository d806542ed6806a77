"""A house to speak of: what was wanted of it, how that ended, and what is said."""

from datetime import datetime, timedelta, timezone

from agent.core.actions import Cause, Outcome, Status
from agent.core.intents import Intent
from agent.dialogue import queries
from agent.dialogue.reply import Speaker
from tests.actions.asking import NOON, ROOMS, entity, house
from tests.fakes import FakeClock

NOW = datetime(2026, 1, 1, 14, 5, tzinfo=timezone(timedelta(hours=1)))
SILENT = "Desk Lamp did not do it within 5 s: it did not answer"
THINGS = {
    one.id: one
    for one in (
        entity("light.desk", "Desk Lamp", area="study"),
        entity("light.one", "Kitchen Light", area="kitchen"),
        entity("light.two", "Counter Light", area="kitchen"),
        entity("light.mute", "Shed Lamp", area="shed", optimistic=True),
        entity("light.away", "Hallway Light", area="hall"),
        entity("light.new", "Porch Light"),
        entity("switch.tv", "TV", area="study"),
        entity("cover.garage", "Garage Door", device_class="garage"),
        entity("cover.blinds", "Bedroom Blinds", device_class="blind"),
        entity("lock.front", "Front Door"),
        entity("lock.back", "Back Door"),
        entity("scene.movie", "Movie Night"),
        entity("vacuum.robby", "Robby"),
        entity("climate.study", "Study Thermostat", area="study"),
        entity("media_player.radio", "Anna's Radio"),
        entity("todo.shopping", "Shopping List"),
        entity("binary_sensor.leak", "Leak Sensor", device_class="moisture"),
        entity("sensor.power", "House Power", device_class="power", unit="W"),
        entity("sensor.odd", "Odd Sensor"),
        entity("weather.home", "Weather"),
        entity("person.anna", "Anna"),
    )
}


TURN_ON = Intent(name="HassTurnOn", slots={"name": "Desk Lamp"}, response="default")
DIM = Intent(name="HassLightSet", slots={"name": "Desk Lamp", "brightness": 40}, response="brightness")
LIGHTS = ("light.desk", "light.one", "light.two")


def furnished():
    built = house(*THINGS.values(), clock=FakeClock(NOW - timedelta(hours=1)), **ROOMS)
    for key, value, attributes in (
        ("light.desk", "on", {"brightness": 128}),
        ("light.one", "on", {}),
        ("light.two", "off", {}),
        ("light.away", "on", {}),
        ("switch.tv", "off", {}),
        ("cover.garage", "closed", {}),
        ("cover.blinds", "open", {"current_position": 40}),
        ("lock.front", "locked", {}),
        ("binary_sensor.leak", "on", {}),
        ("sensor.power", "412.50", {}),
        ("climate.study", "heat", {"temperature": 21, "current_temperature": 20.4}),
        ("weather.home", "sunny", {"temperature": 17}),
        ("todo.shopping", "1", {"items": [{"summary": "milk", "status": "needs_action"}]}),
        ("person.anna", "not_home", {}),
    ):
        built.report(key, value, attributes)
    built.set_available("light.away", available=False)
    return built


def ended(target, status, *, action="light.turn_on", reason=None, final=True):
    cause = Cause(kind="voice", who="test")
    return Outcome(
        id="1",
        action=action,
        target=target,
        status=Status(status),
        cause=cause,
        at=NOON,
        reason=reason,
        final=final,
    )


def told(home, language, intent, *outcomes):
    things = [THINGS[one.target] for one in outcomes if one.target in THINGS]
    return Speaker(language).told(intent, outcomes, things, {one.id: home.state(one.id) for one in things})


def answered(home, language, kind, /, *ids, response=None, history=lambda _: (), **slots):
    intent = Intent(name=kind, slots=slots, response=response, language=language)
    answer = queries.answer(intent, [THINGS[one] for one in ids], home, now=NOW, history=history)
    return Speaker(language).answered(intent, answer)
