"""One line of a plan with what was decided on it, and its forms for the ledger, the audit log and a question.

Pure: what is to be written and asked is settled here, the pipeline writes and asks it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.actions.approvals import Question
from agent.actions.ledger import Entry
from agent.core.actions import Action, Outcome, Risk, Status, Step

Fact = tuple[str, Mapping[str, Any]]


@dataclass(slots=True)
class Ruled:
    """A target, its step (None where planning already ended it), and what became of it before the act."""

    target: str
    step: Step | None
    status: Status
    reason: str | None
    expires: datetime


def goes_on(status: Status) -> bool:
    """Whether a step in `status` is being carried out."""
    return status in (Status.ACCEPTED, Status.SENT)


def accepted(entries: Sequence[Entry]) -> tuple[Step, ...]:
    """The steps that are to be carried out."""
    return tuple(one.step for one in entries if one.outcome.status is Status.ACCEPTED and one.step)


def waiting(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries that wait for approval."""
    return tuple(one for one in entries if one.outcome.status is Status.PENDING)


def asked_for(action: Action) -> str:
    """The target as it was asked for, for an action that never got as far as entities."""
    return ", ".join(name for names in action.target.as_json().values() for name in names)[:200]


def entries_of(action: Action, lines: Sequence[Ruled], *, now: datetime) -> tuple[Entry, ...]:
    """The lines as the ledger takes them."""
    return tuple(
        Entry(
            outcome=Outcome(
                id=action.id,
                action=action.service,
                target=line.target,
                status=line.status,
                cause=action.cause,
                at=now,
                of=len(lines),
                reason=line.reason,
                trace=action.trace,
                channel=action.channel,
                final=not goes_on(line.status) and line.status is not Status.PENDING,
            ),
            step=line.step,
            expires=line.expires,
            entered=now,
        )
        for line in lines
    )


def facts_of(action: Action, lines: Sequence[Ruled]) -> list[Fact]:
    """The lines as the audit log takes them."""
    common = {
        "id": action.id,
        "trace": action.trace,
        "action": action.service,
        "trust": action.trust.word,
        "channel": action.channel,
        "cause": action.cause.as_json(),
    }
    return [
        (
            line.status.value,
            {
                **common,
                "target": line.target,
                "risk": line.step.risk.word if line.step else None,
                "data": line.step.told if line.step else None,
                "reason": line.reason,
            },
        )
        for line in lines
    ]


def question_of(waiting: Sequence[Entry], *, risk: Risk) -> Question:
    """The question that stands for steps of one action that wait together."""
    first = waiting[0]
    return Question(
        id=first.outcome.id,
        entries=tuple(waiting),
        reason=first.outcome.reason or "",
        risk=risk,
        since=first.entered,
        expires=min(entry.expires for entry in waiting),
    )


def waits_no_more(outcomes: Sequence[Outcome]) -> str | None:
    """Why an answer to what stands so comes too late, None where it waits still or was never asked."""
    if not outcomes or any(one.status is Status.PENDING for one in outcomes):
        return None
    first = outcomes[0]
    of = f"{first.action} {first.target}".strip()
    reason = f": {first.reason}" if first.reason else ""
    return f"{first.id[:80]!r} waits for no answer any more; {of} is {first.status.value}{reason}"
