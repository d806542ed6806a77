"""The daemon's own secret: made at the first start, readable by its user alone.

Whoever can read it is the local user of the command line; it also keys the chain of the audit log.
"""

import hmac
import secrets
from contextlib import suppress
from pathlib import Path

LENGTH = 32


def load_key(path: Path) -> bytes:
    """The key in `path`, made if there is none.

    Raises:
        OSError: it can neither be read nor written.
    """
    with suppress(FileNotFoundError):
        if key := path.read_bytes():
            return key
    key = secrets.token_bytes(LENGTH)
    # In one piece or not at all: an empty key would be everybody's.
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_bytes(key)
    new.replace(path)
    return key


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that no two uses share theirs."""
    return hmac.digest(key, purpose.encode(), "sha256")
