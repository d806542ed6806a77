"""Every known fault, written into a real journal while the daemon listens: how soon the bus names it."""

import time

import pytest

from tests.house import living
from tests.journal.reading import CORPUS, corpus
from tests.journal.scribe import needs_journal

pytestmark = [needs_journal, pytest.mark.broker]
GOAL = 2.0
NOT_LIVE = {"novel", "burst", "flapping"}
"""What takes hours of one journal to be known; tests/journal/test_corpus.py looks at them in virtual time."""
_THEIRS = ("__", "_BOOT_ID", "_MACHINE_ID", "_HOSTNAME")


def one_of_each():
    """A journal for each kind of fault: its lines up to the one by which it can be known."""
    found = {}
    for file in sorted(CORPUS.glob("*.jsonl")):
        heading, entries = corpus(file)
        for fault in heading["faults"] if _of_one_clock(entries) else ():
            lines = entries[: fault["line"]]
            texts = [entry for entry in lines if isinstance(entry.get("MESSAGE"), str)]
            if fault["kind"] not in NOT_LIVE and len(texts) == len(lines):
                found.setdefault(fault["kind"], lines)
    return found


def _of_one_clock(entries):
    """Whether nothing is known from the time stamps of `entries`: here they are those of the test."""
    times = [(int(one["__REALTIME_TIMESTAMP"]), int(one["__MONOTONIC_TIMESTAMP"])) for one in entries]
    drift = [real - monotonic for real, monotonic in times]
    return len({one["_BOOT_ID"] for one in entries}) == 1 and max(drift) - min(drift) < 1_000_000


def write(journal, entry):
    fields = {key: value for key, value in entry.items() if not key.startswith(_THEIRS)}
    journal.write(fields.pop("MESSAGE"), **{"_SYSTEMD_UNIT": "", **fields})


async def test_every_fault_is_named_within_two_seconds_of_its_last_line(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    section = {"directory": str(tmp_path / "journal"), "canary": {"every": 0}}
    took = {}

    async with living(broker.port, tmp_path / "state", {"journal": section}) as house:

        def named(kind):
            told = [
                (topic, payload) for topic, payload, _ in house.heard if "/incident/" in topic and payload
            ]
            return any(f'"kind":"{kind}"'.encode() in payload for _, payload in told)

        for kind, lines in one_of_each().items():
            for entry in lines:
                write(journal, entry)
            began = time.monotonic()
            await house.until(lambda kind=kind: named(kind), 10)
            took[kind] = time.monotonic() - began
        for topic in {topic for topic, payload, _ in house.heard if "/incident/" in topic and payload}:
            house.publish(topic, None, retain=True)

    assert len(took) >= 15
    assert {kind: round(seconds, 2) for kind, seconds in took.items() if seconds > GOAL} == {}
