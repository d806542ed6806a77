"""config.yaml: the table of contents. Each section's class lives with the module that it configures.

Later sources win, key by key: defaults, `config.yaml`, `conf.d/*.yaml` beside it, systemd's credentials, the
environment (`HEARTHD_MQTT__HOST`).
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from agent.actions.policy import PolicyConfig
from agent.configfile.mistakes import told, unknown_key
from agent.configfile.yaml import Keys, Place, merged, read_yaml, scalar
from agent.errors import ConfigError
from agent.home.registry import HomeConfig
from agent.mqtt.client import MqttConfig
from agent.node import NodeConfig
from agent.runtime.log import LogConfig
from agent.section import Section

S = TypeVar("S", bound=Section)
PREFIX = "HEARTHD_"
LATER = ("language", "models", "voice", "automations", "tasks", "schedules", "journal", "api", "memory")
"""Sections of the full configuration that this version does not have yet."""
OWN_SECTIONS = ("health",)
"""Integrations with a section of their own; all others have theirs below `plugins`."""


class Config(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    node: NodeConfig = Field(default_factory=NodeConfig)
    """What this daemon is called and where its state lies."""
    mqtt: MqttConfig | None = None
    """The broker. Without this section one is started on loopback."""
    home: HomeConfig = HomeConfig()
    """Floors, areas, and corrections to what devices say of themselves."""
    policy: PolicyConfig = PolicyConfig()
    """What may be done, by whom, how often."""
    health: dict[str, Any] = Field(default_factory=dict)
    """Thresholds of the health report."""
    plugins: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Settings of the other integrations, by domain; `enabled` switches one on or off."""
    log: LogConfig = LogConfig()
    """What is logged, and how."""

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The environment is merged below by hand, so that its mistakes can be told by name.
        return (init_settings,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration together with where each of its values came from."""

    config: Config
    values: Mapping[str, Any]
    files: tuple[Path, ...] = ()
    path: Path | None = None
    places: Mapping[Keys, Place] = field(default_factory=dict)

    def enabled(self, domain: str, *, default: bool) -> bool:
        """Whether the integration `domain` is to run.

        Raises:
            ConfigError: `enabled` is neither true nor false.
        """
        found = self._raw(domain).get("enabled", default)
        if not isinstance(found, bool):
            place = self.locate((*_at(domain), "enabled"))
            raise ConfigError(
                f"{place}: {'.'.join(_at(domain))}.enabled: {found!r} is neither true nor false"
            )
        return found

    def section(self, domain: str, model: type[S]) -> S:
        """The settings of integration `domain` as its own model.

        Raises:
            ConfigError: they do not fit; one line for each mistake.
        """
        raw = {key: value for key, value in self._raw(domain).items() if key != "enabled"}
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            lines = told(error, model=model, prefix=_at(domain), locate=self.locate)
            raise ConfigError("\n".join(lines)) from None

    def locate(self, keys: Keys) -> Place:
        """Where the value at `keys`, or the nearest thing around it, came from."""
        for length in range(len(keys), 0, -1):
            found = self.places.get(keys[:length])
            if found is not None:
                return found
        return Place(self.path.name if self.path else "configuration")

    def _raw(self, domain: str) -> dict[str, Any]:
        return self.config.health if domain in OWN_SECTIONS else self.config.plugins.get(domain, {})


def read(path: Path | None) -> Loaded:
    """The configuration in `path`, or in the usual places.

    Raises:
        ConfigError: one line for each mistake: file and line, what is wrong, what would be right.
    """
    values: dict[str, Any] = {}
    places: dict[Keys, Place] = {}
    chosen = _chosen(path)
    files = tuple(_files(chosen, given=path is not None or "HEARTHD_CONFIG" in os.environ))
    for file in files:
        document = read_yaml(file)
        values = merged(values, document.values)
        places |= document.places
    for keys, value, place in (*_credentials(), *_environment()):
        values = merged(values, _nested(keys, value))
        for length in range(1, len(keys)):
            places.setdefault(keys[:length], place)
        places[keys] = place
    return _validated(values, files=files, path=chosen if files else None, places=places)


def with_values(loaded: Loaded, values: Mapping[str, Any], *, source: str) -> Loaded:
    """`loaded` over `values` that a command brings along: what the user wrote wins.

    Raises:
        ConfigError: together they do not fit.
    """
    places: dict[Keys, Place] = {(key,): Place(source) for key in values}
    both = merged(values, loaded.values)
    found = _validated(both, files=loaded.files, path=loaded.path, places={**places, **loaded.places})
    return replace(found, values=both)


def changed(old: Loaded, new: Loaded) -> frozenset[str]:
    """The sections in which two configurations differ; an integration's as `plugins.<domain>`."""
    names = {name for name in Config.model_fields if getattr(old.config, name) != getattr(new.config, name)}
    if "plugins" in names:
        names.remove("plugins")
        before, after = old.config.plugins, new.config.plugins
        names |= {
            f"plugins.{one}" for one in before.keys() | after.keys() if before.get(one) != after.get(one)
        }
    return frozenset(names)


def _validated(
    values: Mapping[str, Any], *, files: tuple[Path, ...], path: Path | None, places: Mapping[Keys, Place]
) -> Loaded:
    empty = Loaded(config=Config.model_construct(), values=values, files=files, path=path, places=places)
    lines = [
        f"{empty.locate((key,))}: {key}: {_unavailable(key)}"
        for key in values
        if key not in Config.model_fields
    ]
    # A section that is written but empty is the section with its defaults.
    known = {
        key: {} if value is None else value for key, value in values.items() if key in Config.model_fields
    }
    try:
        config = Config(**known)
    except ValidationError as error:
        lines += told(error, model=Config, prefix=(), locate=empty.locate)
    if lines:
        raise ConfigError("\n".join(lines))
    return replace(empty, config=config)


def _unavailable(key: str) -> str:
    if key in LATER:
        return f"{key!r} is not available in this version"
    return unknown_key(key, list(Config.model_fields))


def _chosen(path: Path | None) -> Path:
    if path is not None:
        return path
    if "HEARTHD_CONFIG" in os.environ:
        return Path(os.environ["HEARTHD_CONFIG"])
    if os.geteuid() == 0:
        return Path("/etc/hearthd/config.yaml")
    config_home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config_home) / "hearthd" / "config.yaml"


