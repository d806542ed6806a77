"""Which models there are: the shipped one, those in the models folder, and those of the configuration.

Looks at headers only: nothing is loaded, and no server is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.errors import ConfigError
from agent.inference import header as headers
from agent.inference.choice import missing, reads_newer
from agent.inference.gguf import check
from agent.inference.section import FileConfig, ModelsConfig, ServerConfig

NOT_YET = "no model came with this installation"
Source = Literal["shipped", "configuration", "folder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A model, and what is known of it. What is not known is None."""

    name: str
    source: Source
    where: str
    """Its file, or the address of its server."""
    usable: bool | None
    """Whether it can be loaded here. None: a server would have to be asked."""
    reason: str | None = None
    """Why it can't be."""
    size: int | None = None
    """Bytes."""
    architecture: str | None = None
    quantisation: str | None = None
    parameters: int | None = None
    context: int | None = None
    """How many tokens it was made for; for a configured one, how many it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Where models may be."""

    shipped: Path
    folder: Path
    configured: ModelsConfig

    def models(self) -> tuple[Listed, ...]:
        """All of them; a file in the folder that is configured is there once, under its configured name."""
        return tuple(self._all())

    def find(self, name: str | None) -> tuple[str, FileConfig, Source | None]:
        """The model that is called `name`, or lies there; the shipped one if nothing is said.

        Raises:
            ConfigError: it is none that runs on this machine.
        """
        provider = self.configured.providers.get(name or "")
        if isinstance(provider, ServerConfig):
            raise ConfigError(f"{name} is a server, {provider.url}; only files are run on this machine")
        if provider is not None:
            return str(name), provider, "configuration"
        if name is None or name == self.shipped.stem:
            if not self.shipped.exists():
                raise ConfigError(f"{NOT_YET}; name another model or file")
            return self.shipped.stem, _file(self.shipped), "shipped"
        for path in (self.folder / name, self.folder / f"{name}.gguf"):
            if "/" not in name and path.is_file():
                return path.stem, _file(path), "folder"
        path = Path(name).absolute()
        if not path.exists():
            known = ", ".join(one.name for one in self._all())
            raise ConfigError(f"no model or file is called {name!r}; there are: {known}")
        return path.stem, _file(path), None

    def _all(self) -> Iterator[Listed]:
        if self.shipped.exists():
            yield _looked_at(self.shipped, self.shipped.stem, "shipped")
        else:
            where = str(self.shipped)
            yield Listed(name=self.shipped.stem, source="shipped", where=where, usable=False, reason=NOT_YET)
        files = set()
        for name, provider in self.configured.providers.items():
            if isinstance(provider, ServerConfig):
                yield Listed(name=name, source="configuration", where=provider.url, usable=None)
            else:
                files.add(provider.path.resolve())
                yield _looked_at(provider.path, name, "configuration", provider)
        for path in sorted(self.folder.glob("*.gguf")):
            if path.resolve() not in files:
                yield _looked_at(path, path.stem, "folder")


def _file(path: Path) -> FileConfig:
    # No model but ours knows our control tokens.
    return FileConfig(kind="gpt4all", path=path, template="%1%2", system_template="%1%2")


def _looked_at(path: Path, name: str, source: Source, provider: FileConfig | None = None) -> Listed:
    size = path.stat().st_size if path.is_file() else None
    reason = _why_not(path, provider)
    try:
        header = headers.read(path)
    except ConfigError:
        return Listed(name=name, source=source, where=str(path), usable=False, reason=reason, size=size)
    architecture = header.value("general.architecture")
    context = header.value(f"{architecture}.context_length")
    return Listed(
        name=name,
        source=source,
        where=str(path),
        usable=reason is None,
        reason=reason,
        size=size,
        architecture=architecture if isinstance(architecture, str) else None,
        quantisation=header.quantisation,
        parameters=header.weights,
        context=provider.context if provider else context if isinstance(context, int) else None,
    )


def _why_not(path: Path, provider: FileConfig | None) -> str | None:
    limit = provider.memory_limit_mb if provider else None
    library = provider.library if provider else "auto"
    try:
        check(
            path,
            context=provider.context if provider else 1,
            memory_limit=None if limit is None else limit << 20,
            sha256=provider.sha256 if provider else None,
            newer=reads_newer(library),
        )
    except ConfigError as error:
        return str(error).removeprefix(f"{path}: ")
    return missing(library)
