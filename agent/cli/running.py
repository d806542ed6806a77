"""Commands that are the daemon: `run` and `demo`."""

import asyncio
import faulthandler
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agent import config as configuration
from agent.app import run as live
from agent.cli.signals import cancelled_by_signals
from agent.cli.typing import typing_in
from agent.daemon import Daemon
from agent.errors import ConfigError, TransientError
from agent.integration.loader import BUNDLED
from agent.runtime import log
from agent.runtime.service import Service
from agent.runtime.state_dir import demo_state_dir

DEFAULT_HOUSE = BUNDLED / "demo_house" / "default.yaml"
BAD_CONFIGURATION = 78
"""EX_CONFIG of sysexits.h: the unit does not restart after it."""


def run(path: Path | None) -> int:
    """Run the daemon until SIGTERM or SIGINT."""
    try:
        loaded = configuration.read(path)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return BAD_CONFIGURATION
    return _live(loaded)


def demo(path: Path | None, house: Path | None) -> int:
    """Run the daemon with a simulated house, on state of its own."""
    from agent.home.housefile import read_house

    try:
        simulated = read_house(house or DEFAULT_HOUSE)
        values = {
            "node": {"state_dir": str(demo_state_dir())},
            # What is said and answered stands on the same terminal.
            "log": {"level": "warning"},
            "home": simulated.home_section(),
            "plugins": {"demo_house": {"enabled": True, "house": str((house or DEFAULT_HOUSE).resolve())}},
        }
        loaded = configuration.with_values(configuration.read(path), values, source="the house file")
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    return _live(loaded, also=typing_in)


def _live(loaded: configuration.Loaded, *, also: Callable[[Daemon], Service] | None = None) -> int:
    log.configure(loaded.config.log)
    # What the watchdog of systemd ends tells where it stood still.
    faulthandler.enable()
    started = time.monotonic() - _age()

    def ready(daemon: Daemon) -> None:
        waited = time.monotonic() - started
        broker = daemon.broker if daemon.mqtt.connected else f"{daemon.broker} (not reached yet)"
        print(f"{loaded.config.node.name}: ready after {waited:.1f} s; broker: {broker}", flush=True)

    try:
        asyncio.run(_until_signal(loaded, ready, also))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return BAD_CONFIGURATION
    except TransientError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _until_signal(
    loaded: configuration.Loaded,
    ready: Callable[[Daemon], None],
    also: Callable[[Daemon], Service] | None,
) -> None:
    """A signal cancels the daemon's task, and nothing else knows of signals."""
    cancelled_by_signals()
    try:
        await live(loaded, ready, also=also)
    except asyncio.CancelledError:
        return


def _age() -> float:
    """Seconds this process has lived already: interpreter and imports count for whoever waits."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        up = float(Path("/proc/uptime").read_text().split()[0])
        return up - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0
