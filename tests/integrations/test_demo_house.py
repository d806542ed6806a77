"""The simulated house through the daemon: every domain announces itself and obeys."""

import json

import pytest

from tests.house import living

DEMO = {"plugins": {"demo_house": {"enabled": True}}}
ACTS = [
    ("light.turn_on", "light.living_room_ceiling", {"brightness": 40}, "confirmed", "on"),
    ("light.turn_on", "light.dining_table", {"brightness_pct": 50}, "confirmed", "on"),
    ("light.turn_on", "light.floor_lamp", {"color": "red"}, "confirmed", "on"),
    ("light.turn_on", "light.bedside_lamp", {"color": "#00ff00"}, "confirmed", "on"),
    ("light.turn_on", "light.desk_lamp", {"color_temp_kelvin": 3000}, "confirmed", "on"),
    ("light.toggle", "light.kitchen_counter", {}, "confirmed", "on"),
    ("switch.turn_on", "switch.coffee_machine", {}, "confirmed", "on"),
    ("fan.turn_on", "fan.bedroom_ceiling_fan", {}, "confirmed", "on"),
    ("fan.set_percentage", "fan.bedroom_ceiling_fan", {"percentage": 60}, "confirmed", "on"),
    ("fan.oscillate", "fan.bedroom_ceiling_fan", {"oscillating": True}, "confirmed", None),
    ("cover.close", "cover.living_room_blinds", {}, "confirmed", "closed"),
    ("cover.set_position", "cover.bedroom_curtains", {"position": 30}, "confirmed", "open"),
    ("valve.close", "valve.main_water", {}, "confirmed", "closed"),
    ("lock.lock", "lock.front_door", {}, "confirmed", "locked"),
    ("climate.set_temperature", "climate.ground_floor", {"temperature": 22.5}, "confirmed", "heat"),
    ("climate.set_hvac_mode", "climate.upper_floor", {"hvac_mode": "cool"}, "confirmed", "cool"),
    ("water_heater.set_operation_mode", "water_heater.boiler", {"operation_mode": "eco"}, "confirmed", "eco"),
    ("humidifier.turn_on", "humidifier.kids_room", {}, "confirmed", "on"),
    ("humidifier.set_humidity", "humidifier.kids_room", {"humidity": 55}, "confirmed", None),
    ("vacuum.start", "vacuum.robby", {}, "confirmed", "cleaning"),
    ("vacuum.set_fan_speed", "vacuum.robby", {"fan_speed": "turbo"}, "confirmed", None),
    ("lawn_mower.start_mowing", "lawn_mower.molly", {}, "confirmed", "mowing"),
    ("media_player.media_play", "media_player.television", {}, "confirmed", "playing"),
    ("media_player.volume_set", "media_player.television", {"volume_level": 0.6}, "confirmed", None),
    ("siren.turn_on", "siren.hallway", {"tone": "fire"}, "confirmed", "on"),
    ("alarm_control_panel.arm_home", "alarm_control_panel.house", {}, "confirmed", "armed_home"),
    ("button.press", "button.doorbell", {}, "sent", None),
    ("scene.turn_on", "scene.movie_night", {}, "sent", None),
    ("script.turn_on", "script.good_night", {}, "sent", None),
    ("number.set_value", "number.standing_desk", {"value": 110}, "confirmed", "110"),
    ("select.select_option", "select.office_mode", {"option": "call"}, "confirmed", "call"),
    ("text.set_value", "text.note", {"value": "milk"}, "confirmed", "milk"),
    ("todo.add_item", "todo.shopping_list", {"item": "bread"}, "sent", None),
]  # fmt: skip


@pytest.fixture
async def house(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path, DEMO) as running:
        await running.until(lambda: running.daemon.home.state("weather.home").value == "sunny")
        yield running


@pytest.mark.parametrize(
    ("service", "entity", "data", "ends", "state"), ACTS, ids=[f"{a[0]} {a[1]}" for a in ACTS]
)
async def test_every_domain_obeys_and_says_so(house, service, entity, data, ends, state):
    action = await house.do(service, {"entity": entity}, data)

    assert (await house.ended(action))["status"] == ends
    if state is not None:
        assert house.daemon.home.state(entity).value == state


async def test_the_house_has_two_floors_nine_areas_and_no_problems(house):
    entities = list(house.daemon.home.entities())

    assert len({one.area for one in entities if one.area}) == 9
    assert 35 <= len(entities) <= 45
    assert len({one.domain for one in entities}) == 24


async def test_set_up_puts_an_entity_into_a_state(house):
    house.publish("demo-house/lock.front_door/set-up", {"state": "unlocked"})
    house.publish("demo-house/sensor.house_power/set-up", {"state": "unavailable"})

    await house.until(lambda: house.daemon.home.state("lock.front_door").value == "unlocked")
    await house.until(lambda: house.daemon.home.state("sensor.house_power").available is False)


async def test_a_device_that_drops_everything_fails_and_one_that_rejects_says_what_it_is(house):
    house.publish("demo-house/switch.printer/faults", {"drop": 1})
    house.publish("demo-house/switch.oven/faults", {"reject": 1})
    dropped = await house.do("switch.turn_on", {"entity": "switch.printer"})
    rejected = await house.do("switch.turn_on", {"entity": "switch.oven"})

    assert "did not answer" in (await house.ended(dropped))["reason"]
    assert "reports 'off'" in (await house.ended(rejected))["reason"]


async def test_an_unavailable_device_fails_at_once(house):
    house.publish("demo-house/switch.printer/faults", {"unavailable": True})
    await house.until(lambda: house.daemon.home.state("switch.printer").available is False)
    action = await house.do("switch.turn_on", {"entity": "switch.printer"})

    ended = await house.ended(action, limit=1)
    assert (ended["status"], ended["reason"]) == ("failed", "Printer is not available")


async def test_an_entity_of_an_earlier_house_is_announced_no_more(own_broker, tmp_path):
    port = own_broker().port
    small = tmp_path / "small.yaml"
    small.write_text("entities: [{id: light.one, name: One}]\n")
    async with living(port, tmp_path / "state", DEMO) as first:
        await first.until(lambda: first.daemon.home.get("weather.home"))
    values = {"plugins": {"demo_house": {"enabled": True, "house": str(small)}}}
    async with living(port, tmp_path / "state", values) as second:
        await second.until(lambda: [one.id for one in second.daemon.home.entities()] == ["light.one"])


@pytest.mark.parametrize("payload", [b"\xff", b"[]", json.dumps({"drop": 7}).encode(), b"x" * 100_000])
async def test_nonsense_on_the_simulators_topics_changes_nothing(house, payload):
    for what in ("set-up", "faults", "set/power"):
        house.publish(f"demo-house/switch.printer/{what}", payload)
    action = await house.do("switch.turn_on", {"entity": "switch.printer"})

    assert (await house.ended(action))["status"] == "confirmed"
