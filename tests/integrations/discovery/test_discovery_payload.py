"""Discovery messages: both forms, short keys, shared options, what is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.discovery import abbreviations
from integrations.discovery.options import MalformedError
from integrations.discovery.payload import Announcement, Component, announcement
from tests.integrations.discovery.announce import message


def read(topic: str, payload) -> Announcement:
    return announcement(message(f"homeassistant/{topic}/config", payload), "homeassistant")


def only(topic: str, payload) -> Component:
    (component,) = read(topic, payload).components
    return component


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("stat_t", "state_topic"),
        ("cmd_t", "command_topic"),
        ("val_tpl", "value_template"),
        ("uniq_id", "unique_id"),
        ("def_ent_id", "default_entity_id"),
        ("ent_cat", "entity_category"),
        ("clr_temp_k", "color_temp_kelvin"),
        ("pos", "reports_position"),
        ("hum_cmd_t", "target_humidity_command_topic"),
    ],
)
def test_a_short_key_stands_for_a_long_one(short, full):
    assert only("sensor/x", {short: "y"}).config == {full: "y"}


def test_no_short_key_stands_for_another_short_one():
    assert not set(abbreviations.CONFIG) & set(abbreviations.CONFIG.values())


def test_device_and_availability_have_short_keys_too():
    payload = {"dev": {"ids": "1", "sa": "Hall"}, "avty": {"t": "a", "pl_avail": "up"}}

    assert only("sensor/x", payload).config == {
        "device": {"identifiers": "1", "suggested_area": "Hall"},
        "availability": [{"topic": "a", "payload_available": "up"}],
    }


def test_a_tilde_at_either_end_of_a_topic_is_its_base():
    payload = {"~": "home/lamp", "stat_t": "~/state", "cmd_t": "set/~", "name": "~", "avty": [{"t": "~/up"}]}

    config = only("light/x", payload).config

    assert config["state_topic"] == "home/lamp/state"
    assert config["command_topic"] == "set/home/lamp"
    assert config["name"] == "~"
    assert config["availability"] == [{"topic": "home/lamp/up"}]


def test_the_node_id_of_a_topic_is_not_part_of_the_object_id():
    assert only("sensor/node/object", {}).object_id == "object"


def test_a_device_announces_several_components():
    payload = {
        "dev": {"ids": ["1"], "name": "Box"},
        "o": {"name": "maker"},
        "stat_t": "box/state",
        "qos": 1,
        "cmps": {
            "t": {"p": "sensor", "val_tpl": "{{ value_json.t }}"},
            "s": {"platform": "switch", "state_topic": "box/own", "cmd_t": "box/set"},
        },
    }

    sensor, switch = read("device/box", payload).components

    assert (sensor.domain, sensor.key, sensor.config["state_topic"]) == ("sensor", "t", "box/state")
    assert (switch.domain, switch.key, switch.config["state_topic"]) == ("switch", "s", "box/own")
    assert sensor.config["device"] == {"identifiers": ["1"], "name": "Box"}
    assert sensor.config["qos"] == 1


def test_a_component_with_nothing_but_its_platform_is_gone():
    assert read("device/box", {"cmps": {"t": {"p": "sensor"}}, "stat_t": "x"}) == Announcement()


def test_a_bad_component_leaves_the_others_alone():
    found = read(
        "device/box", {"cmps": {"bad": 7, "worse": {"name": "x"}, "good": {"p": "sensor", "name": "x"}}}
    )

    assert [one.key for one in found.components] == ["good"]
    assert set(found.wrong) == {"bad", "worse"}


@pytest.mark.parametrize("key", ["migrate_discovery", "migr_discvry"])
def test_a_topic_can_say_that_its_entities_move(key):
    assert read("sensor/x", {key: True}).migrates


def test_an_empty_message_announces_nothing():
    assert read("sensor/x", b"") == Announcement()


@pytest.mark.parametrize(
    ("topic", "payload", "why"),
    [
        ("sensor/x", b"{", "no JSON"),
        ("sensor/x", b'{"a": NaN}', "no JSON"),
        ("sensor/x", b"\xff\xfe", "no JSON"),
        ("sensor/x", b"[" * 5000, "no JSON"),
        ("sensor/x", [1], "JSON object"),
        ("sensor/x", b"{" + b" " * 300_000 + b"}", "bytes"),
        ("sensor/x", {str(number): 1 for number in range(600)}, "keys"),
        ("sensor/x", {"~": 5, "stat_t": "~/x"}, "beginning of a topic"),
        ("sensor/x y", {}, "letters"),
        ("device/x", {"dev": {}}, "components"),
        ("device/x", {"cmps": {str(number): {"p": "sensor"} for number in range(1100)}}, "components"),
    ],
)
def test_what_cannot_be_read_says_what_would_be_right(topic, payload, why):
    with pytest.raises(MalformedError, match=why):
        read(topic, payload)


@given(payload=st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(payload):
    with suppress(MalformedError):
        read("sensor/x", payload)
