"""Signed messages: whoever has the key is believed, for this topic and these values alone."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mqtt.signature import genuine, signed

TOPIC = "hearthd/test/do"
KEY = b"k" * 32
PAYLOAD = {"id": "1", "service": "light.turn_on", "data": {"brightness": 40, "on": True}, "ts": "2026-01-01"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def believed(payload, topic=TOPIC, key=KEY):
    return genuine(payload, topic=topic, key=key)


def test_what_was_signed_is_believed():
    assert believed(signed(PAYLOAD, topic=TOPIC, key=KEY))


def test_the_order_of_keys_does_not_matter():
    whole = signed(PAYLOAD, topic=TOPIC, key=KEY)

    assert believed(dict(reversed(whole.items())))


def test_signing_leaves_the_payload_as_it_was():
    payload = dict(PAYLOAD)
    whole = signed(payload, topic=TOPIC, key=KEY)

    assert payload == PAYLOAD
    assert {name: value for name, value in whole.items() if name != "signature"} == PAYLOAD


@pytest.mark.parametrize(
    "change",
    [
        {"id": "2"},
        {"service": "lock.unlock"},
        {"data": {"brightness": 41, "on": True}},
        {"data": {"brightness": 40, "on": 1}},
        {"ts": "2027-01-01"},
        {"ts": None},
        {"more": 1},
    ],
    ids=str,
)
def test_one_changed_value_is_not_believed(change):
    assert not believed({**signed(PAYLOAD, topic=TOPIC, key=KEY), **change})


def test_one_missing_value_is_not_believed():
    whole = signed(PAYLOAD, topic=TOPIC, key=KEY)
    del whole["ts"]

    assert not believed(whole)


def test_on_another_topic_it_is_not_believed():
    assert not believed(signed(PAYLOAD, topic="hearthd/test/deny", key=KEY), topic="hearthd/test/approve")


def test_another_key_is_not_believed():
    assert not believed(signed(PAYLOAD, topic=TOPIC, key=b"another"))


def test_topic_and_payload_cannot_flow_into_each_other():
    whole = signed({"a": 1}, topic='t\n{"a":1}', key=KEY)

    assert not believed(whole, topic="t")


@pytest.mark.parametrize("signature", [None, "", "0" * 64, 7, True, [], {}, "ä" * 64, "\udcff"])
def test_what_is_no_signature_is_not_believed(signature):
    assert not believed({**PAYLOAD, "signature": signature})


def test_without_a_signature_nothing_is_believed():
    assert not believed(PAYLOAD)
    assert not believed({})


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_a_signature_survives_the_way_as_json(payload):
    payload.pop("signature", None)
    arrived = orjson.loads(orjson.dumps(signed(payload, topic=TOPIC, key=KEY)))

    assert believed(arrived)
