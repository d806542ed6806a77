"""The canary: an entry of our own shows that we hear, and its absence that we do not."""

import pytest

from tests.house import living
from tests.journal.scribe import needs_journal

pytestmark = [needs_journal, pytest.mark.broker]


def section(tmp_path, **canary):
    canary = {"every": "1s", "within": "500ms", "socket": str(tmp_path / "socket"), **canary}
    return {"journal": {"directory": str(tmp_path / "journal"), "canary": canary}}


async def problems(house):
    house.publish(house.topic("query", "problems"), {"id": "p"})
    known = len(house.on(house.topic("answer", "p")))
    found = await house.until(lambda: house.on(house.topic("answer", "p"))[known:])
    return {one["where"]: one["problem"] for one in found[0]["answer"]}


def heard(house):
    found = house.daemon.metrics.histograms.get("journal.canary_ms")
    return found.count if found else 0


async def test_a_canary_that_comes_back_is_no_problem(broker, tmp_path, scribe, journald):
    journal = scribe()
    journal.write("Started hearthd.")
    journal.wait()
    journald(journal)

    async with living(broker.port, tmp_path / "state", section(tmp_path, within="10s")) as house:
        await house.until(lambda: heard(house) >= 2, 15)

        assert "canary" not in await problems(house)


async def test_a_canary_that_does_not_come_back_is_told_and_another_reader_begun(
    broker, tmp_path, scribe, journald
):
    journal = scribe()
    journal.write("Started hearthd.")
    journal.wait()
    deaf = journald(None)

    async with living(broker.port, tmp_path / "state", section(tmp_path)) as house:
        await house.until(lambda: deaf.taken, 10)
        await house.until(lambda: house.daemon.metrics.counters.get("journal.canary_lost"), 10)
        found = await problems(house)

    assert "did not come back" in found["canary"]


async def test_what_takes_no_canary_is_told(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    journal.wait()

    async with living(broker.port, tmp_path / "state", section(tmp_path)) as house:
        found = {}
        while "canary" not in found:
            found = await problems(house)

    assert "no entry can be written to" in found["canary"]


async def test_a_canary_opens_no_incident_and_is_told_to_nobody_but_us(broker, tmp_path, scribe, journald):
    journal = scribe()
    journal.write("Started hearthd.")
    journal.wait()
    taker = journald(journal)

    async with living(broker.port, tmp_path / "state", section(tmp_path, within="10s")) as house:
        await house.until(lambda: heard(house) >= 1, 15)

        assert len(set(taker.taken[0]["HEARTHD_CANARY"])) > 4
        assert [topic for topic, _, _ in house.heard if "/incident/" in topic] == []
