"""The `automations:` section: what is accepted, and how mistakes are told."""

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.automations.when_section import AutomationSection
from tests.automations.ruling import refused, written

MOTION = """
automations:
  - id: hall-light
    when: {mqtt: zigbee2mqtt/hall_motion, if: "{{ value_json.occupancy and value_json.illuminance < 50 }}"}
    do: turn on the hall light
"""
FLAPS = """
automations:
  - id: nginx-flaps
    when: {journal: {unit: nginx.service, priority: err}, count: 3, within: 5m}
    do: [{restart: nginx.service}, {notify: "nginx was restarted"}]
"""
WHOLE = """
automations:
  - id: night-watch
    alias: Night watch
    enabled: false
    shadow: true
    when:
      - {state: {entity: [lock.front, lock.back], from: locked, to: [unlocked, unavailable], for: 1m30s}}
      - state: cover.garage
      - {state: {entity: sensor.lux, above: 10, below: 50.5}}
      - {time: {sun: sunset, offset: -30m}}
      - {time: {cron: "0 3 * * *"}}
      - {unit: {name: nginx.service, to: failed}}
      - incident: disk-*
      - webhook: parcel
    if:
      - "{{ is_state('alarm_control_panel.home', 'armed_night') }}"
      - "{{ 'light.desk_lamp' | has_value }}"
      - or: [{sun: down}, {time: {after: 22:00, before: 06:00, weekdays: [fri, sat]}}]
      - not: {state: {entity: person.ada, is: home}}
      - numeric: {entity: sensor.lux, below: 5}
    do:
      - {service: light.turn_on, target: light.hall, data: {brightness: 40}}
      - {service: light.turn_on, target: {area: kitchen, domain: [light, switch]}}
      - delay: 5m
      - {task: backup, with: {path: /srv}}
      - {notify: somebody is there, title: night, to: ada}
      - say: turn off the hall light
    mode: queued
    debounce: 2s
    throttle: 10m
    count: 2
    within: 1h
"""


def rule(lines: str) -> str:
    """A file of one rule with `lines` in it."""
    body = "\n".join(f"    {line}" for line in lines.strip().splitlines())
    rest = "" if "do:" in lines else "\n    do: turn on the light"
    return f"automations:\n  - id: r\n{body}{rest}\n"


def test_motion_in_the_dark_is_read(tmp_path):
    (found,) = written(tmp_path, MOTION)

    assert (found.when[0].kind, found.when[0].mqtt, found.do[0].say) == (
        "mqtt",
        "zigbee2mqtt/hall_motion",
        "turn on the hall light",
    )


def test_a_journal_that_is_counted_is_read(tmp_path):
    (found,) = written(tmp_path, FLAPS)

    assert (found.when[0].count, found.when[0].within, [one.way for one in found.do]) == (
        3,
        300.0,
        ["restart", "notify"],
    )


def test_all_that_can_be_written_is_read(tmp_path):
    (found,) = written(tmp_path, WHOLE)

    assert [one.kind for one in found.when] == [
        *("state", "state", "state", "time", "time", "unit", "incident", "webhook")
    ]
    assert [one.way for one in found.do] == ["service", "service", "delay", "task", "notify", "say"]
    assert (found.mode, found.debounce, found.throttle, found.name) == ("queued", 2.0, 600.0, "Night watch")


def test_a_rule_is_on_and_single_unless_it_says_otherwise(tmp_path):
    (found,) = written(tmp_path, MOTION)

    assert (found.enabled, found.shadow, found.mode, found.if_, found.name) == (
        True,
        False,
        "single",
        (),
        "hall-light",
    )


def test_yaml_words_for_on_and_off_are_states(tmp_path):
    (found,) = written(tmp_path, rule("when: {state: {entity: light.x, from: off, to: [on, true, 3, null]}}"))

    assert (found.when[0].state.from_, found.when[0].state.to) == (("off",), ("on", "on", "3", "unknown"))


MISTAKES = yaml.safe_load(Path(__file__).with_name("rule_mistakes.yaml").read_text())


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one["write"].strip())
def test_a_mistake_is_told_with_its_line_and_its_cure(mistake, tmp_path):
    told = refused(tmp_path, rule(mistake["write"]))

    assert any(line.startswith(mistake["told"]) for line in told), told


def test_two_rules_of_one_name_are_a_mistake(tmp_path):
    told = refused(
        tmp_path, MOTION + FLAPS.replace("automations:\n", "").replace("nginx-flaps", "hall-light")
    )

    assert any("two automations have the id 'hall-light'; each needs one of its own" in line for line in told)


@pytest.mark.parametrize("text", ["", "automations: []"])
def test_a_house_without_rules_is_one(text, tmp_path):
    assert written(tmp_path, text) == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["mqtt", "state", "if", "and", "not", "entity", "to", "task", "delay", "time", "at"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(when=ANYTHING, conditions=ANYTHING, do=ANYTHING)
def test_whatever_is_written_is_read_or_refused(when, conditions, do):
    with suppress(ValidationError):
        found = AutomationSection.model_validate({"id": "r", "when": when, "if": conditions, "do": do})

        assert found.when
