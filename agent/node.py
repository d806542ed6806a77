"""The `node:` section: what this daemon is called and where its state lies."""

import re
import socket
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from agent.runtime.state_dir import default_state_dir
from agent.section import Section


def _host_name() -> str:
    """The host's name in the characters of a topic level."""
    return re.sub(r"[^\w.-]", "_", socket.gethostname())[:64] or "hearth"


class NodeConfig(Section):
    """The `node:` section."""

    name: str = Field(default_factory=_host_name, pattern=r"^[\w.-]{1,64}$")
    """Its name in our topics, `hearthd/<name>/...`. Default: the host's name."""
    state_dir: Path = Field(default_factory=default_state_dir)
    """Where the database, the key and the embedded broker's data lie."""
    timezone: str | None = None
    """The house's time zone, as in `Europe/Berlin`. Default: the machine's."""

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        try:
            return name if name is None else ZoneInfo(name).key
        except (KeyError, OSError, ValueError):
            raise ValueError("it is no time zone; a name like 'Europe/Berlin' would be right") from None
