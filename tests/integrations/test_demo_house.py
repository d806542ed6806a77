"""The simulated house through the daemon: every domain announces itself and obeys."""

import json
import time

import pytest

from tests.house import living
from tests.integrations.simulating import simulated, there

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
    ("todo.add_item", "todo.shopping_list", {"item": "bread"}, "confirmed", None),
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
    house.publish("demo-house/light.hallway/faults", {"reject": 1})
    dropped = await house.do("switch.turn_on", {"entity": "switch.printer"})
    rejected = await house.do("light.turn_on", {"entity": "light.hallway"})

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


# houses of any size -------------------------------------------------------------------------------------
def lamps(count):
    return {"entities": [{"id": f"light.l{number}", "name": f"L {number}"} for number in range(count)]}


async def test_a_large_house_announces_itself_without_flooding_anybody(own_broker, tmp_path):
    broker = own_broker(extra="max_inflight_messages 20\nmax_queued_messages 1000")
    async with simulated(
        broker.port, tmp_path, lamps(1_500), hear=False, mqtt={"most_waiting": 500}
    ) as house:
        await there(house, 1_500, limit=18)

        lost = ("mqtt.unsent_dropped", "mqtt.retained_forgotten", "mqtt.superseded")
        assert {name: house.daemon.metrics.counters.get(name, 0) for name in lost} == dict.fromkeys(lost, 0)


async def test_after_a_broker_without_memory_came_back_the_house_is_there_again(own_broker, tmp_path, ear):
    broker = own_broker()
    async with simulated(broker.port, tmp_path, lamps(100), hear=False) as house:
        await there(house, 100)
        house.daemon.hosted["demo_house"].integration._devices["light.l7"].apply(("on", {}))
        broker.kill9()
        broker.start()
        late = await ear(broker.port)

        def states(ear):
            return {topic: payload for topic, payload, _ in ear.heard if topic.endswith("/state")}

        await late.until(lambda ear: len(states(ear)) == 100, 10)
        assert states(late)["demo-house/light.l7/state"] == b"on"


async def test_what_happens_while_the_house_announces_itself_is_said_before_the_rest(own_broker, tmp_path):
    port = own_broker(extra="max_inflight_messages 20").port
    async with simulated(port, tmp_path, lamps(1_000)) as house:
        await house.until(lambda: house.on("demo-house/light.l0/state"))
        last = [f"light.l{number}" for number in range(960, 1_000)]
        for lamp in last:
            house.publish(f"demo-house/{lamp}/set-up", {"state": "on"})
        await house.until(lambda: all(house.on(f"demo-house/{lamp}/state") for lamp in last))

        assert {house.on(f"demo-house/{lamp}/state")[0] for lamp in last} == {b"on"}
        assert house.on("demo-house/light.l950/state") == []


async def test_all_devices_are_away_once_the_simulator_is(own_broker, tmp_path):
    port = own_broker().port
    async with living(port, tmp_path / "other", {"node": {"name": "watcher"}}) as other:
        async with simulated(port, tmp_path, lamps(3), hear=False):
            await there(other, 3)
        await other.until(
            lambda: not any(other.daemon.home.state(f"light.l{number}").available for number in range(3))
        )
        async with simulated(port, tmp_path, lamps(3), hear=False):
            await there(other, 3)


async def test_after_the_birth_of_home_assistant_all_is_announced_again_a_little_later(own_broker, tmp_path):
    async with simulated(own_broker().port, tmp_path, lamps(2)) as house:
        await there(house, 2)
        topics = [f"homeassistant/light/demo_light_l{number}/config" for number in range(2)]
        before = [len(house.on(topic)) for topic in topics]
        began = time.monotonic()
        house.publish("homeassistant/status", "online")
        await house.until(
            lambda: [len(house.on(topic)) for topic in topics] == [one + 1 for one in before], 8
        )

        assert time.monotonic() - began >= 1


IMPOSSIBLE = {"supported_color_modes": ["hs"], "color_mode": "hs", "hs_color": 5}


@pytest.mark.parametrize(
    ("entity", "more", "wrong"),
    [
        ({"id": "camera.a", "name": "A"}, {}, "camera.a is none of what is simulated: light, switch, fan"),
        (
            {"id": "light.a", "name": "A", "attributes": IMPOSSIBLE},
            {},
            "light.a cannot be as it is described",
        ),
        ({"id": "light.a", "name": "A"}, {"faults": {"light.b": {}}}, "did you mean 'light.a'?"),
        ({"id": "light.a"}, {}, "entities[0]: 'name' is missing"),
    ],
)
async def test_a_house_that_cannot_be_is_told_by_its_file(own_broker, tmp_path, entity, more, wrong):
    async with simulated(own_broker().port, tmp_path, {"entities": [entity], **more}) as house:
        standing = house.daemon.hosted["demo_house"].standing
        await house.until(lambda: standing.life == "failed")

        assert standing.reason.startswith(f"{tmp_path}/house.yaml:")
        assert wrong in standing.reason
