"""Who calls: somebody with a key, somebody on this machine, or anybody. Pure.

A key makes an authenticated person of its owner. Whoever has none is as somebody in the room, if they call
from this machine; from elsewhere they may only call webhooks.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from pydantic import SecretStr

from agent.api import Trust

_SCHEME = "bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request, as far as it can be known."""

    who: str
    """For people: the name of the key, or the address."""
    key: str | None = None
    """The name of the key, None for none."""
    here: bool = False
    """Whether the request was made on this machine, and for this machine."""

    @property
    def known(self) -> bool:
        """Whether they may say anything."""
        return self.key is not None or self.here

    @property
    def trust(self) -> Trust:
        """How far what they say is believed."""
        return Trust.ROOM if self.key is None else Trust.HUMAN


class Keys:
    """The keys of the configuration."""

    def __init__(self, keys: Mapping[str, SecretStr]) -> None:
        self._digests = {name: _digest(key.get_secret_value()) for name, key in keys.items()}

    def owner(self, given: str) -> str | None:
        """The name of the key `given`, None if there is none like it; takes as long for either."""
        digest, found = _digest(given), None
        for name, known in self._digests.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found


def key_in(header: str) -> str | None:
    """The key in an `Authorization` header, None if there is none in it."""
    scheme, _, key = header.strip().partition(" ")
    return key.strip() or None if scheme.lower() == _SCHEME else None


def _digest(key: str) -> bytes:
    return sha256(key.encode(errors="surrogateescape")).digest()
