"""config.yaml: the table of contents. Each section's class stands in the module that it configures.

Later sources win, key by key: the defaults, `config.yaml`, every `conf.d/*.yaml` beside it by name, the
environment (`HEARTHD_MQTT__HOST`), and systemd's credentials (`mqtt_password`) for what is secret.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from agent.actions.policy import PolicyConfig
from agent.automations.oversights import sunless
from agent.automations.schedule_section import ScheduleConfigs
from agent.automations.sun import place_of
from agent.automations.task_section import TasksSection
from agent.automations.when_section import Automations
from agent.configfile.explain import told, unknown_key
from agent.configfile.mistakes import Mistake, meant, refused
from agent.configfile.reader import Reader
from agent.configfile.section import validate_section
from agent.configfile.sources import (
    CHOSEN,
    config_files,
    credentials_tree,
    environment_tree,
    filled,
    main_file,
)
from agent.configfile.tree import Keys, Place, Tree, mapping, merged, tree_of
from agent.dialogue.language import LanguageConfig
from agent.home.registry import HomeConfig
from agent.inference.section import ModelsConfig
from agent.mqtt.config import MqttConfig
from agent.node import NodeConfig
from agent.runtime.log import LogConfig
from agent.section import Section

S = TypeVar("S", bound=Section)
LATER = ("memory",)
"""Sections that this version does not have yet."""
OWN_SECTIONS = {"health": "health", "journal": "journal", "voice": "voice", "http": "api"}
"""Integrations with a section of their own, and what it is called; all others have theirs below `plugins`."""


class PluginConfig(Section):
    """The settings of an integration: `enabled`, and what its own `Config` says."""

    model_config = ConfigDict(extra="allow")

    enabled: bool = True
    """Whether it runs. One that is named here does, unless this says no."""


class Config(BaseSettings):
    """The configuration of hearthd."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    node: NodeConfig = Field(default_factory=NodeConfig)
    """What this daemon is called, where its state lies, in which time zone the house is."""
    mqtt: MqttConfig | None = None
    """The broker. Without this section one is started for this machine alone."""
    home: HomeConfig = HomeConfig()
    """Floors and areas, and corrections to what devices say of themselves."""
    language: LanguageConfig = LanguageConfig()
    """What people speak here."""
    models: ModelsConfig = ModelsConfig()
    """Which language models there are beside the one that comes with hearthd."""
    policy: PolicyConfig = PolicyConfig()
    """What may be done, by whom, and how often."""
    automations: Automations = ()
    """What happens by itself: when something happens, if something is so."""
    schedules: ScheduleConfigs = ()
    """What happens by itself at a time."""
    tasks: TasksSection = Field(default_factory=dict)
    """Commands that may be run, by name."""
    health: PluginConfig = PluginConfig()
    """The health report."""
    journal: PluginConfig = PluginConfig()
    """The journal of the machine, and what is found in it."""
    voice: PluginConfig = PluginConfig(enabled=False)
    """Microphone, loudspeaker and satellites. Without this section there is no voice."""
    api: PluginConfig = PluginConfig(enabled=False)
    """The way in over HTTP. Without this section nobody listens."""
    plugins: dict[str, PluginConfig] = Field(default_factory=dict)
    """The other integrations, by domain."""
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
        """Only what `read` hands in: its sources can tell where each value was written."""
        return (init_settings,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration, and where each of its values was written."""

    config: Config
    tree: Tree
    """Everything that was written, with its places."""
    path: Path | None = None
    """The main file, None where there is none."""
    files: tuple[Path, ...] = ()
    """Every file that was read, in order, less the ones that hold secrets."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables it was read with; they say where systemd's credentials lie."""
    brought: tuple[Mapping[str, Any], str] | None = None
    """Values that a command brought along, and from where."""

    def enabled(self, domain: str, *, default: bool) -> bool:
        """Whether the integration `domain` is to run; `default` for one that is not named anywhere."""
        if domain in OWN_SECTIONS:
            return bool(getattr(self.config, OWN_SECTIONS[domain]).enabled)
        named = self.config.plugins.get(domain)
        return default if named is None else named.enabled

    def section(self, domain: str, model: type[S]) -> S:
        """The settings of the integration `domain` as its own model.

        Raises:
            ConfigError: they do not fit; one line for each mistake.
        """
        where = section_of(domain)
        tree = self.tree.at(where) or mapping({}, self.locate(where))
        return validate_section(model, tree.without("enabled"), where, environment=self.environment)

    @property
    def plugin_folders(self) -> tuple[Path, ...]:
        """Where integrations of the user's own may lie: beside the configuration, and with the state."""
        beside = [self.path.parent / "plugins"] if self.path else []
        return (*beside, self.config.node.state_dir / "plugins")

    @property
    def sentence_folders(self) -> tuple[Path, ...]:
        """Where sentence files of the user's may lie: beside the configuration, and as `language` says."""
        beside = [self.path.parent / "sentences"] if self.path else []
        return (*beside, *self.config.language.sentences)

    def locate(self, keys: Keys) -> Place:
        """Where the value at `keys` was written, or the nearest thing around it."""
        return self.tree.place_of(keys)

    def no_such_plugin(self, domain: str, known: Iterable[str]) -> str:
        """The mistake of naming an integration that is not there."""
        keys = ("plugins", domain)
        text = f"no integration is called {domain!r}; {meant(domain, set(known) - set(OWN_SECTIONS))}"
        return str(Mistake(self.locate(keys), keys, text))


def read(path: Path | None, *, environment: Mapping[str, str] = os.environ) -> Loaded:
    """The configuration in `path`, or in the usual place.

    Raises:
        ConfigError: one line for each mistake: file and line, key, what is wrong, what would be right.
    """
    main = main_file(path, environment)
    named = path is not None or bool(environment.get(CHOSEN))
    reader = Reader(folder=main.parent, environment=environment)
    whole = mapping({}, Place(str(main)))
    found = config_files(main, needed=named)
    for file in found:
        tree = reader.file(file)
        if not tree.bare and not isinstance(tree.value, Mapping):
            text = "the file does not hold sections; begin it with one, such as 'mqtt:'"
            reader.mistakes.append(Mistake(tree.place, (), text))
            continue
        whole = merged(whole, tree)
    note = reader.mistakes.append
    whole = filled(merged(whole, environment_tree(environment, model=Config, note=note)), Config)
    whole = merged(whole, credentials_tree(environment, model=Config, below=whole, name="", note=note))
    config = _validated(whole, mistakes=reader.mistakes, sources=reader.files)
    return Loaded(
        config=config,
        tree=whole,
        path=main if found else None,
        files=tuple(reader.files),
        environment=environment,
    )


def from_values(values: Mapping[str, Any], *, source: str) -> Loaded:
    """`values` from `source` as the whole configuration: no files, no environment.

    Raises:
        ConfigError: they do not fit.
    """
    tree = filled(tree_of(values, Place(source)), Config)
    return Loaded(config=_validated(tree, mistakes=[], sources=()), tree=tree)


def with_values(loaded: Loaded, values: Mapping[str, Any], *, source: str) -> Loaded:
    """`loaded` over `values` that a command brings along from `source`: what the user wrote wins.

    Raises:
        ConfigError: together they do not fit.
    """
    tree = merged(tree_of(values, Place(source)), loaded.tree)
    config = _validated(tree, mistakes=[], sources=loaded.files)
    return replace(loaded, tree=tree, config=config, brought=(values, source))


def again(old: Loaded) -> Loaded:
    """The same configuration, read anew; what a command brought along still holds.

    Raises:
        ConfigError: as `read` does.
    """
    new = read(old.path)
    return new if old.brought is None else with_values(new, old.brought[0], source=old.brought[1])


def section_of(domain: str) -> tuple[str, ...]:
    """Where the settings of the integration `domain` stand."""
    return (OWN_SECTIONS[domain],) if domain in OWN_SECTIONS else ("plugins", domain)


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


def _validated(tree: Tree, *, mistakes: list[Mistake], sources: Sequence[Path]) -> Config:
    """What `tree` says, once nothing is wrong with it.

    Only sections we know go to pydantic-settings, which takes names such as `_env_file` as orders to itself.
    """
    known = {key: one for key, one in tree.children.items() if key in Config.model_fields}
    complete = not mistakes
    mistakes = [*mistakes, *_unknown(tree)]
    try:
        config = Config(**mapping(known, tree.place).plain())
    except ValidationError as error:
        mistakes += told(error, model=Config, tree=tree, complete=complete)
    else:
        if place_of(config.node.latitude, config.node.longitude) is None:
            mistakes += sunless(config.automations, config.schedules, tree)
    if mistakes:
        raise refused(mistakes, sources=[str(file) for file in sources])
    return config


def _unknown(tree: Tree) -> list[Mistake]:
    """Sections that there are not."""
    found = []
    for key, one in tree.children.items():
        if key in LATER:
            text = f"this version has no section {key!r} yet; leave it out"
        elif key not in Config.model_fields:
            text = unknown_key((key,), Config.model_json_schema())
        else:
            continue
        found.append(Mistake(one.place, (key,), text))
    plugins = tree.at(("plugins",))
    for domain, section in OWN_SECTIONS.items():
        if plugins is not None and (inner := plugins.child(domain)) is not None:
            text = f"{domain!r} has a section of its own; write it at the top as '{section}:'"
            found.append(Mistake(inner.place, ("plugins", domain), text))
    return found
