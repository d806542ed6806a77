"""Every process of a run, also those that left its group: found in /proc by what they inherited."""

import os
import signal
from contextlib import suppress
from pathlib import Path

MARK = "HEARTHD_TASK"
"""The variable that all of them have, with a value that no other run has."""
ROUNDS = 5
"""How often those are looked for that were started while others were being killed."""


def left_of(mark: str, session: int) -> set[int]:
    """The processes of a run that have not ended."""
    wanted = f"{MARK}={mark}".encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        with suppress(OSError, ValueError, IndexError):
            # Behind the name, which may hold anything: state, parent, group, session.
            state, _, _, its_session = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:4]
            if state in (b"Z", b"X") or pid == os.getpid():
                continue
            if int(its_session) == session or wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.add(pid)
    return found


def kill_left_of(mark: str, session: int) -> int:
    """Kill what is left of a run; how many processes there were."""
    killed: set[int] = set()
    for _ in range(ROUNDS):
        left = left_of(mark, session)
        if not left:
            break
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        killed |= left
    return len(killed)


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to a whole group, if there is anybody left in it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
