"""From an accepted step to its end: what the device says decides, and a provider that breaks breaks alone."""

import asyncio
from dataclasses import replace

import pytest

from agent.core.actions import Risk
from agent.errors import ActionError, TransientError

SHORT = 0.15


def raises(error):
    async def peer(step):
        raise error

    return peer


# what confirms ----------------------------------------------------------------------------------------------
async def test_a_report_that_shows_it_confirms_it(workbench):
    sent = workbench.provide(workbench.soon(lambda: workbench.home.report("light.desk", "on")))

    assert await workbench.carry_out() == ["sent", "confirmed"]
    assert len(sent) == 1


async def test_a_report_that_changes_nothing_confirms_as_well(workbench):
    workbench.home.report("light.desk", "on")
    workbench.provide(workbench.obeys)

    assert await workbench.carry_out() == ["sent", "confirmed"]
    assert workbench.reasons[-1] is None


async def test_a_silent_device_that_was_so_before_is_confirmed_as_being_so_already(workbench):
    workbench.home.report("light.desk", "on")
    workbench.provide(workbench.stays_silent)

    assert await workbench.carry_out(within=SHORT) == ["sent", "confirmed"]
    assert workbench.reasons[-1] == "Desk already was as asked"


async def test_a_device_that_was_so_before_and_says_otherwise_now_failed(workbench):
    workbench.home.report("light.desk", "on")
    workbench.provide(workbench.contradicts)

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]
    assert workbench.reasons[-1] == "Desk did not do it within 0.15 s: it reports 'off'"


async def test_a_device_known_to_answer_always_is_not_believed_to_have_heard_when_silent(workbench):
    workbench.home.report("light.desk", "on")
    workbench.provide(workbench.obeys, workbench.stays_silent)
    await workbench.carry_out()
    workbench.told.clear()

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]


async def test_a_state_from_before_the_restart_confirms_nothing(workbench):
    workbench.home.report("light.desk", "on")
    kept = workbench.home.remember("light.desk")
    workbench.home.remove("light.desk")
    workbench.home.restore(kept)
    workbench.provide(workbench.stays_silent)

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]


async def test_a_retained_report_confirms_nothing(workbench):
    workbench.provide(workbench.soon(lambda: workbench.home.report("light.desk", "on", replayed=True)))

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]


async def test_an_assumed_state_confirms_nothing(workbench):
    workbench.provide(workbench.soon(lambda: workbench.home.report("light.desk", "on", confirms=False)))

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]


async def test_another_entitys_report_confirms_nothing(workbench):
    workbench.provide(workbench.soon(lambda: workbench.home.report("light.other", "on")))

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]


async def test_a_device_that_says_otherwise_and_then_obeys_is_confirmed(workbench):
    def slowly():
        workbench.home.report("light.desk", "off")
        asyncio.get_running_loop().call_later(0.01, workbench.home.report, "light.desk", "on")

    workbench.provide(workbench.soon(slowly))

    assert await workbench.carry_out() == ["sent", "confirmed"]


@pytest.mark.parametrize(
    ("second_shows", "reports", "ends"),
    [
        ("on", ["off", "on"], ["confirmed", "failed"]),
        ("on", ["on", "on"], ["confirmed", "confirmed"]),
        ("off", ["off", "on"], ["confirmed", "confirmed"]),
        ("off", ["off"], ["failed", "confirmed"]),
    ],
)
async def test_one_report_confirms_one_of_two_commands_that_it_shows(workbench, second_shows, reports, ends):
    sent = workbench.provide(workbench.stays_silent)
    told = {"1": [], "2": []}
    entries = [
        workbench.entry(within=SHORT, action_id=one, shows=shows)
        for one, shows in (("1", "on"), ("2", second_shows))
    ]

    def tell(entry, status, reason=None, *, final=True):
        told[entry.outcome.id].append(status.value)

    doing = [asyncio.create_task(workbench.executor.carry_out(entry, tell)) for entry in entries]
    while len(sent) < 2:
        await asyncio.sleep(0)
    for report in reports:
        workbench.home.report("light.desk", report)
    await asyncio.gather(*doing)

    assert told == {"1": ["sent", ends[0]], "2": ["sent", ends[1]]}


