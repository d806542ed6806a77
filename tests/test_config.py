"""The configuration: where it comes from, and mistakes told by file and line."""

import contextlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent import config as configuration
from agent.cli.check import check
from agent.errors import ConfigError


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith("HEARTHD_") or name == "CREDENTIALS_DIRECTORY":
            monkeypatch.delenv(name)


@pytest.fixture
def read(tmp_path):
    def reading(text, **beside):
        for name, content in beside.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.with_suffix(".yaml").write_text(content)
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return configuration.read(path)

    return reading


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("mqtt:\n  prot: 1883\n", "config.yaml:2: mqtt.prot: unknown key 'prot'; did you mean 'port'?"),
        (
            "mqtt:\n  port: abc\n",
            "config.yaml:2: mqtt.port: 'abc' is not a whole number; a number from 1 to 65535 would be right",
        ),
        (
            "mqtt:\n  port: 70000\n",
            "config.yaml:2: mqtt.port: 70000 is out of range; a number from 1 to 65535 would be right",
        ),
        (
            "mqtt:\n  transport: udp\n",
            "config.yaml:2: mqtt.transport: 'udp' is none of 'tcp' or 'websockets'",
        ),
        ("log: {level: loud}\n", "config.yaml:1: log.level: 'loud' is none of"),
        ("\nmqt:\n  host: x\n", "config.yaml:2: mqt: unknown key 'mqt'; did you mean 'mqtt'?"),
        ("voice:\n  a: b\n", "config.yaml:1: voice: 'voice' is not available in this version"),
        ("home:\n  areas:\n    - {name: Hall}\n", "config.yaml:3: home.areas.0.id: it is missing"),
        ("log:\n  level: info\n  level: debug\n", "config.yaml:3: 'level' stands twice; keep one of them"),
        ("- a\n- b\n", "config.yaml:1: the file holds a list; sections like 'mqtt:' would be right"),
        ("mqtt: [\n", "config.yaml:2: not YAML"),
        ("node:\n  timezone: Mars/Olympus\n", "a name like 'Europe/Berlin' would be right"),
        (
            "mqtt:\n  host: !env_var NOT_SET_ANYWHERE\n",
            "config.yaml:2: !env_var NOT_SET_ANYWHERE: it is not set",
        ),
        ("mqtt:\n  host: !include nowhere.yaml\n", "config.yaml:2: !include nowhere.yaml: there is no file"),
        ("mqtt:\n  password: !secret nowhere\n", "config.yaml:2: !secret nowhere: it is neither in"),
        ("mqtt:\n  host: !python/object x\n", "is no tag here; !secret, !include and !env_var are"),
    ],
)
def test_a_mistake_is_told_by_file_and_line(read, text, mistake):
    with pytest.raises(ConfigError) as told:
        read(text)

    assert mistake in str(told.value)


def test_all_mistakes_are_told_at_once(read):
    with pytest.raises(ConfigError) as told:
        read("mqtt:\n  prot: 1\n  port: x\nlogs: {}\n")

    assert [line.split(":")[1] for line in str(told.value).splitlines()] == ["4", "3", "2"]


def test_a_secret_is_not_shown_in_a_mistake(read):
    with pytest.raises(ConfigError) as told:
        read("policy:\n  pin: [1234]\n")

    assert "1234" not in str(told.value)


def test_plain_words_are_not_booleans(read):
    loaded = read("plugins:\n  other:\n    a: on\n    b: no\n    c: 22:30\n    d: true\n")

    assert loaded.config.plugins["other"] == {"a": "on", "b": "no", "c": "22:30", "d": True}


def test_tags_bring_values_from_elsewhere(read, monkeypatch):
    monkeypatch.setenv("SOME_HOST", "broker.lan")
    loaded = read(
        "mqtt:\n  host: !env_var SOME_HOST\n  username: !env_var NO_SUCH someone\n  password: !secret broker\n"
        "home: !include rooms.yaml\n",
        secrets="broker: hunter2\n",
        rooms="areas: [{id: hall, name: Hall}]\n",
    )

    assert loaded.config.mqtt.host == "broker.lan"
    assert loaded.config.mqtt.username == "someone"
    assert loaded.config.mqtt.password.get_secret_value() == "hunter2"
    assert loaded.config.home.areas[0].name == "Hall"


def test_a_mistake_in_an_included_file_names_that_file(read):
    with pytest.raises(ConfigError, match=r"rooms\.yaml:2: home\.areas\.0\.nam"):
        read("home: !include rooms.yaml\n", rooms="areas:\n  - {id: hall, nam: Hall}\n")


def test_a_file_that_includes_itself_is_refused(read):
    with pytest.raises(ConfigError, match="includes itself"):
        read("home: !include config.yaml\n")


def test_later_sources_win_key_by_key(read, monkeypatch, tmp_path):
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "mqtt_password").write_text("from systemd\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    monkeypatch.setenv("HEARTHD_MQTT__PORT", "1885")
    loaded = read(
        "mqtt: {host: a, port: 1883, username: file}\n",
        conf__d="unused: yes\n",
        **{"conf.d__10": "mqtt: {port: 1884, username: drop-in}\n"},
    )

    mqtt = loaded.config.mqtt
    assert (mqtt.host, mqtt.port, mqtt.username) == ("a", 1885, "drop-in")
    assert mqtt.password.get_secret_value() == "from systemd"


def test_a_mistake_in_the_environment_is_told_by_its_name(read, monkeypatch):
    monkeypatch.setenv("HEARTHD_MQTT__PORT", "many")

    with pytest.raises(
        ConfigError, match=r"environment HEARTHD_MQTT__PORT: mqtt\.port: 'many' is not a whole"
    ):
        read("mqtt: {host: a}\n")


def test_a_file_that_was_named_must_be_there(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        configuration.read(tmp_path / "nowhere.yaml")


def test_an_alias_bomb_is_refused(read):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{under}'] * 10)}]\n"
        for under, name in zip("abcdef", "bcdefg", strict=True)
    )
    with pytest.raises(ConfigError, match="values"):
        read(bomb)


def test_the_changed_sections_are_named(read):
    old = read("log: {level: info}\nplugins: {discovery: {prefix: a}}\n")
    new = read("log: {level: debug}\nplugins: {discovery: {prefix: b}, bus: {}}\n")

    assert configuration.changed(old, new) == {"log", "plugins.discovery", "plugins.bus"}


def test_check_says_ok_and_names_the_files(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("log: {level: info}\n")
    code = check(tmp_path / "config.yaml", as_json=False)

    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1] == "ok"


def test_check_tells_mistakes_in_the_settings_of_an_integration(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("plugins:\n  discovery:\n    prefx: a\n  disco: {}\n")
    code = check(tmp_path / "config.yaml", as_json=False)

    told = capsys.readouterr().err
    assert code == 1
    assert "config.yaml:3: plugins.discovery.prefx: unknown key 'prefx'; did you mean 'prefix'?" in told
    assert "config.yaml:4: plugins.disco: there is no such integration" in told


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=100))
def test_no_file_whatever_gives_anything_but_a_configuration_error(tmp_path, content):
    path = tmp_path / "config.yaml"
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)

    with contextlib.suppress(ConfigError):
        configuration.read(path)
