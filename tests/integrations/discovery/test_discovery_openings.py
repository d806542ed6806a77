"""What opens something is sent for what it opens, and for nothing else that was announced on its topic."""

import pytest

from integrations.discovery.openings import Openings
from integrations.discovery.thing import Command
from tests.integrations.discovery.announce import entity

LAMP = entity("light", name="Lamp", command_topic="door/set", payload_on="UNLOCK").entity
WAYS_IN = [
    # domain, more of its config, what opens it, what does not
    ("lock", {}, "UNLOCK", "LOCK"),
    ("lock", {"payload_open": "UNLATCH"}, "UNLATCH", "LOCK"),
    ("lock", {"payload_unlock": "1"}, "1", "0"),
    ("alarm_control_panel", {"state_topic": "door"}, "DISARM", "ARM_AWAY"),
    ("valve", {}, "OPEN", "CLOSE"),
    ("valve", {"reports_position": True}, "30", "0"),
    ("cover", {"name": "Garage Door"}, "OPEN", "CLOSE"),
    ("cover", {"device_class": "gate", "set_position_topic": "door/set"}, "12.5", "0"),
]


def opened(one, payload, *, asker=LAMP, topic="door/set"):
    openings = Openings()
    openings.know(one)
    return openings.opened_by(Command(topic=topic, payload=payload), asker)


@pytest.mark.parametrize(("domain", "more", "opens", "closes"), WAYS_IN)
def test_a_command_that_opens_something_else_is_known(domain, more, opens, closes):
    one = entity(domain, **{"name": "Way In", "command_topic": "door/set", **more})

    assert opened(one, opens) == one.entity.name
    assert opened(one, closes) is None


@pytest.mark.parametrize("payload", [" unlock\n", '{"state": "UNLOCK"}', "Unlock "])
def test_the_same_word_in_another_dress_is_the_same(payload):
    assert opened(entity("lock", name="Door", command_topic="door/set"), payload) == "Door"


def test_what_opens_is_sent_for_what_it_opens():
    door = entity("lock", name="Door", command_topic="door/set")

    assert opened(door, "UNLOCK", asker=door.entity) is None


def test_the_same_word_elsewhere_opens_nothing():
    assert opened(entity("lock", name="Door", command_topic="door/set"), "UNLOCK", topic="lamp/set") is None


@pytest.mark.parametrize(
    ("domain", "more"), [("cover", {"device_class": "blind"}), ("light", {"payload_on": "OPEN"})]
)
def test_what_lets_nobody_in_may_be_opened_by_anything(domain, more):
    assert opened(entity(domain, name="It", command_topic="door/set", **more), "OPEN") is None


def test_what_is_not_announced_any_more_is_opened_by_nothing():
    openings, door = Openings(), entity("lock", name="Door", command_topic="door/set")
    openings.know(door)
    openings.forget(door.entity.id)

    assert openings.opened_by(Command(topic="door/set", payload="UNLOCK"), LAMP) is None
