"""What the journal costs: entries a second, memory over two millions, losses when it is busy."""

import asyncio
import gc
import os
import random
import time
from contextlib import suppress
from types import SimpleNamespace

import orjson
import psutil
import pytest

from agent.core.awaited import EntryFilter
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from integrations.journal.entry import parsed
from integrations.journal.following import Follower, Place
from integrations.journal.lines import Lines
from integrations.journal.section import Settings
from integrations.journal.watch import Watch
from tests.journal.scribe import Scribe, needs_journal

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
LEAST = 25_000
MOST_GROWTH = 30.0
ENTRIES = 100_000
MANY = 2_000_000
RATE = 5_000
UNITS = ("nginx.service", "mosquitto.service", "zigbee2mqtt.service", "ssh.service", "home-assistant.service")
NAMES = tuple(f"device_{a}{b}" for a in "abcdefghij" for b in "klmnopqrst")


def message(n: int, dice: random.Random) -> str:
    """What a house writes: mostly the same with other numbers, some names, some that comes once."""
    kind = n % 10
    if kind < 5:
        return f"client 192.168.1.{n % 255} sent {n * 7919 % 100_003} bytes in {n % 977} ms"
    if kind < 8:
        return f"MQTT publish: topic 'zigbee2mqtt/{NAMES[n % 100]}', payload '{{\"linkquality\":{n % 255}}}'"
    if kind < 9:
        return f"session {dice.getrandbits(64):016x} of user ada was opened"
    one, two, three = dice.choices(NAMES, k=3)
    return f"{one} said {two} and then {three}"


