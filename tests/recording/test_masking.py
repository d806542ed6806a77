"""What opens a door is never written, and what a rule may look at stays as it was."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.mqtt.signature import signed
from agent.recording.masking import MASK, masked

DIGITS = "4711"


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("hearthd/home/do", {"id": "1", "data": {"code": DIGITS}}),
        ("hearthd/home/do", {"id": "1", "data": {"code": 4711}}),
        ("hearthd/home/ask", {"text": "open", "PIN": DIGITS}),
        ("hearthd/home/ask", {"text": f"disarm the alarm with the code {DIGITS}"}),
        ("hearthd/home/outcome", {"id": "1", "cause": {"utterance": f"pin 4 7 1 1, yes {DIGITS}"}}),
        ("hearthd/home/approve", {"id": "1", "pin": DIGITS, "sig": DIGITS}),
        ("hearthd/home/deny", [{"pin": [DIGITS]}]),
        ("hearthd/home/run/backup", {"deep": {"er": {"sig": {"x": DIGITS}}}}),
        ("hearthd/home/ask", f"my pin is {DIGITS}"),
        ("hearthd/home/ask", f"密码是{DIGITS}"),
        ("hearthd/home/approve", f'{{"id": "1", "pin": "{DIGITS}"'),
        ("hearthd/home/approve", f"{{'id': 1, 'pin': {DIGITS}}}"),
        ("hearthd/home/approve", f'{{"id": "1", "p\\u0069n": "{DIGITS}"}}'),
        ("hearthd/home/approve", f'{{"id": "1", "p\\u0069n": "{DIGITS}"'),
        ("hearthd/home/approve", "[" * 500 + f'{{"pin": "{DIGITS}"}}' + "]" * 500),
        ("zigbee2mqtt/door/set", {"pin_code": {"user": 0, "pin_code": DIGITS}}),
        ("zigbee2mqtt/keypad", {"action": "disarm", "action_code": DIGITS}),
        ("alarm/house/set", {"action": "DISARM", "code": DIGITS}),
        ("homeassistant/alarm_control_panel/house/config", {"command_topic": "a", "code": DIGITS}),
        ("homeassistant/device/house/config", {"cmps": {"a": {"p": "alarm_control_panel", "code": DIGITS}}}),
    ],
)
def test_a_secret_is_not_written(topic, payload):
    raw = payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
    cleaned = masked(topic, raw)

    assert cleaned is not None
    assert DIGITS.encode() not in cleaned
    assert MASK.encode() in cleaned


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("zigbee2mqtt/hall_motion", '{"occupancy":true,"code":200}'),
        ("weather/now", '{"code": 4711, "text": "pin 4711"}'),
        ("hearthd/home/ask", "turn on the pink lamp for 1200 seconds"),
        ("hearthd/home/ask", '{"text": "remind me at 1830", "id": "4711"}'),
        ("hearthd/home/do", '{"id": "4711", "data": {"brightness": 100, "code": null, "pin": ""}}'),
        ("homeassistant/alarm_control_panel/house/config", '{"code": "REMOTE_CODE"}'),
        ("hearthd/home/approve", ""),
        ("camera/pin", b"\xff\xd8\xffpin"),
    ],
)
def test_what_is_no_secret_stays_as_it_was(topic, payload):
    assert masked(topic, payload if isinstance(payload, bytes) else payload.encode()) is None


def test_what_the_command_line_signs_is_recorded_without_its_signature():
    topic = "hearthd/home/do"
    sent = signed({"id": "1", "service": "lock.unlock"}, topic=topic, key=b"key")
    cleaned = masked(topic, orjson.dumps(sent))

    assert orjson.loads(cleaned) == {"id": "1", "service": "lock.unlock", "signature": MASK}


def test_all_but_the_secret_of_a_payload_is_kept():
    cleaned = masked("hearthd/home/approve", b'{"id": "1", "pin": "4711", "who": ["ada", 2]}')

    assert orjson.loads(cleaned) == {"id": "1", "pin": MASK, "who": ["ada", 2]}


@given(
    some.sampled_from(("hearthd/home/approve", "lamp/set", "lamp")),
    some.one_of(some.binary(), some.text().map(str.encode), some.just(b'{"pin":') | some.just(b"\\u00")),
)
def test_no_payload_is_too_odd(topic, payload):
    assert isinstance(masked(topic, payload), bytes | None)
