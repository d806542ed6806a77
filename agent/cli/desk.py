"""Integrations on the command line, where no daemon has to run."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from agent import config as configuration
from agent.cli.daemon import conversation
from agent.cli.progress import Progress
from agent.errors import ConfigError, HearthError, IntegrationError
from agent.inference.fetch import Fetcher, Kind, Wanted
from agent.inference.get import usable
from agent.integration import loader
from agent.runtime.clock import Clock
from agent.section import Section

S = TypeVar("S", bound=Section)
HEARABLE_WITHIN = 15.0
"""Seconds in which a daemon has gone through all that may be said to it."""


class CommandDesk:
    """The Desk of one integration."""

    def __init__(
        self, found: loader.Found, loaded: configuration.Loaded, *, config: Path | None = None
    ) -> None:
        """`config` is the file that the command was given."""
        manifest = found.manifest
        self.enabled = loaded.enabled(manifest.domain, default=manifest.enabled)
        self.state_dir = loaded.config.node.state_dir
        self.language = loaded.config.language.default
        self._domain = manifest.domain
        self._loaded = loaded
        self._config = config

    def settings(self, model: type[S]) -> S:
        """The settings of the integration."""
        return self._loaded.section(self._domain, model)

    def ask(self, what: str, **arguments: Any) -> Any:
        """The running daemon's answer; None if there is none."""
        try:
            with conversation(argparse.Namespace(config=self._config)) as daemon:
                return daemon.ask(what, **arguments)
        except HearthError:
            return None

    def hearable(self) -> Mapping[str, Any]:
        """What may be said to the house."""
        told = self.ask("hearable", within=HEARABLE_WITHIN, language=self.language)
        return told if isinstance(told, Mapping) else self._hearable()

    def _hearable(self) -> Mapping[str, Any]:
        from agent.engines.grammar import Grammar
        from agent.engines.hearable import hearable
        from agent.home.furnished import as_left, furnished
        from agent.home.housefile import read_house

        home = as_left(self.state_dir, self._loaded.config.home)
        if home is None:
            # Something has to be there to be spoken of.
            home = furnished(read_house(loader.BUNDLED / "demo_house" / "default.yaml"))
        templates = Grammar(folders=self._loaded.sentence_folders).templates(self.language)
        tasks = self._loaded.config.tasks.items()
        called = [name for task_id, task in tasks for name in task.names(task_id)]
        return hearable(self.language, home, templates, tasks=called).as_json()

    def fetch(
        self,
        url: str,
        target: Path,
        *,
        sha256: str | None,
        name: str,
        magic: bytes,
        check: Callable[[Path], None],
    ) -> None:
        """Download a file, with its progress shown."""
        if not usable(url):
            raise ConfigError(f"{url}: is no address without a password, as in https://example.org/model.zip")
        clock = Clock()
        kind = Kind(name=name, magic=magic, check=check)
        with Progress(target.name, clock) as progress:
            fetcher = Fetcher(clock=clock, progress=progress, told=progress.say)
            fetcher.fetch(Wanted(url=url, sha256=sha256, target=target, kind=kind))


def offered(domain: str, options: argparse.Namespace) -> tuple[ModuleType, CommandDesk]:
    """What the integration `domain` has for the command line, and its desk.

    Raises:
        ConfigError: the configuration is wrong.
        IntegrationError: it is not there, or broken.
    """
    loaded = configuration.read(options.config)
    for found in loader.find(*loaded.plugin_folders):
        if found.manifest.domain == domain and (module := loader.load_commands(found)) is not None:
            return module, CommandDesk(found, loaded, config=options.config)
    raise IntegrationError(
        f"the integration {domain!r} is not here, or has no commands: install hearthd again"
    )
