"""Finds integrations, checks their manifests, and imports the enabled ones.

A manifest is read before any code of its integration runs. There are three places: the ones that come with
hearthd, installed packages with an entry point in `hearthd.integrations`, and drop-in folders
`plugins/<name>/` with `manifest.json` and `main.py`.
"""

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import structlog
from pydantic import Field, ValidationError

from agent.errors import IntegrationError
from agent.integration.contract import Integration
from agent.section import Section

log = structlog.get_logger(__name__)
BUNDLED = Path(__file__).parent.parent.parent / "integrations"
ENTRY_POINTS = "hearthd.integrations"


class Manifest(Section):
    """manifest.json: what can be known of an integration without running it."""

    domain: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Its name in the configuration, and the name of its folder."""
    name: str
    """Its name for people."""
    version: str
    """Its version."""
    description: str
    """What it does, in a sentence."""
    enabled: bool = True
    """Whether it starts without being named in the configuration."""
    requirements: tuple[str, ...] = ()
    """Python packages it needs beyond those of hearthd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An integration that is there. `problem`: why it cannot be used, None if it can."""

    manifest: Manifest
    folder: Path
    problem: str | None = None


def find(*drop_in: Path) -> tuple[Found, ...]:
    """Every integration, ours first. One that cannot be used says why; it does not stop the others."""
    found: dict[str, Found] = {}
    for folder in _folders(drop_in):
        try:
            one = Found(manifest=read_manifest(folder), folder=folder)
        except IntegrationError as error:
            log.warning("integration.manifest_refused", folder=str(folder), reason=str(error))
            nameless = Manifest(domain="unknown", name=folder.name, version="?", description="")
            found[str(folder)] = Found(manifest=nameless, folder=folder, problem=str(error))
            continue
        earlier = found.get(one.manifest.domain)
        if earlier is not None:
            reason = f"{one.manifest.domain!r} is in both {earlier.folder} and {folder}; remove one of them"
            log.error("integration.found_twice", reason=reason)
            found[one.manifest.domain] = Found(
                manifest=earlier.manifest, folder=earlier.folder, problem=reason
            )
            continue
        found[one.manifest.domain] = one
    return tuple(found.values())


def read_manifest(folder: Path) -> Manifest:
    """The manifest in `folder`, whose name must be its domain.

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
    if manifest.domain != folder.name.lstrip("_"):
        raise IntegrationError(f"{path}: domain is {manifest.domain!r}, but the folder is {folder.name!r}")
    return manifest


def load(found: Found) -> type[Integration[Any]]:
    """Import an integration and return its class.

    Raises:
        IntegrationError: the module has no `INTEGRATION`, or its import fails.
    """
    main = found.folder / "main.py"
    path = main if main.exists() else found.folder / "__init__.py"
    ours = found.folder.parent == BUNDLED
    name = f"integrations.{found.folder.name}" if ours else f"hearthd_plugin_{found.manifest.domain}"
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(found.folder)])
    if spec is None or spec.loader is None:
        raise IntegrationError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise IntegrationError(f"{path}: {type(error).__name__}: {error}") from error
    cls = getattr(module, "INTEGRATION", None)
    if not (isinstance(cls, type) and issubclass(cls, Integration)):
        raise IntegrationError(f"{path} has no INTEGRATION = <a class derived from Integration>")
    return cls


def _folders(drop_in: tuple[Path, ...]) -> Iterator[Path]:
    for path in sorted(BUNDLED.glob("*/manifest.json")):
        if not path.parent.name.startswith("_"):
            yield path.parent
    for entry in entry_points(group=ENTRY_POINTS):
        spec = importlib.util.find_spec(entry.module)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent
    for root in drop_in:
        for path in sorted(root.glob("*/manifest.json")):
            yield path.parent
