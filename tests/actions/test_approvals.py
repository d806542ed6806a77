"""A question is answered once, by somebody who may, while it waits; then what was asked is done."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.actions.approvals import Approvals, Question
from agent.core.actions import Risk, Status, Target, Trust
from agent.core.home import Entity
from tests.actions.asking import action, entered, entity


def asking(clock, *, question_id="q", risk=Risk.DISRUPTIVE, channel="bus", service="lock.unlock", **data):
    asked = action(service, "lock.front", data, id=question_id, channel=channel)
    entry = entered(asked, at=clock.now(), status=Status.PENDING)
    return Question(
        id=question_id,
        entries=(entry,),
        reason="a disruptive action needs approval",
        risk=risk,
        since=clock.now(),
        expires=clock.now() + timedelta(seconds=120),
    )


@pytest.fixture
def approvals(clock):
    return Approvals(clock=clock)


def obstacle(approvals, question_id="q", *, trust=Trust.HUMAN, channel="cli", pin_set=False):
    return approvals.obstacle(question_id, trust=trust, channel=channel, pin_set=pin_set)


# who may answer ---------------------------------------------------------------------------------------------
def test_somebody_in_the_room_may_approve_what_is_disruptive(approvals, clock):
    approvals.ask(asking(clock))

    assert obstacle(approvals, trust=Trust.ROOM, channel="bus") is None


@pytest.mark.parametrize(
    ("risk", "trust", "pin_set"),
    [
        (Risk.DESTRUCTIVE, Trust.ROOM, False),
        (Risk.DESTRUCTIVE, Trust.SYSTEM, False),
        (Risk.DISRUPTIVE, Trust.ROOM, True),
        (Risk.DISRUPTIVE, Trust.DEVICE, False),
        (Risk.DISRUPTIVE, Trust.HOSTILE, False),
    ],
)
def test_less_trust_than_the_risk_needs_does_not_count(approvals, clock, risk, trust, pin_set):
    approvals.ask(asking(clock, risk=risk))

    needed = "the PIN, or `hearthd approve`" if pin_set else "an authenticated person: `hearthd approve`"
    assert needed in obstacle(approvals, trust=trust, channel="bus", pin_set=pin_set)
    assert obstacle(approvals, pin_set=pin_set) is None


@pytest.mark.parametrize("trust", Trust)
def test_what_was_asked_by_voice_is_not_approved_by_voice(approvals, clock, trust):
    approvals.ask(asking(clock, channel="voice"))

    assert "not approved by voice" in obstacle(approvals, trust=trust, channel="voice")


@pytest.mark.parametrize("channel", ["bus", "http", "cli"])
def test_what_was_asked_by_voice_is_approved_by_anything_else(approvals, clock, channel):
    approvals.ask(asking(clock, channel="voice"))

    assert obstacle(approvals, channel=channel) is None


def test_what_was_asked_otherwise_may_be_approved_by_voice(approvals, clock):
    approvals.ask(asking(clock, channel="bus"))

    assert obstacle(approvals, trust=Trust.ROOM, channel="voice") is None


# once, and in time ------------------------------------------------------------------------------------------
def test_a_question_is_taken_once(approvals, clock):
    approvals.ask(asking(clock))

    assert approvals.take("q") is not None
    assert approvals.take("q") is None
    assert "answered" in obstacle(approvals)


def test_looking_whether_an_answer_counts_takes_nothing(approvals, clock):
    approvals.ask(asking(clock))
    obstacle(approvals)

    assert approvals.take("q") is not None


def test_a_question_can_be_answered_until_its_time_is_over_and_no_longer(approvals, clock):
    approvals.ask(asking(clock))
    clock.pass_(119.9)
    in_time = obstacle(approvals)
    clock.pass_(0.1)

    assert in_time is None
    assert "it may have expired" in obstacle(approvals)


def test_only_what_is_over_expires(approvals, clock):
    approvals.ask(asking(clock))
    clock.pass_(60)
    approvals.ask(asking(clock, question_id="later"))
    clock.pass_(60)

    assert [question.id for question in approvals.expired()] == ["q"]
    assert [question.id for question in approvals] == ["later"]
    assert approvals.expired() == ()


@pytest.mark.parametrize("unknown", ["", "Q", "q ", "q\x00", "x" * 100_000])
def test_an_unknown_question_is_said_to_be_none_and_briefly(approvals, clock, unknown):
    approvals.ask(asking(clock))
    said = obstacle(approvals, unknown)

    assert said.startswith("no question")
    assert len(said) < 200
    assert approvals.take(unknown) is None
    assert len(approvals) == 1


# the same question ------------------------------------------------------------------------------------------
def test_the_same_steps_are_known_to_be_asked_already(approvals, clock):
    approvals.ask(asking(clock, code="1"))

    assert approvals.same_as(asking(clock, question_id="other", code="1").entries) == "q"


@pytest.mark.parametrize("other", [{"code": "2"}, {}, {"code": "1", "service": "lock.open"}])
def test_other_data_or_another_service_is_another_question(approvals, clock, other):
    approvals.ask(asking(clock, code="1"))

    assert approvals.same_as(asking(clock, question_id="other", **other).entries) is None


def test_a_question_says_what_is_asked_why_and_until_when(approvals, clock):
    approvals.ask(asking(clock, code="1"))

    assert approvals.as_json(pin_set=False, name_of=lambda _: "Front Door") == (
        {
            "id": "q",
            "text": "unlock Front Door",
            "needs": "anybody",
            "action": "lock.unlock",
            "targets": ["lock.front"],
            "data": {"code": "***"},
            "risk": "disruptive",
            "reason": "a disruptive action needs approval",
            "cause": {"kind": "cli", "who": "test"},
            "since": "2026-01-01T12:00:00+00:00",
            "expires": "2026-01-01T12:02:00+00:00",
        },
    )


# what is then done ------------------------------------------------------------------------------------------
async def test_nothing_is_done_before_the_answer(household):
    async with household() as it:
        (outcome,) = await it.unlock()

    assert (outcome.status, it.sent) == (Status.PENDING, [])


async def test_what_is_approved_is_done_as_it_was_asked(household):
    async with household() as it:
        asked = action("lock.unlock", "lock.front", {"code": "1"}, id="q", trust=Trust.ROOM)
        await it.pipeline.do(asked)

        assert await it.answer() is None
    (step,) = it.sent
    assert (step.service, step.entity, step.data) == ("lock.unlock", "lock.front", {"code": "1"})


async def test_an_answer_reaches_what_was_asked_and_not_what_the_words_mean_by_now(household):
    async with household() as it:
        await it.unlock(Target(area=("hall",)))
        it.home.add(Entity(id="lock.safe", name="Safe", owner="test", area="hall"))
        it.home.add(replace(it.home.get("lock.front"), area="study", name="Study Door"))
        await it.answer()

    assert [step.entity for step in it.sent] == ["lock.front"]


async def test_a_second_answer_does_nothing(household):
    async with household() as it:
        await it.unlock()
        await it.answer()

        assert await it.answer() == "'q' waits for no answer any more; lock.unlock lock.front is confirmed"
    assert len(it.sent) == 1


async def test_of_two_answers_at_once_one_counts(household):
    async with household() as it:
        await it.unlock()
        said = await asyncio.gather(*(it.answer() for _ in range(5)))

    assert said.count(None) == 1
    assert len(it.sent) == 1


async def test_what_is_denied_is_not_done_and_cannot_be_approved_after_all(household):
    async with household() as it:
        await it.unlock()
        await it.answer(yes=False)
        (entry,) = await it.ledger.latest("q")

        assert (entry.outcome.status, entry.outcome.reason) == (Status.REFUSED, "denied by ada")
        assert "lock.unlock lock.front is refused: denied by ada" in await it.answer()
    assert it.sent == []


async def test_what_waited_too_long_is_not_done(household):
    async with household(approval_ttl=120) as it:
        await it.unlock()
        it.clock.pass_(120)

        assert "it may have expired" in await it.answer()
    assert it.sent == []


async def test_what_the_asker_gave_less_time_waits_no_longer(household):
    async with household() as it:
        await it.unlock(ttl=5.0)
        it.clock.pass_(5)

        assert "it may have expired" in await it.answer()


async def test_an_answer_over_the_voice_that_asked_does_nothing_and_leaves_the_question(household):
    async with household() as it:
        await it.unlock(channel="voice")

        assert "not approved by voice" in await it.answer(channel="voice")
        assert it.sent == []
        assert await it.answer(channel="cli") is None


async def test_a_question_outlives_a_restart_and_is_still_what_was_asked(household):
    async with household() as it:
        await it.unlock(Target(area=("hall",)))
    async with household() as it:
        it.home.add(entity("lock.safe", area="hall"))

        assert await it.answer() is None
    assert [step.entity for step in it.sent] == ["lock.front"]


async def test_a_question_that_outlives_a_restart_expires_when_it_was_to(household, clock):
    async with household() as it:
        await it.unlock()
    clock.pass_(120)
    async with household() as it:
        assert "it may have expired" in await it.answer()


async def test_a_question_is_not_asked_twice_nor_are_too_many(household):
    async with household(most_pending=1) as it:
        await it.unlock()
        (same,) = await it.unlock(action_id="r")
        it.home.add(entity("lock.safe"))
        (more,) = await it.unlock("lock.safe", action_id="s")

    assert (same.status, same.reason) == (Status.REFUSED, "the same waits for approval already, as 'q'")
    assert (more.status, more.reason) == (
        Status.REFUSED,
        "too many questions wait already (1); answer one first",
    )
