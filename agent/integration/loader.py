"""Finds integrations, checks their manifests, and imports the enabled ones.

A manifest is read before any code of its integration runs. There are three places: the ones that come with
hearthd, installed packages with an entry point `<domain> = <module>` in the group `hearthd.integrations`, and
drop-in folders `plugins/<domain>/` with `manifest.json` and `main.py`.
"""

import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import structlog
from pydantic import Field, StringConstraints, ValidationError, field_validator

from agent.errors import IntegrationError
from agent.integration.contract import Integration
from agent.section import Section

log = structlog.get_logger(__name__)
BUNDLED = Path(__file__).parent.parent.parent / "integrations"
ENTRY_POINTS = "hearthd.integrations"


class Manifest(Section):
    """manifest.json: what can be known of an integration without running it."""

    domain: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Its name in the configuration, and the name of its folder or entry point."""
    name: str
    """Its name for people."""
    version: str
    """Its version."""
    description: str
    """What it does, in a sentence."""
    enabled: bool = True
    """Whether it starts without being named in the configuration."""
    services: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")], ...] = ()
    """The first word, or several, of the services that it sees through as a whole, if not its domain."""
    requirements: tuple[str, ...] = ()
    """Python packages it needs beyond those of hearthd."""
    commands: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")
    """The module of its folder that the command line asks: `doctor(desk)` in it looks at what it needs."""

    @field_validator("services", mode="before")
    @classmethod
    def _one_or_several(cls, written: object) -> object:
        return (written,) if isinstance(written, str) else written


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An integration that is there. `problem`: why it cannot be used, None if it can."""

    manifest: Manifest
    folder: Path
    problem: str | None = None


def find(*drop_in: Path) -> tuple[Found, ...]:
    """Every integration, ours first. One that cannot be used says why; it does not stop the others."""
    found: dict[str, Found] = {}
    broken: list[tuple[_Place, str]] = []
    for place in _places(drop_in):
        try:
            manifest = _manifest_at(place)
        except IntegrationError as error:
            log.warning("integration.manifest_refused", folder=str(place.folder), reason=str(error))
            broken.append((place, str(error)))
            continue
        earlier = found.get(manifest.domain)
        if earlier is None:
            found[manifest.domain] = Found(manifest=manifest, folder=place.folder)
            continue
        reason = f"{manifest.domain!r} is in both {earlier.folder} and {place.folder}; remove one of them"
        log.error("integration.found_twice", reason=reason)
        found[manifest.domain] = replace(earlier, problem=earlier.problem or reason)
    for place, reason in broken:
        domain = _name_for(place, found)
        nameless = Manifest(domain=domain, name=place.name, version="?", description="")
        found[domain] = Found(manifest=nameless, folder=place.folder, problem=reason)
    return tuple(found.values())


def read_manifest(folder: Path, *, domain: str) -> Manifest:
    """The manifest in `folder`, which has to be that of `domain`.

    Raises:
        IntegrationError: it is missing, malformed or of another domain.
    """
    path = folder / "manifest.json"
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise IntegrationError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors()
        )
        raise IntegrationError(f"{path}: {wrong}") from error
    if manifest.domain != domain:
        raise IntegrationError(f"{path}: domain is {manifest.domain!r}; here it has to be {domain!r}")
    return manifest


def load(found: Found) -> type[Integration[Any]]:
    """Import an integration and return its class.

    Raises:
        IntegrationError: the module has no `INTEGRATION`, or its import fails.
    """
    main = found.folder / "main.py"
    path = main if main.exists() else found.folder / "__init__.py"
    name = _package_of(found)
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(found.folder)])
    module = _imported(name, path, spec, found.manifest)
    cls = getattr(module, "INTEGRATION", None)
    if not (isinstance(cls, type) and issubclass(cls, Integration)):
        del sys.modules[name]
        raise IntegrationError(f"{path} has no INTEGRATION = <a class derived from Integration>")
    return cls


def load_commands(found: Found) -> ModuleType | None:
    """Import what an integration has for the command line, and no more of it than that; None if nothing.

    Raises:
        IntegrationError: its import fails.
    """
    if found.manifest.commands is None:
        return None
    path = found.folder / f"{found.manifest.commands}.py"
    name = f"{_package_of(found)}.{found.manifest.commands}"
    return _imported(name, path, importlib.util.spec_from_file_location(name, path), found.manifest)


def _package_of(found: Found) -> str:
    ours = found.folder.parent == BUNDLED
    return f"integrations.{found.folder.name}" if ours else f"hearthd_plugin_{found.manifest.domain}"


def _imported(name: str, path: Path, spec: ModuleSpec | None, manifest: Manifest) -> ModuleType:
    if spec is None or spec.loader is None:
        raise IntegrationError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        hint = ""
        if isinstance(error, ImportError) and manifest.requirements:
            hint = f"; it needs {', '.join(manifest.requirements)}"
        raise IntegrationError(f"{path}: {type(error).__name__}: {error}{hint}") from error
    return module


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an integration should be, and the domain it has there."""

    name: str
    folder: Path
    missing: str | None = None
    """Why there is nothing to be read, None if there may be."""


def _manifest_at(place: _Place) -> Manifest:
    if place.missing is not None:
        raise IntegrationError(place.missing)
    return read_manifest(place.folder, domain=place.name.lstrip("_"))


def _places(drop_in: tuple[Path, ...]) -> Iterator[_Place]:
    """Every place once, also if two ways lead to it."""
    seen: set[Path] = set()
    for place in (*_bundled(), *_installed(), *_dropped_in(drop_in)):
        if place.missing is not None:
            yield place
        elif (real := place.folder.resolve()) not in seen:
            seen.add(real)
            yield place


def _bundled() -> Iterator[_Place]:
    for path in sorted(BUNDLED.glob("*/manifest.json")):
        if not path.parent.name.startswith("_"):
            yield _Place(path.parent.name, path.parent)


def _installed() -> Iterator[_Place]:
    """What packages offer by an entry point, whose name is the domain; nothing of it is imported."""
    for entry in entry_points(group=ENTRY_POINTS):
        module = entry.value.partition(":")[0].strip()
        folder = _folder_of(module)
        if folder is not None:
            yield _Place(entry.name, folder)
            continue
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package"
        where = Path(str(entry.dist.locate_file(""))) if entry.dist else Path()
        yield _Place(
            entry.name,
            where,
            f"the entry point {entry.name!r} of {package} in {where} names the module {module!r},"
            " which is not there; install it again",
        )


def _dropped_in(roots: tuple[Path, ...]) -> Iterator[_Place]:
    for root in roots:
        for folder in sorted(root.glob("*/")):
            if any((folder / name).exists() for name in ("manifest.json", "main.py", "__init__.py")):
                yield _Place(folder.name, folder)


def _folder_of(module: str) -> Path | None:
    """Where `module` lies, found without running the packages it is in."""
    top, *inner = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
        for depth, _ in enumerate(inner, 2):
            if spec is None:
                return None
            name = ".".join(module.split(".")[:depth])
            spec = PathFinder.find_spec(name, spec.submodule_search_locations or [])
    except (ImportError, ValueError):
        return None
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _name_for(place: _Place, taken: Mapping[str, Found]) -> str:
    """What to call an integration that could not say its domain: as its place, if nobody else is."""
    wanted = re.sub(r"[^a-z0-9_]", "_", place.name.lstrip("_").lower())
    wanted = wanted if wanted[:1].isalpha() else f"unknown_{wanted}"
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name
