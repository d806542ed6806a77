"""What becomes of announcements: entities come, change, move and go; bad ones trouble nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.discovery import catalogue
from tests.integrations.discovery.wire import Wire, discovering

SENSOR = {"name": "Meter", "uniq_id": "1", "stat_t": "meter", "val_tpl": "{{ value_json.x }}"}
SWITCH = {"name": "Plug", "uniq_id": "2", "stat_t": "plug", "cmd_t": "plug/set"}
DEVICE = {
    "dev": {"ids": ["box"], "name": "Box", "sa": "Cellar"},
    "o": {"name": "maker"},
    "stat_t": "box",
    "cmps": {
        "t": {"p": "sensor", "uniq_id": "t", "name": "Heat", "val_tpl": "{{ value_json.t }}"},
        "h": {"p": "sensor", "uniq_id": "h", "name": "Damp", "val_tpl": "{{ value_json.h }}"},
    },
}


@pytest.fixture
async def wire():
    wire = Wire()
    await discovering(wire)
    return wire


async def test_an_announced_entity_is_known_and_heard(wire):
    wire.announce("sensor/meter", SENSOR)

    wire.put("meter", {"x": 5})

    assert wire.state("sensor.meter").value == "5"
    assert wire.wrong() == {}


async def test_a_retained_state_is_no_news(wire):
    wire.announce("sensor/meter", SENSOR)

    wire.put("meter", {"x": 5}, retain=True)
    wire.put("meter", {"x": 5})

    assert [replayed for _, _, replayed, _ in wire.reports] == [True, False]


async def test_an_empty_announcement_forgets_the_entity(wire):
    wire.announce("sensor/meter", SENSOR)

    wire.announce("sensor/meter", b"")

    assert wire.ids == set()
    assert "meter" not in wire.subscribed


async def test_a_device_announces_all_its_components(wire):
    wire.announce("device/box", DEVICE)

    wire.put("box", {"t": 20, "h": 50})

    assert {one: wire.state(one).value for one in wire.ids} == {
        "sensor.box_heat": "20",
        "sensor.box_damp": "50",
    }
    assert [area.name for area in wire.home.areas()] == ["Cellar"]


@pytest.mark.parametrize("left", [{}, {"h": {"p": "sensor"}}])
async def test_a_component_that_is_not_announced_again_is_gone(wire, left):
    wire.announce("device/box", DEVICE)

    wire.announce("device/box", {**DEVICE, "cmps": {"t": DEVICE["cmps"]["t"], **left}})

    assert wire.ids == {"sensor.box_heat"}


async def test_an_entity_that_is_disabled_is_skipped(wire):
    wire.announce("sensor/meter", SENSOR)

    wire.announce("sensor/meter", {**SENSOR, "en": False})

    assert wire.ids == set()


async def test_many_entities_share_one_subscription(wire):
    for number in range(5):
        wire.announce(f"sensor/s{number}", {**SENSOR, "uniq_id": str(number), "name": f"S {number}"})

    wire.put("meter", {"x": 1})

    assert wire.subscribed.count("meter") == 1
    assert {wire.state(one).value for one in wire.ids} == {"1"}


async def test_the_last_entity_of_a_topic_ends_its_subscription(wire):
    wire.announce("sensor/a", SENSOR)
    wire.announce("sensor/b", {**SENSOR, "uniq_id": "b", "name": "B"})

    wire.announce("sensor/a", b"")
    assert "meter" in wire.subscribed
    wire.announce("sensor/b", b"")

    assert "meter" not in wire.subscribed


async def test_one_who_joins_a_topic_late_hears_its_last_message_as_no_news(wire):
    wire.announce("sensor/a", SENSOR)
    wire.put("meter", {"x": 5})

    wire.announce("sensor/b", {**SENSOR, "uniq_id": "b", "name": "B"})

    assert wire.reports[-1] == ("sensor.b", "5", True, True)


async def test_a_changed_description_keeps_id_and_state(wire):
    wire.announce("sensor/meter", SENSOR)
    wire.put("meter", {"x": 5})

    wire.announce("sensor/meter", {**SENSOR, "name": "Better", "stat_t": "other"})

    assert wire.entity("sensor.meter").name == "Better"
    assert wire.state("sensor.meter").value == "5"
    assert "meter" not in wire.subscribed


async def test_a_bad_description_keeps_the_good_one_and_says_so(wire):
    wire.announce("switch/plug", SWITCH)

    wire.announce("switch/plug", {**SWITCH, "cmd_t": 5})
    wire.put("plug", "ON")

    assert wire.state("switch.plug").value == "on"
    assert "command_topic is 5" in wire.wrong()["homeassistant/switch/plug/config"]


@pytest.mark.parametrize("bad", [b"{", b"[]", b"\xff", b'{"stat_t": NaN}', b"[" * 3000, b" " * 300_000])
async def test_what_cannot_be_read_troubles_nobody_else(wire, bad):
    wire.announce("sensor/bad", bad)
    wire.announce("sensor/meter", SENSOR)

    assert wire.ids == {"sensor.meter"}
    assert list(wire.wrong()) == ["homeassistant/sensor/bad/config"]


async def test_a_good_description_ends_the_problem(wire):
    wire.announce("switch/plug", {**SWITCH, "cmd_t": 5})

    wire.announce("switch/plug", SWITCH)

    assert wire.wrong() == {}


async def test_a_bad_component_keeps_its_own_good_description(wire):
    wire.announce("device/box", DEVICE)
    bad = {**DEVICE["cmps"]["t"], "stat_t": 7}

    wire.announce("device/box", {**DEVICE, "cmps": {**DEVICE["cmps"], "t": bad}})

    assert wire.ids == {"sensor.box_heat", "sensor.box_damp"}
    assert list(wire.wrong()) == ["homeassistant/device/box/config (t)"]


async def test_a_bad_payload_leaves_the_others_on_its_topic_alone(wire):
    wire.announce("sensor/a", {**SENSOR, "unit_of_meas": "W"})
    wire.announce("sensor/b", {**SENSOR, "uniq_id": "b", "name": "B", "val_tpl": "{{ value_json.y }}"})

    wire.put("meter", {"x": "much", "y": "fine"})

    assert wire.state("sensor.b").value == "fine"
    assert wire.state("sensor.meter").value is None
    assert "a number would be right" in wire.wrong()["sensor.meter meter"]
    assert wire.metrics.counters["discovery.payloads_refused"] == 1


async def test_a_good_payload_ends_the_problem(wire):
    wire.announce("sensor/a", {**SENSOR, "unit_of_meas": "W"})
    wire.put("meter", {"x": "much"})

    wire.put("meter", {"x": 1})

    assert wire.wrong() == {}


async def test_a_unique_id_belongs_to_one(wire):
    wire.announce("sensor/a", SENSOR)

    wire.announce("sensor/b", {**SENSOR, "name": "Other"})

    assert wire.ids == {"sensor.meter"}
    assert "already that of sensor.meter" in wire.wrong()["homeassistant/sensor/b/config"]


async def test_one_who_waited_for_a_unique_id_gets_it(wire):
    wire.announce("sensor/a", SENSOR)
    wire.announce("sensor/b", {**SENSOR, "name": "Other"})

    wire.announce("sensor/a", b"")

    assert wire.ids == {"sensor.other"}
    assert wire.wrong() == {}


async def test_an_entity_that_moves_keeps_its_id(wire):
    wire.announce("sensor/a", SENSOR)

    wire.announce("sensor/a", {"migrate_discovery": True})
    wire.announce("device/box", {"cmps": {"m": {"p": "sensor", **SENSOR, "name": "New name"}}})
    wire.announce("sensor/a", b"")

    assert wire.ids == {"sensor.meter"}


async def test_equal_names_are_numbered_the_same_way_after_a_restart():
    wire = Wire()
    discovery = await discovering(wire)
    configs = {f"sensor/s{number}": {**SENSOR, "uniq_id": str(number)} for number in range(3)}
    for where, config in configs.items():
        wire.announce(where, config)
    before = {entity.source: entity.id for entity in wire.home.entities()}
    await discovery.shutdown()
    again = Wire(wire.store)
    await discovering(again)

    for where in reversed(configs):
        again.announce(where, configs[where])

    assert {entity.source: entity.id for entity in again.home.entities()} == before


async def test_another_unique_id_on_the_same_topic_is_another_entity(wire):
    wire.announce("sensor/a", SENSOR)

    wire.announce("sensor/a", {**SENSOR, "uniq_id": "9", "name": "Else"})

    assert wire.ids == {"sensor.else"}


@pytest.mark.parametrize("introduced", ["first", "last"])
async def test_one_entity_names_the_device_for_all(wire, introduced):
    named = {**SWITCH, "dev": {"ids": ["k"], "name": "Kettle", "sa": "Kitchen"}}
    nameless = {**SENSOR, "dev": {"ids": ["k"]}}

    for where, config in [("switch/a", named), ("sensor/b", nameless)][:: 1 if introduced == "first" else -1]:
        wire.announce(where, config)

    assert {(entity.name, entity.area) for entity in wire.home.entities()} == {
        ("Kettle Plug", "kitchen"),
        ("Kettle Meter", "kitchen"),
    }


async def test_availability_reaches_the_house(wire):
    wire.announce("sensor/a", {**SENSOR, "avty_t": "bridge"})

    wire.put("bridge", "offline")
    wire.announce("sensor/b", {**SENSOR, "uniq_id": "b", "name": "B", "avty_t": "bridge"})

    assert wire.state("sensor.meter").available is False
    assert wire.state("sensor.b").available is False


@pytest.mark.parametrize("what", ["hearthd_node", "hearthd_node_host"])
async def test_our_own_announcement_is_not_ours_to_take(wire, what):
    wire.announce(f"device/{what}", DEVICE)

    assert wire.ids == set()


async def test_components_we_do_not_know_are_passed_over(wire):
    wire.announce("camera/x", {"name": "Cam", "topic": "x"})
    wire.announce("device_automation/x/action", {"atype": "trigger", "t": "x"})

    assert wire.ids == set()
    assert wire.wrong() == {}


async def test_there_is_an_end_to_entities(wire, monkeypatch):
    monkeypatch.setattr(catalogue, "MOST_ENTITIES", 2)
    for number in range(3):
        wire.announce(f"sensor/s{number}", {**SENSOR, "uniq_id": str(number), "name": f"S {number}"})

    assert len(wire.ids) == 2
    assert "one more than 2" in wire.wrong()["homeassistant/sensor/s2/config"]


async def test_stopping_ends_every_subscription_to_states():
    wire = Wire()
    discovery = await discovering(wire)
    wire.announce("sensor/meter", SENSOR)

    await discovery.shutdown()

    assert "meter" not in wire.subscribed


ANYTHING = st.binary(max_size=60) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["stat_t", "cmd_t", "uniq_id", "name", "dev", "cmps", "p", "avty", "~", "val_tpl", "x"]
            ),
            inner,
        )
    ),
    max_leaves=10,
)


@given(
    where=st.sampled_from(["sensor/a", "light/a/b", "device/a", "device/a/b", "cover/x", "nonsense/x"]),
    config=ANYTHING,
    payload=ANYTHING,
)
async def test_nothing_that_is_published_breaks_anything(where, config, payload):
    wire = Wire()
    await discovering(wire)
    wire.announce("sensor/meter", SENSOR)

    wire.announce(where, config)
    for topic in wire.subscribed:
        wire.put(topic, payload)
    wire.put("meter", {"x": "fine"})

    assert wire.state("sensor.meter").value == "fine"
