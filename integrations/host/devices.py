"""What only some machines have: a graphics card, disks that tell of their health, a UPS.

Programs are called with fixed arguments, never through a shell, for so long and no longer.
"""

import asyncio
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from integrations.host import proc
from integrations.host.gauges import Gauge

RUNS_WITHIN = 5.0
LONGEST_OUTPUT = 1_000_000
NVIDIA = (
    "--query-gpu=utilization.gpu,memory.used,memory.total,temperature.gpu,name",
    "--format=csv,noheader,nounits",
)
_DISK = re.compile(r"(sd[a-z]+|nvme[0-9]+n[0-9]+|hd[a-z])")


async def run(*argv: str, within: float = RUNS_WITHIN) -> tuple[int, str] | None:
    """How a program ended and what it wrote; None where it is not here, or takes too long."""
    path = shutil.which(argv[0])
    if path is None:
        return None
    process = None
    try:
        async with asyncio.timeout(within):
            process = await asyncio.create_subprocess_exec(
                path,
                *argv[1:],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            )
            assert process.stdout is not None  # noqa: S101  # it was asked for
            written = b""
            while part := await process.stdout.read(LONGEST_OUTPUT):
                written = (written + part)[:LONGEST_OUTPUT]
            code = await process.wait()
    except (OSError, TimeoutError):
        return None
    finally:
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return code, written.decode(errors="replace")


# graphics card -------------------------------------------------------------------------------------------
async def gpu() -> dict[str, Gauge]:
    """The first graphics card."""
    if Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists():  # noqa: ASYNC240  # /proc
        ran = await run("nvidia-smi", *NVIDIA)
        if ran is not None and ran[0] == 0:
            return nvidia(ran[1])
    return await asyncio.to_thread(_amd)


def nvidia(written: str) -> dict[str, Gauge]:
    """What nvidia-smi says of the first card; numbers that it does not know are left out."""
    line = written.strip().splitlines()[:1]
    parts = [one.strip() for one in line[0].split(",", 4)] if line else []
    if len(parts) < 5:  # noqa: PLR2004  # as many as were asked for
        return {}
    numbers = [float(one) if re.fullmatch(r"[0-9.]+", one) else None for one in parts[:4]]
    found: dict[str, Gauge] = {}
    used, total = numbers[1], numbers[2]
    memory = 100 * used / total if used is not None and total else None
    for name, value, unit in (
        ("gpu", numbers[0], "%"),
        ("gpu_memory", memory, "%"),
        ("gpu_temperature", numbers[3], "°C"),
    ):
        if value is not None:
            found[name] = Gauge(round(value, 2), unit, parts[4])
    return found


def _amd() -> dict[str, Gauge]:
    for card in sorted((proc.SYS / "class/drm").glob("card[0-9]")):
        device = card / "device"
        found: dict[str, Gauge] = {}
        with suppress(OSError, ValueError):
            found["gpu"] = Gauge(float(proc.text(device / "gpu_busy_percent")), "%", card.name)
        with suppress(OSError, ValueError, ZeroDivisionError):
            used, total = (float(proc.text(device / f"mem_info_vram_{one}")) for one in ("used", "total"))
            found["gpu_memory"] = Gauge(round(100 * used / total, 2), "%", card.name)
        if found:
            return found
    return {}


# disks ---------------------------------------------------------------------------------------------------
async def failing_disks() -> tuple[Sequence[str], int] | None:
    """The disks that say of themselves that they fail, and how many were asked; None if none may be."""
    if shutil.which("smartctl") is None:
        return None
    names = [one.name for one in (proc.SYS / "block").iterdir() if _DISK.fullmatch(one.name)]
    failing, asked = [], 0
    for name in sorted(names):
        ran = await run("smartctl", "--json", "--nocheck=standby", "-H", f"/dev/{name}", within=10)
        passed = smart_passed(ran[1]) if ran is not None else None
        if passed is not None:
            asked += 1
            failing += [] if passed else [name]
    return (failing, asked) if asked else None


def smart_passed(written: str) -> bool | None:
    """What smartctl says of a disk's health; None if it cannot tell."""
    try:
        found = json.loads(written)["smart_status"]["passed"]
    except (ValueError, LookupError, TypeError):
        return None
    return found if isinstance(found, bool) else None


# UPS -----------------------------------------------------------------------------------------------------
async def ups(address: str) -> Mapping[str, str] | None:
    """What the Network UPS Tools say of the first UPS; None where there are none."""
    host, _, port = address.partition(":")
    writer = None
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, int(port or 3493), limit=65_536)
            listed = await _nut(reader, writer, "LIST UPS")
            name = next((line.split()[1] for line in listed if line.startswith("UPS ")), None)
            if name is None or not re.fullmatch(r"[\w.-]{1,64}", name):
                return None
            lines = await _nut(reader, writer, f"LIST VAR {name}")
    except (OSError, TimeoutError, ValueError, IndexError):
        return None
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
    return nut_variables(lines)


def nut_variables(lines: Sequence[str]) -> dict[str, str]:
    """The variables in `VAR ups battery.charge "100"` ..."""
    found = {}
    for line in lines:
        match = re.fullmatch(r'VAR \S+ (\S+) "(.*)"', line)
        if match is not None:
            found[match[1]] = match[2]
    return found


def ups_gauges(variables: Mapping[str, str]) -> dict[str, Gauge]:
    """The gauges of a UPS."""
    found = {}
    for name, key, unit in (
        ("ups_charge", "battery.charge", "%"),
        ("ups_runtime", "battery.runtime", "s"),
        ("ups_load", "ups.load", "%"),
    ):
        with suppress(ValueError, KeyError):
            found[name] = Gauge(float(variables[key]), unit, variables.get("ups.status", ""))
    return found


async def _nut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: str) -> list[str]:
    """The lines between BEGIN and END of an answer; none for an error."""
    writer.write(f"{command}\n".encode())
    await writer.drain()
    lines: list[str] = []
    while len(lines) < 1_000:  # noqa: PLR2004  # no UPS has so many
        line = (await reader.readline()).decode(errors="replace").strip()
        if not line or line.startswith(("END ", "ERR ")):
            break
        if not line.startswith("BEGIN "):
            lines.append(line)
    return lines
