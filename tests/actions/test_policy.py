"""The policy: a table first, then what has happened lately. Less trust never gives more."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.actions.policy import Breaker, Limit, Policy, PolicyConfig, QuietHours, judge
from agent.core.actions import Action, Cause, Risk, Step, Target, Trust, Verdict
from tests.fakes import FakeClock

EVERYTHING = list(itertools.product(Risk, Trust, [None, *Trust]))


def step(service="lock.unlock", entity="lock.front", risk=Risk.DISRUPTIVE, trust=Trust.HUMAN):
    cause = Cause(kind="bus", who="test")
    action = Action(
        id="1",
        service=service,
        target=Target(entity=(entity,)),
        cause=cause,
        trust=trust,
        born=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return Step(action=action, entity=entity, owner="test", risk=risk)


@pytest.mark.parametrize(
    ("risk", "verdicts"),
    [
        (Risk.READ, "allow allow allow allow allow allow"),
        (Risk.REVERSIBLE, "refuse allow allow allow allow allow"),
        (Risk.DISRUPTIVE, "refuse refuse ask ask allow allow"),
        (Risk.DESTRUCTIVE, "refuse refuse refuse refuse ask ask"),
    ],
)
def test_the_default_table_is_the_published_one(risk, verdicts):
    found = [judge(PolicyConfig(), risk=risk, trust=trust).verdict.word for trust in Trust]

    assert " ".join(found) == verdicts


def test_less_trust_or_more_risk_never_gives_more():
    config = PolicyConfig()

    def verdict(risk, trust, trigger):
        return judge(config, risk=risk, trust=trust, trigger=trigger).verdict

    for risk, trust, trigger in EVERYTHING:
        here = verdict(risk, trust, trigger)
        if trust > Trust.HOSTILE:
            assert verdict(risk, Trust(trust - 1), trigger) <= here
        if trigger is not None and trigger > Trust.HOSTILE:
            assert verdict(risk, trust, Trust(trigger - 1)) <= here
        if risk < Risk.DESTRUCTIVE:
            assert verdict(Risk(risk + 1), trust, trigger) <= here


def test_what_is_hostile_never_acts():
    for risk, trust, trigger in EVERYTHING:
        if risk > Risk.READ and Trust.HOSTILE in (trust, trigger):
            assert judge(PolicyConfig(), risk=risk, trust=trust, trigger=trigger).verdict is Verdict.REFUSE


def test_nothing_destructive_happens_without_a_person():
    for trust, trigger in itertools.product(Trust, [None, *Trust]):
        found = judge(PolicyConfig(), risk=Risk.DESTRUCTIVE, trust=trust, trigger=trigger)

        assert found.verdict is not Verdict.ALLOW


@pytest.mark.parametrize(
    ("trust", "trigger", "verdict"),
    [
        (Trust.OPERATOR, Trust.HOSTILE, Verdict.ASK),
        (Trust.OPERATOR, Trust.SYSTEM, Verdict.ALLOW),
        (Trust.HOSTILE, Trust.SYSTEM, Verdict.REFUSE),
        (Trust.HUMAN, Trust.SYSTEM, Verdict.REFUSE),
    ],
)
def test_text_may_choose_when_a_configured_rule_acts_never_what_it_does(trust, trigger, verdict):
    found = judge(PolicyConfig(), risk=Risk.DISRUPTIVE, trust=trust, rule="night", trigger=trigger)

    assert found.verdict is verdict


def test_a_cell_of_the_table_can_be_configured_and_the_others_stay():
    config = PolicyConfig.model_validate({"table": {"disruptive": {"room": "allow"}}})

    assert config.verdict(Risk.DISRUPTIVE, Trust.ROOM) is Verdict.ALLOW
    assert config.verdict(Risk.DISRUPTIVE, Trust.SYSTEM) is Verdict.ASK
    assert config.verdict(Risk.DESTRUCTIVE, Trust.ROOM) is Verdict.REFUSE


def test_the_configuration_may_call_an_entity_riskier():
    policy = Policy(config=PolicyConfig(risks={"switch.oven": "disruptive"}), clock=FakeClock())

    found = policy.decide(step("switch.turn_on", "switch.oven", Risk.REVERSIBLE, Trust.ROOM))

    assert found.verdict is Verdict.ASK


def test_a_limit_holds_per_action_and_target_and_ends_with_its_span():
    clock = FakeClock()
    config = PolicyConfig(limits={"disruptive": Limit(most=2, within=60)})
    policy = Policy(config=config, clock=clock)
    for _ in range(2):
        policy.started(step())

    refused = policy.decide(step())
    other = policy.decide(step(entity="lock.back"))
    clock.pass_(60)
    later = policy.decide(step())

    assert refused.verdict is Verdict.REFUSE
    assert "2 times in 60 s" in refused.reason
    assert other.verdict is Verdict.ALLOW
    assert later.verdict is Verdict.ALLOW


def test_the_breaker_opens_lets_one_try_through_and_closes_on_success():
    clock = FakeClock()
    policy = Policy(config=PolicyConfig(breaker=Breaker(failures=3, pause=10)), clock=clock)
    for _ in range(3):
        policy.ended(step(), well=False)
    opened = policy.decide(step()).verdict
    clock.pass_(11)
    half_open = policy.decide(step()).verdict
    policy.ended(step(), well=False)
    again = policy.decide(step()).verdict
    clock.pass_(11)
    policy.ended(step(), well=True)
    policy.ended(step(), well=False)

    assert [opened, half_open, again] == [Verdict.REFUSE, Verdict.ALLOW, Verdict.REFUSE]
    assert policy.decide(step()).verdict is Verdict.ALLOW


@pytest.mark.parametrize(("hour", "verdict"), [(23, Verdict.ASK), (3, Verdict.ASK), (12, Verdict.ALLOW)])
def test_quiet_hours_hold_over_midnight(hour, verdict):
    clock = FakeClock(datetime(2026, 1, 1, hour, tzinfo=UTC))
    quiet = QuietHours.model_validate({"start": "22:00", "end": "06:00", "services": ["vacuum.*"]})
    policy = Policy(config=PolicyConfig(quiet_hours=(quiet,)), clock=clock, zone=UTC)

    found = policy.decide(step("vacuum.start", "vacuum.robby", Risk.REVERSIBLE, Trust.ROOM))

    assert found.verdict is verdict


def test_quiet_hours_do_not_bind_an_authenticated_person():
    clock = FakeClock(datetime(2026, 1, 1, 23, tzinfo=UTC))
    quiet = QuietHours.model_validate({"start": "22:00", "end": "06:00", "services": ["*"]})
    policy = Policy(config=PolicyConfig(quiet_hours=(quiet,)), clock=clock, zone=UTC)

    assert policy.decide(step(trust=Trust.HUMAN)).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("service", "verdict", "found"),
    [
        ("vacuum.start", "ask", Verdict.ASK),
        ("vacuum.start", "refuse", Verdict.REFUSE),
        ("notify.send", "ask", Verdict.ALLOW),
        ("notify.send", "refuse", Verdict.REFUSE),
    ],
)
def test_in_quiet_hours_a_rule_needs_a_person_but_to_tell_something(service, verdict, found):
    clock = FakeClock(datetime(2026, 1, 1, 23, tzinfo=UTC))
    hours = {"start": "22:00", "end": "06:00", "services": ["*"], "verdict": verdict}
    quiet = QuietHours.model_validate(hours)
    policy = Policy(config=PolicyConfig(quiet_hours=(quiet,)), clock=clock, zone=UTC)
    asked = step(service, "vacuum.robby", Risk.REVERSIBLE, Trust.OPERATOR)
    asked = replace(asked, action=replace(asked.action, rule="cleaning", trigger=Trust.OPERATOR))

    assert policy.decide(asked).verdict is found


def test_the_history_of_pairs_is_bounded():
    policy = Policy(config=PolicyConfig(), clock=FakeClock())
    for number in range(6_000):
        policy.started(step(entity=f"lock.l{number}"))

    assert len(policy._history) == 5_000


def test_a_pin_is_not_believed_for_a_while_after_too_many_wrong_ones():
    clock = FakeClock()
    policy = Policy(config=PolicyConfig(pin="4711"), clock=clock)
    for wrong in range(5):
        assert not policy.pin_matches(f"{wrong}")

    assert not policy.pin_matches("4711")
    clock.pass_(301)
    assert policy.pin_matches("4711")
