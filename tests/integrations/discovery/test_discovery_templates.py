"""Templates of devices: what they give, and what they may not."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.discovery.templates import Template, UnrenderableError
from integrations.discovery.templates.workshop import Workshop
from tests.integrations.discovery.announce import TEMPLATES, entity, message

ABOUT = entity("sensor", name="Meter", state_topic="meter").live


def rendered(source: str, payload: Any) -> str | None:
    return TEMPLATES.of(source).render(message("t", payload), ABOUT)


@pytest.mark.parametrize(
    ("source", "payload", "text"),
    [
        ("{{ value }}", "21.5", "21.5"),
        ("{{ value_json.x }}", {"x": 1.5}, "1.5"),
        ("{{ value_json['a b'][0].c }}", {"a b": [{"c": True}]}, "True"),
        ("{{ value_json.x }}", {"y": 1}, ""),
        ("{{ value_json.x | float(0) | round(1) }}", {"x": "1.57"}, "1.6"),
        ("{{ value_json.x | round }}", {"x": 1.57}, "2"),
        ("{{ value_json.x | round(1, 'floor') }}", {"x": 1.57}, "1.5"),
        ("{{ value_json.x | int }}", {"x": "12.9"}, "12"),
        ("{{ value | int(base=16) }}", "ff", "255"),
        ("{{ value_json.x | default('none') }}", {}, "none"),
        ("{{ 'ON' if value_json.x == 1 else 'OFF' }}", {"x": 1}, "ON"),
        ("{% if value_json.x %}ON{% else %}OFF{% endif %}", {"x": 0}, "OFF"),
        ("{{ 'ON' if value_json.x }}", {"x": 0}, ""),
        ("{{ (value_json.t / 10) | round(1) }}", {"t": 215}, "21.5"),
        ("{{ value_json.x | iif('yes', 'no') }}", {"x": 0}, "no"),
        ("{{ iif(value_json.x, 1, 2, 3) }}", {"x": None}, "3"),
        ("{{ value | regex_replace('[^0-9.]', '') }}", "12.5 C", "12.5"),
        ("{{ value | regex_findall_index('[0-9]+', 1) }}", "a1b22", "22"),
        ("{{ value | regex_match('ON|on') }}", "on", "True"),
        ("{{ value is search('b') }}", "abc", "True"),
        ("{{ value_json.t | timestamp_custom('%H:%M', false) }}", {"t": 215}, "00:03"),
        ("{{ value_json.t | timestamp_utc }}", {"t": 0}, "1970-01-01T00:00:00+00:00"),
        ("{{ as_timestamp('2024-01-01T00:00:00+00:00') }}", "", "1704067200.0"),
        ("{{ (value | as_datetime).year }}", "2024-01-01T00:00:00+00:00", "2024"),
        ("{{ utcnow().hour }}", "", "12"),
        ("{{ value | from_json | to_json }}", {"a": [1]}, '{"a":[1]}'),
        ("{{ value | base64_encode }}", "hi", "aGk="),
        ("{{ value | base64_decode }}", "aGk=", "hi"),
        ("{{ value_json.x | bitwise_and(6) }}", {"x": 3}, "2"),
        ("{{ value_json.x | bitwise_or(4) }}", {"x": 3}, "7"),
        ("{{ [value_json.a, value_json.b] | max }}", {"a": 1, "b": 4}, "4"),
        ("{{ min(value_json.a, value_json.b) }}", {"a": 1, "b": 4}, "1"),
        ("{{ value_json.a | average }}", {"a": [1, 2]}, "1.5"),
        ("{{ value_json.a | map('int') | sum }}", {"a": [1, "2"]}, "3"),
        ("{{ value_json.a | join(',') }}", {"a": [1, "2"]}, "1,2"),
        ("{{ 3 | multiply(2) | add(1) }}", "", "7.0"),
        ("{{ 100 | log(10) }} {{ 16 | sqrt }}", "", "2.0 4.0"),
        ("{{ 'Küche 1' | slugify }}", "", "kuche_1"),
        ("{{ 2 | ordinal }} {{ 11 | ordinal }}", "", "2nd 11th"),
        ("{{ value | is_number }}", "nan", "False"),
        ("{{ value_json.a | contains(2) }}", {"a": [1, 2]}, "True"),
        ("{{ '%.1f' | format(value_json.x) }}", {"x": 1.25}, "1.2"),
        ("{{ '{:02d}'.format(value_json.x) }}", {"x": 7}, "07"),
        ("{{ name }} {{ entity_id }}", "", "Meter sensor.meter"),
        ("{{ this.state }}", "", "unknown"),
        ("{% for one in value_json %}{{ loop.index }}{{ one }}{% endfor %}", ["a", "b"], "1a2b"),
        ("  {{ value }}  ", "x", "x"),
        ("plain", "", "plain"),
    ],
)
def test_a_template_gives_what_home_assistant_gives(source, payload, text):
    assert rendered(source, payload) == text


def test_is_defined_says_nothing_where_nothing_is_said():
    assert rendered("{{ value_json.x | is_defined }}", {"y": 1}) is None


@pytest.mark.parametrize(
    ("source", "payload", "why"),
    [
        ("{{ value_json.x.y }}", {}, "has no attribute 'x'"),
        ("{{ value_json.x }}", "no json", "expected"),
        ("{{ value_json.x | float }}", {"x": "a"}, "float got 'a'"),
        ("{{ value_json.x | int(0) }}", {}, "has no attribute 'x'"),
        ("{{ states('light.x') }}", "", "'states' is undefined"),
        ("{{ value_json.x | frobnicate }}", {}, "frobnicate"),
        ("{{ 1 if }}", "", "unexpected"),
        ("{{ 1 / 0 }}", "", "division by zero"),
        ("{{ value }}", b"\xff", "utf-8"),
        ("{{ value ~ 1 }}", b"\xff", "UTF-8"),
    ],
)
def test_a_template_that_fails_says_why(source, payload, why):
    with pytest.raises(UnrenderableError) as failed:
        rendered(source, payload)

    assert why in str(failed.value)


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        ("{{ 'a' * 10**9 }}", ""),
        ("{{ [1] * 10**9 }}", ""),
        ("{{ 10 ** 999999999 }}", ""),
        ("{{ 2 ** 100 ** 100 }}", ""),
        ("{{ '%1000000000d' % 1 }}", ""),
        ("{{ '%*d' % (1000000000, 1) }}", ""),
        ("{{ '%1000000000d' | format(1) }}", ""),
        ("{{ '{:>1000000000}'.format(1) }}", ""),
        ("{{ '{:>{w}}'.format(1, w=1000000000) }}", ""),
        ("{{ ('{0}' * 1000).format(value) }}", "a" * 60_000),
        ("{{ ('%(a)s' * 1000) % {'a': value} }}", "a" * 60_000),
        ("{{ 'a'.ljust(10**9) }}", ""),
        ("{{ 'a' | center(1000000000) }}", ""),
        ("{{ range(10**9) | list }}", ""),
        ("{% for i in range(1000) %}{% for j in range(1000) %}{{ i * j }}{% endfor %}{% endfor %}", ""),
        (
            "{% for a in value_json %}{% for b in value_json %}{{ a == b }}{% endfor %}{% endfor %}",
            [[1]] * 9000,
        ),
        ("{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}", ""),
        ("{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}", ""),
        ("{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}", ""),
        ("{% set n = namespace(x=2) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}", ""),
        ("{% set n = namespace() %}{% set n.n = n %}{{ n }}", ""),
        ("{{ value | replace('a', 'b' * 5000) }}", "a" * 60_000),
        ("{{ value.replace('', 'b' * 5000) }}", "a" * 60_000),
        ("{{ value | regex_replace('a', 'b' * 5000) }}", "a" * 60_000),
        ("{{ (value * 10).join(value) }}", "a" * 60_000),
        ("{{ value | regex_match('(a+)+$') }}", "a" * 40 + "!"),
        ("{{ value | regex_match('(a|a)*$') }}", "a" * 40 + "!"),
        ("{{ value | regex_search('a?' * 30 ~ 'a' * 30) }}", "a" * 30),
        ("{{ value | regex_search('.*.*.*.*x') }}", "a" * 5_000),
        ("{{ ().__class__.__bases__[0].__subclasses__() }}", ""),
        ("{{ value_json.update({'a': 1}) }}", {}),
        ("{{ value_json.append(1) }}", []),
        ("{{ cycler.__init__.__globals__.os }}", ""),
        ("{{ value | attr('__class__') }}", ""),
        ("{{ '{0.__class__.__mro__}'.format(value) }}", ""),
        ("{{ lipsum(n=100000) }}", ""),
        ("{{ value_json | _steps(-100000) }}", [1]),
        ("{% macro f() %}{{ f() ~ f() }}{% endmacro %}{{ f() }}", ""),
        ("{% for x in value_json recursive %}{{ loop(x) }}{{ loop(x) }}{% endfor %}", [[[]]]),
        ("{% include 'x' %}", ""),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", ""),
        ("{{ " + "+".join("1" * 3000) + " }}", ""),
        ("{{ " + "-" * 3000 + "1 }}", ""),
        ("{{ value_json.a }}", "[" * 1000 + "]" * 1000),
        ("x" * 10_000, ""),
    ],
)
def test_a_hostile_template_is_refused_at_once(source, payload):
    before = time.process_time()

    with pytest.raises(UnrenderableError):
        rendered(source, payload)

    assert time.process_time() - before < 1


def test_a_template_cannot_change_what_others_read():
    heard = message("t", {"a": {"b": [1]}})

    with pytest.raises(UnrenderableError):
        TEMPLATES.of("{{ value_json.a.b.append(2) }}").render(heard, ABOUT)

    assert heard.json() == {"a": {"b": [1]}}


def test_the_clock_of_the_house_tells_the_time():
    template = Workshop(lambda: datetime(2031, 1, 1, tzinfo=UTC)).make("{{ utcnow().year }}")

    assert template.render(message("t", ""), ABOUT) == "2031"


def test_equal_templates_are_one():
    assert TEMPLATES.of("{{ value_json.same }}") is TEMPLATES.of("{{ value_json.same }}")


SHAPES = [
    "{{ value }}",
    "{{ value_json }}",
    "{{ value_json.a }}",
    "{{ value_json['a'] }}",
    "{{ value_json.a.b }}",
    "{{ value_json['a'][0] }}",
    "{{ value_json[0] }}",
    "{{ value_json.a | float }}",
    "{{ value_json.a | float(0) | round(1) }}",
    "{{ value_json.a | int }}",
    "{{ value_json.a | int(7) }}",
    "{{ value_json.a | round }}",
    "{{ value_json.a | is_defined }}",
    "{{ value_json.a | default('x') }}",
    "{{ value_json.a | default('x', true) | upper }}",
    "{{ value_json.a | lower }}",
    "{{ 'ON' if value_json.a else 'OFF' }}",
    "{{ 'ON' if value_json.a == 'ON' }}",
    "{{ (1 if value_json.a) | default(2) }}",
    "{{ value_json.a > 1 }}",
    "{{ value_json.a != value_json.b }}",
    "{{ value_json.a is defined and not value_json.b }}",
    "{{ value_json.a or value_json.b }}",
    "{{ value_json.a is none }}",
    "{% if value_json.a %}on{% elif value_json.b %}{{ value_json.b }}{% else %} off {% endif %}",
    "a {{ value_json.a }} b {{ value }}",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner),
    max_leaves=8,
)


def outcome(template: Template, payload: bytes) -> str | None:
    try:
        return template.render(message("t", payload), ABOUT)
    except UnrenderableError:
        return "it fails"


def slow(source: str) -> Template:
    """The same template, with a part that there is no shortcut for."""
    return TEMPLATES.of("{% set _ = 0 %}" + source)


@pytest.mark.parametrize("source", SHAPES)
@given(payload=JSON)
def test_the_shortcut_and_jinja_agree(source, payload):
    packed = orjson.dumps(payload)

    assert outcome(TEMPLATES.of(source), packed) == outcome(slow(source), packed)


@given(source=st.text(st.sampled_from("{}%|.'[]()~*+ abvalue_json10forin"), max_size=60), payload=st.binary())
def test_no_template_does_more_than_fail(source, payload):
    with suppress(UnrenderableError):
        TEMPLATES.of(source).render(message("t", payload), ABOUT)
