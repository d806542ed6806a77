"""The broker of the first hour: a child process on loopback, for when the configuration names none.

mosquitto if it is installed, else amqtt, which is pure Python. The child never outlives us, whatever happens
to us, and is started again if it dies.
"""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

import structlog

from agent.errors import ConfigError, TransientError

log = structlog.get_logger(__name__)
HOST = "127.0.0.1"
READY_WITHIN = 5.0
STOPPED_WITHIN = 2.0
DELAYS = (0.0, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds before the child is started again, by how often in a row it died young."""
Kind = Literal["mosquitto", "amqtt"]
_LEASH, _AMQTT = (str(Path(__file__).with_name(name)) for name in ("leash.py", "amqtt_broker.py"))
"""Run by their paths: `-m` would look for `agent` in the folder that we were started in first."""
_MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
max_queued_messages 10000
max_inflight_messages 1000
persistent_client_expiration 1d
log_dest stderr
log_type error
log_type warning
{user}
"""


class Embedded:
    """The running child. Use `embedded`."""

    def __init__(self, *, port: int, kind: Kind, command: Sequence[str]) -> None:
        self.host = HOST
        self.port = port
        self.kind = kind
        self._command = command
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the child and wait until it takes connections.

        Raises:
            TransientError: it does not come up; the text holds the last it said.
        """
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-IS",
            _LEASH,
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(READY_WITHIN):
                while not await _answers(self.port):
                    if process.returncode is not None:
                        said = await self.stop()
                        raise TransientError(f"{self.kind} ended with code {process.returncode}: {said}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            said = await self.stop()
            raise TransientError(
                f"{self.kind} takes no connections at {HOST}:{self.port} within {READY_WITHIN:g} s ({said});"
                " name a broker under mqtt:"
            ) from None

    async def watch(self) -> None:
        """Start the child again whenever it ends, later each time if it keeps dying, until cancelled."""
        loop = asyncio.get_running_loop()
        deaths = 0
        while True:
            since = loop.time()
            if self._process is not None:
                if self._process.stderr is not None:
                    await _log(self._process.stderr)
                code = await self._process.wait()
                log.warning("broker.ended", kind=self.kind, code=code)
            deaths = 0 if loop.time() - since > DELAYS[-1] else deaths
            await asyncio.sleep(DELAYS[min(deaths, len(DELAYS) - 1)])
            deaths += 1
            await self.start()
            log.info("broker.restarted", kind=self.kind, port=self.port)

    async def stop(self) -> str:
        """End the child, asked first, then made to, and return the last that it said."""
        process, self._process = self._process, None
        if process is None:
            return ""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                process.send_signal(number)
            with suppress(TimeoutError):
                async with asyncio.timeout(STOPPED_WITHIN):
                    # Not wait(): that does not return while unread output fills the pipe.
                    _, said = await process.communicate()
                    return said.decode(errors="replace").strip()[-500:]
        log.error("broker.left_behind", kind=self.kind, pid=process.pid)
        return ""


@asynccontextmanager
async def embedded(
    state_dir: Path, *, port: int = 1883, kind: Literal["auto", "mosquitto", "amqtt"] = "auto"
) -> AsyncIterator[Embedded]:
    """A broker of our own on loopback for as long as the block runs; on another port if `port` is taken.

    Raises:
        ConfigError: `kind` is mosquitto, and there is none.
        TransientError: it does not come up.
    """
    binary = _mosquitto() if kind != "amqtt" else None
    if binary is None and kind == "mosquitto":
        raise ConfigError("mosquitto is not installed: apt install mosquitto, or take kind 'auto'")
    chosen = _free(port)
    if chosen != port:
        log.warning("broker.port_taken", port=port, instead=chosen)
    if binary is None:
        command = [sys.executable, "-P", _AMQTT, str(chosen)]
        broker = Embedded(port=chosen, kind="amqtt", command=command)
    else:
        folder = state_dir / "broker"
        folder.mkdir(exist_ok=True, mode=0o700)
        file = folder / "mosquitto.conf"
        # As root mosquitto would become another user, who cannot write our folder.
        user = "user root" if os.geteuid() == 0 else ""
        file.write_text(_MOSQUITTO.format(port=chosen, folder=folder.resolve(), user=user))
        broker = Embedded(port=chosen, kind="mosquitto", command=[binary, "-c", str(file)])
    try:
        await broker.start()
        yield broker
    finally:
        await broker.stop()


def _mosquitto() -> str | None:
    """Debian puts it where a user's PATH does not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _free(port: int) -> int:
    for candidate in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise TransientError(f"no port is free on {HOST}")


async def _log(said: asyncio.StreamReader) -> None:
    """Put what the child says on standard error into our log, to its end."""
    while True:
        try:
            line = await said.readline()
        except ValueError:  # longer than the reader's limit: it was dropped
            continue
        if not line:
            return
        log.warning("broker.said", line=line.decode(errors="replace").strip()[:500])


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
