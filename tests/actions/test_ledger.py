"""The ledger: nothing is done twice, nothing is forgotten, and what it says is on disk."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.actions.ledger import KEEP
from agent.core.actions import Cause, Expectation, Risk, Status, Target, Trust
from tests.actions.asking import FACTS, NOON, action, became, entered, lamp, on_disk


# an id runs once --------------------------------------------------------------------------------------------
async def test_a_new_id_is_entered(life):
    async with life() as ledger:
        assert await ledger.enter([lamp()], FACTS) == ()


async def test_a_repeated_id_is_answered_with_where_the_first_stands(life):
    first = lamp()
    async with life() as ledger:
        await ledger.enter([first], FACTS)
        ledger.settle(became(first, Status.SENT, final=False))
        (known,) = await ledger.enter([lamp()], FACTS)

    assert (known.status, known.final) == (Status.SENT, False)


async def test_a_repeated_id_is_answered_so_whatever_it_asks_now(life):
    other = entered(action("lock.unlock", "lock.front", id="1"))
    async with life() as ledger:
        await ledger.enter([lamp()], FACTS)
        (known,) = await ledger.enter([other], FACTS)

        assert (known.action, known.target) == ("light.turn_on", "light.desk")
        assert [one.outcome.target for one in await ledger.latest("1")] == ["light.desk"]


async def test_a_repeated_id_is_answered_with_how_the_first_ended_in_an_earlier_life(life):
    first = lamp()
    async with life() as ledger:
        await ledger.enter([first], FACTS)
        ledger.settle(became(first, Status.FAILED, "it did not answer"))
    async with life() as ledger:
        (known,) = await ledger.enter([lamp()], FACTS)

    assert (known.status, known.final, known.reason) == (Status.FAILED, True, "it did not answer")


async def test_a_repeated_id_leaves_no_second_record(life, path):
    async with life() as ledger:
        await ledger.enter([lamp()], FACTS)
        await ledger.enter([lamp()], FACTS)

    assert on_disk(path, "SELECT count(*) FROM audit") == [(1,)]


async def test_an_id_is_remembered_for_a_month_and_then_free_again(life, clock):
    first = lamp()
    async with life() as ledger:
        await ledger.enter([first], FACTS)
        ledger.settle(became(first, Status.CONFIRMED))
        ledger.told(became(first, Status.CONFIRMED))
    clock.pass_(KEEP - 1)
    async with life() as ledger:
        assert len(await ledger.latest("1")) == 1
    clock.pass_(2)
    async with life() as ledger:
        assert await ledger.enter([lamp()], FACTS) == ()


# nothing is forgotten ---------------------------------------------------------------------------------------
async def test_a_step_without_an_end_is_found_in_the_next_life_as_it_was(life):
    asked = action(
        "light.turn_on",
        Target(area=("study",), domain=("light",)),
        {"color": "red", "brightness": 3},
        trust=Trust.OPERATOR,
        rule="night",
        trigger=Trust.DEVICE,
        trace="t1",
        channel="voice",
    )
    asked = replace(asked, cause=Cause(kind="voice", who="kitchen", utterance="a bit of light"))
    first = entered(asked, "light.desk")
    expects = Expectation(
        state=frozenset({"on"}), attributes={"rgb_color": [9, 0, 0]}, tolerance={"rgb_color": 2}
    )
    step = replace(
        first.step, data={"rgb_color": [9, 0, 0]}, expects=expects, risk=Risk.DISRUPTIVE, idempotent=True
    )
    first = replace(first, step=step)
    async with life() as ledger:
        await ledger.enter([first], FACTS)
    async with life() as ledger:
        unsettled, untold = await ledger.unsettled()

    assert unsettled == (first,)
    assert untold == ()


async def test_an_end_the_bus_may_not_have_heard_is_told_in_the_next_life(life):
    first = lamp()
    async with life() as ledger:
        await ledger.enter([first], FACTS)
        ledger.settle(became(first, Status.CONFIRMED))
    async with life() as ledger:
        unsettled, untold = await ledger.unsettled()

    assert unsettled == ()
    assert [one.status for one in untold] == [Status.CONFIRMED]


async def test_an_end_the_bus_has_heard_is_over(life):
    first = lamp()
    async with life() as ledger:
        await ledger.enter([first], FACTS)
        ledger.settle(became(first, Status.CONFIRMED))
        ledger.told(became(first, Status.CONFIRMED))
    async with life() as ledger:
        assert await ledger.unsettled() == ((), ())


async def test_a_refusal_the_bus_may_not_have_heard_is_told_in_the_next_life(life):
    refused = lamp()
    refused = replace(refused, outcome=became(refused, Status.REFUSED))
    async with life() as ledger:
        await ledger.enter([refused], FACTS)
    async with life() as ledger:
        unsettled, untold = await ledger.unsettled()

    assert unsettled == ()
    assert [one.status for one in untold] == [Status.REFUSED]


async def test_having_told_an_earlier_status_is_not_having_told_the_end(life):
    first = lamp()
    async with life() as ledger:
        await ledger.enter([first], FACTS)
        ledger.settle(became(first, Status.CONFIRMED))
        ledger.told(became(first, Status.SENT))
    async with life() as ledger:
        _, untold = await ledger.unsettled()

    assert len(untold) == 1


@pytest.mark.parametrize("settled", [True, False])
async def test_what_is_not_over_is_kept_however_old(life, clock, settled):
    first = lamp()
    async with life() as ledger:
        await ledger.enter([first], FACTS)
        if settled:
            ledger.settle(became(first, Status.CONFIRMED))
    clock.pass_(KEEP + 1)
    async with life() as ledger:
        unsettled, untold = await ledger.unsettled()

    assert (len(unsettled), len(untold)) == ((0, 1) if settled else (1, 0))


async def test_an_entry_that_planning_ended_is_kept_without_a_step(life):
    refused = lamp()
    refused = replace(refused, step=None, outcome=became(refused, Status.REFUSED, "there is no such lamp"))
    async with life() as ledger:
        await ledger.enter([refused], FACTS)
        (found,) = await ledger.latest("1")

    assert found == refused


# questions --------------------------------------------------------------------------------------------------
async def ask(ledger, *targets):
    asked = action("lock.unlock", Target(entity=targets), id="q")
    waiting = [entered(asked, target, status=Status.PENDING) for target in targets]
    await ledger.enter(waiting, FACTS)
    return waiting


async def decide(ledger, *entries):
    yes = [became(one, Status.ACCEPTED, "approved by ada", final=False) for one in entries]
    return await ledger.decide(yes, [("approved", {"id": "q"})], expires=NOON + timedelta(seconds=90))


async def test_what_waits_is_decided_once(life, path):
    async with life() as ledger:
        waiting = await ask(ledger, "lock.front")

        assert await decide(ledger, *waiting) is True
        assert await decide(ledger, *waiting) is False
    assert on_disk(path, "SELECT count(*) FROM audit WHERE CAST(record AS TEXT) LIKE '%approved%'") == [(1,)]


async def test_what_was_decided_has_a_new_end_of_life(life):
    async with life() as ledger:
        await decide(ledger, *await ask(ledger, "lock.front"))
        (found,) = await ledger.latest("q")

    assert (found.outcome.status, found.outcome.reason) == (Status.ACCEPTED, "approved by ada")
    assert found.expires == NOON + timedelta(seconds=90)


async def test_a_question_of_which_a_part_waits_no_more_is_not_decided_at_all(life, path):
    async with life() as ledger:
        front, back = await ask(ledger, "lock.front", "lock.back")
        ledger.settle(became(front, Status.EXPIRED))

        assert await decide(ledger, front, back) is False
        (found,) = [one for one in await ledger.latest("q") if one.outcome.target == "lock.back"]
    assert found.outcome.status is Status.PENDING
    assert on_disk(path, "SELECT count(*) FROM audit WHERE CAST(record AS TEXT) LIKE '%approved%'") == [(0,)]


async def test_what_waited_waits_in_the_next_life(life):
    async with life() as ledger:
        waiting = await ask(ledger, "lock.front")
    async with life() as ledger:
        unsettled, _ = await ledger.unsettled()

        assert unsettled == tuple(waiting)
        assert await decide(ledger, *unsettled) is True


# looking ----------------------------------------------------------------------------------------------------
async def test_the_newest_come_first(life):
    async with life() as ledger:
        for number in range(5):
            await ledger.enter([lamp(str(number), at=NOON + timedelta(seconds=number))], FACTS)

        assert [one.outcome.id for one in await ledger.latest(None, limit=3)] == ["4", "3", "2"]


async def test_an_unknown_id_has_no_steps(life):
    async with life() as ledger:
        assert await ledger.latest("nothing") == ()


async def test_only_what_was_carried_out_counts_against_the_limits(life):
    ends = [Status.CONFIRMED, Status.FAILED, Status.SENT, Status.REFUSED, Status.EXPIRED]
    async with life() as ledger:
        for number, status in enumerate(ends):
            entry = lamp(status.value, at=NOON + timedelta(seconds=number))
            await ledger.enter([entry], FACTS)
            ledger.settle(became(entry, status))
        done = await ledger.done_since((NOON + timedelta(seconds=1)).timestamp())

    begun = NOON.timestamp()
    assert done == (("light.turn_on", "light.desk", begun + 1), ("light.turn_on", "light.desk", begun + 2))
