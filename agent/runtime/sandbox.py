"""Code of others, run where it can do nothing: in a throw-away unit of systemd that a connection starts.

What keeps it in are the settings of `systemd/hearthd-sandbox@.service`. We need no right for it but that of
connecting. Without systemd there is no sandbox, and then nothing is run at all.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from agent.runtime.clock import Clock

SOCKET = Path("/run/hearthd-sandbox/socket")
AT_ONCE = 2
"""How many units the socket starts at a time."""
STARTED_WITHIN = 5.0
"""Seconds for the unit to start and to end, beside those that the program may take."""
LARGEST = 262_144
"""Bytes of a program."""
_CHILD = Path(__file__).with_name("sandbox_child.py")
_FRAME = 5
_LONGEST_FRAME = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be run: Python, or a command."""

    python: str | None = None
    argv: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    limits: Mapping[str, int] = field(default_factory=dict)
    """By the names of setrlimit, without RLIMIT_."""
    seconds: float = 4.0
    output: int = 16_384
    """Bytes of output to keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of it. `obstacle`: why it never began, or that the sandbox ended it."""

    code: int | None = None
    signal: str | None = None
    timed_out: bool = False
    obstacle: str | None = None
    output: bytes = b""
    truncated: int = 0
    seconds: float = 0.0


class Sandbox:
    """The door to it."""

    def __init__(self, *, clock: Clock, path: Path = SOCKET) -> None:
        self._clock = clock
        self._path = path
        self._room = asyncio.Semaphore(AT_ONCE)

    def missing(self) -> str | None:
        """Why there is none, None if there is one."""
        with suppress(OSError):
            if self._path.is_socket():
                return None
        return (
            f"there is no sandbox at {self._path}: it takes systemd, and 'hearthd install-service' once the"
            " configuration wants it"
        )

    async def run(self, order: Order) -> Ran:
        """Run `order` to its end. Whatever it does is a result, never an exception."""
        request = orjson.dumps(
            {
                "python": order.python,
                "argv": list(order.argv),
                "environment": dict(order.environment),
                "limits": dict(order.limits),
                "seconds": order.seconds,
                "output": order.output,
            }
        ).decode()
        program = f"{_CHILD.read_text()}\n\nmain({request!r})\n".encode()
        if len(program) > LARGEST:
            return Ran(obstacle=f"it has {len(program)} bytes; up to {LARGEST} would do")
        async with self._room:
            began = self._clock.monotonic()
            told = _Told(most=order.output)
            try:
                async with asyncio.timeout(order.seconds + STARTED_WITHIN):
                    await self._talk(program, told)
            except TimeoutError:
                return told.ran(self._clock.monotonic() - began, obstacle="the sandbox does not end it")
            except OSError as error:
                return told.ran(self._clock.monotonic() - began, obstacle=self._no_entry(error))
            except ValueError as error:
                return told.ran(self._clock.monotonic() - began, obstacle=str(error))
            return told.ran(self._clock.monotonic() - began)

    async def _talk(self, program: bytes, told: "_Told") -> None:
        reader, writer = await asyncio.open_unix_connection(self._path, limit=_LONGEST_FRAME)
        try:
            with suppress(ConnectionError):
                writer.write(program)
                await writer.drain()
                writer.write_eof()
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while not told.over:
                    head = await reader.readexactly(_FRAME)
                    length = int.from_bytes(head[1:], "big")
                    if length > _LONGEST_FRAME:
                        raise ValueError("the sandbox says something that is no answer")
                    told.take(head[:1], await reader.readexactly(length))
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _no_entry(self, error: OSError) -> str:
        if isinstance(error, PermissionError):
            return f"{self._path} does not let us in: only the user hearthd may connect"
        return self.missing() or f"the sandbox at {self._path} cannot be reached: {error}"


class _Told:
    """What the sandbox has said so far."""

    def __init__(self, *, most: int) -> None:
        self.over = False
        self._most = most
        self._output = bytearray()
        self._cut = 0
        self._ending: Mapping[str, Any] = {}

    def take(self, kind: bytes, content: bytes) -> None:
        """Take a frame.

        Raises:
            ValueError: it is none.
        """
        if kind == b"o":
            kept = content[: self._most - len(self._output)]
            self._output += kept
            self._cut += len(content) - len(kept)
            return
        ending = orjson.loads(content)
        if kind != b"e" or not isinstance(ending, dict):
            raise ValueError("the sandbox says something that is no answer")
        self._ending, self.over = ending, True

    def ran(self, seconds: float, *, obstacle: str | None = None) -> Ran:
        """The result."""
        if obstacle is None and not self.over:
            obstacle = (
                f"the sandbox ended it after {seconds:.1f} s: too long, too much memory, or no room for"
                " another run"
            )
        code, signal = self._ending.get("code"), self._ending.get("signal")
        cut = self._ending.get("truncated")
        return Ran(
            code=code if isinstance(code, int) else None,
            signal=signal if isinstance(signal, str) else None,
            timed_out=self._ending.get("timed_out") is True,
            obstacle=obstacle,
            output=bytes(self._output),
            truncated=self._cut + (cut if isinstance(cut, int) and cut > 0 else 0),
            seconds=seconds,
        )
