"""YAML as the configuration uses it: what words mean, and values that come from elsewhere."""

from tests.configuring import credentials, read


def test_words_mean_what_yaml_1_2_says(tmp_path):
    text = "plugins: {x: {on: yes, a: off, b: 22:30, c: 0123, d: 0o17, e: 1e3, f: 'true', g: TRUE}}"
    found = read(tmp_path, text).config.plugins["x"].model_extra

    assert list(found.items()) == [
        ("on", "yes"),
        ("a", "off"),
        ("b", "22:30"),
        ("c", 123),
        ("d", 15),
        ("e", 1000.0),
        ("f", "true"),
        ("g", True),
    ]


def test_a_boolean_may_be_said_in_other_words(tmp_path):
    assert read(tmp_path, "plugins: {x: {enabled: off}}").enabled("x", default=True) is False


def test_anchors_aliases_and_merge_keys_are_followed(tmp_path):
    loaded = read(
        tmp_path,
        "home:\n  entities:\n    light.a: &lamp {area: hall, aliases: [lamp]}\n    light.b: *lamp\n"
        "    light.c: {<<: *lamp, area: study}\n",
    )

    found = loaded.config.home.entities
    assert [found[f"light.{name}"].area for name in "abc"] == ["hall", "hall", "study"]
    assert found["light.c"].aliases == ("lamp",)


def test_secrets_stand_in_a_file_of_their_own(tmp_path):
    loaded = read(
        tmp_path,
        "mqtt: {password: !secret broker}\n",
        {"secrets.yaml": "broker: hunter2\npin: 0042\n", "conf.d/10.yaml": "policy: {pin: !secret pin}\n"},
    )

    assert loaded.config.mqtt.password.get_secret_value() == "hunter2"
    assert loaded.config.policy.pin.get_secret_value() == "0042"
    assert [path.name for path in loaded.files] == ["config.yaml", "10.yaml"]


def test_the_nearest_file_of_secrets_wins(tmp_path):
    loaded = read(
        tmp_path,
        "policy: !include parts/policy.yaml\n",
        {
            "secrets.yaml": "pin: far\n",
            "parts/policy.yaml": "pin: !secret pin\n",
            "parts/secrets.yaml": "pin: near\n",
        },
    )

    assert loaded.config.policy.pin.get_secret_value() == "near"


def test_a_secret_may_be_a_credential(tmp_path):
    environment = credentials(tmp_path, {"broker": "hunter2\n"})
    loaded = read(tmp_path, "mqtt: {password: !secret broker}", environment=environment)

    assert loaded.config.mqtt.password.get_secret_value() == "hunter2"


def test_a_value_may_come_from_the_environment(tmp_path):
    text = "mqtt: {host: !env_var BROKER, port: !env_var BROKER_PORT 8883}"
    mqtt = read(tmp_path, text, environment={"BROKER": "broker.lan"}).config.mqtt

    assert (mqtt.host, mqtt.port) == ("broker.lan", 8883)


def test_an_included_file_is_one_of_the_files(tmp_path):
    loaded = read(
        tmp_path,
        "home: !include home/home.yaml\n",
        {"home/home.yaml": "areas: !include areas.yaml\n", "home/areas.yaml": "- {id: hall, name: Hall}\n"},
    )

    assert loaded.config.home.areas[0].id == "hall"
    assert [path.name for path in loaded.files] == ["config.yaml", "home.yaml", "areas.yaml"]
