"""The audit log: whoever changes, removes, swaps or cuts a record is found out."""

import sqlite3

import pytest

from agent.actions import audit

KEY = b"k" * 32


@pytest.fixture
def db():
    connection = sqlite3.connect(":memory:")
    audit.prepare(connection)
    for number in range(5):
        audit.append(connection, KEY, 1000.0 + number, "accepted", {"target": f"light.l{number}"})
    yield connection
    connection.close()


def test_an_untouched_chain_holds(db):
    assert audit.verify(db, KEY).number == 5


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET record = replace(record, 'light.l2', 'light.l9') WHERE number = 3",
        "DELETE FROM audit WHERE number = 3",
        "UPDATE audit SET mac = (SELECT mac FROM audit WHERE number = 2) WHERE number = 3",
        "UPDATE audit SET number = 9 WHERE number = 3",
        "UPDATE audit SET previous = 'x' WHERE number = 1",
    ],
)
def test_tampering_is_found(db, tampering):
    db.execute(tampering)

    with pytest.raises(audit.AuditError):
        audit.verify(db, KEY)


def test_a_cut_at_the_end_is_found_by_the_anchor(db):
    anchor = audit.head(db)
    db.execute("DELETE FROM audit WHERE number = 5")

    with pytest.raises(audit.AuditError, match="ends before record 5"):
        audit.verify(db, KEY, anchor)


def test_a_chain_rewritten_with_another_key_is_found(db):
    with pytest.raises(audit.AuditError, match="record 1 was changed"):
        audit.verify(db, b"x" * 32)


def test_an_anchor_survives_on_disk(db, tmp_path):
    audit.write_anchor(tmp_path / "anchor", audit.head(db))

    assert audit.read_anchor(tmp_path / "anchor") == audit.head(db)


def test_a_damaged_anchor_is_said_to_be_one(tmp_path):
    (tmp_path / "anchor").write_text("hello")

    with pytest.raises(audit.AuditError, match="damaged"):
        audit.read_anchor(tmp_path / "anchor")
