"""How the command line finds the running daemon, and how two daemons keep off one state directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from agent.errors import ConfigError

FILE = "daemon.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Where a running daemon can be reached.

    `plain`: the broker takes anybody without TLS; otherwise the client needs the configuration in `config`.
    """

    node: str
    host: str
    port: int
    plain: bool
    config: str | None
    timezone: str | None = None
    """That of the house, None: that of the machine."""
    pid: int = 0

    @contextmanager
    def written(self, state_dir: Path) -> Iterator[None]:
        """Be found in `state_dir` for as long as the block runs."""
        path = state_dir / FILE
        path.write_bytes(orjson.dumps({**asdict(self), "pid": os.getpid()}))
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def find(state_dir: Path) -> Presence | None:
    """The daemon that runs in `state_dir`, None if there is none."""
    try:
        found = Presence(**orjson.loads((state_dir / FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    try:
        os.kill(found.pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return found
    return found


@contextmanager
def claimed(state_dir: Path) -> Iterator[None]:
    """Make `state_dir` if need be and hold it for this process alone.

    Raises:
        ConfigError: it cannot be written, or another daemon holds it.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(state_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"the state directory {state_dir} cannot be used: {error.strerror};"
            " set node.state_dir to one that can"
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                f"another hearthd runs in {state_dir}; stop it, or give this one its own node.state_dir"
            ) from None
        yield
    finally:
        with suppress(OSError):
            os.close(lock)
