"""Questions about what the machine has, and how much of it is used: disks, memory, processor, heat."""

import asyncio
import os
import platform
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from agent.api import ActionError, Question, Telling, Wordbook, Words
from integrations.host import proc
from integrations.host.gauges import UNREADABLE, temperatures, unreadable
from integrations.host.saying import plain, short, size

WORDS = Wordbook(Path(__file__).parent / "words")
SAMPLED_FOR = 0.5
MOST_MOUNTS = 30
FULL = 90


async def disks(question: Question) -> Telling:
    """How full the disks are, or the one that a path is on."""
    words, path = WORDS.words(question.language), question.slot("path")
    if path and not path.startswith("/"):
        path = f"/{path}"
    found = await asyncio.to_thread(_usage_of, path) if path else await asyncio.to_thread(_mounted)
    if not found:
        raise ActionError(f"there is no {path} on this machine" if path else "no disk can be read here")
    said = [
        words.said(
            "disk_at" if path or one["path"] != "/" else "disk",
            path=path or one["path"],
            percent=round(one["percent"]),
            free=size(words, one["free"]),
            total=size(words, one["total"]),
        )
        for one in found
        if path or one["path"] == "/" or one["percent"] >= FULL
    ]
    lines = [
        f"{one['path']}: {one['percent']:.0f} %, {short(one['free'])} / {short(one['total'])}"
        for one in found
    ]
    first = found[0]
    said = said or [
        words.said(
            "disk_at",
            path=first["path"],
            percent=round(first["percent"]),
            free=size(words, first["free"]),
            total=size(words, first["total"]),
        )
    ]
    shown = tuple(lines) if len(found) > 1 else ()
    return Telling(sentences=tuple(said[:4]), lines=shown, facts={"disks": found})


async def memory(question: Question) -> Telling:
    """How much memory is used."""
    words = WORDS.words(question.language)
    found, swap = psutil.virtual_memory(), psutil.swap_memory()
    free, total = size(words, found.available), size(words, found.total)
    sentences = [words.said("memory", percent=round(found.percent), free=free, total=total)]
    if swap.total and swap.percent >= 1:
        sentences.append(words.said("swap", percent=round(swap.percent), total=size(words, swap.total)))
    facts = {
        "total": found.total,
        "available": found.available,
        "percent": found.percent,
        "swap_total": swap.total,
        "swap_percent": swap.percent,
    }
    return Telling(sentences=tuple(sentences), facts=facts)


async def processor(question: Question) -> Telling:
    """How busy the processor is just now."""
    words = WORDS.words(question.language)
    percent = await asyncio.to_thread(psutil.cpu_percent, SAMPLED_FOR)
    load, cores = os.getloadavg(), os.cpu_count() or 1
    sentence = words.said("cpu", percent=round(percent), load=f"{load[0]:.1f}", count=cores)
    facts: dict[str, Any] = {"percent": percent, "load": list(load), "cores": cores}
    with unreadable():
        facts["pressure"] = proc.pressure(proc.text(proc.PROC / "pressure/cpu"))
    return Telling(sentences=(sentence,), facts=facts)


def heat(last: Callable[[], Mapping[str, Any]]) -> Callable[[Question], Any]:
    """How hot the machine is; `last` is the last report, for what is costly to read."""

    async def told(question: Question) -> Telling:
        words = WORDS.words(question.language)
        try:
            found = sorted(await asyncio.to_thread(lambda: list(temperatures())), key=lambda one: -one[1])
        except UNREADABLE:
            found = []
        graphics = last().get("gauges", {}).get("gpu_temperature")
        if graphics is not None:
            found.append(("gpu", graphics["value"]))
        facts = {"sensors": dict(found)}
        asked = "gpu" if "gpu" in question.text.casefold() or "显卡" in question.text else ""
        meant = [one for one in found if asked in one[0]] if asked else found
        if not meant:
            return Telling(sentences=(words.said("no_gpu_heat" if asked else "no_heat"),), facts=facts)
        sentence = words.said("heat", degrees=plain(meant[0][1]))
        lines = tuple(f"{name}: {plain(celsius)} °C" for name, celsius in found) if len(found) > 1 else ()
        return Telling(sentences=(sentence,), lines=lines, facts=facts)

    return told


async def uptime(question: Question) -> Telling:
    """How long the machine has been up."""
    words = WORDS.words(question.language)
    seconds = time.time() - psutil.boot_time()
    return Telling(
        sentences=(words.said("uptime", span=words.span(seconds)),), facts={"seconds": round(seconds)}
    )


async def system(question: Question) -> Telling:
    """What the machine is and runs."""
    words = WORDS.words(question.language)
    release = await asyncio.to_thread(_release)
    name = release.get("PRETTY_NAME") or platform.system()
    cores, total = os.cpu_count() or 1, psutil.virtual_memory().total
    facts = {
        "hostname": socket.gethostname(),
        "system": name,
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "cores": cores,
        "memory": total,
        "processor": await asyncio.to_thread(_processor_name),
    }
    sentence = words.said("system", name=name, kernel=platform.release().partition("-")[0])
    more = words.said("hardware", count=cores, memory=size(words, total))
    return Telling(sentences=(sentence, more), lines=_listed(words, facts), facts=facts)


async def users(question: Question) -> Telling:
    """Who is logged in."""
    words = WORDS.words(question.language)
    found = await asyncio.to_thread(psutil.users)
    names = sorted({one.name for one in found})
    facts = {"users": [{"name": one.name, "terminal": one.terminal, "since": one.started} for one in found]}
    if not names:
        return Telling(sentences=(words.said("nobody"),), facts=facts)
    return Telling(
        sentences=(words.said("users", count=len(names), names=words.joined(names[:8])),), facts=facts
    )


def _mounted() -> list[dict[str, Any]]:
    found = []
    with unreadable():
        for mount in proc.mounts(proc.text(proc.PROC / "self/mounts")):
            with unreadable():
                found.append(_used(mount.path))
    if not any(one["path"] == "/" for one in found):
        # The root may be of a kind that is on no disk, as in a container.
        with unreadable():
            found.append(_used("/"))
    return sorted(found, key=lambda one: str(one["path"]))[:MOST_MOUNTS]


def _usage_of(path: str) -> list[dict[str, Any]]:
    with unreadable():
        return [_used(path)]
    return []


def _used(path: str) -> dict[str, Any]:
    usage = psutil.disk_usage(path)
    return {"path": path, "total": usage.total, "free": usage.free, "percent": usage.percent}


def _release() -> dict[str, str]:
    with unreadable():
        return proc.fields(proc.text(Path("/etc/os-release")))
    return {}


def _processor_name() -> str:
    with unreadable():
        for line in proc.text(proc.PROC / "cpuinfo").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "Model"):
                return value.strip()
    return platform.machine()


def _listed(words: Words, facts: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{words.said(f'line_{key}')}: {facts[key]}" for key in ("hostname", "system", "kernel", "processor")
    )
