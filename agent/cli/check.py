"""`hearthd check` and `hearthd schema`."""

import sys
from pathlib import Path

import orjson

from agent import config as configuration
from agent.errors import ConfigError, IntegrationError
from agent.integration import loader


def check(path: Path | None, *, as_json: bool) -> int:
    """Load the configuration as the daemon would and say what is wrong with it."""
    problems: list[str] = []
    files: list[str] = []
    try:
        loaded = configuration.read(path)
        files = [str(file) for file in loaded.files]
        problems = list(_integrations(loaded))
    except ConfigError as error:
        problems = str(error).splitlines()
    if as_json:
        print(orjson.dumps({"ok": not problems, "files": files, "problems": problems}).decode())
    else:
        for line in problems:
            print(line, file=sys.stderr)
        if not problems:
            print("\n".join(files) if files else "no configuration file: the defaults hold")
            print("ok")
    return 1 if problems else 0


def schema() -> int:
    """Print the JSON Schema of the whole configuration."""
    print(orjson.dumps(configuration.Config.model_json_schema(), option=orjson.OPT_INDENT_2).decode())
    return 0


def _integrations(loaded: configuration.Loaded) -> list[str]:
    """The mistakes in the integrations' own settings, which only their own models know."""
    problems: list[str] = []
    known = {found.manifest.domain: found for found in loader.find()}
    for domain in loaded.config.plugins:
        if domain not in known:
            place = loaded.locate(("plugins", domain))
            problems.append(
                f"{place}: plugins.{domain}: there is no such integration; there are {', '.join(known)}"
            )
    for domain, found in known.items():
        try:
            if loaded.enabled(domain, default=found.manifest.enabled):
                loaded.section(domain, loader.load(found).Config)
        except (ConfigError, IntegrationError) as error:
            problems += str(error).splitlines()
    return problems
