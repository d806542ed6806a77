"""What units do is heard as events, over every end of D-Bus and of systemd; without either it is quiet."""

import asyncio
from contextlib import asynccontextmanager

from agent.core.events import UnitChanged
from tests.house import living
from tests.integrations.systemd.fake_systemd import systemd


@asynccontextmanager
async def following(broker, tmp_path, *, names=("nginx.service",), **settings):
    def prepare(peer):
        for name in names:
            peer.unit(name)

    async with systemd(tmp_path / "dbus", prepare) as peer:
        values = {"plugins": {"systemd_units": {"address": peer.address, **settings}}}
        async with living(broker.port, tmp_path / "state", values) as house:
            await house.until(lambda: link(house)._known)
            with house.daemon.bus.subscribe("test", UnitChanged) as events:
                yield house, peer, Heard(events)


class Heard:
    def __init__(self, events):
        self._events = events
        self.cause = ""

    async def next(self):
        async with asyncio.timeout(5):
            one = await anext(aiter(self._events))
        self.cause = one.cause
        return one.unit, one.old, one.new


def link(house):
    return house.daemon.hosted["systemd_units"].integration._link


def problems(house):
    found = house.daemon.hosted["systemd_units"]._parts.problems.as_json()
    return [one["problem"] for one in found if one["source"] == "systemd_units"]


async def test_a_unit_that_fails_is_news(broker, tmp_path):
    async with following(broker, tmp_path) as (_, peer, heard):
        peer.goes("nginx.service", "failed")

        assert await heard.next() == ("nginx.service", "active", "failed")


async def test_the_same_state_again_is_no_news(broker, tmp_path):
    async with following(broker, tmp_path) as (_, peer, heard):
        peer.goes("nginx.service", "active", "exited")
        peer.goes("nginx.service", "failed")

        assert await heard.next() == ("nginx.service", "active", "failed")


async def test_units_that_are_not_watched_are_no_news(broker, tmp_path):
    names = ("nginx.service", "backup.timer")
    async with following(broker, tmp_path, names=names) as (_, peer, heard):
        peer.goes("backup.timer", "failed")
        peer.goes("nginx.service", "inactive")

        assert await heard.next() == ("nginx.service", "active", "inactive")


async def test_an_allowed_unit_is_always_watched(broker, tmp_path):
    names = ("nginx.service", "backup.timer")
    settings = {"watch": [], "allow": ["backup.timer"]}
    async with following(broker, tmp_path, names=names, **settings) as (_, peer, heard):
        peer.goes("nginx.service", "failed")
        peer.goes("backup.timer", "inactive")

        assert await heard.next() == ("backup.timer", "active", "inactive")


async def test_the_name_of_a_unit_survives_the_escapes_of_its_path(broker, tmp_path):
    name = "my-app@one_two.service"
    async with following(broker, tmp_path, names=(name,)) as (_, peer, heard):
        peer.goes(name, "failed")

        assert await heard.next() == (name, "active", "failed")


async def test_what_changed_while_d_bus_was_away_is_news_when_it_is_back(broker, tmp_path):
    async with following(broker, tmp_path) as (house, peer, heard):
        await peer.disappear()
        await peer.stop_bus()
        await house.until(lambda: not link(house).as_json()["connected"])
        peer.units["nginx.service"].active = "failed"

        await peer.start_bus()
        await peer.appear()

        assert await heard.next() == ("nginx.service", "active", "failed")
        assert problems(house) == []


async def test_what_changed_while_systemd_began_anew_is_news(broker, tmp_path):
    async with following(broker, tmp_path) as (_, peer, heard):
        before = peer.subscribed
        await peer.disappear()
        peer.units["nginx.service"].active = "failed"

        await peer.appear()

        assert await heard.next() == ("nginx.service", "active", "failed")
        assert peer.subscribed > before


