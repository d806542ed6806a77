"""The machine is started again: only where that is allowed, only when somebody agrees, and by logind."""

from contextlib import asynccontextmanager

import pytest

from agent.core.actions import Trust
from tests.house import living
from tests.integrations.systemd.fake_logind import Logind
from tests.integrations.systemd.fake_systemd import systemd

pytestmark = pytest.mark.broker


@pytest.fixture
async def machine(broker, tmp_path):
    """Makes a daemon on a machine with both peers."""

    @asynccontextmanager
    async def make(*, allowed=True, room="ask"):
        async with systemd(tmp_path / "dbus") as peer:
            logind = Logind()
            await logind.appear(peer.address)
            values = {
                "plugins": {"systemd_units": {"reboot": allowed, "address": peer.address}},
                "health": {"enabled": False},
                "policy": {"table": {"destructive": {"room": room}}},
            }
            async with living(broker.port, tmp_path / "state", values) as house:
                link = house.daemon.hosted["systemd_units"].integration._link
                await house.until(lambda: link.as_json()["connected"])
                yield house, logind
            await logind.disappear()

    return make


async def approved(house, data=None):
    """How it ended once a person had agreed, and why."""
    action = await house.do("host.reboot", {}, data or {})
    await house.until(lambda: house.outcomes(action))
    await house.daemon.pipeline.approve(action, who="ada", trust=Trust.HUMAN, channel="cli", yes=True)
    last = await house.ended(action)
    return last["status"], last.get("reason", "")


async def test_logind_is_told_and_that_it_begins_is_all_that_is_heard(machine):
    async with machine() as (house, logind):
        assert await approved(house) == ("sent", "the machine is going down, to start again")
        assert logind.calls == [("Reboot", [False])]


async def test_it_asks_before_anything_is_done(machine):
    async with machine() as (house, logind):
        action = await house.do("host.reboot", {}, {})
        outcome = (await house.until(lambda: house.outcomes(action)))[-1]

        assert (outcome["status"], logind.calls) == ("pending", [])


async def test_whoever_is_not_known_is_refused_by_default(machine):
    async with machine(room="refuse") as (house, logind):
        assert ((await house.ended(await house.do("host.reboot", {}, {})))["status"], logind.calls) == (
            "refused",
            [],
        )


async def test_where_it_is_not_allowed_it_is_refused_and_says_what_allows_it(machine):
    async with machine(allowed=False) as (house, logind):
        last = await house.ended(await house.do("host.reboot", {}, {}))

        assert (last["status"], logind.calls) == ("refused", [])
        assert "plugins, systemd_units, reboot" in last["reason"]


@pytest.mark.parametrize(
    ("may", "why"), [("no", "does not let"), ("challenge", "password"), ("na", "cannot do that")]
)
async def test_what_logind_does_not_let_us_fails_and_says_why(machine, may, why):
    async with machine() as (house, logind):
        logind.may = may
        status, reason = await approved(house)

        assert (status, why in reason, logind.calls) == ("failed", True, [])


async def test_whoever_holds_it_up_is_named(machine):
    async with machine() as (house, logind):
        logind.inhibitors = [["sleep:shutdown", "apt", "an update", "block", 0, 7]]

        assert await approved(house) == ("failed", "apt holds it up")
        assert logind.calls == []


async def ask(house, text):
    house.publish(house.topic("ask"), {"text": text, "id": "q", "language": "en"})
    [reply] = await house.until(lambda: house.on(house.topic("reply")), 20)
    return reply


async def test_what_is_said_is_the_same_action(machine):
    async with machine() as (house, logind):
        await ask(house, "reboot the server")
        outcome = house.on(house.topic("outcome"))[-1]

        assert (outcome["action"], outcome["status"], logind.calls) == ("host.reboot", "pending", [])


async def test_where_it_is_not_allowed_the_answer_says_so(machine):
    async with machine(allowed=False) as (house, _):
        reply = await ask(house, "reboot the server")

        assert "I may not restart this machine" in reply["text"]
        assert [one["status"] for one in reply["outcomes"]] == ["refused"]
