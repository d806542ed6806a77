"""Whether an entity can be reached."""

import pytest

from integrations.discovery.availability import availability
from integrations.discovery.options import MalformedError
from tests.integrations.discovery.announce import TEMPLATES, entity, message

LIVE = entity("sensor", name="x", state_topic="x").live
TWO = [{"topic": "bridge"}, {"topic": "lamp"}]


def after(config, *heard):
    found = availability(config, TEMPLATES)
    assert found is not None
    for topic, payload in heard:
        found.hear(topic, LIVE, message(topic, payload))
    return found.now


@pytest.mark.parametrize(
    ("mode", "heard", "now"),
    [
        ("all", [], None),
        ("all", [("bridge", "online")], None),
        ("all", [("bridge", "online"), ("lamp", "online")], True),
        ("all", [("bridge", "offline")], False),
        ("all", [("bridge", "online"), ("lamp", "online"), ("bridge", "offline")], False),
        ("any", [("bridge", "offline")], None),
        ("any", [("bridge", "offline"), ("lamp", "offline")], False),
        ("any", [("bridge", "offline"), ("lamp", "online")], True),
        ("latest", [("bridge", "online"), ("lamp", "offline")], False),
        ("latest", [("lamp", "offline"), ("bridge", "online")], True),
        ("latest", [("lamp", "online"), ("lamp", "perhaps")], True),
    ],
)
def test_several_topics_count_as_their_mode_says(mode, heard, now):
    assert after({"availability": TWO, "availability_mode": mode}, *heard) is now


def test_one_topic_is_the_short_form():
    assert after({"availability_topic": "lamp"}, ("lamp", "online")) is True


def test_an_entry_has_its_own_template_and_payloads():
    entry = {"topic": "z", "value_template": "{{ value_json.state }}", "payload_available": "up"}

    assert after({"availability": [entry]}, ("z", {"state": "up"})) is True
    assert after({"availability": [entry]}, ("z", {"state": "offline"})) is False


def test_the_payloads_of_the_config_hold_for_all_entries():
    config = {"availability": TWO, "payload_not_available": "0", "payload_available": "1"}

    assert after(config, ("lamp", "0")) is False


def test_nothing_said_is_nothing_known():
    assert availability({}, TEMPLATES) is None


@pytest.mark.parametrize(
    "config",
    [
        {"availability": "x"},
        {"availability": [{"payload_available": "x"}]},
        {"availability": [{"topic": "#"}]},
        {"availability": [{"topic": str(number)} for number in range(40)]},
        {"availability": TWO, "availability_mode": "most"},
        {"availability": [{"topic": "a", "value_template": "{{ 1 if }}"}]},
    ],
)
def test_what_cannot_be_used_is_refused(config):
    with pytest.raises(MalformedError):
        availability(config, TEMPLATES)
