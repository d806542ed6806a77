"""The labelled journals: each fault is named in time, once, and nothing is found where nothing is."""

import pytest

from tests.journal.corpus_making import made
from tests.journal.reading import CORPUS, Listener, corpus

FILES = sorted(CORPUS.glob("*.jsonl"))
FAULTY = [file for file in FILES if not file.name.startswith("noise-")]
NOISY = [file for file in FILES if file.name.startswith("noise-")]
IDS = lambda file: file.stem  # noqa: E731  # for two lists
EVERY = {
    "oom", "disk-full", "inodes-full", "read-only", "io-error", "unit-failed", "start-limit", "unit-flapping",
    "segfault", "certificate", "dns", "clock-step", "broker-lost", "usb-lost", "thermal", "auth-storm",
    "novel", "burst", "flapping",
}  # fmt: skip


def test_the_corpus_is_what_its_script_makes():
    assert {file.name: file.read_text() for file in FILES} == made()


def test_every_class_is_there_in_three_ways_at_least():
    kinds = [fault["kind"] for file in FAULTY for fault in corpus(file)[0]["faults"]]

    assert {kind for kind in EVERY if kinds.count(kind) < 3} == set()


def test_there_are_sixty_journals_and_twenty_without_a_fault():
    assert len(FAULTY) >= 60
    assert len(NOISY) >= 20


@pytest.mark.parametrize("file", FAULTY, ids=IDS)
def test_every_fault_is_named_by_its_last_needed_line(file):
    heading, entries = corpus(file)

    for fault in heading["faults"]:
        listener = Listener()
        listener.read(entries[: fault["line"]])
        named = [one for one in listener.open.values() if one.kind == fault["kind"]]

        assert [one for one in named if fault["about"] in f"{one.title} {one.subject}"], (
            fault,
            [one.title for one in named],
        )


@pytest.mark.parametrize("file", FAULTY, ids=IDS)
def test_a_fault_is_not_named_before_it_can_be_known(file):
    heading, entries = corpus(file)

    for fault in heading["faults"]:
        listener = Listener()
        listener.read(entries[: fault["line"] - 1])

        assert fault["kind"] not in listener.kinds()


@pytest.mark.parametrize("file", FAULTY, ids=IDS)
def test_a_journal_opens_no_more_incidents_than_it_has_faults(file):
    heading, entries = corpus(file)
    listener = Listener()

    listener.read(entries)

    assert len(listener.opened) == len(heading["faults"]), listener.opened


@pytest.mark.parametrize("file", NOISY, ids=IDS)
def test_noise_is_no_incident(file):
    _, entries = corpus(file)
    listener = Listener()

    listener.read(entries)

    assert listener.opened == []
