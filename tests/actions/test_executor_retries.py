"""Trying again: a silent device is told three times, unless that could undo something or do it twice."""

import asyncio

import pytest

from agent.errors import TransientError

SHORT = 0.15
"""Seconds a device is given here: a third of it lies between two tries."""


async def test_a_silent_device_is_told_three_times(workbench):
    sent = workbench.provide(workbench.stays_silent)

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]
    assert workbench.reasons[-1] == "Desk did not do it within 0.15 s: it did not answer"
    assert len(sent) == 3
    assert workbench.metrics.counters["action.retries"] == 2


async def test_a_device_that_hears_the_second_time_is_confirmed(workbench):
    sent = workbench.provide(workbench.stays_silent, workbench.obeys)

    assert await workbench.carry_out(within=SHORT) == ["sent", "confirmed"]
    assert len(sent) == 2


async def test_what_is_not_idempotent_is_sent_once(workbench):
    sent = workbench.provide(workbench.stays_silent)

    assert await workbench.carry_out(within=SHORT, idempotent=False) == ["sent", "failed"]
    assert len(sent) == 1


async def test_a_device_that_answered_is_not_told_again(workbench):
    sent = workbench.provide(workbench.contradicts)

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]
    assert workbench.reasons[-1] == "Desk did not do it within 0.15 s: it reports 'off'"
    assert len(sent) == 1


async def test_nothing_is_sent_again_after_something_newer(workbench):
    newer = []

    async def begins_something_newer(step):
        entry = workbench.entry(service="light.turn_off", shows=None, action_id="2")
        newer.append(asyncio.create_task(workbench.executor.carry_out(entry, lambda *_, **__: None)))

    sent = workbench.provide(begins_something_newer)
    workbench.provide(workbench.stays_silent, service="light.turn_off")

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]
    assert len(sent) == 1
    await newer[0]


async def test_the_newer_is_sent_again_although_the_older_has_ended(workbench):
    newer = []

    async def begins_something_newer(step):
        entry = workbench.entry(service="light.turn_off", shows="off", within=SHORT, action_id="2")
        newer.append(asyncio.create_task(workbench.executor.carry_out(entry, lambda *_, **__: None)))
        asyncio.get_running_loop().call_later(0.01, workbench.home.report, "light.desk", "on")

    workbench.provide(begins_something_newer)
    sent = workbench.provide(workbench.stays_silent, service="light.turn_off")

    assert await workbench.carry_out() == ["sent", "confirmed"]
    await newer[0]
    assert len(sent) == 3


async def test_something_newer_for_another_entity_changes_nothing(workbench):
    newer = []

    async def begins_something_else(step):
        entry = workbench.entry(shows=None, action_id="2", entity="light.other", owner="another")
        newer.append(asyncio.create_task(workbench.executor.carry_out(entry, lambda *_, **__: None)))

    sent = workbench.provide(begins_something_else, workbench.obeys)
    workbench.provide(workbench.stays_silent, owner="another")

    assert await workbench.carry_out(within=SHORT) == ["sent", "confirmed"]
    assert len(sent) == 2
    await newer[0]


async def test_nothing_is_sent_again_after_an_interruption(workbench):
    def cut():
        workbench.cuts += 1

    sent = workbench.provide(workbench.soon(cut))

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]
    assert len(sent) == 1


async def test_nothing_is_sent_again_once_its_time_is_over(workbench):
    sent = workbench.provide(workbench.soon(lambda: workbench.clock.pass_(30)))

    assert await workbench.carry_out(within=SHORT) == ["sent", "failed"]
    assert len(sent) == 1


@pytest.mark.parametrize("error", [TransientError("the broker is away"), TimeoutError()])
async def test_a_second_try_that_does_not_get_out_leaves_the_first_its_chance(workbench, error):
    async def fails_while_the_first_arrives(step):
        workbench.home.report("light.desk", "on")
        raise error

    workbench.provide(workbench.stays_silent, fails_while_the_first_arrives)

    assert await workbench.carry_out(within=SHORT) == ["sent", "confirmed"]
