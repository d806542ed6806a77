"""The daemon's own secret: made at the first start, readable by its user alone.

Whoever can read it is the local user of the command line; it also keys the chain of the audit log.
"""

import hmac
import secrets
from pathlib import Path

LENGTH = 32


def load_key(path: Path) -> bytes:
    """The key in `path`, made if there is none.

    Raises:
        OSError: it can neither be read nor written.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(LENGTH)
        path.touch(mode=0o600, exist_ok=True)
        path.write_bytes(key)
        return key


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that no two uses share theirs."""
    return hmac.digest(key, purpose.encode(), "sha256")