def _files(chosen: Path, *, given: bool) -> Iterator[Path]:
    """The file and what lies in `conf.d` beside it; a file that was named must be there."""
    if given or chosen.is_file():
        yield chosen
    yield from sorted((chosen.parent / "conf.d").glob("*.yaml"))


def _credentials() -> Iterator[tuple[Keys, Any, Place]]:
    """Secret fields from systemd's credentials: `mqtt_password`, `policy_pin`."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return
    for section, model in (("mqtt", MqttConfig), ("policy", PolicyConfig)):
        for name, info in model.model_fields.items():
            path = Path(folder) / f"{section}_{name}"
            if SecretStr in getattr(info.annotation, "__args__", (info.annotation,)) and path.is_file():
                yield (section, name), path.read_text().strip(), Place(f"credential {path.name}")


def _environment() -> Iterator[tuple[Keys, Any, Place]]:
    for name, value in sorted(os.environ.items()):
        if name.startswith(PREFIX) and name not in ("HEARTHD_CONFIG", "HEARTHD_DATA"):
            yield (
                tuple(name.removeprefix(PREFIX).lower().split("__")),
                scalar(value),
                Place(f"environment {name}"),
            )


def _nested(keys: Keys, value: Any) -> dict[str, Any]:
    for key in reversed(keys):
        value = {str(key): value}
    return dict(value)


def _at(domain: str) -> tuple[str, ...]:
    return (domain,) if domain in OWN_SECTIONS else ("plugins", domain)
