"""The journal for the command line: a line of `hearthd doctor`."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from agent.api import Desk, Finding
from integrations.journal.following import obstacle_to
from integrations.journal.section import Settings

WITHIN = 5.0
"""Seconds that journalctl may take."""


def doctor(desk: Desk) -> Iterator[Finding]:
    """Whether the journal can be read by us."""
    if not desk.enabled:
        yield Finding(what="journal", ok=True, says="not read: 'journal: {enabled: false}'")
        return
    directory = desk.settings(Settings).directory
    obstacle = obstacle_to(directory) or _read(directory)
    says = obstacle or f"{directory or 'that of the machine'} can be read"
    yield Finding(what="journal", ok=obstacle is None, says=says, needed=False)


def _read(directory: Path | None) -> str | None:
    """Read one entry; why that was not possible."""
    where = [] if directory is None else [f"--directory={directory}"]
    argv = ["journalctl", "--lines=1", "--quiet", "--no-pager", "--output=json", *where]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=WITHIN, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return f"journalctl takes more than {WITHIN:g} s: 'journalctl --verify' may tell why"
    except OSError as error:
        return f"journalctl can't be run: {error.strerror}"
    said = done.stderr.strip().splitlines()
    if done.returncode:
        return f"journalctl ended with {done.returncode}: {said[-1][:200] if said else 'without a word'}"
    return None if done.stdout else "there is nothing in it that our user may read: is it in systemd-journal?"
