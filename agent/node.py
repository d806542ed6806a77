"""The `node:` section: what this daemon is called, where its state lies, in which time zone the house is."""

import re
import socket
from difflib import get_close_matches
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from agent.runtime.state_dir import default_state_dir
from agent.section import AbsolutePath, Section


def _host_name() -> str:
    """The host's name, without its domain, in the characters of a topic level."""
    host = socket.gethostname().partition(".")[0]
    return re.sub(r"[^A-Za-z0-9_-]", "_", host)[:64] or "hearth"


class NodeConfig(Section):
    """The `node:` section."""

    name: str = Field(default_factory=_host_name, pattern=r"^[\w.-]{1,64}$", examples=["hallway-pi"])
    """Its name in our topics, `hearthd/<name>/...`. Default: the host's name."""
    state_dir: AbsolutePath = Field(default_factory=default_state_dir, examples=["/var/lib/hearthd"])
    """Where the database, the key and the embedded broker's data lie."""
    timezone: str | None = Field(default=None, examples=["Europe/Berlin"])
    """The house's time zone, as in `Europe/Berlin`. Default: the machine's."""

    latitude: float | None = Field(default=None, ge=-90, le=90, examples=[52.52])
    """Where the house stands, in degrees, north is positive: for sunrise and sunset."""
    longitude: float | None = Field(default=None, ge=-180, le=180, examples=[13.405])
    """The same, east is positive."""

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            missing = "latitude" if self.latitude is None else "longitude"
            raise ValueError(f"{missing} is missing: where the house stands takes both")
        return self

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        try:
            return name if name is None else ZoneInfo(name).key
        except (KeyError, OSError, ValueError):
            near = get_close_matches(name or "", available_timezones(), n=1)
            right = f"did you mean {near[0]!r}?" if near else "a name such as 'Europe/Berlin' would be right"
            raise ValueError(f"{name!r} is no time zone; {right}") from None
