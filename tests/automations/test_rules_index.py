"""Which rules a happening concerns: the right ones, each once."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from agent.automations.fired import Fired, NotFired
from agent.automations.index import Index
from agent.automations.rules import compiled_rule
from agent.automations.templates import Templates
from agent.automations.when_section import AutomationSection
from agent.core.events import IncidentChanged, JournalWritten, StateChanged, UnitChanged, WebhookCalled, utc
from agent.mqtt.message import Message
from agent.mqtt.trie import check_filter
from tests.automations.ruling import StillWorld, change, message


def index(*whens, own=""):
    """The index of rules `r0`, `r1` ... that wait for `whens`."""
    templates = Templates.of(StillWorld())
    rules = [
        compiled_rule(
            AutomationSection.model_validate({"id": f"r{number}", "when": when, "do": "x"}), templates
        )
        for number, when in enumerate(whens)
    ]
    return Index((watch for rule in rules for watch in rule.watches), own=own)


def concerned(found: Index, happening) -> list[str]:
    return [watch.rule for watch in found.about(happening)]


def fired(found: Index, happening, *, echo=False) -> list[str]:
    return [one.watch.rule for one in found.hear(happening, echo=echo) if isinstance(one.answer, Fired)]


LEVELS = st.sampled_from(["a", "b", "", "$SYS", "a b", "ä"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=4).map("/".join).filter(bool)
FILTERS = (
    st.tuples(st.lists(LEVELS | st.just("+"), min_size=1, max_size=4), st.sampled_from(["", "/#"]))
    .map(lambda parts: "/".join(parts[0]) + parts[1])
    .filter(bool)
) | st.just("#")


@given(filters=st.lists(FILTERS, min_size=1, max_size=8), topics=st.lists(TOPICS, min_size=1, max_size=4))
def test_a_topic_finds_the_rules_that_pahos_own_matching_finds(filters, topics):
    for one in filters:
        check_filter(one)
    found = index(*({"mqtt": one} for one in filters))

    for topic in topics:
        wanted = {f"r{number}" for number, one in enumerate(filters) if topic_matches_sub(one, topic)}
        assert set(concerned(found, Message(topic, b""))) == wanted


@pytest.mark.parametrize(
    ("wanted", "topic", "fits"),
    [
        ("a/+/c", "a/b/c", True),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("+", "a/b", False),
        ("#", "$SYS/uptime", False),
        ("+/uptime", "$SYS/uptime", False),
        ("$SYS/#", "$SYS/uptime", True),
        ("a/b", "a/b/", False),
        ("A", "a", False),
    ],
)
def test_wildcards_mean_what_they_mean_in_mqtt(wanted, topic, fits):
    assert fired(index({"mqtt": wanted}), Message(topic, b"")) == (["r0"] if fits else [])


def test_one_message_sets_a_rule_off_once():
    found = index([{"mqtt": "hall"}, {"mqtt": "+"}, {"mqtt": "#"}])

    assert fired(found, message()) == ["r0"]


def test_a_second_trigger_of_a_rule_has_its_say_where_the_first_says_no():
    found = index([{"mqtt": "hall", "if": "{{ value == 'ON' }}"}, {"mqtt": "#"}])
    heard = found.hear(message(b"OFF"))

    assert [type(one.answer) for one in heard] == [NotFired, Fired]


def test_several_rules_may_wait_for_the_same_topic():
    assert fired(index({"mqtt": "hall"}, {"mqtt": "hall"}), message()) == ["r0", "r1"]


def test_a_retained_message_sets_nothing_off():
    assert fired(index({"mqtt": "hall"}, {"mqtt": "#"}), message(retain=True)) == []


def test_messages_on_our_own_topics_set_nothing_off():
    found = index({"mqtt": "#"}, own="hearthd/host")

    assert concerned(found, Message("hearthd/host/outcome", b"")) == []


def test_messages_on_the_topics_of_another_node_do():
    found = index({"mqtt": "#"}, own="hearthd/host")

    assert concerned(found, Message("hearthd/host2/outcome", b"")) == ["r0"]


def test_an_echo_sets_nothing_off():
    assert fired(index({"state": "light.x"}), change("off", "on"), echo=True) == []


def test_a_change_concerns_the_rules_of_its_entity():
    found = index({"state": "light.x"}, {"state": {"entity": ["light.y", "light.x"]}}, {"state": "light.y"})

    assert concerned(found, change("off", "on")) == ["r0", "r1"]


def test_an_entity_that_is_named_twice_is_watched_once():
    assert concerned(index({"state": {"entity": ["light.x", "light.x"]}}), change("off", "on")) == ["r0"]


@pytest.mark.parametrize(
    ("wanted", "happening"),
    [
        (
            {"journal": {"unit": "nginx.service"}},
            JournalWritten(at=utc(1.0), fields={"_SYSTEMD_UNIT": "nginx.service"}),
        ),
        (
            {"journal": {"unit": "nginx"}},
            JournalWritten(at=utc(1.0), fields={"_SYSTEMD_UNIT": "nginx.service"}),
        ),
        (
            {"journal": {"unit": "ngi*"}},
            JournalWritten(at=utc(1.0), fields={"_SYSTEMD_UNIT": "nginx.service"}),
        ),
        ({"journal": {"match": "x"}}, JournalWritten(at=utc(1.0), fields={"MESSAGE": "x"})),
        ({"unit": "nginx"}, UnitChanged(at=utc(1.0), unit="nginx.service", old="active", new="failed")),
        ({"unit": "*"}, UnitChanged(at=utc(1.0), unit="nginx.service", old="active", new="failed")),
        ({"incident": "disk-*"}, IncidentChanged(at=utc(1.0), key="disk-full", severity="error", open=True)),
        ({"webhook": "parcel"}, WebhookCalled(at=utc(1.0), id="parcel")),
    ],
)
def test_what_the_machine_does_finds_its_rules(wanted, happening):
    assert fired(index(wanted, {"unit": "ssh"}, {"webhook": "door"}), happening) == ["r0"]


def test_a_time_is_for_the_clock():
    found = index({"time": {"every": "5m"}})

    assert (fired(found, message()), found.filters()) == ([], [])


def test_the_filters_to_subscribe_to_are_known():
    assert set(index({"mqtt": "a/+"}, {"mqtt": "b"}, {"mqtt": "b"}).filters()) == {"a/+", "b"}


@pytest.mark.parametrize("topic", ["r/499/motion", "nowhere"])
def test_five_hundred_rules_are_not_gone_through(topic):
    found = index(*({"mqtt": f"r/{number}/motion"} for number in range(500)))

    assert len(found.about(Message(topic, b""))) <= 1


def test_a_happening_keeps_its_own_time():
    event = StateChanged(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        entity="light.x",
        old=change("a", "b").old,
        new=change("a", "b").new,
    )

    assert fired(index({"state": "light.x"}), event) == ["r0"]
