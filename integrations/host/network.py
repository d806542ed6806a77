"""Questions about the network: which interfaces are up, which ports are open, whether a machine answers."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.api import ActionError, Question, Telling, Words
from integrations.host import proc
from integrations.host.devices import run
from integrations.host.gauges import unreadable
from integrations.host.saying import plain
from integrations.host.section import Settings
from integrations.host.usage import WORDS

KNOCKED_WITHIN = 2.0
PORTS = (22, 80, 443, 445, 53)
"""Doors to knock at where there is no ping: that it is shut is an answer, too."""
NOWHERE = "192.0.2.1"
"""An address of nobody (RFC 5737): asked only which of ours leads there, nothing is sent."""
HIGHEST_PORT = 65_535
_HOST = re.compile(r"[a-z0-9]([a-z0-9.:_-]{0,252}[a-z0-9])?")
_ROUTERS = ("router", "gateway")
_KINDS = {"wifi": ("wl",), "ethernet": ("eth", "en"), "loopback": ("lo",)}
_INTERNET = re.compile(
    r"internet|online|offline|broadband|uplink|互联网|外网|宽带|上网|断网|有网|联网", re.IGNORECASE
)
_TIME = re.compile(r"time[=<]([0-9.]+)")


def networking(config: Settings) -> Callable[[Question], Awaitable[Telling]]:
    """How the network is, an interface, or a port; the internet as far as somebody there may be asked."""

    async def told(question: Question) -> Telling:
        words = WORDS.words(question.language)
        if question.slot("port"):
            return await _port(question.slot("port"), words)
        interfaces, route, address = await asyncio.to_thread(_look)
        facts = {"interfaces": interfaces, "gateway": route[1] if route else None, "address": address}
        wanted = question.slot("interface")
        if wanted:
            return _interface(wanted, interfaces, facts, words)
        up = [one["name"] for one in interfaces if one["up"] and one["name"] != "lo"]
        if not up:
            return Telling(sentences=(words.said("offline"),), lines=_lines(interfaces), facts=facts)
        first = words.said("online", names=words.joined(up[:4]), count=len(up))
        if _INTERNET.search(f"{question.text} {question.slot('subject')}"):
            said, reached = await _internet(config.internet, route[1] if route else None, words)
            sentences = (*said, first)
            return Telling(sentences=sentences, lines=_lines(interfaces), facts={**facts, **reached})
        second = (
            words.said("routed", address=address, gateway=route[1]) if route else words.said("not_routed")
        )
        return Telling(sentences=(first, second), lines=_lines(interfaces), facts=facts)

    return told


async def _internet(
    there: str | None, gateway: str | None, words: Words
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Whether somebody out there answers, or, where nobody may be asked, whether the way there does."""
    if there is not None:
        milliseconds = await _reached(there)
        facts = {"internet": milliseconds is not None, "asked": there, "ms": milliseconds}
        if milliseconds is not None:
            return (words.said("internet_up", host=there, ms=plain(milliseconds)),), facts
        first = words.said("internet_down", host=there)
        return (first, *(await _gate(gateway, words))[0]), facts
    said, answers = await _gate(gateway, words)
    return (*said, *([words.said("internet_unasked")] if answers else [])), {
        "internet": None if answers else False,
        "gateway_answers": answers,
    }


async def _gate(gateway: str | None, words: Words) -> tuple[tuple[str, ...], bool]:
    """Whether the gateway answers, in words."""
    if gateway is None:
        return (words.said("not_routed"),), False
    milliseconds = await _reached(gateway)
    if milliseconds is None:
        return (words.said("gateway_silent", gateway=gateway),), False
    return (words.said("gateway_answers", gateway=gateway, ms=plain(milliseconds)),), True


def _interface(wanted: str, found: list[dict[str, Any]], facts: dict[str, Any], words: Words) -> Telling:
    prefixes = _KINDS.get(wanted, (wanted,))
    interfaces = [one for one in found if one["name"].startswith(prefixes)]
    if not interfaces:
        return Telling(sentences=(words.said("no_interface", name=wanted),), facts=facts)
    said = [words.said("interface_up" if one["up"] else "interface_down", **one) for one in interfaces]
    return Telling(sentences=tuple(said[:4]), facts=facts)


def pinging(config: Settings) -> Callable[[Question], Awaitable[Telling]]:
    """Whether another machine answers, by the names of the configuration."""

    async def told(question: Question) -> Telling:
        words, said = WORDS.words(question.language), question.slot("host")
        host = config.hosts.get(said) or (await _gateway() if said in _ROUTERS else said.replace(" ", ""))
        if host is None or not _HOST.fullmatch(host):
            raise ActionError(
                f"{said!a:.80} is no name of a machine; plugins, host, hosts gives it an address"
            )
        milliseconds = await _reached(host)
        facts = {"host": said, "address": host, "answers": milliseconds is not None, "ms": milliseconds}
        if milliseconds is None:
            return Telling(sentences=(words.said("no_ping", host=said),), facts=facts)
        return Telling(sentences=(words.said("ping", host=said, ms=plain(milliseconds)),), facts=facts)

    return told


async def _reached(host: str) -> float | None:
    """Milliseconds until `host` answered; None if it did not."""
    ran = await run("ping", "-n", "-c", "1", "-W", "2", host, within=5)
    if ran is not None and ran[0] == 0:
        match = _TIME.search(ran[1])
        return float(match[1]) if match else 0.0
    clock = asyncio.get_running_loop().time
    started = clock()
    knocks = await asyncio.gather(*(_knocked(host, port) for port in PORTS))
    return round((clock() - started) * 1000, 1) if any(knocks) else None


async def _knocked(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(KNOCKED_WITHIN):
            _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return True
    except (OSError, TimeoutError, UnicodeError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def _gateway() -> str | None:
    with unreadable():
        found = proc.gateway(proc.text(proc.PROC / "net/route"))
        return found[1] if found else None
    return None


async def _port(given: str, words: Words) -> Telling:
    number = int(given) if given.isascii() and given.isdecimal() else 0
    if not 0 < number <= HIGHEST_PORT:
        raise ActionError(f"{given!a:.20} is no port; it is a number from 1 to {HIGHEST_PORT}")
    tables = []
    for name in ("net/tcp", "net/tcp6"):
        with unreadable():
            tables.append(proc.text(proc.PROC / name))
    heard = number in proc.listening(tables)
    said = words.said("port_open" if heard else "port_closed", port=number)
    return Telling(sentences=(said,), facts={"port": number, "listening": heard})


def _look() -> tuple[list[dict[str, Any]], tuple[str, str] | None, str]:
    """The interfaces, the default route, and our address on it."""
    found: list[dict[str, Any]] = []
    route, address = None, ""
    with unreadable():
        paths = sorted((proc.SYS / "class/net").iterdir())
        found = [{"name": path.name, "up": _is_up(path)} for path in paths]
    with unreadable():
        route = proc.gateway(proc.text(proc.PROC / "net/route"))
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect((NOWHERE, 9))
        address = asked.getsockname()[0]
    return found, route, address


def _is_up(path: Path) -> bool:
    state = ""
    with unreadable():
        state = proc.text(path / "operstate").strip()
    if state == "unknown":
        # Loopback and tunnels never say more than that they are there.
        with unreadable():
            return int(proc.text(path / "flags"), 16) & 1 == 1
    return state == "up"


def _lines(interfaces: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{one['name']}: {'up' if one['up'] else 'down'}" for one in interfaces[:30])
