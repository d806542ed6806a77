"""What a person can say of an incident: ignore it, show it again, it is over."""

import pytest

from tests.house import living
from tests.journal.scribe import needs_journal

pytestmark = [needs_journal, pytest.mark.broker]
EXPIRED = "x509: certificate has expired"
KEY = "certificate-nginx.service"


def section(tmp_path):
    return {"journal": {"directory": str(tmp_path / "journal"), "canary": {"every": 0}}}


async def answer(house, what, name):
    house.publish(house.topic("query", what), {"id": name})
    return (await house.until(lambda: house.on(house.topic("answer", name))))[0]["answer"]


async def test_an_incident_that_is_ignored_ends_and_does_not_come_back(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")

    async with living(broker.port, tmp_path / "state", section(tmp_path)) as house:
        journal.write(EXPIRED)
        await house.until(lambda: house.on(house.topic("incident", KEY)))
        done = await house.ended(await house.do("journal.ignore", {}, {"incident": KEY, "why": "old box"}))
        await house.until(lambda: house.on(house.topic("incident", KEY))[-1] == b"")
        journal.write(EXPIRED)
        journal.write("Out of memory: Killed process 7 (x) anon-rss:1kB", _TRANSPORT="kernel")
        await house.until(lambda: house.on(house.topic("incident", "oom-x")))
        listed = await answer(house, "ignores", "i")
        open_now = await answer(house, "incidents", "o")
        house.publish(house.topic("incident", "oom-x"), None, retain=True)

    assert done["status"] == "confirmed"
    assert [(one["incident"], one["why"], one["bit"]) for one in listed] == [(KEY, "old box", 1)]
    assert [one["key"] for one in open_now] == ["oom-x"]


async def test_what_cannot_be_muted_is_refused_and_the_rest_is_told_by_its_reason(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")

    async with living(broker.port, tmp_path / "state", section(tmp_path)) as house:
        journal.write("Out of memory: Killed process 7 (x) anon-rss:1kB", _TRANSPORT="kernel")
        await house.until(lambda: house.on(house.topic("incident", "oom-x")))
        muted = await house.ended(await house.do("journal.ignore", {}, {"incident": "oom-x"}))
        unknown = await house.ended(await house.do("journal.resolve", {}, {"incident": "nothing"}))
        odd = await house.ended(await house.do("journal.ignore", {}, {"incident": "a/b"}))
        over = await house.ended(await house.do("journal.resolve", {}, {"incident": "oom-x"}))
        await house.until(lambda: house.on(house.topic("incident", "oom-x"))[-1] == b"")

    assert (muted["status"], muted["reason"]) == ("refused", "oom cannot be muted")
    assert (unknown["status"], unknown["reason"]) == ("refused", "there is no open incident nothing")
    assert odd["status"] == "refused"
    assert over["status"] == "confirmed"


async def test_what_was_ignored_is_shown_again(broker, tmp_path, scribe):
    journal = scribe()
    journal.write("Started hearthd.")

    async with living(broker.port, tmp_path / "state", section(tmp_path)) as house:
        journal.write(EXPIRED)
        await house.until(lambda: house.on(house.topic("incident", KEY)))
        await house.ended(await house.do("journal.ignore", {}, {"incident": KEY}))
        await house.until(lambda: house.on(house.topic("incident", KEY))[-1] == b"")
        await house.ended(await house.do("journal.unignore", {}, {"incident": KEY}))
        journal.write(EXPIRED)
        await house.until(lambda: house.on(house.topic("incident", KEY))[-1] != b"")
        house.publish(house.topic("incident", KEY), None, retain=True)
