"""Sentences on standard input: each line of `hearthd demo` is something a person says."""

import asyncio
import os
import secrets
import stat
import sys
from collections.abc import AsyncIterator
from functools import partial

from agent.cli.person import user
from agent.core.actions import Cause, Trust
from agent.core.events import Explained
from agent.core.intents import Utterance
from agent.daemon import Daemon
from agent.runtime.service import Service

LONGEST_LINE = 4096
SESSION = "typing"


def typing_in(daemon: Daemon) -> Service:
    """What answers every line until there are no more."""
    return Service(name="typing", run=partial(_answer_lines, daemon))


async def _answer_lines(daemon: Daemon) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_print_later(daemon), name="typing.later")
        await _answer_each(daemon)


async def _print_later(daemon: Daemon) -> None:
    """Print what an answer said would follow."""
    with daemon.bus.subscribe("typing", Explained) as explained:
        async for event in explained:
            if event.reply.session == SESSION:
                print(event.reply.shown, flush=True)


async def _answer_each(daemon: Daemon) -> None:
    await daemon.mqtt.caught_up()
    async for line in _lines():
        text = line.strip()
        if not text:
            continue
        reply = await daemon.listening.say(
            Utterance(
                id=secrets.token_hex(8),
                text=text,
                language="",
                session=SESSION,
                cause=Cause(kind="cli", who=user()),
                # Whoever has the terminal of the daemon is its user.
                trust=Trust.HUMAN,
                born=daemon.clock.now(),
                trace=secrets.token_hex(8),
                channel="cli",
            )
        )
        print(reply.shown, flush=True)
    # Whoever has said everything leaves the house running.
    await asyncio.Event().wait()


async def _lines() -> AsyncIterator[str]:
    """Lines as they are typed or piped; ends with the input."""
    kind = os.fstat(sys.stdin.fileno()).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or sys.stdin.isatty()):
        # A file, or /dev/null: nothing to wait for.
        while typed := await asyncio.to_thread(sys.stdin.readline, LONGEST_LINE):
            yield typed
        return
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while True:
            try:
                line = await reader.readline()
            except ValueError:
                # Longer than anything that is said; the reader has dropped it.
                continue
            if not line:
                return
            yield line.decode(errors="replace")
    finally:
        transport.close()
