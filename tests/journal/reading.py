"""Journals to read in tests: from lines, through the real path of an entry, in virtual time."""

import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from integrations.journal.section import Settings
from integrations.journal.watch import Watch

CORPUS = Path(__file__).parent / "corpus"
BEGAN = 1_790_000_000.0
_numbers = itertools.count()


class Listener:
    """A watch, and what it told."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self.told = []
        self.watch = Watch(
            Settings.model_validate(settings or {}),
            tell=self.told.append,
            canary=lambda text: text == "ours",
            pid=99_999,
        )
        self.opened: list[str] = []
        """Keys, each time that an incident was opened."""

    @property
    def open(self):
        return self.watch.book.open

    def read(self, raws: Iterable[Mapping[str, Any]]) -> None:
        for raw in raws:
            before = set(self.open)
            self.watch.take([dict(raw)])
            self.watch.book.sweep(self.watch.last)
            self.opened += [key for key in self.open if key not in before]

    def kinds(self) -> set[str]:
        return {one.kind for one in self.open.values()}


def corpus(file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The heading and the entries of a journal of the corpus."""
    heading, *lines = file.read_text().splitlines()
    return json.loads(heading), [json.loads(line) for line in lines]


def raw(written, at=None, boot="1", **more):
    """An entry as a writer of the corpus wrote it, a second after the one before."""
    _, fields = written
    number = next(_numbers)
    at = BEGAN + number if at is None else at
    return {
        "__CURSOR": f"c{number}",
        "__REALTIME_TIMESTAMP": str(round(at * 1e6)),
        "__MONOTONIC_TIMESTAMP": str(round((at - BEGAN + 1e5) * 1e6)),
        "_BOOT_ID": boot,
        **fields,
        **more,
    }
