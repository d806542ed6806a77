"""What an integration is handed by the command line, where there may be no daemon, and what it tells it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from agent.section import Section

S = TypeVar("S", bound=Section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that `hearthd doctor` looked at. `needed`: what is configured does not work without it."""

    what: str
    ok: bool
    says: str
    needed: bool = True


class Desk(Protocol):
    """What the command line knows, for an integration that has no House there."""

    enabled: bool
    """Whether the configuration wants the integration."""
    state_dir: Path
    """Where the daemon's state lies."""
    language: str
    """Of the house, as in en or zh-CN."""

    def settings(self, model: type[S]) -> S:
        """The settings of the integration, as its own model.

        Raises:
            ConfigError: they do not fit.
        """
        ...

    def ask(self, what: str, **arguments: Any) -> Any:
        """The running daemon's answer; None if none runs, or none answers that."""
        ...

    def hearable(self) -> Mapping[str, Any]:
        """What may be said to the house, by the daemon that runs or as the last one left the house."""
        ...

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
        """Download a file, with its progress shown; an interrupted download goes on where it ended.

        Args:
            url: where it is.
            target: what it becomes, once it is whole.
            sha256: its checksum; None: whatever is there is believed.
            name: of the kind of file, for people.
            magic: the bytes that it has to begin with.
            check: is called before it becomes `target`; raises ConfigError if it is not to.

        Raises:
            ConfigError: it can't be had like this, one line.
            TransientError: not now; what has come is kept.
        """
        ...
