"""The services of the journal: hide an incident from now on, show it again, call it over."""

import re
from collections.abc import Callable, Mapping

from agent.api import Action, ActionError, Doer, House, Own, Plan, Risk, Step, one_line
from integrations.journal.incident import MOST_KEY
from integrations.journal.watch import Watch

SERVICES = ("ignore", "unignore", "resolve")
_FIELDS = {"incident", "why"}
LONGEST_WHY = 200


class Muting:
    """Plans and does the services on `watch`; `changed` is called when something is another."""

    def __init__(self, house: House, watch: Watch, changed: Callable[[], None]) -> None:
        self._house = house
        self._watch = watch
        self._changed = changed

    def whole(self) -> Mapping[str, tuple[Own, Doer]]:
        """Each service with its planner and its doer."""
        return {f"{self._house.owner}.{verb}": (self._plan, self._do) for verb in SERVICES}

    def _plan(self, action: Action) -> Plan:
        key, why = action.data.get("incident"), action.data.get("why", "")
        unknown = next((name for name in action.data if name not in _FIELDS), None)
        if unknown is not None or not isinstance(why, str):
            raise ActionError(f"{action.service} takes incident and why, both text")
        if not isinstance(key, str) or not re.fullmatch(rf"[\w.@-]{{1,{MOST_KEY}}}", key, re.ASCII):
            raise ActionError(f"{action.service} needs the key of an incident, as 'hearthd' shows it")
        incident = self._watch.book.open.get(key) or self._watch.book.closed.get(key)
        if action.service.endswith(".ignore"):
            if incident is None:
                raise ActionError(f"there is no incident {key}")
            if self._watch.kinds[incident.kind].floor:
                raise ActionError(f"{incident.kind} cannot be muted")
        if action.service.endswith(".resolve") and key not in self._watch.book.open:
            raise ActionError(f"there is no open incident {key}")
        data = {"incident": key, "why": one_line(why, most=LONGEST_WHY)}
        step = Step(
            action=action,
            entity=f"{self._house.owner}.{key}",
            owner=self._house.owner,
            risk=Risk.REVERSIBLE,
            data=data,
        )
        return Plan(steps=(step,))

    async def _do(self, step: Step, started: Callable[[], None]) -> str:
        started()
        key, now = step.data["incident"], self._house.clock.time()
        incident = self._watch.book.open.get(key)
        verb = step.action.service.rpartition(".")[2]
        if verb == "unignore":
            if not self._watch.ignores.forget(key):
                raise ActionError(f"{key} was not ignored")
        elif verb == "ignore":
            self._watch.ignores.learn(key, why=step.data["why"], at=now)
        if verb != "unignore" and incident is not None:
            self._watch.book.close(incident, f"{verb}d by {step.action.cause.who}", now)
        self._changed()
        return f"{key} is {verb}d"
