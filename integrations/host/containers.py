"""Questions about containers. An engine is asked which there are, over its socket, and nothing else.

Whoever may speak to that socket owns the machine: the way in is one fixed request.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.api import Question, Telling
from integrations.host.saying import speakable
from integrations.host.usage import WORDS

ANSWERED_WITHIN = 4.0
LONGEST = 8_000_000
REQUEST = b"GET /containers/json?all=1 HTTP/1.0\r\nHost: localhost\r\n\r\n"
MOST_LINES = 60


async def containers_of(sockets: Sequence[str]) -> list[dict[str, Any]] | str:
    """Every container of the engines at `sockets`, or why none is seen: `absent`, `denied` or `broken`."""
    found: list[dict[str, Any]] = []
    obstacles = []
    for path in sockets:
        if not await asyncio.to_thread(_is_there, path):
            continue
        try:
            found += await _asked(path)
        except PermissionError:
            obstacles.append("denied")
        except (OSError, TimeoutError, ValueError, LookupError, TypeError, AttributeError):
            obstacles.append("broken")
        else:
            obstacles.append("")
    if not obstacles:
        return "absent"
    return found if "" in obstacles else obstacles[0]


class Containers:
    """Answers for the engines of the configuration."""

    def __init__(self, sockets: Sequence[str]) -> None:
        self._sockets = sockets

    async def listed(self, question: Question) -> Telling:
        """Which containers there are."""
        words = WORDS.words(question.language)
        found = await containers_of(self._sockets)
        if isinstance(found, str):
            return Telling(
                sentences=(words.said(f"containers_{found}"),), facts={"containers": None, "reason": found}
            )
        running = [one for one in found if one["state"] == "running"]
        said = [words.said("containers", count=len(found), running=len(running))]
        down = [one["name"] for one in found if one["state"] != "running" and speakable(one["name"])]
        if down:
            said.append(words.said("containers_down", names=words.joined(down[:5])))
        lines = tuple(f"{one['name']}: {one['status']} ({one['image']})" for one in found[:MOST_LINES])
        return Telling(sentences=tuple(said), lines=lines, facts={"containers": found})

    async def status(self, question: Question) -> Telling | None:
        """How one container is; None if none is called so, and no container was asked about."""
        words, name = WORDS.words(question.language), question.slot("service")
        asked = question.slot("kind") == "container"
        if question.slot("kind") == "unit" or not name:
            return None
        found = await containers_of(self._sockets)
        if isinstance(found, str):
            if not asked:
                return None
            return Telling(sentences=(words.said(f"containers_{found}"),), facts={"reason": found})
        one = next((one for one in found if one["name"].casefold() in (name, name.replace(" ", "-"))), None)
        if one is None:
            if not asked:
                return None
            return Telling(sentences=(words.said("no_container", name=name),), facts={"found": False})
        key = "container_up" if one["state"] == "running" else "container_down"
        return Telling(sentences=(words.said(key, name=one["name"]),), lines=(one["status"],), facts=one)


def _is_there(path: str) -> bool:
    try:
        return Path(path).is_socket()
    except OSError:
        return False


async def _asked(path: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(ANSWERED_WITHIN):
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            writer.write(REQUEST)
            await writer.drain()
            answer = bytearray()
            while len(answer) < LONGEST and (piece := await reader.read(65_536)):
                answer += piece
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1]
    if status != b"200":
        raise ValueError(f"the engine answered {status!r}")
    return [
        {
            "name": str(one["Names"][0]).lstrip("/"),
            "image": str(one.get("Image", "")),
            "state": str(one.get("State", "")),
            "status": str(one.get("Status", "")),
        }
        for one in json.loads(_body(head, body))
    ]


def _body(head: bytes, body: bytes) -> bytes:
    """The body, put together where a server sends pieces even to those who don't ask for them."""
    if b"transfer-encoding: chunked" not in head.lower():
        return body
    whole = bytearray()
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if not length:
            break
        whole += rest[:length]
        body = rest[length + 2 :]
    return bytes(whole)
