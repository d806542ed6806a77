"""The machine in numbers: everything that can be read here is, and what cannot be is left out."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil

from integrations.host import proc

UNREADABLE = (OSError, psutil.Error, AttributeError, NotImplementedError, ValueError, LookupError)
SHORTEST = 0.5
"""Seconds before the first sample: over less, the ticks of the processor's time make nonsense of a share."""
_PSEUDO = ("lo", "veth", "docker", "br-", "virbr", "tun", "tap", "dummy", "ifb")
"""Interfaces whose traffic is that of others once more."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number, its unit, and what it is of, for people."""

    value: float
    unit: str
    about: str = ""


class Sampler:
    """Reads everything there is. Blocks for some milliseconds: call it in a thread."""

    def __init__(self) -> None:
        psutil.cpu_percent(None)
        self._traffic: tuple[float, int, int] | None = None
        self._unread: set[str] = set()

    def sample(self) -> dict[str, Gauge]:
        """Every gauge; of the processor how busy it was since the last time, or since this was made."""
        found: dict[str, Gauge] = {}
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        readers: dict[str, tuple[Callable[[], float], str]] = {
            "cpu": (lambda: psutil.cpu_percent(None), "%"),
            "load": (lambda: os.getloadavg()[0] / (os.cpu_count() or 1) * 100, "%"),
            "memory": (lambda: float(memory.percent), "%"),
            "memory_fragmentation": (lambda: proc.fragmentation(_proc("buddyinfo")), "%"),
            **{f"pressure_{kind}": (_pressure(kind), "%") for kind in ("cpu", "memory", "io")},
            "temperature": (hottest, "°C"),
            "fan": (_slowest_fan, "rpm"),
            "battery": (_battery, "%"),
        }
        if swap.total:
            readers["swap"] = (lambda: float(swap.percent), "%")
        for name, (read, unit) in readers.items():
            with unreadable():
                found[name] = Gauge(round(read(), 2), unit)
        found |= self._disks()
        found |= self._network()
        return found

    def _disks(self) -> dict[str, Gauge]:
        found: dict[str, Gauge] = {}
        read_only = 0
        with unreadable():
            for mount in proc.mounts(_proc("self/mounts")):
                suffix = f"_{proc.slug(mount.path)}" if proc.slug(mount.path) else ""
                with unreadable():
                    stat = os.statvfs(mount.path)
                    used, usable = stat.f_blocks - stat.f_bfree, stat.f_blocks - stat.f_bfree + stat.f_bavail
                    if usable:
                        found[f"disk{suffix}"] = Gauge(round(100 * used / usable, 2), "%", mount.path)
                    if stat.f_files:
                        share = 100 * (stat.f_files - stat.f_favail) / stat.f_files
                        found[f"inodes{suffix}"] = Gauge(round(share, 2), "%", mount.path)
                    # A sandbox shows us the whole system read-only; what counts is the disk itself.
                    if (
                        mount.read_only
                        and mount.kind in ("ext4", "btrfs", "xfs")
                        and _remounted(mount.device)
                    ):
                        read_only += 1
            found["disks_read_only"] = Gauge(read_only, "")
        return found

    def _network(self) -> dict[str, Gauge]:
        """What went over the wires since the last look, in kB/s."""
        found: dict[str, Gauge] = {}
        with unreadable():
            counted = [
                both for name, both in proc.traffic(_proc("net/dev")).items() if not name.startswith(_PSEUDO)
            ]
            now = (time.monotonic(), sum(one for one, _ in counted), sum(one for _, one in counted))
            before, self._traffic = self._traffic, now
            if before is not None and now[0] > before[0]:
                span = (now[0] - before[0]) * 1e3
                found["network_received"] = Gauge(round(max(0, now[1] - before[1]) / span, 2), "kB/s")
                found["network_sent"] = Gauge(round(max(0, now[2] - before[2]) / span, 2), "kB/s")
        return found


def hottest() -> float:
    """The hottest sensor in °C; ValueError if there is none."""
    return max(celsius for _, celsius in temperatures())


def temperatures() -> Iterator[tuple[str, float]]:
    """Every sensor of temperature by name, the absurd ones left out."""
    for chip, readings in psutil.sensors_temperatures().items():
        for one in readings:
            if 0 < one.current < 150:  # noqa: PLR2004  # what is not connected reads -128 or 255
                yield f"{chip} {one.label}".strip(), one.current


def unreadable() -> suppress:
    """Sensors, mounts and counters come and go, and a sandbox hides some."""
    return suppress(*UNREADABLE)


def _slowest_fan() -> float:
    fans = (one.current for group in psutil.sensors_fans().values() for one in group)
    return float(min(one for one in fans if one > 0))


def _battery() -> float:
    found = psutil.sensors_battery()
    if found is None:
        raise LookupError("there is no battery")
    return float(found.percent)


def _pressure(kind: str) -> Callable[[], float]:
    return lambda: proc.pressure(_proc(f"pressure/{kind}"))


def _proc(name: str) -> str:
    return proc.text(proc.PROC / name)


def _remounted(device: str) -> bool:
    """Whether the first process sees `device` read-only too; False where we can't look."""
    with unreadable():
        table = proc.mounts(_proc("1/mounts"))
        return any(one.read_only for one in table if one.device == device)
    return False
