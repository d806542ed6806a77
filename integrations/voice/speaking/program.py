"""Programs that make or play sound: started without a shell, in a group of their own, ended for certain."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

from agent.api import ConfigError, TransientError, told

MOST_OUTPUT = 32 * 1024 * 1024
"""Bytes that are taken of what a program writes: some ten minutes of speech."""
LAST_WORDS = 4_096
CHUNK = 65_536
ENDS_WITHIN = 1.0
"""Seconds for the pipes of a program that was killed; who inherited them may live on."""
_NAMES = ("PATH", "HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "LD_LIBRARY_PATH")
_PREFIXES = ("PULSE_", "PIPEWIRE_", "ALSA_", "ESPEAK_")


async def start(*argv: str, output: bool) -> Process:
    """Start a program that reads us; its output is discarded unless `output`.

    Raises:
        ConfigError: it is not here.
        TransientError: it does not start.
    """
    path = shutil.which(argv[0])
    if path is None:
        raise ConfigError(f"{argv[0]} is not installed")
    try:
        return await asyncio.create_subprocess_exec(
            path,
            *argv[1:],
            stdin=PIPE,
            stdout=PIPE if output else DEVNULL,
            stderr=PIPE,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise TransientError(f"{argv[0]} does not start: {error.strerror}") from None


async def end(process: Process) -> None:
    """Kill it, and whatever it started, unless it is over; wait until it is."""
    _kill(process)
    with suppress(TimeoutError):
        async with asyncio.timeout(ENDS_WITHIN):
            # Not wait(): that does not return while unread output fills the pipe.
            await process.communicate()


async def piped(*argv: str, data: bytes, within: float) -> bytes:
    """What a program writes when it reads `data`, as far as we take it.

    Raises:
        ConfigError: it is not here.
        TransientError: it fails, or takes too long.
    """
    process = await start(*argv, output=True)
    try:
        async with asyncio.timeout(within):
            _, (written, cut), said = await asyncio.gather(
                feed(process, data), _taken(process), words(process)
            )
            code = 0 if cut else await process.wait()
    except TimeoutError:
        raise TransientError(f"{argv[0]} says nothing for {told(within)}") from None
    finally:
        await end(process)
    if code:
        raise TransientError(f"{argv[0]} fails: {said or f'it ended with {code}'}")
    return written


async def feed(process: Process, data: bytes) -> None:
    """Give it all of `data`; that it does not want it shows when it ends."""
    assert process.stdin is not None  # noqa: S101  # it was asked for
    with suppress(ConnectionError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def words(process: Process) -> str:
    """The last line that it writes to its standard error, once that is closed."""
    assert process.stderr is not None  # noqa: S101  # it was asked for
    kept = b""
    while chunk := await process.stderr.read(CHUNK):
        kept = (kept + chunk)[-LAST_WORDS:]
    lines = kept.decode(errors="replace").split("\n")
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")


async def _taken(process: Process) -> tuple[bytes, bool]:
    """What it writes, and whether there would have been more than we take."""
    assert process.stdout is not None  # noqa: S101  # it was asked for
    written = bytearray()
    while chunk := await process.stdout.read(CHUNK):
        written += chunk
        if len(written) > MOST_OUTPUT:
            _kill(process)
            return bytes(written[:MOST_OUTPUT]), True
    return bytes(written), False


def _kill(process: Process) -> None:
    # Not Popen's kill: it would reap a process that has just ended, and asyncio would not hear how.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """What sound needs to know of ours, and nothing that is secret."""
    kept = {name: value for name, value in os.environ.items() if name in _NAMES or name.startswith(_PREFIXES)}
    return {"PATH": "/usr/bin:/bin", **kept, "LC_ALL": "C.UTF-8"}
