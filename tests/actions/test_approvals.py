"""A question is answered once, by somebody who may, while it waits."""

from datetime import timedelta

import pytest

from agent.actions.approvals import Approvals, Question
from agent.actions.ledger import Entry
from agent.core.actions import Cause, Outcome, Risk, Status, Trust
from tests.actions.test_policy import step
from tests.fakes import FakeClock


def asking(clock, *, question_id="q", risk=Risk.DISRUPTIVE, channel="bus"):
    outcome = Outcome(
        id=question_id,
        action="lock.unlock",
        target="lock.front",
        status=Status.PENDING,
        cause=Cause(kind="bus", who="test"),
        at=clock.now(),
        channel=channel,
    )
    expires = clock.now() + timedelta(seconds=120)
    entry = Entry(outcome=outcome, step=step(), expires=expires, entered=clock.now())
    return Question(
        id=question_id, entries=(entry,), reason="", risk=risk, since=clock.now(), expires=expires
    )


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def approvals(clock):
    return Approvals(clock=clock)


def test_somebody_in_the_room_may_approve_what_is_disruptive(approvals, clock):
    approvals.ask(asking(clock))

    assert approvals.obstacle("q", trust=Trust.ROOM, channel="bus", pin_set=False) is None


@pytest.mark.parametrize(
    ("risk", "trust", "channel", "pin_set", "words"),
    [
        (Risk.DESTRUCTIVE, Trust.ROOM, "bus", False, "PIN"),
        (Risk.DISRUPTIVE, Trust.ROOM, "bus", True, "PIN"),
        (Risk.DISRUPTIVE, Trust.DEVICE, "bus", False, "PIN"),
    ],
)
def test_less_trust_than_the_risk_needs_does_not_count(
    approvals, clock, risk, trust, channel, pin_set, words
):
    approvals.ask(asking(clock, risk=risk))

    assert words in approvals.obstacle("q", trust=trust, channel=channel, pin_set=pin_set)


def test_what_was_asked_by_voice_is_not_approved_by_voice(approvals, clock):
    approvals.ask(asking(clock, channel="voice"))

    assert "voice" in approvals.obstacle("q", trust=Trust.HUMAN, channel="voice", pin_set=False)
    assert approvals.obstacle("q", trust=Trust.HUMAN, channel="cli", pin_set=False) is None


def test_a_question_is_taken_once(approvals, clock):
    approvals.ask(asking(clock))

    assert approvals.take("q") is not None
    assert approvals.take("q") is None


def test_an_expired_question_cannot_be_answered(approvals, clock):
    approvals.ask(asking(clock))
    clock.pass_(121)

    assert "expired" in approvals.obstacle("q", trust=Trust.HUMAN, channel="cli", pin_set=False)
    assert [question.id for question in approvals.expired()] == ["q"]
    assert len(approvals) == 0


def test_the_same_steps_are_known_to_be_asked_already(approvals, clock):
    approvals.ask(asking(clock))

    assert approvals.same_as(asking(clock, question_id="other").entries).id == "q"