async def test_an_absent_d_bus_is_one_problem_of_whoever_configured_units(broker, tmp_path):
    values = {"plugins": {"systemd_units": {"allow": ["nginx.service"], "address": "unix:path=/nowhere/bus"}}}
    async with living(broker.port, tmp_path, values) as house:
        await house.until(lambda: problems(house))

        assert problems(house) == [
            "the units of this machine cannot be seen: there is no D-Bus at /nowhere/bus"
        ]
        assert house.daemon.hosted["systemd_units"].as_json()["restarts"] == 0


async def test_an_absent_d_bus_is_no_problem_where_nobody_configured_units(broker, tmp_path, monkeypatch):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
    async with living(broker.port, tmp_path, {"plugins": {"systemd_units": {}}}) as house:
        await house.until(lambda: "nowhere" in str(link(house).as_json()["reason"]))

        assert problems(house) == []


async def test_an_action_without_d_bus_fails_and_says_why(broker, tmp_path):
    values = {"plugins": {"systemd_units": {"allow": ["nginx.service"], "address": "unix:path=/nowhere/bus"}}}
    values["policy"] = {"table": {"disruptive": {"room": "allow"}}}
    async with living(broker.port, tmp_path, values) as house:
        await house.until(lambda: problems(house))

        last = await house.ended(await house.do("unit.restart", {}, {"unit": "nginx.service"}))

        said = "the units of this machine cannot be seen: there is no D-Bus at /nowhere/bus"
        assert (last["status"], last["reason"]) == ("failed", said)


async def test_a_d_bus_without_systemd_is_told_as_that(broker, tmp_path):
    async with systemd(tmp_path / "dbus") as peer:
        await peer.disappear()
        values = {"plugins": {"systemd_units": {"allow": ["nginx.service"], "address": peer.address}}}
        async with living(broker.port, tmp_path / "state", values) as house:
            await house.until(lambda: problems(house))

            assert "there is no systemd on this D-Bus" in problems(house)[0]


async def test_a_line_that_is_cut_during_the_watch_leaves_the_end_open(broker, tmp_path):
    settings = {"allow": ["nginx.service"], "stay_up": 10}
    async with following(broker, tmp_path, **settings) as (house, peer, _):
        house.daemon.policy.config = house.daemon.policy.config.model_copy(
            update={"table": {"disruptive": {"room": "allow"}}}
        )
        action = await house.do("unit.restart", {}, {"unit": "nginx.service"})
        await house.until(lambda: peer.units["nginx.service"].starts)
        await house.until(lambda: [one for one in house.outcomes(action) if one["status"] == "sent"])
        await asyncio.sleep(0.1)

        await peer.disappear()
        await peer.stop_bus()

        last = await house.ended(action)
        assert (last["status"], "was cut" in last["reason"]) == ("sent", True)


async def test_what_a_restart_of_ours_goes_through_is_no_news(broker, tmp_path):
    async with following(broker, tmp_path, allow=["nginx.service"], stay_up=0) as (house, peer, heard):
        allowed = {"table": {"disruptive": {"room": "allow"}}}
        house.daemon.policy.config = house.daemon.policy.config.model_copy(update=allowed)
        peer.units["nginx.service"].passes = ("deactivating", "inactive", "activating")
        await house.ended(await house.do("unit.restart", {}, {"unit": "nginx.service"}))

        peer.goes("nginx.service", "failed")

        assert await heard.next() == ("nginx.service", "active", "failed")


async def test_what_a_command_of_ours_came_to_is_news_with_its_cause(broker, tmp_path):
    async with following(broker, tmp_path, allow=["nginx.service"]) as (house, _, heard):
        allowed = {"table": {"disruptive": {"room": "allow"}}}
        house.daemon.policy.config = house.daemon.policy.config.model_copy(update=allowed)

        action = await house.do("unit.stop", {}, {"unit": "nginx.service"})

        assert await heard.next() == ("nginx.service", "active", "inactive")
        assert heard.cause == (await house.ended(action))["trace"]
