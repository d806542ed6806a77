"""What is done about times that have come: pure. On time is run; late goes by the schedule's own policy."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from agent.automations.calendar import Trigger
from agent.automations.schedule_section import Missed

GRACE = 30.0
"""Seconds after which a time counts as missed: less is a machine that was busy."""
MOST = 100
"""Missed times that are made up for, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a schedule wants to become of its times."""

    missed: Missed = "skip"
    max_late: int = 86_400
    jitter: int = 0
    max_running: int = 1

    def due(self, key: str, scheduled: int) -> float:
        """When a time is really due: jitter is drawn from its name, so that a restart draws the same."""
        if not self.jitter:
            return scheduled
        drawn = blake2b(f"{key}@{scheduled}".encode(), digest_size=8).digest()
        return scheduled + self.jitter * int.from_bytes(drawn, "big") / 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is done with the times that have come."""

    run: tuple[int, ...]
    reached: int
    """The last time that is dealt with now."""
    skipped: int | None = None
    """The newest time that is not made up for."""
    why: Literal["late", "running"] | None = None
    missed_since: int | None = None
    """The oldest one looked at that is left out or coalesced."""
    waits: bool = False
    """Whether there are more, which wait until a run has ended."""


def decide(
    trigger: Trigger, policy: Policy, due: Callable[[int], float], *, reached: int, now: float, running: int
) -> Verdict:
    """What to do at `now` with everything later than `reached`."""
    come = _come(trigger, due, reached, now, MOST if policy.missed == "run-all" else 1)
    if not come:
        return Verdict(run=(), reached=reached)
    limit = GRACE if policy.missed == "skip" else max(policy.max_late, GRACE)
    wanted = tuple(one for one in come if now - due(one) <= limit)
    free = max(policy.max_running - running, 0)
    if policy.missed == "run-all" and len(wanted) > free:
        late = [one for one in come if one not in wanted]
        dealt_with = wanted[free - 1] if free else late[-1] if late else reached
        skipped = late[-1] if late else None
        return Verdict(
            run=wanted[:free],
            reached=dealt_with,
            skipped=skipped,
            why="late" if late else None,
            missed_since=late[0] if late else None,
            waits=True,
        )
    run = wanted if free else ()
    left_out = [one for one in come if one not in run]
    first = trigger.after(reached)
    return Verdict(
        run=run,
        reached=come[-1],
        skipped=left_out[-1] if left_out else None,
        why=None if not left_out else "running" if wanted and not run else "late",
        missed_since=first if first is not None and first not in run else None,
    )


def _come(trigger: Trigger, due: Callable[[int], float], reached: int, now: float, most: int) -> list[int]:
    """The newest times later than `reached` that are due at `now`, at most `most`, in their order."""
    found = deque(_walk(trigger, due, reached, now, most + 1))
    if len(found) <= most:
        return list(found)
    # There are more: look back from now, farther each time, so that years away cost no more than hours.
    span = 60
    while True:
        start = max(reached, int(now) - span)
        newest: deque[int] = deque(_walk(trigger, due, start, now, None), maxlen=most)
        if len(newest) == most or start == reached:
            return list(newest)
        span *= 2


def _walk(
    trigger: Trigger, due: Callable[[int], float], start: int, now: float, most: int | None
) -> Iterator[int]:
    moment: int | None = start
    count = 0
    while moment is not None and (most is None or count < most):
        moment = trigger.after(moment)
        if moment is None or due(moment) > now:
            return
        yield moment
        count += 1
