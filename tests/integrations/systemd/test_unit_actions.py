"""What is done to units: only to those that are allowed, down the one path, seen through to its end."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.house import living
from tests.integrations.systemd.fake_systemd import systemd

ALLOWED = ["nginx.service", "mosquitto.service"]


@pytest.fixture
async def machine(broker, tmp_path):
    """Makes the daemon on a machine with the peer, once it has seen the units."""

    @asynccontextmanager
    async def make(prepare=lambda _: None, **settings):
        def more(one):
            one.unit("nginx.service")
            one.unit("ssh.service")
            prepare(one)

        async with systemd(tmp_path / "dbus", more) as peer:
            section = {"allow": ALLOWED, "stay_up": 0.2, "address": peer.address, **settings}
            values = {"plugins": {"systemd_units": section}, "health": {"announce": False}}
            values["policy"] = {"table": {"disruptive": {"room": "allow"}}}
            async with living(broker.port, tmp_path / "state", values) as house:
                await house.until(lambda: linked(house).as_json()["connected"])
                yield house, peer

    return make


def linked(house):
    return house.daemon.hosted["systemd_units"].integration._link


async def ended(house, service, unit="nginx.service", **data):
    """How an action on a unit ended, and why."""
    last = await house.ended(await house.do(service, {}, {"unit": unit, **data}))
    return last["status"], last.get("reason", "")


async def test_a_restart_is_confirmed_once_the_unit_stayed_up(machine):
    async with machine() as (house, _):
        action = await house.do("unit.restart", {}, {"unit": "nginx.service"})

        assert await house.statuses(action) == ["accepted", "sent", "confirmed"]


async def test_a_bare_name_is_a_service(machine):
    async with machine() as (house, peer):
        await ended(house, "unit.restart", "nginx")

        assert peer.calls == [("RestartUnit", "nginx.service")]


async def test_a_unit_that_is_not_allowed_is_refused_and_systemd_never_hears_of_it(machine):
    async with machine() as (house, peer):
        status, reason = await ended(house, "unit.restart", "ssh.service")

        assert (status, peer.calls) == ("refused", [])
        assert "ssh.service is not among the units that are allowed" in reason


@pytest.mark.parametrize(
    "unit", ["../nginx.service", "nginx.service; reboot", "", None, ["nginx.service"], "a" * 300]
)
async def test_what_is_no_name_of_a_unit_is_refused(machine, unit):
    async with machine() as (house, peer):
        status, _ = await ended(house, "unit.restart", unit)

        assert (status, peer.calls) == ("refused", [])


async def test_nothing_but_the_unit_can_be_given_along(machine):
    async with machine() as (house, peer):
        status, _ = await ended(house, "unit.restart", mode="isolate")

        assert (status, peer.calls) == ("refused", [])


async def test_a_job_that_fails_fails_the_action_with_what_systemd_knows(machine):
    def prepare(peer):
        peer.unit("nginx.service", job="failed", service={"Result": "exit-code", "ExecMainStatus": 78})

    async with machine(prepare) as (house, _):
        said = "systemd could not restart nginx.service: its process ended with an error (78)"

        assert await ended(house, "unit.restart") == ("failed", said)


async def test_a_unit_that_goes_down_again_was_not_cured(machine):
    async with machine(stay_up=5) as (house, peer):
        action = await house.do("unit.restart", {}, {"unit": "nginx.service"})
        await house.until(lambda: [one for one in house.outcomes(action) if one["status"] == "sent"])
        await house.until(lambda: peer.units["nginx.service"].starts == 1)
        await asyncio.sleep(0.05)

        peer.units["nginx.service"].service = {"Result": "oom-kill"}
        peer.goes("nginx.service", "failed")

        last = await house.ended(action)
        said = "nginx.service came up and went down again: it was killed for want of memory"
        assert (last["status"], last["reason"]) == ("failed", said)


async def test_a_unit_that_was_down_unseen_and_is_up_again_was_not_cured(machine):
    async with machine(stay_up=0.4) as (house, peer):
        action = await house.do("unit.restart", {}, {"unit": "nginx.service"})
        await house.until(lambda: [one for one in house.outcomes(action) if one["status"] == "sent"])
        await house.until(lambda: peer.units["nginx.service"].starts == 1)
        await asyncio.sleep(0.1)

        peer.units["nginx.service"].starts = 2

        assert (await house.ended(action))["status"] == "failed"


async def watched(house, peer, starts):
    """A restart that is done but for the watch, which has begun."""
    action = await house.do("unit.restart", {}, {"unit": "nginx.service"})
    await house.until(lambda: peer.units["nginx.service"].starts == starts)
    await house.until(lambda: not linked(house).seen_to("nginx.service"))
    return action


@pytest.mark.parametrize("passes", [(), ("deactivating", "inactive", "activating")])
async def test_a_restart_that_is_watched_ends_without_a_verdict_when_another_begins(machine, passes):
    async with machine(stay_up=1) as (house, peer):
        peer.units["nginx.service"].passes = passes
        first = await watched(house, peer, 1)
        second = await watched(house, peer, 2)

        told, last = await house.ended(first), await house.ended(second)
        said = "nginx.service came up; another action on it began while it was watched"
        assert (told["status"], told["reason"]) == ("sent", said)
        assert (last["status"], last["reason"]) == ("confirmed", "nginx.service is up, and was for 1s")


async def test_a_second_restart_that_is_denied_leaves_the_watch_of_the_first_alone(machine):
    async with machine(stay_up=0.5) as (house, peer):
        first = await watched(house, peer, 1)
        peer.denied = {"RestartUnit"}

        assert (await ended(house, "unit.restart"))[0] == "failed"
        assert (await house.ended(first))["status"] == "confirmed"


async def test_a_unit_that_does_not_come_up_fails_though_its_job_was_done(machine):
    def prepare(peer):
        peer.unit("nginx.service", becomes="activating", service={"Result": "exit-code", "ExecMainStatus": 1})

    async with machine(prepare) as (house, _):
        status, reason = await ended(house, "unit.restart")

        assert (status, reason) == (
            "failed",
            "nginx.service did not come up: its process ended with an error (1)",
        )


async def test_a_unit_that_runs_to_its_end_is_well(machine):
    def prepare(peer):
        peer.unit("nginx.service", becomes="inactive", service={"Type": "oneshot"})

    async with machine(prepare) as (house, _):
        assert await ended(house, "unit.restart") == ("confirmed", "nginx.service ran to its end")


async def test_a_job_that_never_ends_fails_in_time(machine):
    def prepare(peer):
        peer.unit("nginx.service", job="never")

    async with machine(prepare, job_within=0.3) as (house, _):
        said = "systemd has not finished with nginx.service after 0.3 s"

        assert await ended(house, "unit.restart") == ("failed", said)


async def test_a_job_that_ends_before_its_reply_is_handled_is_heard(machine):
    async with machine(job_within=2) as (house, peer):
        peer.early = True

        status, _ = await ended(house, "unit.restart")

        assert status == "confirmed"


async def test_what_polkit_denies_fails_and_says_so(machine):
    async with machine() as (house, peer):
        peer.denied = {"RestartUnit"}

        status, reason = await ended(house, "unit.restart")

        assert (status, reason) == ("failed", "this machine does not let hearthd do that (Permission denied)")


async def test_a_unit_that_is_down_is_started_with_the_right_to_restart_alone(machine):
    def prepare(peer):
        peer.unit("nginx.service", active="inactive", sub="dead")

    async with machine(prepare) as (house, peer):
        peer.denied = {"StartUnit"}

        status, _ = await ended(house, "unit.start")

        assert (status, peer.calls) == (
            "confirmed",
            [("StartUnit", "nginx.service"), ("RestartUnit", "nginx.service")],
        )


async def test_what_runs_already_is_not_started_again(machine):
    async with machine() as (house, peer):
        assert await ended(house, "unit.start") == ("confirmed", "nginx.service is running already")
        assert peer.calls == []


async def test_a_stop_is_confirmed_by_a_unit_that_is_down(machine):
    async with machine() as (house, _):
        assert await ended(house, "unit.stop") == ("confirmed", "nginx.service is stopped")


async def test_a_unit_that_comes_up_by_itself_was_not_stopped(machine):
    def prepare(peer):
        peer.unit("nginx.service", becomes="active")

    async with machine(prepare) as (house, _):
        assert await ended(house, "unit.stop") == ("failed", "nginx.service was stopped, and is up again")


async def test_what_cannot_reload_says_what_to_do_instead(machine):
    async with machine() as (house, peer):
        said = "nginx.service cannot reload; restart it instead"

        assert await ended(house, "unit.reload") == ("failed", said)
        assert peer.calls == []


async def test_what_can_reload_does(machine):
    def prepare(peer):
        peer.unit("nginx.service", properties={"CanReload": True})

    async with machine(prepare) as (house, _):
        assert await ended(house, "unit.reload") == ("confirmed", "nginx.service was reloaded")


async def test_a_unit_that_is_masked_is_left_alone(machine):
    def prepare(peer):
        peer.unit("nginx.service", load="masked", active="inactive")

    async with machine(prepare) as (house, peer):
        assert (await ended(house, "unit.start"))[0] == "failed"
        assert peer.calls == []


async def test_an_allowed_unit_that_is_not_there_fails(machine):
    async with machine() as (house, _):
        said = "there is no unit mosquitto.service on this machine"

        assert await ended(house, "unit.restart", "mosquitto") == ("failed", said)


async def test_the_policy_asks_before_a_restart_that_anybody_wants(machine, broker, tmp_path):
    async with systemd(tmp_path / "bus", lambda one: one.unit("nginx.service")) as peer:
        values = {"plugins": {"systemd_units": {"allow": ALLOWED, "address": peer.address}}}
        async with living(broker.port, tmp_path / "other", values) as house:
            action = await house.do("unit.restart", {}, {"unit": "nginx.service"})
            waits = await house.until(lambda: house.outcomes(action))

            assert (waits[0]["status"], peer.calls) == ("pending", [])


async def test_each_remedy_says_what_it_needs_how_long_it_takes_and_what_undoes_it(machine):
    async with machine() as (house, _):
        told = await house.daemon.hosted["systemd_units"].integration.house.ask("units", {})

        restart = next(one for one in told["remedies"] if one["service"] == "unit.restart")
        assert (restart["risk"], restart["within"], restart["watched"]) == ("disruptive", 90, 0.2)
        assert {one["service"]: one["undone_by"] for one in told["remedies"]}["unit.stop"] == "unit.start"


async def test_a_unit_is_seen_to_by_one_at_a_time(machine):
    def prepare(peer):
        peer.unit("nginx.service", job="never")

    async with machine(prepare, job_within=1) as (house, peer):
        await house.do("unit.restart", {}, {"unit": "nginx.service"})
        await house.until(lambda: peer.calls)

        assert await ended(house, "unit.stop") == ("failed", "nginx.service is being seen to already")
        assert len(peer.calls) == 1