def fields(n: int, dice: random.Random) -> dict[str, str]:
    unit = UNITS[n % len(UNITS)]
    return {
        "MESSAGE": message(n, dice),
        "PRIORITY": str((6, 6, 6, 5, 4)[n // 7 % 5]),
        "SYSLOG_IDENTIFIER": unit[:-8],
        "_SYSTEMD_UNIT": unit,
        "_TRANSPORT": "syslog",
        "_PID": str(n % 4000 + 2),
        "_UID": "0",
        "_COMM": unit[:-8],
        "_EXE": f"/usr/bin/{unit[:-8]}",
        "_HOSTNAME": "pi",
    }


def watch() -> Watch:
    """Everything switched on, and rules that wait for something."""
    one = Watch(Settings(), tell=lambda entry: told.append(entry["_PID"]), canary=lambda _: False, pid=99_999)
    told: list[str] = []
    one.wait_for(
        [
            EntryFilter(unit="nginx.service", priority=3),
            EntryFilter(unit="zigbee2mqtt*", priority=4, match={"MESSAGE": "device_aa|interview"}),
            EntryFilter(priority=2, match={"MESSAGE": "(?i)panic"}),
        ]
    )
    return one


def lines(first: int, count: int, dice: random.Random) -> bytes:
    base = 1_790_000_000_000_000
    return b"".join(
        orjson.dumps(
            {
                "__CURSOR": f"s=4d8b555b6c494a929557a6e2a8fb4dc3;i={n:x};b=1234;m=f42;t={base + n:x};x=2c5a",
                "__REALTIME_TIMESTAMP": str(base + n * 400),
                "__MONOTONIC_TIMESTAMP": str(10**9 + n * 400),
                "_BOOT_ID": "1234",
                **fields(n, dice),
            }
        )
        + b"\n"
        for n in range(first, first + count)
    )


def test_entries_a_second_from_lines_to_incidents():
    dice, looker, cutter = random.Random(1), watch(), Lines()
    text = lines(0, ENTRIES, dice)
    began = time.process_time()

    for start in range(0, len(text), 65_536):
        batch = [raw for line in cutter.feed(text[start : start + 65_536]) if (raw := parsed(line))]
        for first in range(0, len(batch), 200):
            looker.take(batch[first : first + 200])
    took = time.process_time() - began

    print(f"\njournal, JSON to incidents: {ENTRIES / took:,.0f} entries/s of CPU (goal {LEAST:,})")
    print(f"  templates {len(looker.templates.all)}, Drain was asked {looker.templates.mined} times")
    assert looker.entries == ENTRIES
    assert ENTRIES / took >= LEAST


def test_memory_over_two_million_entries():
    dice, looker, cutter, process = random.Random(2), watch(), Lines(), psutil.Process()
    step, seen = 20_000, {}

    for first in range(0, MANY, step):
        for start in range(0, len(text := lines(first, step, dice)), 65_536):
            batch = [raw for line in cutter.feed(text[start : start + 65_536]) if (raw := parsed(line))]
            if batch:
                looker.take(batch)
        if first == 0:
            del text, batch
            gc.collect()
            seen["before"] = process.memory_info().rss
    del text, batch
    gc.collect()
    growth = (process.memory_info().rss - seen["before"]) / 1e6

    print(f"\njournal, memory over {MANY:,} entries: {growth:+.1f} MB (goal {MOST_GROWTH:.0f})")
    assert growth <= MOST_GROWTH


class Reader:
    """The real journalctl, followed."""

    def __init__(self, folder, place: Place | None = None) -> None:
        self.watch = watch()
        self.pids: list[str] = []
        self.late: list[float] = []
        self.follower = Follower(
            house=SimpleNamespace(clock=Clock(), metrics=Metrics()),
            place=place,
            directory=folder,
            problem=lambda _: None,
        )

    def handle(self, batch, *, replayed):  # noqa: ARG002  # it is called so
        self.watch.take(batch)
        self.pids += [one["_PID"] for one in batch]
        now = time.time()
        self.late += [now - int(one["__REALTIME_TIMESTAMP"]) / 1e6 for one in batch[-1:]]

    async def until(self, count: int, limit: float) -> None:
        task = asyncio.create_task(self.follower.follow(self.handle))
        try:
            async with asyncio.timeout(limit):
                while len(self.pids) < count:
                    await asyncio.sleep(0.02)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@needs_journal
async def test_entries_a_second_through_journalctl(tmp_path):
    scribe, dice = Scribe(tmp_path / "journal"), random.Random(3)
    for n in range(ENTRIES):
        entry = fields(n, dice)
        scribe.write(entry.pop("MESSAGE"), at=1_790_000_000 + n / 1000, **entry)
    scribe.close()
    reader = Reader(tmp_path / "journal", Place(1.0))
    began, used, children = time.monotonic(), time.process_time(), os.times().children_user

    await reader.until(ENTRIES, 300)
    wall, cpu, theirs = (
        time.monotonic() - began,
        time.process_time() - used,
        os.times().children_user - children,
    )

    print(f"\njournal, through journalctl: {ENTRIES / wall:,.0f} entries/s on this machine as it is", end="")
    print(f"; of CPU {ENTRIES / cpu:,.0f} by us, {ENTRIES / max(theirs, 0.01):,.0f} by journalctl")
    assert len(reader.pids) == ENTRIES


@needs_journal
async def test_nothing_is_lost_at_five_thousand_a_second(tmp_path):
    scribe, dice, count = Scribe(tmp_path / "journal"), random.Random(4), 10 * RATE
    scribe.write("first", at=time.time() - 60)
    scribe.wait()
    reader = Reader(tmp_path / "journal")

    def write() -> None:
        began = time.monotonic()
        for n in range(count):
            entry = fields(n, dice)
            scribe.write(entry.pop("MESSAGE"), **(entry | {"_PID": str(n + 2)}))
            if n % 50 == 0 and (early := began + n / RATE - time.monotonic()) > 0:
                time.sleep(early)

    writing = asyncio.create_task(asyncio.to_thread(write))
    await reader.until(count, 120)
    await writing
    scribe.close()
    late = sorted(reader.late)

    print(f"\njournal, {RATE:,}/s live: {count:,} written, {len(reader.pids):,} heard, in order", end="")
    half, most = late[len(late) // 2], late[len(late) * 95 // 100]
    print(f"; late by {half * 1e3:.1f} ms (p50), {most * 1e3:.1f} ms (p95)")
    assert reader.pids == [str(n + 2) for n in range(count)]
