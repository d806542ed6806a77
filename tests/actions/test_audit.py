"""The audit log: whoever changes, removes, adds, swaps or cuts a record in the file is found out."""

import sqlite3
from contextlib import closing

import pytest

from agent.actions import audit
from tests.actions.asking import KEY, NOON, on_disk

WRITTEN = 6

CHANGED = {
    "a record": "UPDATE audit SET record = CAST(replace(CAST(record AS TEXT), 'desk', 'dusk') AS BLOB)"
    " WHERE number = 3",
    "its type": "UPDATE audit SET record = CAST(record AS TEXT) WHERE number = 3",
    "the first": "UPDATE audit SET record = x'7b7d' WHERE number = 1",
    "the last": "UPDATE audit SET record = x'7b7d' WHERE number = 6",
    "all to nothing": "UPDATE audit SET record = NULL",
    "a code": "UPDATE audit SET mac = (SELECT mac FROM audit WHERE number = 2) WHERE number = 3",
    "a code to nothing": "UPDATE audit SET mac = NULL WHERE number = 3",
    "a code to bytes": "UPDATE audit SET mac = CAST(mac AS BLOB) WHERE number = 3",
    "a code to other letters": "UPDATE audit SET mac = 'é' || substr(mac, 2) WHERE number = 3",
    "a link": "UPDATE audit SET previous = mac WHERE number = 3",
    "a link to nothing": "UPDATE audit SET previous = NULL WHERE number = 3",
    "the beginning": "UPDATE audit SET previous = 'x' WHERE number = 1",
    "a number": "UPDATE audit SET number = 9 WHERE number = 3",
    "the last number": "UPDATE audit SET number = 9 WHERE number = 6",
}
REMOVED = {
    "one": "DELETE FROM audit WHERE number = 3",
    "one, the gap closed": "DELETE FROM audit WHERE number = 3;"
    "UPDATE audit SET number = number - 1 WHERE number > 3",
    "the first": "DELETE FROM audit WHERE number = 1",
    "the first half": "DELETE FROM audit WHERE number <= 3",
    "the first, the gap closed": "DELETE FROM audit WHERE number = 1; UPDATE audit SET number = number - 1",
}
REORDERED = {
    "two numbers": "UPDATE audit SET number = 99 WHERE number = 3;"
    "UPDATE audit SET number = 3 WHERE number = 4; UPDATE audit SET number = 4 WHERE number = 99",
    "two texts": "UPDATE audit SET record = (SELECT record FROM audit WHERE number = 9 - audit.number - 2)"
    " WHERE number IN (3, 4)",
    "all": "UPDATE audit SET number = 100 - number; UPDATE audit SET number = number - 93",
}
ADDED = {
    "a copy at the end": "INSERT INTO audit SELECT 7, record, previous, mac FROM audit WHERE number = 6",
    "a linked copy at the end": "INSERT INTO audit SELECT 7, record, mac, mac FROM audit WHERE number = 6",
    "one before the first": "INSERT INTO audit SELECT 0, record, previous, mac FROM audit WHERE number = 1",
}
TRUNCATED = {
    "the last": "DELETE FROM audit WHERE number = 6",
    "the second half": "DELETE FROM audit WHERE number > 3",
    "everything": "DELETE FROM audit",
}
TAMPERED = {
    f"{how}: {what}": script
    for how, scripts in (
        ("changed", CHANGED),
        ("removed", REMOVED),
        ("reordered", REORDERED),
        ("added", ADDED),
    )
    for what, script in scripts.items()
}


@pytest.fixture
def written(path):
    """A file with a log of a few records."""
    with closing(sqlite3.connect(path)) as db:
        audit.prepare(db)
        for number in range(WRITTEN):
            audit.append(db, KEY, NOON.timestamp(), "accepted", {"id": str(number), "target": "light.desk"})
        db.commit()
    return path


def tamper(path, script):
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)


def verified(path, *, key=KEY, anchor=None):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return audit.verify(db, key, anchor)


def head(path):
    with closing(sqlite3.connect(path)) as db:
        return audit.head(db)


# the chain --------------------------------------------------------------------------------------------------
def test_what_nobody_touched_holds(written):
    assert verified(written).number == WRITTEN
    assert verified(written, anchor=head(written)) == head(written)


@pytest.mark.parametrize("script", TAMPERED.values(), ids=TAMPERED)
def test_tampering_is_found(written, script):
    before = on_disk(written, "SELECT * FROM audit ORDER BY number")
    tamper(written, script)

    assert on_disk(written, "SELECT * FROM audit ORDER BY number") != before
    with pytest.raises(audit.AuditError):
        verified(written)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (CHANGED["a record"], "record 3 was changed"),
        (REMOVED["one"], "record 3 is missing or was replaced"),
        (REMOVED["the first half"], "record 3 is missing: the log begins too late"),
    ],
)
def test_what_was_found_is_said_by_its_number(written, script, words):
    tamper(written, script)

    with pytest.raises(audit.AuditError, match=words):
        verified(written)


