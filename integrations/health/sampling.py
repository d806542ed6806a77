"""The machine and this process in numbers, as far as they can be read here: the only importer of psutil."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number and its unit."""

    value: float
    unit: str


class Sampler:
    """Reads everything there is; what cannot be read is left out."""

    def __init__(self, *, disks: dict[str, Path]) -> None:
        self._process = psutil.Process()
        self._disks = disks
        self._process.cpu_percent(None)
        psutil.cpu_percent(None)

    def sample(self) -> dict[str, Gauge]:
        """Every gauge of the machine and the process. Blocks for a few milliseconds: call it in a thread.

        Of the processor it tells how busy it was since the last time, or since this was made.
        """
        found: dict[str, Gauge] = {}
        memory = psutil.virtual_memory()
        readers: dict[str, tuple[Callable[[], float], str]] = {
            "rss": (lambda: self._process.memory_info().rss / 1e6, "MB"),
            "process_cpu": (lambda: self._process.cpu_percent(None), "%"),
            "open_files": (lambda: float(self._process.num_fds()), ""),
            "cpu": (lambda: psutil.cpu_percent(None), "%"),
            "load": (lambda: os.getloadavg()[0] / (os.cpu_count() or 1) * 100, "%"),
            "memory": (lambda: float(memory.percent), "%"),
            "memory_available": (lambda: memory.available / 1e6, "MB"),
            "temperature": (_hottest, "°C"),
            "machine_uptime": (lambda: time.time() - psutil.boot_time(), "s"),
        }
        for name, path in self._disks.items():
            with _unreadable():
                found[name] = Gauge(psutil.disk_usage(str(path)).percent, "%")
        for name, (read, unit) in readers.items():
            with _unreadable():
                found[name] = Gauge(round(read(), 2), unit)
        return found


@contextmanager
def _unreadable() -> Iterator[None]:
    """Sensors, mounts and counters come and go, and a sandbox hides some."""
    with suppress(OSError, psutil.Error, AttributeError, NotImplementedError, ValueError, LookupError):
        yield


def _hottest() -> float:
    """The hottest sensor in °C; LookupError if there is none."""
    return max(reading.current for group in psutil.sensors_temperatures().values() for reading in group)
