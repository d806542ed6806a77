"""config.example.yaml is complete, and says the truth about the defaults."""

from pathlib import Path

import pytest

from agent import config as configuration
from agent.mqtt.client import MqttConfig

EXAMPLE = Path(__file__).parent.parent / "config.example.yaml"
TEXT = EXAMPLE.read_text()


@pytest.fixture
def uncommented(tmp_path):
    """The example with its `mqtt:` section switched on."""
    start = TEXT.index("# mqtt:")
    end = TEXT.index("\n\n", start)
    section = "\n".join(line.removeprefix("# ") for line in TEXT[start:end].splitlines())
    path = tmp_path / "config.yaml"
    path.write_text(section + "\n")
    return configuration.read(path)


def test_the_example_is_the_defaults():
    found = configuration.read(EXAMPLE).config

    assert found.model_dump(exclude={"plugins"}) == configuration.Config().model_dump(exclude={"plugins"})


def test_the_brokers_section_is_the_defaults(uncommented):
    assert uncommented.config.mqtt == MqttConfig()


@pytest.mark.parametrize(
    "key",
    [
        *configuration.Config.model_fields,
        *(
            key
            for section in ("node", "home", "policy", "log")
            for key in configuration.Config.model_fields[section].annotation.model_fields
        ),
        *MqttConfig.model_fields,
    ],
)
def test_every_key_is_shown(key):
    assert f"{key}:" in TEXT
