"""Mistakes in the configuration, told with file, line, key, what is wrong, and what would be right."""

import json
import os
import string
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from agent import config as configuration
from agent.config import Config
from agent.configfile.section import read_section
from agent.errors import ConfigError
from agent.inference.section import ModelsConfig
from agent.section import Section
from tests.configuring import credentials, read, refused

TABLE = yaml.safe_load((Path(__file__).parent / "config_mistakes.yaml").read_text())
KINDS = yaml.safe_load((Path(__file__).parent / "config_mistakes_of_kinds.yaml").read_text())


@pytest.mark.parametrize(("write", "told"), [(row["write"], row["told"]) for row in TABLE])
def test_a_mistake_is_told_with_file_line_key_and_cure(tmp_path, write, told):
    assert refused(tmp_path, write) == [f"config.yaml:{told}"]


def test_all_mistakes_are_told_at_once_in_the_order_of_files_and_lines(tmp_path):
    lines = refused(
        tmp_path,
        "mqtt:\n  prot: 1\n  port: x\nlogs: {}\nhome: {areas: !include areas.yaml}\n",
        {"areas.yaml": "- {id: 1, name: Hall}\n", "conf.d/10.yaml": "log: {level: x}\n"},
    )

    assert [line.split(": ")[:2] for line in lines] == [
        ["config.yaml:2", "mqtt.prot"],
        ["config.yaml:3", "mqtt.port"],
        ["config.yaml:4", "logs"],
        ["areas.yaml:1", "home.areas[0].id"],
        ["conf.d/10.yaml:1", "log.level"],
    ]


def test_no_more_than_fifty_mistakes_are_told(tmp_path):
    lines = refused(tmp_path, "".join(f"wrong{number}: 1\n" for number in range(60)))

    assert (len(lines), lines[-1]) == (51, "and 10 more")


def test_what_could_not_be_read_is_not_missed_as_well(tmp_path):
    lines = refused(tmp_path, "home:\n  areas:\n    - {id: !env_var NOWHERE, name: Hall}\n")

    assert [line.split(": ")[1] for line in lines] == ["home.areas[0].id"]


def test_a_file_that_is_not_yaml_does_not_hide_the_mistakes_of_others(tmp_path):
    lines = refused(tmp_path, "mqtt: [\n", {"conf.d/10.yaml": "log: {level: x}\n"})

    assert [line.split(": ")[0] for line in lines] == ["config.yaml:2", "conf.d/10.yaml:1"]


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path):
    lines = refused(tmp_path, "log: {}\n", {"conf.d/10.yaml": b"log: {}\nnode: {name: K\xfcche}\n"})

    assert lines == ["conf.d/10.yaml:2: not UTF-8; save the file as UTF-8"]


def test_a_mistake_in_the_environment_is_told_by_its_name(tmp_path):
    environment = {"HEARTHD_MQTT__KEEPALIVE": "1", "HEARTHD_MQTT__PROT": "1", "HEARTHD_HOME__AREAS": "[{"}

    assert refused(tmp_path, "", environment=environment) == [
        "environment HEARTHD_HOME__AREAS: not YAML: a value is missing",
        "environment HEARTHD_MQTT__KEEPALIVE: '1' is too small; a number from 5 to 3600 would be right",
        "environment HEARTHD_MQTT__PROT: unknown key 'prot'; did you mean 'port'?",
    ]


# Secrets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "policy: {pin: [hunter2]}",
        "policy: {pin: {a: hunter2}}",
        "policy: {quiet_hours: !secret hidden}",
        "log: {level: !secret hidden}",
        "node: {timezone: !secret hidden}",
        "plugins: {x: {enabled: !secret hidden}}",
    ],
)
def test_a_secret_is_never_shown(tmp_path, text):
    lines = refused(tmp_path, text, {"secrets.yaml": "hidden: hunter2\n"})

    assert "hunter2" not in "".join(lines)


def test_a_secret_that_is_a_number_is_not_shown(tmp_path):
    assert refused(tmp_path, "policy: {pin: 1234}") == [
        "config.yaml:1: policy.pin: the value (not shown) is not text; put it in quotes"
    ]