# what ends at sent ------------------------------------------------------------------------------------------
async def test_an_optimistic_device_ends_at_sent(workbench):
    workbench.home.add(replace(workbench.home.get("light.desk"), optimistic=True))
    sent = workbench.provide(workbench.obeys)

    assert await workbench.carry_out() == ["sent"]
    assert len(sent) == 1


async def test_what_no_report_could_show_ends_at_sent(workbench):
    sent = workbench.provide(workbench.stays_silent)

    assert await workbench.carry_out(shows=None) == ["sent"]
    assert len(sent) == 1


# what fails -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ActionError("the lamp has no bulb"), "the lamp has no bulb"),
        (TransientError("the broker is away"), "the broker is away"),
        (TimeoutError(), "test did not get the command out in 10 s"),
        (ValueError("a bug"), "test broke while doing it; the journal has the details"),
        (KeyError("a bug"), "test broke while doing it; the journal has the details"),
    ],
)
async def test_a_provider_that_raises_fails_its_step(workbench, error, reason):
    workbench.provide(raises(error))

    assert await workbench.carry_out() == ["failed"]
    assert workbench.reasons == [reason]


async def test_a_provider_that_raises_fails_no_other_step(workbench):
    workbench.provide(raises(RuntimeError("a bug")))
    workbench.provide(workbench.obeys, service="light.turn_off")
    broken = workbench.executor.carry_out(workbench.entry(), lambda *_, **__: None)

    _, statuses = await asyncio.gather(broken, workbench.carry_out(service="light.turn_off", action_id="2"))
    assert statuses == ["sent", "confirmed"]


async def test_an_entity_that_cannot_be_reached_fails_untold(workbench):
    workbench.home.set_available("light.desk", available=False)
    sent = workbench.provide(workbench.obeys)

    assert await workbench.carry_out() == ["failed"]
    assert workbench.reasons == ["Desk is not available"]
    assert sent == []


@pytest.mark.parametrize("available", [True, None])
async def test_an_entity_that_can_be_reached_or_never_said_is_told(workbench, available):
    workbench.home.set_available("light.desk", available)
    workbench.provide(workbench.obeys)

    assert await workbench.carry_out() == ["sent", "confirmed"]


async def test_what_came_too_late_expires_untold(workbench):
    entry = workbench.entry()
    workbench.clock.pass_(30)
    sent = workbench.provide(workbench.obeys)
    await workbench.executor.carry_out(entry, workbench.tell)

    assert workbench.told == [("expired", True)]
    assert sent == []


async def test_what_is_gone_before_its_turn_fails_as_silent(workbench):
    workbench.home.remove("light.desk")
    workbench.provide(workbench.stays_silent)

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]
    assert workbench.reasons[-1] == "light.desk did not do it within 0.15 s: it did not answer"


async def test_what_goes_away_meanwhile_fails(workbench):
    workbench.provide(workbench.soon(lambda: workbench.home.remove("light.desk")))

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]
    assert "light.desk did not do it" in workbench.reasons[-1]


async def test_an_entry_without_a_step_is_nothing_to_do(workbench):
    await workbench.executor.carry_out(replace(workbench.entry(), step=None), workbench.tell)

    assert workbench.told == []


# who does it ------------------------------------------------------------------------------------------------
async def test_a_service_is_carried_out_by_the_owner_of_the_entity(workbench):
    others = workbench.provide(workbench.obeys, owner="another")
    own = workbench.provide(workbench.obeys, owner="test")
    await workbench.carry_out()

    assert (len(own), len(others)) == (1, 0)


async def test_what_nobody_provides_fails(workbench):
    workbench.provide(workbench.obeys, owner="another")

    assert await workbench.carry_out() == ["failed"]
    assert workbench.reasons == ["nothing here can do light.turn_on on light.desk"]


async def test_an_owner_that_leaves_takes_its_services_along_and_no_others(workbench):
    workbench.provide(workbench.obeys, owner="another")
    workbench.provide(workbench.obeys)
    workbench.executor.withdraw("another")

    assert await workbench.carry_out() == ["sent", "confirmed"]
    workbench.executor.withdraw("test")
    workbench.told.clear()
    assert await workbench.carry_out() == ["failed"]


def test_only_services_that_say_their_risk_are_custom(workbench):
    workbench.provide(workbench.obeys)
    workbench.executor.provide("coffee.brew", "coffee", workbench.obeys, Risk.DISRUPTIVE)

    assert workbench.executor.custom() == {"coffee.brew": Risk.DISRUPTIVE}
