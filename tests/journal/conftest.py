"""Journals on disk, and journalds to write to, for as long as a test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.journal.scribe import Journald, Scribe


@pytest.fixture
def scribe(tmp_path) -> Iterator[Callable[..., Scribe]]:
    """Makes scribes that write into `journal/` of the test's folder."""
    with ExitStack() as stack:

        def begin(name: str = "system") -> Scribe:
            one = Scribe(tmp_path / "journal", name)
            stack.callback(one.close)
            return one

        yield begin


@pytest.fixture
def journald(tmp_path) -> Iterator[Callable[..., Journald]]:
    """Makes a journald at `socket` of the test's folder; without a scribe it forgets what it is told."""
    with ExitStack() as stack:

        def begin(scribe: Scribe | None = None) -> Journald:
            one = Journald(tmp_path / "socket", scribe)
            stack.callback(one.close)
            return one

        yield begin