def test_a_record_from_another_branch_of_the_same_log_is_found(written, tmp_path):
    branch = tmp_path / "branch.db"
    branch.write_bytes(written.read_bytes())
    with closing(sqlite3.connect(branch)) as db:
        db.execute("DELETE FROM audit WHERE number > 4")
        for _ in range(2):
            audit.append(db, KEY, 0.0, "something else", {})
        db.commit()
    with closing(sqlite3.connect(written)) as db:
        db.execute("ATTACH ? AS branch", (str(branch),))
        db.execute("REPLACE INTO audit SELECT * FROM branch.audit WHERE number = 6")
        db.commit()

    assert verified(branch).number == WRITTEN
    with pytest.raises(audit.AuditError, match="record 6 is missing or was replaced"):
        verified(written)


def test_a_chain_of_another_key_is_found(written):
    with pytest.raises(audit.AuditError, match="record 1 was changed"):
        verified(written, key=b"x" * 32)


def test_an_empty_log_holds():
    with closing(sqlite3.connect(":memory:")) as db:
        audit.prepare(db)

        assert audit.verify(db, KEY) == audit.head(db) == audit.Anchor(0, "0" * 64)


def test_a_log_goes_on_from_where_it_was(written):
    with closing(sqlite3.connect(written)) as db:
        audit.append(db, KEY, 0.0, "accepted", {})
        db.commit()

    assert verified(written).number == WRITTEN + 1


def test_old_records_make_room_and_what_is_kept_holds_unless_it_is_cut():
    last = audit.KEEP + 1_000
    with closing(sqlite3.connect(":memory:")) as db:
        audit.prepare(db)
        for _ in range(last):
            audit.append(db, KEY, 0.0, "", {})

        assert db.execute("SELECT min(number), max(number) FROM audit").fetchone() == (1_001, last)
        assert audit.verify(db, KEY, audit.Anchor(1, "made room")).number == last
        db.execute("DELETE FROM audit WHERE number = 1001")
        with pytest.raises(audit.AuditError, match="record 1001 is missing"):
            audit.verify(db, KEY)


# the anchor -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("script", TRUNCATED.values(), ids=TRUNCATED)
def test_a_cut_at_the_end_is_found_by_the_anchor(written, script):
    anchor = head(written)
    tamper(written, script)

    with pytest.raises(audit.AuditError, match=f"ends before record {WRITTEN}"):
        verified(written, anchor=anchor)


def test_a_file_put_back_from_earlier_is_found_by_the_anchor(written):
    earlier = written.read_bytes()
    with closing(sqlite3.connect(written)) as db:
        audit.append(db, KEY, 0.0, "accepted", {})
        db.commit()
    anchor = head(written)
    written.write_bytes(earlier)

    assert verified(written).number == WRITTEN
    with pytest.raises(audit.AuditError, match="ends before record 7"):
        verified(written, anchor=anchor)


def test_an_end_written_anew_is_found_by_the_anchor(written):
    anchor = head(written)
    with closing(sqlite3.connect(written)) as db:
        db.execute("DELETE FROM audit WHERE number = 6")
        audit.append(db, KEY, 0.0, "something else", {})
        db.commit()

    with pytest.raises(audit.AuditError, match="record 6 is not the one that was anchored"):
        verified(written, anchor=anchor)


def test_a_log_that_went_on_since_the_anchor_holds(written):
    anchor = head(written)
    with closing(sqlite3.connect(written)) as db:
        audit.append(db, KEY, 0.0, "accepted", {})
        db.commit()

    assert verified(written, anchor=anchor).number == WRITTEN + 1


def test_an_anchor_survives_on_disk(written, tmp_path):
    audit.write_anchor(tmp_path / "anchor", head(written))

    assert audit.read_anchor(tmp_path / "anchor") == head(written)


def test_there_need_not_be_an_anchor_yet(tmp_path):
    assert audit.read_anchor(tmp_path / "anchor") is None


@pytest.mark.parametrize("content", ["", "hello", "1", "one mac", "1 2 3"])
def test_a_damaged_anchor_is_said_to_be_one(tmp_path, content):
    (tmp_path / "anchor").write_text(content)

    with pytest.raises(audit.AuditError, match="damaged"):
        audit.read_anchor(tmp_path / "anchor")
