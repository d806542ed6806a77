"""`hearthd check` and `hearthd schema`: the configuration as the daemon would see it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from agent import config as configuration
from agent.cli.quiet import quietly
from agent.errors import ConfigError, IntegrationError
from agent.integration import loader
from agent.section import Section


def check(path: Path | None, *, as_json: bool) -> int:
    """Load the configuration as the daemon would; say which files it is made of, or what is wrong with it."""
    quietly()
    files: list[str] = []
    rules: list[str] = []
    notes: list[str] = []
    try:
        loaded = configuration.read(path)
        files = [str(file) for file in loaded.files]
        wrong, rules, notes = _rules(loaded)
        mistakes = [*_integrations(loaded), *_sentences(loaded), *wrong]
    except ConfigError as error:
        mistakes = str(error).splitlines()
    for line in mistakes:
        print(line, file=sys.stderr)
    for line in () if as_json else notes:
        print(f"note: {line}", file=sys.stderr)
    if as_json:
        told = {"ok": not mistakes, "files": files, "problems": mistakes} | (
            ({"rules": rules} if rules else {}) | ({"notes": notes} if notes else {})
        )
        print(orjson.dumps(told).decode())
    elif not mistakes:
        print("\n".join([*(files or ["no configuration file: the defaults hold"]), *rules, "ok"]))
    return 1 if mistakes else 0


def schema() -> int:
    """Print the JSON Schema of the whole configuration, the integrations' own settings included."""
    quietly()
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **configuration.Config.model_json_schema(),
    }
    for found in loader.find():
        try:
            model = loader.load(found).Config
        except IntegrationError as error:
            print(error, file=sys.stderr)
            continue
        _add(whole, found.manifest.domain, model)
    print(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())
    return 0


def _rules(loaded: configuration.Loaded) -> tuple[list[str], list[str], list[str]]:
    """What is wrong with automations and schedules, what each of them does, and what is worth telling."""
    config = loaded.config
    automations, schedules = getattr(config, "automations", ()), getattr(config, "schedules", ())
    tasks = getattr(config, "tasks", {})
    if not automations and not schedules and not tasks:
        return [], [], []
    from agent.cli.ruling import checked_rules

    found = checked_rules(loaded, automations=automations, schedules=schedules, tasks=tasks)
    return found.mistakes, found.lines, found.notes


def _sentences(loaded: configuration.Loaded) -> list[str]:
    """What is wrong with the user's own sentence files."""
    if not any(folder.is_dir() for folder in loaded.sentence_folders):
        return []
    from agent.engines.files import languages_of_user
    from agent.engines.grammar import Grammar

    grammar = Grammar(folders=loaded.sentence_folders)
    for language in languages_of_user(loaded.sentence_folders):
        if grammar.templates(language) is None:
            grammar.refused.append(
                f"no sentences are known in the language {language!r}; see config.example.yaml"
            )
    return grammar.refused


def _integrations(loaded: configuration.Loaded) -> Iterator[str]:
    """What is wrong with the integrations and their own settings, which only their own models know."""
    there = loader.find(*loaded.plugin_folders)
    known = {found.manifest.domain for found in there}
    for domain in loaded.config.plugins:
        if domain not in known:
            yield loaded.no_such_plugin(domain, known)
    for found in there:
        domain = found.manifest.domain
        if found.problem is not None:
            yield found.problem
        elif loaded.enabled(domain, default=found.manifest.enabled):
            try:
                loaded.section(domain, loader.load(found).Config)
            except (ConfigError, IntegrationError) as error:
                yield from str(error).splitlines()


def _add(whole: dict[str, Any], domain: str, model: type[Section]) -> None:
    """Put the settings of one integration in their place; its definitions get names of their own."""
    inner = model.model_json_schema(ref_template=f"#/$defs/{domain}.{{model}}")
    definitions = whole.setdefault("$defs", {})
    definitions |= {f"{domain}.{name}": one for name, one in inner.pop("$defs", {}).items()}
    enabled = definitions["PluginConfig"]["properties"]["enabled"]
    inner["properties"] = {"enabled": enabled, **inner.get("properties", {})}
    if domain in configuration.OWN_SECTIONS:
        whole["properties"][configuration.OWN_SECTIONS[domain]] = inner
    else:
        whole["properties"]["plugins"].setdefault("properties", {})[domain] = inner
