"""What is configured under `voice: wyoming:`."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from agent.api import Duration, Section


def _address(given: str) -> str:
    try:
        parts = urlsplit(given)
        right = bool(parts.hostname) and bool(parts.port)
    except ValueError:
        right = False
    if not right:
        raise ValueError(f"{given!r} is no address; tcp://192.168.1.20:10700 would be right")
    return given


Address = Annotated[
    str, StringConstraints(pattern=r"^tcp://[^\s/@]+:\d{1,5}$", max_length=300), AfterValidator(_address)
]


def host_and_port(url: str) -> tuple[str, int]:
    """The two of an `Address`."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0


class WyomingSatellite(Section):
    """A satellite that waits for us to call it: wyoming-satellite, and what speaks like it."""

    name: str = Field(min_length=1, max_length=100)
    """What it is called here."""
    url: Address
    """Where it listens, as in tcp://192.168.1.20:10700."""
    area: str | None = Field(default=None, max_length=128)
    """The area that it stands in. null: the one that `voice: areas:` says, or that it tells of itself."""
    sounds: tuple[Literal["understood", "failed"], ...] = Field(default=("failed",), max_length=2)
    """Short sounds that we send it. That it woke, satellites tell themselves, as wyoming-satellite does with
    --awake-wav; with --done-wav also that they stopped listening, which `understood` would repeat."""


class WyomingSettings(Section):
    """Satellites and assistants that speak Wyoming."""

    enabled: bool = False
    """Whether we listen for them."""
    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 lets in whoever is in the network, and Wyoming knows no passwords."""
    port: int = Field(default=10_300, ge=1, le=65_535)
    """The port to listen on."""
    connections: int = Field(default=16, ge=1, le=200)
    """How many may be connected at a time; more are refused."""
    idle: Duration = Field(default=60.0, ge=0.2, le=3_600)
    """A connection on which nothing comes for this long is closed."""
    satellites: tuple[WyomingSatellite, ...] = Field(default=(), max_length=50)
    """Satellites that we connect to."""

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [one.name for one in self.satellites]
        for twice in sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two satellites are called {twice!r}")
        return self
