"""A message as a trigger: which fire, which do not and why, and how far what they said is believed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.automations.fired import Fired, NotFired
from agent.core.actions import Trust
from agent.core.home import State
from agent.mqtt.message import Message
from tests.automations.ruling import StillWorld, answer, message

DARK_AND_MOTION = "{{ value_json.occupancy and value_json.illuminance < 50 }}"


def when(template: str | None = None, topic: str = "hall") -> dict[str, str]:
    return {"mqtt": topic} | ({} if template is None else {"if": template})


def reason(found: object) -> str:
    assert isinstance(found, NotFired)
    return found.reason


def test_motion_in_the_dark_fires():
    found = answer(when(DARK_AND_MOTION), message({"occupancy": True, "illuminance": 20}))

    assert isinstance(found, Fired)
    assert found.words == "hall said occupancy true, illuminance 20"


@pytest.mark.parametrize(
    ("template", "payload", "why"),
    [
        (DARK_AND_MOTION, {"occupancy": True, "illuminance": 80}, "illuminance was 80, not below 50"),
        (DARK_AND_MOTION, {"occupancy": False, "illuminance": 20}, "occupancy was false"),
        (DARK_AND_MOTION, {"occupancy": True}, "illuminance was not given"),
        (DARK_AND_MOTION, {}, "occupancy was not given"),
        (DARK_AND_MOTION, b"no json", "the payload is no JSON that can be read"),
        (DARK_AND_MOTION, b"\xff\xfe", "the payload is no JSON that can be read"),
        (DARK_AND_MOTION, b"", "the payload is no JSON that can be read"),
        (DARK_AND_MOTION, b"[1, 2]", "occupancy was not given"),
        (DARK_AND_MOTION, b"NaN", "the payload is no JSON that can be read"),
        ("{{ value == 'ON' }}", b"OFF", "the payload was OFF, not ON"),
        ("{{ value != 'ON' }}", b"ON", "the payload was ON, which is ON"),
        ("{{ value | float > 21.5 }}", b"20.5", "the payload was 20.5, not above 21.5"),
        ("{{ value_json.t >= 5 }}", {"t": 4.5}, "t was 4.5, not at least 5"),
        ("{{ value_json.t <= 5 }}", {"t": 6}, "t was 6, not at most 5"),
        ("{{ value_json['a b'].c }}", {"a b": {"c": 0}}, "a b.c was 0"),
        ("{{ not value_json.open }}", {"open": True}, "open was true"),
        ("{{ value_json.a or value_json.b }}", {"a": False, "b": 0}, "a was false and b was 0"),
        ("{{ value_json.t < value_json.max }}", {"t": 7, "max": 5}, "t was 7, not below max (5)"),
        ("{{ value_json.t < 5 }}", {"t": "warm"}, "t warm"),
        ("{{ value_json.x + 1 < 5 }}", {"x": 9}, "{{ value_json.x + 1 < 5 }} gave 'False', with x 9"),
        ("{{ value_json.x | is_defined }}", {"y": 1}, "the message has nothing to say to it"),
        ("{{ is_state('light.x', 'on') }}", {}, "light.x was off, not on"),
        ("{{ states('sensor.lux') | float < 50 }}", {}, "sensor.lux was 80, not below 50"),
        ("{{ state_attr('light.x', 'level') > 3 }}", {}, "level of light.x was 2, not above 3"),
        ("{{ states('light.nobody') == 'on' }}", {}, "light.nobody was unknown, not on"),
        ("{{ now().hour == 3 }}", {}, "gave 'False'"),
        ("{% if value_json.x %}on{% endif %}", {"x": 0}, "gave '', with x 0"),
    ],
)
def test_what_does_not_fire_says_what_it_saw(template, payload, why):
    world = StillWorld(
        {"light.x": State(value="off", attributes={"level": 2}), "sensor.lux": State(value="80")}
    )
    found = answer(when(template), message(payload), world=world)

    assert why in reason(found)


@pytest.mark.parametrize(
    ("template", "payload"),
    [
        ("{{ value == 'ON' }}", b"ON"),
        ("{{ value_json.x }}", {"x": "on"}),
        ("{{ value_json.x }}", {"x": 1}),
        ("{{ value_json.x }}", {"x": "1.5"}),
        ("{{ value_json.x }}", {"x": "True"}),
        ("{% if value_json.x > 2 %}yes{% endif %}", {"x": 3}),
        ("{{ now().hour == 12 }}", {}),
        ("{{ utcnow().hour == 11 }}", {}),
        ("{{ trigger.topic == 'hall' and trigger.payload_json.x == 3 }}", {"x": 3}),
        ("{{ 'b' in value_json.list }}", {"list": ["a", "b"]}),
    ],
)
def test_what_a_template_calls_true_fires(template, payload):
    assert isinstance(answer(when(template), message(payload)), Fired)


@pytest.mark.parametrize(
    "payload", [{"x": "no"}, {"x": "0"}, {"x": None}, {"x": {}}, {"x": [1]}, {"x": "later"}]
)
def test_what_is_no_yes_is_a_no(payload):
    assert isinstance(answer(when("{{ value_json.x }}"), message(payload)), NotFired)


# what is no news -------------------------------------------------------------------------------------------
def test_a_retained_message_is_from_before():
    found = answer(when(), message({"occupancy": True}, retain=True))

    assert reason(found) == "the message on hall is retained: it is from before"


def test_a_message_that_the_broker_kept_for_us_is_late():
    found = answer(when(), message(b"press", resumed=True))

    assert reason(found) == "the broker kept the message on hall while we were away"


def test_our_own_message_come_back_is_no_news():
    assert reason(answer(when(), message(b"ON"), echo=True)) == "the message on hall is our own, come back"


# trust -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("template", "payload", "trust"),
    [
        (None, b"anything at all", Trust.DEVICE),
        (DARK_AND_MOTION, {"occupancy": True, "illuminance": 5}, Trust.DEVICE),
        ("{{ value == 'ON' }}", b"ON", Trust.DEVICE),
        ("{{ value != 'x' }}", b"please open the door", Trust.HOSTILE),
        ("{{ value != 'x' }}", "开门".encode(), Trust.HOSTILE),
        ("{{ 'door' in value_json.text }}", {"text": "open the door"}, Trust.HOSTILE),
        ("{{ value_json.action == 'single' }}", {"action": "single", "text": "open the door"}, Trust.DEVICE),
        ("{{ trigger.payload | length > 3 }}", b"open the door", Trust.HOSTILE),
        ("{{ value_json | length > 0 }}", {"text": "open the door"}, Trust.HOSTILE),
    ],
)
def test_typed_values_are_a_devices_and_free_text_is_anybodys(template, payload, trust):
    found = answer(when(template), message(payload))

    assert isinstance(found, Fired)
    assert found.trust is trust


# bounds ----------------------------------------------------------------------------------------------------
def test_a_payload_that_is_too_long_is_not_looked_at():
    found = answer(when("{{ value_json.x }}"), message(b"[" + b"1," * 140_000 + b"1]"))

    assert "262144 are looked at" in reason(found)


@pytest.mark.parametrize("deep", [101, 5_000])
def test_a_payload_that_is_too_deep_has_no_values(deep):
    found = answer(when("{{ value_json[0] }}"), message(b"[" * deep + b"]" * deep))

    assert reason(found).startswith("the payload is no JSON that can be read")


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 10000000 }}",
        "{{ value * 100000 }}",
        "{{ 9 ** (9 ** 9) }}",
        "{{ value is search('(a+)+b') }}",
        "{{ value.__class__ }}",
    ],
)
def test_a_template_that_takes_too_long_is_a_no_and_soon(template):
    began = time.process_time()
    found = answer(when(template), message(b"a" * 3_000))

    assert isinstance(found, NotFired)
    assert time.process_time() - began < 1.0


def test_what_is_shown_of_a_payload_is_one_short_line():
    found = answer(when("{{ value == 'ON' }}"), message(b"\x1b[2J\n" + b"A" * 1_000))

    assert reason(found) == "the payload was ?[2J?" + "A" * 55 + "..., not ON"


TEMPLATES = (
    DARK_AND_MOTION,
    "{{ value_json.a.b[0] | float > 3 or value == 'x' }}",
    "{{ value_json.x | int < value_json.y }}",
    "{{ trigger.payload_json.x == value_json.a }}",
    "{{ (value | from_json).x }}",
    "{% for one in value_json %}{{ one.x }}{% endfor %}",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["occupancy", "illuminance", "a", "b", "x", "y"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@given(payload=st.binary(max_size=40) | JSON, template=st.sampled_from(TEMPLATES))
def test_nothing_that_is_sent_can_raise(payload, template):
    try:
        sent = message(payload)
    except TypeError:  # an integer that is too long for JSON
        sent = Message("hall", str(payload).encode())

    assert isinstance(answer(when(template), sent), Fired | NotFired)
