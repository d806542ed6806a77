"""The `api:` section."""

import re
from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from agent.api import Duration, Section
from integrations.http.names import is_loopback

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
HostName = Annotated[
    str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")
]
_KEY = re.compile(r"[!-~]{16,500}")
"""What can stand in a header, and what nobody guesses."""


class Limit(Section):
    """How often somebody may ask."""

    most: int = Field(default=120, ge=1, le=1_000_000)
    """Requests, at most."""
    within: Duration = Field(default=60.0, gt=0, le=86_400)
    """The span they are counted over."""


class Settings(Section):
    """What the user configures."""

    host: str = Field(default="127.0.0.1", min_length=1, max_length=253)
    """The address on which we listen; 0.0.0.0 is every one of this machine, and takes a key."""
    port: int = Field(default=8128, ge=1, le=65_535)
    """The port on which we listen."""
    keys: dict[Name, SecretStr] = Field(default_factory=dict, max_length=100)
    """Keys of 16 characters at least, by a name for whoever has them; better not here: !secret phone_key."""
    hosts: tuple[HostName, ...] = Field(default=(), max_length=100)
    """Names by which we are called besides localhost and addresses, as in hearthd.example.org."""
    limit: Limit = Limit()
    """How often each key, and each address without one, may ask."""
    max_body: int = Field(default=262_144, ge=1_024, le=16_777_216)
    """Bytes of the longest body of a request."""
    connections: int = Field(default=64, ge=1, le=1_000)
    """How many there may be at a time; more are refused."""
    idle: Duration = Field(default=15.0, ge=0.1, le=3600)
    """A connection on which no whole request has come for so long is closed."""
    timeout: Duration = Field(default=30.0, ge=0.1, le=300)
    """How long an answer may take. What was begun by then goes on, what was not is not done any more."""

    @property
    def beyond(self) -> bool:
        """Whether others than this machine can reach us."""
        return not is_loopback(self.host)

    @field_validator("keys")
    @classmethod
    def _check_keys(cls, keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
        owners: dict[str, str] = {}
        for name, key in keys.items():
            secret = key.get_secret_value()
            if not _KEY.fullmatch(secret):
                raise ValueError(
                    f"the key of {name!r} (not shown) is not 16 to 500 ASCII characters without a blank;"
                    " 'openssl rand -hex 16' makes one"
                )
            if secret in owners:
                raise ValueError(f"{owners[secret]!r} and {name!r} have the same key; each needs its own")
            owners[secret] = name
        return keys

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.beyond and not self.keys:
            raise ValueError(
                f"'host: {self.host}' lets in whoever is in the network, and there is no key;"
                " 'keys: {phone: !secret phone_key}' would be right, or 'host: 127.0.0.1'"
            )
        return self