@pytest.mark.parametrize(
    ("secrets", "line"),
    [
        ("", "config.yaml:1: mqtt.password: no secret 'broker'; it belongs in secrets.yaml"),
        ("brokr: x\n", "config.yaml:1: mqtt.password: no secret 'broker'; did you mean 'brokr'?"),
        ("broker: [x]\n", "secrets.yaml:1: broker: a secret is one piece of text"),
        ("broker\n", "secrets.yaml:1: secrets are written as 'name: text', one a line"),
        ("broker: 'x\n", "secrets.yaml:2: not YAML: a quotation mark is missing at the end"),
        ("broker: !include x\n", "secrets.yaml:1: broker: !include cannot be used among the secrets"),
        (b"broker: \xff\n", "secrets.yaml: not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_mistake_among_the_secrets_is_told(tmp_path, secrets, line):
    lines = refused(tmp_path, "mqtt: {password: !secret broker}", {"secrets.yaml": secrets})

    assert lines == [line]


def test_a_credential_that_is_not_text_is_refused(tmp_path):
    environment = credentials(tmp_path, {"policy_pin": b"\xff"})
    lines = refused(tmp_path, "", environment=environment)

    assert lines == ["credential policy_pin: policy.pin: it is not text in UTF-8"]


# Bounds ---------------------------------------------------------------------------------------------------


def test_a_file_has_a_largest_size(tmp_path):
    assert refused(tmp_path, "#" * (1 << 20) + "\n") == ["config.yaml: it is larger than 1048576 bytes"]


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    lines = refused(tmp_path, "home: !include pipe")

    assert lines == ["config.yaml:1: home: !include pipe: it is no regular file"]


def test_an_alias_bomb_is_refused(tmp_path):
    bomb = "plugins:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"  {name}: &{name} [{', '.join([f'*{under}'] * 10)}]\n"
        for under, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    assert refused(tmp_path, bomb)[0] == (
        "config.yaml:6: plugins.e: more than 100000 values or 32 levels, with what its aliases stand for"
    )


def test_nesting_has_an_end(tmp_path):
    assert refused(tmp_path, "plugins: " + "[" * 100_000)[0].endswith(": nested deeper than 32 levels")


def test_aliases_nest_no_deeper_than_text(tmp_path):
    brackets = "[" * 20, "]" * 20
    text = f"plugins: {{a: &a {''.join(brackets)}, b: {'*a '.join(brackets)}}}"

    assert "more than 100000 values or 32 levels" in refused(tmp_path, text)[0]


def test_includes_have_a_depth(tmp_path):
    files = {f"{number}.yaml": f"x: !include {number + 1}.yaml\n" for number in range(20)}
    lines = refused(tmp_path, "plugins: !include 0.yaml", files)

    assert lines[0].endswith("files may be included 8 deep")


def test_an_include_bomb_is_refused(tmp_path):
    files = {f"{number}.yaml": f"[{', '.join([f'!include {number + 1}.yaml'] * 10)}]" for number in range(5)}
    lines = refused(tmp_path, "plugins: !include 0.yaml", files)

    assert any("there may be 200 files in all" in line for line in lines)


def test_a_number_without_end_is_text(tmp_path):
    assert refused(tmp_path, f"mqtt: {{port: {'9' * 5000}}}")[0].startswith("config.yaml:1: mqtt.port: '999")


NAMES = st.sampled_from([*Config.model_fields, "port", "areas", "id", "enabled", "<<", "x", "table", "tls"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.sampled_from(
    [*string.printable, "!secret", "!include", "!env_var", "&a ", "*a", "? ", "- ", "mqtt: "]
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=60)
    | st.lists(WORDS, max_size=40).map("".join).map(str.encode)
    | st.dictionaries(NAMES, VALUES, max_size=4).map(lambda value: json.dumps(value).encode())
)
def test_whatever_is_written_nothing_but_a_configuration_error_comes_of_it(tmp_path, content):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    told = str(path)

    try:
        configuration.read(path, environment={})
    except ConfigError as error:
        told = str(error)

    assert all(line.startswith((str(path), "and ")) for line in told.splitlines())


# Integrations ---------------------------------------------------------------------------------------------


class Notifier(Section):
    """The settings of an integration that is not there."""

    address: str
    """Where to."""
    token: SecretStr | None = None
    """A secret."""
    times: tuple[int, ...] = ()
    """Some numbers."""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "plugins:\n  notifier:\n    adress: home\n    times: [1, two]\n",
            [
                ":2: plugins.notifier: 'address' is missing",
                ":3: plugins.notifier.adress: unknown key 'adress'; did you mean 'address'?",
                ":4: plugins.notifier.times[1]: 'two' is not a whole number",
            ],
        ),
        ("", [": plugins.notifier: 'address' is missing"]),
        (
            "plugins: {notifier: {address: x, token: 7}}",
            [":1: plugins.notifier.token: the value (not shown) is not text; put it in quotes"],
        ),
    ],
)
def test_a_mistake_in_the_settings_of_an_integration_is_told_like_any_other(tmp_path, text, lines):
    loaded = read(tmp_path, text)
    with pytest.raises(ConfigError) as told:
        loaded.section("notifier", Notifier)

    assert str(told.value).replace(f"{tmp_path}/config.yaml", "").splitlines() == lines


# Sections of several kinds ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("write", "told"), [(row["write"], row["told"]) for row in KINDS])
def test_a_mistake_in_a_section_of_several_kinds_is_told_for_the_kind_that_is_written(tmp_path, write, told):
    (tmp_path / "secrets.yaml").write_text("hidden: hunter2\n")
    (tmp_path / "models.yaml").write_text(write)
    with pytest.raises(ConfigError) as error:
        read_section(ModelsConfig, tmp_path / "models.yaml", environment={})

    assert str(error.value).replace(f"{tmp_path}/models.yaml:", "").splitlines() == told
