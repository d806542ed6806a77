"""The audit log: what was decided and done, written and synced before the act, chained record by record.

Each record carries an HMAC over itself and the HMAC of the one before, so that a change, a gap or a swap in
the middle shows. The newest `KEEP` records are always there, so that a cut at the beginning shows; and the
anchor, a small file of its own, remembers how far the chain had come, so that a cut at the end shows. Records
live in the store's `audit` table; all of this runs in the store's writer thread.
"""

import hmac
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

FIRST = "0" * 64
KEEP = 200_000
"""Records kept; older ones go, and the chain then begins at the oldest kept."""


class AuditError(Exception):
    """The chain does not hold; the text says where."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far the chain had come when it was last looked at."""

    number: int
    mac: str


def prepare(db: sqlite3.Connection) -> None:
    """Make the table."""
    db.execute(
        "CREATE TABLE IF NOT EXISTS audit (number INTEGER PRIMARY KEY, record BLOB, previous TEXT, mac TEXT)"
    )


def append(db: sqlite3.Connection, key: bytes, at: float, event: str, facts: Mapping[str, Any]) -> None:
    """Add one record to the chain; it is durable when the transaction is."""
    last = db.execute("SELECT number, mac FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (last[0] + 1, last[1]) if last else (1, FIRST)
    record = orjson.dumps({"at": at, "event": event, **facts}, default=str)
    db.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?)",
        (number, record, previous, _mac(key, number, previous, record)),
    )
    if number % 1000 == 0:
        db.execute("DELETE FROM audit WHERE number <= ?", (number - KEEP,))


def verify(db: sqlite3.Connection, key: bytes, anchor: Anchor | None = None) -> Anchor:
    """Check the whole chain and return where it ends.

    Raises:
        AuditError: a record was changed, removed, added or swapped.
    """
    before: tuple[int, str] | None = None
    anchored = anchor is None
    first = 0
    for number, record, previous, mac in db.execute(
        "SELECT number, record, previous, mac FROM audit ORDER BY number"
    ):
        first = first or number
        if before is None and number == 1 and previous != FIRST:
            raise AuditError("record 1 does not begin the chain")
        if before is not None and (number != before[0] + 1 or previous != before[1]):
            raise AuditError(f"record {before[0] + 1} is missing or was replaced")
        # A hand in the file may have left anything there: no text, or letters that no code has.
        given = str(mac).encode()
        if not isinstance(record, bytes) or not hmac.compare_digest(
            given, _mac(key, number, previous, record).encode()
        ):
            raise AuditError(f"record {number} was changed")
        if anchor is not None and number == anchor.number:
            if mac != anchor.mac:
                raise AuditError(f"record {number} is not the one that was anchored")
            anchored = True
        before = (number, mac)
    if before is not None and first > max(1, before[0] - KEEP + 1):
        raise AuditError(f"record {first - 1} is missing: the log begins too late")
    if not anchored and anchor is not None and anchor.number > (before[0] if before else 0):
        raise AuditError(f"the log ends before record {anchor.number}, which was anchored")
    return Anchor(*before) if before else Anchor(0, FIRST)


def head(db: sqlite3.Connection) -> Anchor:
    """Where the chain ends now."""
    last = db.execute("SELECT number, mac FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return Anchor(*last) if last else Anchor(0, FIRST)


def read_anchor(path: Path) -> Anchor | None:
    """The anchor in `path`, None if there is none yet.

    Raises:
        AuditError: the file is no anchor.
    """
    try:
        number, mac = path.read_text().split()
        return Anchor(int(number), mac)
    except FileNotFoundError:
        return None
    except ValueError:
        raise AuditError(f"{path} is damaged: it holds one number and one code") from None


def write_anchor(path: Path, anchor: Anchor) -> None:
    """Replace the anchor in `path`."""
    new = path.with_suffix(".new")
    new.write_text(f"{anchor.number} {anchor.mac}\n")
    new.replace(path)


def _mac(key: bytes, number: int, previous: str, record: bytes) -> str:
    return hmac.new(key, f"{number}|{previous}|".encode() + record, "sha256").hexdigest()
