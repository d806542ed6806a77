"""`hearthd record`: what happens on the bus, and in the journal, into a file, until it is told to end."""

import argparse
import asyncio
import logging
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import structlog

from agent import config as configuration
from agent.cli.awaited_entries import wanted_entries
from agent.cli.signals import cancelled_by_signals
from agent.durations import parse
from agent.errors import TransientError
from agent.mqtt.config import MqttConfig
from agent.mqtt.listener import Listener
from agent.mqtt.trie import check_filter
from agent.recording.files import SUFFIX
from agent.recording.journal import Journal
from agent.recording.recorder import Recorder
from agent.recording.writer import Limits, Writer
from agent.runtime.clock import Clock
from agent.runtime.presence import find

ALL = ("#",)
"""MQTT leaves the broker's own `$SYS` out of it."""
_SIZE = re.compile(r"([0-9]{1,12}) ?(?:([kMGT])i?)?B?", re.ASCII)
_UNITS = {None: 1, "k": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
SMALLEST = 64 * 1024


def record(options: argparse.Namespace) -> int:
    """Record until SIGINT, SIGTERM or the end of `--for`, and say what was written."""
    try:
        limits = _limits(options)
        seconds = parse(options.duration) if options.duration is not None else None
        filters = tuple(_filter(one) for one in options.topic) or ALL
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    # What goes wrong on the way is for whoever looks on; standard output is for the answer.
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    loaded = configuration.read(options.config)
    broker, node = _broker(loaded)
    path = _path(options.file, loaded, node)
    clock = Clock()
    wanted = None if options.journal is None else wanted_entries(loaded, everything=options.journal == "all")
    writer = Writer(path, node=node, filters=filters, clock=clock, limits=limits)
    recorder = Recorder(writer=writer, clock=clock)
    journal = None
    if wanted is not None:
        directory = (loaded.config.journal.model_extra or {}).get("directory")
        journal = Journal(
            wanted=wanted,
            heard=recorder.entry,
            full=recorder.full,
            clock=clock,
            directory=Path(directory) if isinstance(directory, str) else None,
        )
    try:
        asyncio.run(_until_told(recorder, writer, broker, filters, journal, within=seconds))
    finally:
        try:
            writer.close()
        finally:
            if writer.files:
                _tell(writer, recorder, journal, as_json=options.json)
    return 0


async def _until_told(
    recorder: Recorder,
    writer: Writer,
    broker: MqttConfig,
    filters: Sequence[str],
    journal: Journal | None,
    *,
    within: float | None,
) -> None:
    """A signal cancels the recording, and nothing else knows of signals."""
    cancelled_by_signals()
    listener = Listener(
        config=broker,
        purpose="record",
        filters=filters,
        heard=recorder.heard,
        full=recorder.full,
        lost=recorder.wake,
        clock=Clock(),
    )

    listening = asyncio.Event()

    async def follow() -> None:
        await listening.wait()
        if journal is not None:
            await journal.follow()

    def ready() -> None:
        for refused, reason in listener.refused.items():
            print(f"{refused}: the broker does not let us listen to it: {reason}", file=sys.stderr)
        if len(listener.refused) == len(filters):
            raise TransientError("there is nothing left to record")
        writer.open()
        listening.set()
        what = f"{broker.host}:{broker.port}{' and the journal' if journal else ''}"
        print(f"recording {what} to {writer.path}", file=sys.stderr, flush=True)

    with suppress(TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(within):
            # Neither ends by itself; an error of one is told as it is, and ends the loop with the other.
            await asyncio.gather(recorder.run(listener, ready=ready), follow())
    if listener.oversized_count:
        skipped = f"{listener.oversized_count} messages of more than {broker.max_payload} bytes"
        print(f"{skipped} (mqtt.max_payload) were skipped", file=sys.stderr)


def _broker(loaded: configuration.Loaded) -> tuple[MqttConfig, str]:
    """The configured broker, or that of the daemon that runs here; and the name of the node."""
    config = loaded.config
    if config.mqtt is not None:
        return config.mqtt, config.node.name
    places = (config.node.state_dir, config.node.state_dir / "demo")
    for place in places:
        if (presence := find(place)) is not None:
            return MqttConfig(host=presence.host, port=presence.port), presence.node
    looked = " and ".join(str(place) for place in places)
    raise TransientError(
        f"no broker is configured, and no hearthd is running (looked in {looked});"
        " start one with 'hearthd run', or name a broker under mqtt:"
    )


def _path(given: Path | None, loaded: configuration.Loaded, node: str) -> Path:
    if given is None:
        return loaded.config.node.state_dir / "recordings" / f"{node}{SUFFIX}"
    return given / f"{node}{SUFFIX}" if given.is_dir() else given


def _filter(given: str) -> str:
    check_filter(given)
    if given.startswith("$share/"):
        raise ValueError(f"topic filter {given!r}: a recording is of every message, leave the '$share/' away")
    return given


def _limits(options: argparse.Namespace) -> Limits:
    limits = Limits(size=_size(options.max_size), age=parse(options.max_age), total=_size(options.max_total))
    if limits.size < SMALLEST or limits.age < 1:
        raise ValueError(f"--max-size from {SMALLEST // 1024}k on and --max-age from 1s on would be right")
    if limits.total < 2 * limits.size:
        raise ValueError("--max-total: room for two files of --max-size, or more, would be right")
    return limits


def _size(written: str) -> int:
    found = _SIZE.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r:.40} is no number of bytes; 64M, 500k or 2G would be right")
    return int(found[1]) * _UNITS[found[2]]


def _tell(writer: Writer, recorder: Recorder, journal: Journal | None, *, as_json: bool) -> None:
    told: dict[str, Any] = {
        "messages": recorder.messages,
        **({} if journal is None else {"entries": recorder.entries, "skipped": journal.skipped}),
        "masked": recorder.masked,
        "files": [str(one) for one in writer.files],
        "deleted": writer.deleted,
    }
    if as_json:
        print(orjson.dumps(told).decode())
        return
    messages = "1 message" if recorder.messages == 1 else f"{recorder.messages} messages"
    if journal is not None:
        messages += f" and {recorder.entries} of the journal"
    secrets = f", {recorder.masked} without the secret in it" if recorder.masked else ""
    print(f"{messages}{secrets}, in {', '.join(told['files'])}")
    if writer.deleted:
        print(f"{writer.deleted} of the oldest files were deleted to keep to --max-total")
