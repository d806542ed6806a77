"""What may help with an incident: told with it, asked for where configured, and never more than allowed."""

import os
from contextlib import asynccontextmanager

import pytest

from agent.core.actions import Trust
from tests.house import living
from tests.integration.plugins import asked
from tests.journal.scribe import Scribe, needs_journal

pytestmark = [needs_journal, pytest.mark.broker]
FULL = "write failed: No space left on device"
FAILED = {"_PID": 1, "UNIT": "nginx.service", "_SYSTEMD_UNIT": "init.scope", "PRIORITY": 4}


@pytest.fixture
async def machine(broker, tmp_path, scribe):
    """Makes a daemon on a journal that may restart nginx."""

    @asynccontextmanager
    async def make(*, allow=("nginx.service",), upkeep=None, plugins=None, **journal):
        writer = scribe()
        writer.write("Started hearthd.")
        section = {"directory": str(tmp_path / "journal"), "canary": {"every": 0}, **journal}
        units = {"allow": list(allow), "address": "unix:path=/nowhere"}
        values = {
            "journal": section,
            "plugins": {"systemd_units": units, "upkeep": upkeep or {}, **(plugins or {})},
            "health": {"enabled": False},
        }
        async with living(broker.port, tmp_path / "state", values) as house:
            yield house, writer
            for topic in {topic for topic, payload, _ in house.heard if "/incident/" in topic and payload}:
                house.publish(topic, None, retain=True)

    return make


async def told(house, key):
    """What is told of an incident."""
    return (await house.until(lambda: [one for one in house.on(house.topic("incident", key)) if one]))[-1]


def fails(writer):
    writer.write("nginx.service: Failed with result 'exit-code'.", **FAILED)


async def test_of_a_unit_that_failed_a_restart_is_proposed_and_not_asked_for(machine):
    async with machine() as (house, writer):
        fails(writer)
        body = await told(house, "unit-nginx.service")

        assert body["proposal"] == {
            "service": "unit.restart",
            "data": {"unit": "nginx.service"},
            "words": "restart nginx.service",
        }
        assert house.on(house.topic("outcome")) == []


async def test_of_a_unit_that_is_not_allowed_nothing_is_proposed(machine):
    async with machine(allow=()) as (house, writer):
        fails(writer)

        assert "proposal" not in await told(house, "unit-nginx.service")


async def test_nothing_is_proposed_where_that_is_switched_off(machine):
    async with machine(propose="never") as (house, writer):
        fails(writer)

        assert "proposal" not in await told(house, "unit-nginx.service")


async def test_when_the_disk_is_full_a_smaller_journal_is_proposed(machine):
    async with machine(vacuum={"least": "100M"}) as (house, writer):
        writer.write(FULL, PRIORITY=3)
        body = await told(house, "disk-full")

        assert (body["proposal"]["service"], body["proposal"]["data"]) == ("journal.vacuum", {"size": "100M"})


async def test_when_the_disk_is_full_a_cache_is_proposed_where_the_journal_may_not_be_made_smaller(machine):
    caches = {"thumbs": {"folder": "/srv/cache/thumbs", "delete": ["*"]}}
    async with machine(upkeep={"caches": caches}) as (house, writer):
        writer.write(FULL, PRIORITY=3)
        body = await told(house, "disk-full")

        assert body["proposal"] == {
            "service": "cache.clear",
            "data": {"name": "thumbs"},
            "words": "clear the cache thumbs",
        }


async def test_a_task_is_proposed_for_the_kind_that_is_configured(machine):
    async with machine(tasks={"certificate": "renew"}) as (house, writer):
        writer.write("x509: certificate has expired or is not yet valid", PRIORITY=3)
        body = await told(house, "certificate-nginx.service")

        assert (body["proposal"]["service"], body["proposal"]["target"]) == (
            "task.run",
            {"entity": ["task.renew"]},
        )


async def test_what_is_asked_for_waits_for_approval_and_is_asked_once(machine):
    async with machine(propose="ask") as (house, writer):
        fails(writer)
        pending = await house.until(
            lambda: [one["pending"] for one in house.on(house.topic("pending")) if one["pending"]]
        )
        fails(writer)
        topic = house.topic("incident", "unit-nginx.service")
        await house.until(lambda: [one for one in house.on(topic) if one and one["count"] > 1], 10)

        assert [one["cause"]["who"] for one in pending[-1]] == ["unit-nginx.service"]
        assert [one["status"] for one in house.on(house.topic("outcome"))] == ["pending"]


