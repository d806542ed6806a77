"""Units as systemd tells of them: names, states, and what D-Bus makes of both. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.api import ActionError

ENDINGS = (
    *("service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice"),
    "scope",
)
ROOT = "/org/freedesktop/systemd1/unit/"
_NAME = re.compile(r"[A-Za-z0-9:_.@\\-]{1,255}", re.ASCII)
_ESCAPED = re.compile(r"_([0-9a-f]{2})")
UP = frozenset({"active", "reloading"})
"""States in which a unit does its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as it is in the list of systemd."""

    name: str
    description: str = ""
    load: str = "loaded"
    active: str = "inactive"
    sub: str = "dead"
    path: str = ""

    @property
    def up(self) -> bool:
        """Whether it does its work."""
        return self.active in UP

    @property
    def service(self) -> bool:
        """Whether it is a service that is there at all."""
        return self.name.endswith(".service") and self.load == "loaded"

    @property
    def short(self) -> str:
        """What people call it."""
        return self.name.removesuffix(".service")

    def as_json(self) -> dict[str, Any]:
        """A line of a list."""
        return {
            "unit": self.name,
            "description": self.description,
            "load": self.load,
            "active": self.active,
            "sub": self.sub,
        }


def listed(row: Iterable[Any]) -> Unit:
    """A row of ListUnits."""
    name, description, load, active, sub, _following, path, *_job = row
    return Unit(name=name, description=description, load=load, active=active, sub=sub, path=path)


def name_of_path(path: str) -> str:
    """The name of the unit at an object path: `.../unit/nginx_2eservice`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), path.removeprefix(ROOT))


def checked_name(given: object) -> str:
    """The unit that `given` names; a bare name is a service.

    Raises:
        ActionError: no unit can be called so.
    """
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        raise ActionError(f"no unit is called {given!r:.80}; nginx.service would be right")
    return given if given.rpartition(".")[2] in ENDINGS and "." in given else f"{given}.service"


def meant(said: str, known: Iterable[str], names: Mapping[str, str]) -> str | None:
    """The unit that a person calls `said`, of those `known`; None if it is none of them.

    Exact names come first, then names of the configuration, then services that are called so but for their
    separators, their `d` at the end (`ssh` and `sshd.service`) or what packages put around them.
    """
    wanted = said.strip().casefold()
    for name, unit in names.items():
        if name.casefold() == wanted:
            return unit
    here = sorted(known)
    plain = {one.casefold(): one for one in here}
    for candidate in (wanted, f"{wanted}.service"):
        if candidate in plain:
            return plain[candidate]
    key = _key(wanted)
    services = [one for one in here if one.endswith(".service")]
    for form in (
        lambda one: one == key,
        lambda one: one in (f"{key}d", key.removesuffix("d")),
        lambda one: one in (f"{key}server", f"{key}mediaserver", f"{key}daemon", f"snap{key}{key}"),
    ):
        found = next((one for one in services if form(_key(one.removesuffix(".service")))), None)
        if found is not None:
            return found
    return None


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
