"""The configuration: where it comes from, what it means, and what a reload makes of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent import config as configuration
from agent.config import Config, changed, from_values, with_values
from agent.errors import ConfigError
from agent.node import NodeConfig
from agent.section import Section
from tests.configuring import credentials, read


class Inner(Section):
    """A section in a section."""

    depth: int = 1
    """A number."""


class Notifier(Section):
    """The settings of an integration that is not there."""

    address: str
    """Where to."""
    token: SecretStr | None = None
    """A secret."""
    inner: Inner | None = None
    """Optional."""


# Where it comes from --------------------------------------------------------------------------------------


def test_without_any_file_the_defaults_hold(tmp_path):
    loaded = configuration.read(None, environment={"CONFIGURATION_DIRECTORY": str(tmp_path)})

    assert (loaded.config, loaded.path, loaded.files) == (Config(), None, ())


def test_an_empty_file_is_the_defaults(tmp_path):
    assert read(tmp_path, "").config == Config()


def test_a_named_file_must_be_there(tmp_path):
    path = tmp_path / "nowhere.yaml"
    with pytest.raises(ConfigError) as told:
        configuration.read(path)

    assert str(told.value) == f"{path}: there is no such file"


def test_the_environment_names_a_file_of_any_name(tmp_path):
    path = tmp_path / "house.yml"
    path.write_text("log: {level: debug}")

    assert configuration.read(None, environment={"HEARTHD_CONFIG": str(path)}).config.log.level == "debug"


@pytest.fixture
def is_a_user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.mark.usefixtures("is_a_user")
def test_a_user_has_a_configuration_of_ones_own(tmp_path):
    (tmp_path / "hearthd").mkdir()
    (tmp_path / "hearthd" / "config.yaml").write_text("log: {level: debug}")
    loaded = configuration.read(None, environment={"XDG_CONFIG_HOME": str(tmp_path)})

    assert loaded.files == (tmp_path / "hearthd" / "config.yaml",)


@pytest.mark.usefixtures("is_a_user")
def test_a_user_without_one_has_that_of_the_system(tmp_path):
    found = configuration.main_file(None, {"XDG_CONFIG_HOME": str(tmp_path)})

    assert found == Path("/etc/hearthd/config.yaml")


def test_systemd_names_the_folder_and_conf_d_alone_will_do(tmp_path):
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "only.yaml").write_text("log: {level: debug}")
    loaded = configuration.read(None, environment={"CONFIGURATION_DIRECTORY": str(tmp_path)})

    assert loaded.config.log.level == "debug"


def test_files_in_conf_d_win_in_the_order_of_their_names(tmp_path):
    loaded = read(
        tmp_path,
        "mqtt: {host: a, port: 1, username: main}",
        {
            "conf.d/20.yaml": "mqtt: {port: 3}",
            "conf.d/10.yaml": "mqtt: {port: 2, username: ten}",
            "conf.d/note.txt": "not: [ours",
        },
    )

    mqtt = loaded.config.mqtt
    assert (mqtt.host, mqtt.port, mqtt.username) == ("a", 3, "ten")
    assert [path.name for path in loaded.files] == ["config.yaml", "10.yaml", "20.yaml"]


def test_lists_are_replaced_as_a_whole(tmp_path):
    loaded = read(
        tmp_path,
        "home: {areas: [{id: a, name: A}, {id: b, name: B}]}",
        {"conf.d/10.yaml": "home: {areas: [{id: c, name: C}]}"},
    )

    assert [area.id for area in loaded.config.home.areas] == ["c"]


def test_a_key_without_a_value_keeps_what_was_said_before(tmp_path):
    loaded = read(tmp_path, "mqtt: {port: 8883}\nlog:\n", {"conf.d/10.yaml": "mqtt:\n  port:\n"})

    assert loaded.config.mqtt.port == 8883


def test_a_section_with_nothing_in_it_is_there(tmp_path):
    assert read(tmp_path, "mqtt:\n  tls:\n").config.mqtt.tls is not None


def test_null_takes_back_what_was_said_before(tmp_path):
    loaded = read(tmp_path, "mqtt: {host: a, username: b}", {"conf.d/10.yaml": "mqtt: {username: null}"})

    assert (loaded.config.mqtt.host, loaded.config.mqtt.username) == ("a", None)


def test_the_environment_wins_over_the_files(tmp_path):
    environment = {
        "HEARTHD_MQTT__PORT": "1885",
        "HEARTHD_MQTT__USERNAME": "12345",
        "HEARTHD_MQTT__CLIENT_ID": "[a",
        "HEARTHD_HOME__AREAS": '[{"id": "hall", "name": "Hall"}]',
        "HEARTHD_PLUGINS__DISCOVERY__PREFIX": "ha",
    }
    config = read(tmp_path, "mqtt: {host: a, port: 1883}", environment=environment).config

    assert (config.mqtt.host, config.mqtt.port) == ("a", 1885)
    assert (config.mqtt.username, config.mqtt.client_id) == ("12345", "[a")
    assert config.home.areas[0].name == "Hall"
    assert config.plugins["discovery"].model_extra == {"prefix": "ha"}


@pytest.mark.parametrize("name", ["HEARTHD_MQTT__HOST", "HEARTHD_CONFIG"])
def test_a_variable_without_a_value_says_nothing(tmp_path, name):
    assert read(tmp_path, "mqtt: {host: a}", environment={name: ""}).config.mqtt.host == "a"


def test_a_variable_that_is_not_ours_is_none_of_our_business(tmp_path):
    environment = {"HEARTHD_SERVICE_HOST": "what Kubernetes sets for a service of that name"}

    assert read(tmp_path, "", environment=environment).config == Config()


def test_a_credential_is_the_secret_of_its_section(tmp_path):
    environment = credentials(tmp_path, {"mqtt_password": "hunter2\n"})
    config = read(tmp_path, "mqtt: {host: a}", environment=environment).config

    assert config.mqtt.password.get_secret_value() == "hunter2"


def test_a_credential_wins_over_file_and_environment(tmp_path):
    environment = {**credentials(tmp_path, {"policy_pin": "0042"}), "HEARTHD_POLICY__PIN": "0815"}
    config = read(tmp_path, "policy: {pin: '4711'}", environment=environment).config

    assert config.policy.pin.get_secret_value() == "0042"


def test_a_credential_alone_makes_no_section(tmp_path):
    environment = credentials(tmp_path, {"mqtt_password": "hunter2"})

    assert read(tmp_path, "", environment=environment).config.mqtt is None


# Integrations ---------------------------------------------------------------------------------------------


def test_an_integration_that_is_named_runs(tmp_path):
    loaded = read(tmp_path, "plugins:\n  demo_house:\n  bus: {enabled: false}\n")

    assert [loaded.enabled(name, default=False) for name in ("demo_house", "bus")] == [True, False]


@pytest.mark.parametrize("default", [True, False])
def test_an_integration_that_is_not_named_runs_if_its_manifest_says_so(tmp_path, default):
    assert read(tmp_path, "").enabled("other", default=default) is default


def test_the_settings_of_an_integration_become_its_own_model(tmp_path):
    environment = credentials(tmp_path, {"notifier_token": "hunter2"})
    text = "plugins: {notifier: {enabled: true, address: home, inner: }}"
    found = read(tmp_path, text, environment=environment).section("notifier", Notifier)

    assert found == Notifier(address="home", token=SecretStr("hunter2"), inner=Inner())


def test_an_integration_without_settings_has_its_defaults(tmp_path):
    assert read(tmp_path, "").section("inner", Inner) == Inner()


def test_integrations_of_ones_own_lie_beside_the_configuration_or_with_the_state(tmp_path):
    loaded = read(tmp_path, "node: {state_dir: /srv/hearthd}")

    assert loaded.plugin_folders == (tmp_path / "plugins", Path("/srv/hearthd/plugins"))


# Reloading, and what commands bring along -----------------------------------------------------------------


def test_the_changed_sections_are_named(tmp_path):
    old = read(
        tmp_path, "log: {level: info}\nplugins: {discovery: {prefix: a}, same: {}}\nhealth: {interval: 3}"
    )
    new = read(
        tmp_path,
        "log: {level: debug}\nplugins: {discovery: {prefix: b}, bus: {}, same: {}}\nhealth: {interval: 4}",
    )

    assert changed(old, new) == {"log", "health", "plugins.discovery", "plugins.bus"}


def test_another_wording_changes_nothing(tmp_path):
    old, new = read(tmp_path, "mqtt: {port: 8883}"), read(tmp_path, "mqtt:\n  port: '8883'\nlog:\n")

    assert changed(old, new) == frozenset()


def test_values_alone_are_a_configuration():
    loaded = from_values({"log": {"level": "error"}, "plugins": {"inner": {"depth": 3}}}, source="here")

    assert loaded.config.log.level == "error"
    assert loaded.section("inner", Inner) == Inner(depth=3)


def test_what_a_command_brings_along_yields_to_the_user(tmp_path):
    brought = {"log": {"level": "debug", "format": "json"}, "plugins": {"demo_house": {"house": "x"}}}
    loaded = with_values(read(tmp_path, "log: {level: error}"), brought, source="the demo")

    assert (loaded.config.log.level, loaded.config.log.format) == ("error", "json")
    assert loaded.enabled("demo_house", default=False)


def test_a_mistake_in_what_a_command_brings_along_names_it(tmp_path):
    with pytest.raises(ConfigError) as told:
        with_values(read(tmp_path, ""), {"log": {"level": "loud"}}, source="the house file")

    assert str(told.value) == "the house file: log.level: 'loud' is none of debug, info, warning, error"


# The node -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("host", "name"), [("pi.lan", "pi"), ("my house/2", "my_house_2"), ("", "hearth")])
def test_the_name_of_the_node_is_fit_for_a_topic(monkeypatch, host, name):
    monkeypatch.setattr("socket.gethostname", lambda: host)

    assert NodeConfig().name == name


def test_the_state_may_lie_in_the_home_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    loaded = read(tmp_path, "node: {state_dir: ~/state}")

    assert loaded.config.node.state_dir == Path("/home/ada/state")


def test_the_configuration_imports_none_of_the_heavy_parts():
    heavy = "{'jinja2', 'psutil', 'amqtt', 'sqlite3'}"
    code = f"import sys, agent.config; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert out.strip() == "[]"