async def test_what_any_programs_text_makes_us_propose_waits_for_approval_too(machine):
    async with machine(propose="ask", vacuum={"least": "100M"}) as (house, writer):
        writer.write(FULL, PRIORITY=3)
        outcome = (await house.until(lambda: house.on(house.topic("outcome"))))[0]

        assert (outcome["action"], outcome["status"]) == ("journal.vacuum", "pending")


async def test_a_question_is_taken_back_when_the_incident_is_over(machine):
    async with machine(propose="ask") as (house, writer):
        fails(writer)
        await house.until(lambda: house.on(house.topic("outcome")))
        await house.do("journal.resolve", {}, {"incident": "unit-nginx.service"})
        last = await house.until(
            lambda: [one for one in house.on(house.topic("outcome")) if one["action"] == "unit.restart"][1:]
        )

        assert (last[0]["status"], last[0]["reason"]) == ("refused", "denied by journal")


async def test_a_list_of_incidents_has_what_may_help(machine):
    async with machine() as (house, writer):
        fails(writer)
        await told(house, "unit-nginx.service")

        [one] = await asked(house, "incidents")
        assert one["proposal"]["service"] == "unit.restart"


async def test_a_message_says_what_may_help(machine):
    async with machine(plugins={"notify": {"to": {"ada": {}}}}) as (house, writer):
        fails(writer)
        said = await house.until(lambda: house.on(house.topic("notify")))

        assert said[0]["message"].endswith("What may help: restart nginx.service")


# journal.vacuum ----------------------------------------------------------------------------------------
def archived(folder, many=400):
    """A journal that nobody writes to any more."""
    writer = Scribe(folder, "old")
    for number in range(many):
        writer.write(f"{number} {os.urandom(15_000).hex()}")
    writer.wait(many)
    writer.close()
    (folder / "old.journal").rename(
        folder / "system@0123456789abcdef0123456789abcdef-0000000000000001-0006000000000000.journal"
    )


async def vacuumed(house, **data):
    """How it ended, and why."""
    action = await house.do("journal.vacuum", {}, data, id="vacuum")
    first = (await house.until(lambda: house.outcomes(action)))[0]
    if first["status"] == "pending":
        await house.daemon.pipeline.approve("vacuum", who="ada", trust=Trust.HUMAN, channel="cli", yes=True)
    last = await house.ended(action)
    return last["status"], last.get("reason", "")


async def test_old_entries_are_deleted(machine, tmp_path):
    archived(tmp_path / "journal")
    before = sum(one.stat().st_blocks for one in (tmp_path / "journal").iterdir())

    async with machine(vacuum={"least": "1M"}) as (house, _):
        status, reason = await vacuumed(house)

        assert (status, reason.startswith("the journal held ")) == ("confirmed", True), reason
        assert sum(one.stat().st_blocks for one in (tmp_path / "journal").iterdir()) < before


async def test_a_journal_that_is_small_enough_stays_as_it_is(machine):
    async with machine(vacuum={"least": "500M"}) as (house, _):
        status, reason = await vacuumed(house)

        assert (status, reason.endswith(" already")) == ("confirmed", True)


async def test_entries_that_are_still_written_to_cannot_be_deleted_and_that_is_said(machine):
    async with machine(vacuum={"least": "1K"}) as (house, _):
        status, reason = await vacuumed(house)

        assert (status, reason.startswith("nothing could be deleted: ")) == ("failed", True)


@pytest.mark.parametrize(
    ("settings", "data"),
    [
        ({}, {"size": "500M"}),
        ({"vacuum": {"least": "100M"}}, {"size": "50M"}),
        ({"vacuum": {"least": "100M"}}, {"size": "a lot"}),
        ({"vacuum": {"least": "100M"}}, {"size": "500M", "directory": "/"}),
    ],
)
async def test_no_more_than_what_is_allowed_is_deleted(machine, settings, data):
    async with machine(**settings) as (house, _):
        assert (await vacuumed(house, **data))[0] == "refused"
