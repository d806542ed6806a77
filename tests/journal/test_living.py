"""The daemon on a journal: real files, the real journalctl, a real broker."""

import asyncio
import time

import pytest

from agent.core.awaited import EntryFilter
from agent.core.events import IncidentChanged, JournalWritten
from tests.house import living
from tests.journal.scribe import needs_journal

pytestmark = [needs_journal, pytest.mark.broker]
KILLED = "Out of memory: Killed process 1234 (jellyfin) total-vm:8123456kB, anon-rss:3456789kB"


def section(tmp_path, **more):
    return {"directory": str(tmp_path / "journal"), "canary": {"every": 0}, **more}


def incident(house, key):
    return [payload for topic, payload, _ in house.heard if topic == house.topic("incident", key)]


async def test_an_incident_is_retained_while_it_is_open_and_cleared_at_its_end(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    values = {"journal": section(tmp_path, thresholds={"oom": {"quiet": "1s"}})}

    async with living(broker.port, tmp_path / "state", values) as house:
        journal.write(KILLED, _TRANSPORT="kernel", PRIORITY=3)
        body = (await house.until(lambda: house.on(house.topic("incident", "oom-jellyfin"))))[0]
        await house.until(lambda: incident(house, "oom-jellyfin")[-1] == b"")

    assert (body["severity"], body["count"], body["kind"]) == ("critical", 1, "oom")
    assert body["title"] == "jellyfin was killed for want of memory; it held 3.3 GB"


async def test_the_daemon_answers_which_incidents_there_are(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")

    async with living(broker.port, tmp_path / "state", {"journal": section(tmp_path)}) as house:
        journal.write(KILLED, _TRANSPORT="kernel", PRIORITY=3)
        await house.until(lambda: house.on(house.topic("incident", "oom-jellyfin")))
        house.publish(house.topic("query", "incidents"), {"id": "q"})
        listed = (await house.until(lambda: house.on(house.topic("answer", "q"))))[0]["answer"]
        house.publish(house.topic("incident", "oom-jellyfin"), None, retain=True)

    assert [one["key"] for one in listed] == ["oom-jellyfin"]


async def test_a_rule_hears_an_entry_that_it_waits_for(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    rule = {
        "id": "errors",
        "when": {"journal": {"unit": "nginx.service", "priority": "err"}},
        "do": [{"service": "notify.send", "data": {"message": "nginx"}}],
    }
    values = {
        "journal": section(tmp_path),
        "automations": [rule],
        "plugins": {"notify": {"to": {"ada": {}}}},
    }

    async with living(broker.port, tmp_path / "state", values) as house:
        journal.write("all is well")
        journal.write("it burns", PRIORITY=3)
        said = await house.until(lambda: house.on(house.topic("notify")))

    assert said[0]["message"] == "nginx"


def restarting(key):
    """A house in which a rule restarts nginx at an incident."""
    rule = {"id": "cure", "when": {"incident": {"key": key}}, "do": [{"restart": "nginx.service"}]}
    units = {"allow": ["nginx.service"], "address": "unix:path=/nowhere"}
    return {"automations": [rule], "plugins": {"systemd_units": units}}


@pytest.mark.parametrize(
    ("message", "written", "came"),
    [
        ("write failed: No space left on device", {}, "pending"),
        (KILLED, {"_TRANSPORT": "kernel"}, "accepted"),
    ],
)
async def test_what_a_rule_does_at_an_incident_asks_where_any_programs_text_made_it(
    broker, tmp_path, scribe, message, written, came
):
    journal = scribe()
    journal.write("Started hearthd.")
    values = {"journal": section(tmp_path), **restarting("*")}

    async with living(broker.port, tmp_path / "state", values) as house:
        journal.write(message, PRIORITY=3, **written)
        outcome = (await house.until(lambda: house.on(house.topic("outcome"))))[0]
        keys = [topic for topic, payload, _ in house.heard if "/incident/" in topic and payload]
        for one in keys:
            house.publish(one, None, retain=True)

    assert (outcome["action"], outcome["status"]) == ("unit.restart", came)


async def test_only_entries_that_somebody_waits_for_are_told(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    told = section(tmp_path, tell={"fire": {"unit": "nginx", "match": {"MESSAGE": "burns"}}})

    async with living(broker.port, tmp_path / "state", {"journal": told}) as house:
        with house.daemon.bus.subscribe("test", JournalWritten) as events:
            journal.write("all is well")
            journal.write("it burns", CUSTOM="field")
            journal.write("another burns", _SYSTEMD_UNIT="cron.service")
            journal.write("it burns too")
            heard = [await anext(aiter(events)) for _ in range(2)]

    assert [one.fields["MESSAGE"] for one in heard] == ["it burns", "it burns too"]
    assert heard[0].fields["CUSTOM"] == "field"
    assert not heard[0].replayed


async def test_other_rules_are_heard_for_without_a_gap(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")

    async with living(broker.port, tmp_path / "state", {"journal": section(tmp_path)}) as house:
        with house.daemon.bus.subscribe("test", JournalWritten) as events:
            house.daemon.bus.entries = (EntryFilter(unit="nginx.service", priority=3),)
            for number in range(50):
                journal.write(f"bad {number}", PRIORITY=3)
                await asyncio.sleep(0.01)
            journal.write("last", PRIORITY=3)
            heard = []
            async with asyncio.timeout(10):
                async for event in events:
                    heard.append(event.fields["MESSAGE"])
                    if heard[-1] == "last":
                        break

    # From the first that is heard on none is missing, though another reader was begun for them.
    assert heard[:-1] == [f"bad {number}" for number in range(51 - len(heard), 50)]


async def test_what_was_written_while_we_were_away_is_told_as_replayed(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    values = {"journal": section(tmp_path, tell={"web": {"unit": "nginx"}})}
    async with living(broker.port, tmp_path / "state", values) as house:
        with house.daemon.bus.subscribe("test", JournalWritten) as events:
            journal.write("before")
            await anext(aiter(events))
    journal.write("meanwhile")
    journal.wait()
    heard = []

    async with living(broker.port, tmp_path / "state", values) as house:
        with house.daemon.bus.subscribe("test", JournalWritten) as events:
            journal.write("after", at=time.time() + 1)
            async with asyncio.timeout(5):
                async for event in events:
                    heard.append((event.fields["MESSAGE"], event.replayed))
                    if event.fields["MESSAGE"] == "after":
                        break

    # What came in the first moments of the second life may have been heard before we could listen to it.
    assert heard[-1] == ("after", False)
    assert set(heard[:-1]) <= {("meanwhile", True)}


async def test_of_an_incident_there_is_one_message_however_often_it_happens(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    values = {"journal": section(tmp_path), "plugins": {"notify": {"to": {"ada": {}}}}}

    async with living(broker.port, tmp_path / "state", values) as house:
        for number in range(40):
            journal.write(
                f"Failed password for root from 203.0.113.9 port {number} ssh2",
                _SYSTEMD_UNIT="ssh.service",
                _PID=number + 2,
            )
        topic = house.topic("incident", "auth-storm-sshd")
        await house.until(lambda: [one for one in house.on(topic) if one and one["count"] == 40], 10)
        journal.write("Accepted password for root from 203.0.113.9 port 99 ssh2", _SYSTEMD_UNIT="ssh.service")
        await house.until(
            lambda: [one for one in house.on(topic) if one and one["severity"] == "critical"], 10
        )
        said = house.on(house.topic("notify"))
        house.publish(topic, None, retain=True)

    assert [one["title"] for one in said] == ["test: many failed logins over SSH, last from 203.0.113.9"]


async def test_an_incident_survives_a_restart_and_is_no_news_then(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")
    values = {"journal": section(tmp_path), "plugins": {"notify": {"to": {"ada": {}}}}}
    async with living(broker.port, tmp_path / "state", values) as house:
        journal.write(KILLED, _TRANSPORT="kernel", PRIORITY=3)
        await house.until(lambda: house.on(house.topic("notify")))

    async with living(broker.port, tmp_path / "state", values) as house:
        await house.until(lambda: house.on(house.topic("incident", "oom-jellyfin")))
        with house.daemon.bus.subscribe("test", IncidentChanged) as events:
            journal.write(KILLED.replace("1234", "1235"), _TRANSPORT="kernel", PRIORITY=3)
            change = await anext(aiter(events))
        said = house.on(house.topic("notify"))
        house.publish(house.topic("incident", "oom-jellyfin"), None, retain=True)

    assert (change.count, change.news) == (2, False)
    assert said == []


async def test_an_incident_of_an_earlier_life_is_taken_off_the_bus(own_broker, tmp_path, ear):
    port = own_broker().port
    (tmp_path / "journal").mkdir()
    other = await ear(port)
    other.publish("hearthd/test/incident/disk-full", '{"key": "disk-full"}', retain=True)

    async with living(port, tmp_path / "state", {"journal": section(tmp_path)}) as house:
        await house.until(lambda: ("hearthd/test/incident/disk-full", b"", False) in house.heard)
