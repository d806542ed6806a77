"""What was done by itself, and what would have been: told by outcomes, and compared. Pure."""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BY_ITSELF = ("automation", "schedule")
"""Kinds of causes that nobody asked."""
VERDICTS = {"pending": "ask", "refused": "refuse", "expired": "expired"}
"""What the first status of a step says of the policy's verdict; every other means that it may happen."""
WITHIN = 5.0
"""Seconds that the same deed may be apart: then a machine had to do it, and now nobody does."""
MOST_OPEN = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One step that a rule or a schedule asked for, and what the policy said."""

    time: float
    kind: str
    who: str
    action: str
    target: str
    verdict: str

    @property
    def same(self) -> tuple[str, ...]:
        """What must be equal in another deed that is the same one at another time."""
        return (self.kind, self.who, self.action, self.target, self.verdict)

    def as_json(self) -> dict[str, Any]:
        """For whoever asks."""
        return {
            "time": self.time,
            "cause": {"kind": self.kind, "who": self.who},
            "action": self.action,
            "target": self.target,
            "verdict": self.verdict,
        }


class Deeds:
    """Takes outcomes in order, as they stand on `.../outcome`, and keeps the first of each step."""

    def __init__(self) -> None:
        self.found: list[Deed] = []
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def see(self, outcome: Mapping[str, Any], time: float) -> Deed | None:
        """The deed that `outcome` is the first news of; None if it is none, or nobody's own idea."""
        cause = outcome.get("cause")
        if not isinstance(cause, Mapping) or cause.get("kind") not in BY_ITSELF:
            return None
        told = [outcome.get(key) for key in ("id", "action", "target", "status")]
        kind, who = cause.get("kind"), cause.get("who")
        if not all(isinstance(one, str) for one in (*told, who)):
            return None
        action_id, action, target, status = (str(one) for one in told)
        key = (action_id, target)
        known = key in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        if known:
            return None
        if len(self._seen) > MOST_OPEN:
            self._seen.popitem(last=False)
        deed = Deed(
            time=time,
            kind=str(kind),
            who=str(who),
            action=action,
            target=target,
            verdict=VERDICTS.get(status, "allow"),
        )
        self.found.append(deed)
        return deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is only in one of two lists of deeds, and how many are in both."""

    only_then: tuple[Deed, ...]
    only_now: tuple[Deed, ...]
    same: int

    def __bool__(self) -> bool:
        return bool(self.only_then or self.only_now)


def difference(then: Sequence[Deed], now: Sequence[Deed], *, within: float = WITHIN) -> Difference:
    """Pair the deeds that are the same at nearly the same time, each with at most one."""
    kinds: dict[tuple[str, ...], tuple[list[Deed], list[Deed]]] = defaultdict(lambda: ([], []))
    for side, deeds in enumerate((then, now)):
        for deed in sorted(deeds, key=lambda one: one.time):
            kinds[deed.same][side].append(deed)
    only_then: list[Deed] = []
    only_now: list[Deed] = []
    same = 0
    for before, after in kinds.values():
        at = to = 0
        while at < len(before) and to < len(after):
            apart = after[to].time - before[at].time
            if abs(apart) <= within:
                same, at, to = same + 1, at + 1, to + 1
            elif apart > 0:
                only_then.append(before[at])
                at += 1
            else:
                only_now.append(after[to])
                to += 1
        only_then += before[at:]
        only_now += after[to:]
    return Difference(only_then=_ordered(only_then), only_now=_ordered(only_now), same=same)


def _ordered(deeds: Sequence[Deed]) -> tuple[Deed, ...]:
    return tuple(sorted(deeds, key=lambda one: (one.time, one.same)))
