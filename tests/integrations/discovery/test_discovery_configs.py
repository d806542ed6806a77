"""Configs that cannot be used: refused with a reason, whatever is in them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.discovery.domains import DOMAINS
from integrations.discovery.options import MalformedError
from integrations.discovery.templates import UnrenderableError
from integrations.discovery.thing import UnusableError
from tests.integrations.discovery.announce import entity, message


@pytest.mark.parametrize(
    ("domain", "config", "why"),
    [
        ("switch", {}, "command_topic is missing"),
        ("sensor", {}, "state_topic is missing"),
        ("switch", {"cmd_t": 5}, "a topic is a text"),
        ("switch", {"cmd_t": "a/+/b"}, "no wildcards"),
        ("switch", {"cmd_t": "hearthd/node/do"}, "our own topics"),
        ("switch", {"cmd_t": "$SYS/x"}, "the broker's"),
        ("sensor", {"stat_t": "#"}, "wildcards"),
        ("sensor", {"stat_t": "a/b+/c"}, "a whole level"),
        ("sensor", {"stat_t": "a\0b"}, "no NUL"),
        ("sensor", {"stat_t": "s", "val_tpl": "{{ 1 if }}"}, "value_template: template"),
        ("sensor", {"stat_t": "s", "val_tpl": ["x"]}, "a template is a text"),
        ("sensor", {"stat_t": "s", "exp_aft": "soon"}, "a number would be right"),
        ("sensor", {"stat_t": "s", "exp_aft": -1}, "seconds"),
        ("sensor", {"stat_t": "s", "qos": 3}, "0, 1 or 2"),
        ("sensor", {"stat_t": "s", "ops": [{}]}, "texts would be right"),
        ("sensor", {"stat_t": "s", "ops": ["x"] * 1100}, "1100 texts"),
        ("sensor", {"stat_t": "s", "ent_cat": "odd"}, "config or diagnostic"),
        ("number", {"cmd_t": "c", "min": 5, "max": 1}, "min would be the smaller"),
        ("light", {"cmd_t": "c", "schema": "odd"}, "basic, json or template"),
        ("light", {"cmd_t": "c", "schema": "template"}, "command_on_template"),
        ("light", {"cmd_t": "c", "schema": "json", "bri_scl": 0}, "above 0"),
        ("light", {"cmd_t": "c", "on_cmd_type": "brightness"}, "brightness_command_topic"),
        ("lock", {"cmd_t": "c", "code_format": "(a+)+("}, "no regular expression"),
        ("switch", {"cmd_t": "c", "ret": "perhaps"}, "true or false"),
    ],
)
def test_a_config_that_makes_no_sense_says_what_would(domain, config, why):
    with pytest.raises(MalformedError, match=why):
        entity(domain, name="It", **config)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["s", "~/s"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        *(
            "state_topic",
            "command_topic",
            "value_template",
            "schema",
            "brightness",
            "brightness_scale",
            "modes",
        ),
        *("availability", "device", "name", "unique_id", "options", "min", "max", "position_topic", "retain"),
        *(
            "mode_state_topic",
            "temperature_command_topic",
            "rgb_state_topic",
            "payload_on",
            "json_attributes_topic",
        ),
        *(
            "supported_color_modes",
            "expire_after",
            "entity_category",
            "speed_range_max",
            "code",
            "effect_list",
        ),
    ]
)


@pytest.mark.parametrize("domain", sorted(DOMAINS))
@given(config=st.dictionaries(KEYS, JSON, max_size=8), payload=st.binary(max_size=40) | JSON)
def test_no_config_and_no_payload_does_more_than_be_refused(domain, config, payload):
    try:
        one = entity(domain, **config)
    except MalformedError:
        return

    for topic, readings in one.readings.items():
        for reading in readings:
            with suppress(UnusableError, UnrenderableError):
                reading(one.live, message(topic, payload))
