"""config.example.yaml is complete, explained, and says the truth about the defaults."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agent import config as configuration
from agent.config import Config, section_of
from agent.configfile.tree import Tree
from agent.integration import loader
from agent.mqtt.config import MqttConfig, TlsConfig
from agent.section import Section

EXAMPLE = Path(__file__).parent.parent / "config.example.yaml"
TEXT = EXAMPLE.read_text()
HEADER, _, SETTINGS = TEXT.partition("\n\n")
PROSE = re.compile(r"# \S| +#")
INTEGRATIONS = {
    found.manifest.domain: loader.load(found).Config for found in loader.find() if found.problem is None
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def switched_on() -> str:
    """The example with everything in it that is switched off, instead of the default above it."""
    lines = [line if PROSE.match(line) else line.removeprefix("#") for line in SETTINGS.splitlines()]
    keys = [line.partition(":")[0] for line in lines]
    return "".join(
        f"{line}\n" for line, key, after in zip(lines, keys, [*keys[1:], ""], strict=True) if key != after
    )


@pytest.fixture
def everything(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(switched_on())
    return configuration.read(path)


def test_the_example_is_the_defaults():
    loaded = configuration.read(EXAMPLE)

    assert loaded.config == Config()


def test_what_is_switched_off_is_valid_too(everything):
    assert everything.config.home.areas[0].floor == everything.config.home.floors[0].id


def test_the_switched_off_section_of_the_broker_holds_its_defaults(everything):
    assert everything.config.mqtt == MqttConfig(tls=TlsConfig())


@pytest.mark.parametrize("domain", sorted(INTEGRATIONS))
def test_the_switched_off_settings_of_an_integration_are_valid(everything, domain):
    assert everything.section(domain, INTEGRATIONS[domain])


@pytest.mark.parametrize("domain", sorted(INTEGRATIONS))
def test_the_switched_off_settings_of_an_integration_are_its_defaults(everything, domain):
    shown = everything.section(domain, INTEGRATIONS[domain])
    defaults = {
        name: info.get_default(call_default_factory=True)
        for name, info in INTEGRATIONS[domain].model_fields.items()
        if not info.is_required()
        and not isinstance(info.get_default(call_default_factory=True), dict | BaseModel)
    }

    assert {name: getattr(shown, name) for name in defaults} == defaults


def test_every_key_is_shown(everything):
    shown = everything.tree
    missing = [*_missing(Config, [shown], "")]
    for domain, model in INTEGRATIONS.items():
        own = shown.at(section_of(domain))
        if model.model_fields:
            missing += _missing(model, [own] if own else [], f"{domain}.")

    assert missing == []


def test_every_default_is_shown(everything):
    fields = list(_fields(Config, [everything.tree], ""))
    for domain, model in INTEGRATIONS.items():
        own = everything.tree.at(section_of(domain))
        fields += _fields(model, [own] if own else [], f"{domain}.")
    hidden = {
        f"{name}: {info.default}"
        for name, info, shown in fields
        if isinstance(info.default, str | int | float) and info.default not in [one.plain() for one in shown]
    }

    assert hidden == set()


def test_every_key_is_explained():
    explained = set()
    before = ""
    for line in SETTINGS.splitlines():
        key = re.match(r"#? *(?:- )?([\w.]+):", line)
        if key and PROSE.match(before):
            explained.add(key[1])
        if key and "  # " in line:
            explained |= set(re.findall(r"(\w+):", line))
        before = line

    assert _names(Config).union(*map(_names, INTEGRATIONS.values())) - explained == set()


def _sections(annotation: object) -> list[type[Section]]:
    """The sections that a field holds, one or many."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for one in get_args(annotation) for found in _sections(one)]


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of `model` by what they are called in the file."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _fields(
    model: type[BaseModel], trees: Sequence[Tree], at: str, within: frozenset[type] = frozenset()
) -> Iterator[tuple[str, FieldInfo, Sequence[Tree]]]:
    """Every field of `model` and of the sections in it, with its values in `trees`; once, if they nest."""
    for name, info in _keys(model).items():
        inner = [found for tree in trees if (found := tree.child(name)) is not None]
        yield f"{at}{name}", info, inner
        for section in _sections(info.annotation) if inner else ():
            kept = [found for one in inner for found in (*one.items, *one.children.values())]
            direct = section is info.annotation or info.default is None or isinstance(info.default, section)
            if section not in within | {model}:
                yield from _fields(section, inner if direct else kept, f"{at}{name}.", within | {model})


def _missing(model: type[BaseModel], trees: Sequence[Tree], at: str) -> Iterator[str]:
    """The keys of `model` that none of `trees` has."""
    return (name for name, _, shown in _fields(model, trees, at) if not shown)


def _names(model: type[BaseModel], within: frozenset[type] = frozenset()) -> set[str]:
    names = set(_keys(model))
    for info in model.model_fields.values():
        for section in _sections(info.annotation):
            names |= _names(section, within | {model}) if section not in within | {model} else set()
    return names
