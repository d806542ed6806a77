"""What may help with an incident: a remedy of those that the configuration allows. It is told, or asked for.

What is proposed comes from the configuration and from systemd's own word, never from the text of an entry.
Whether it is done is the policy's matter, as with everything else.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from agent.api import Action, ActionError, Cause, House, Target, Trust
from integrations.journal.incident import Incident
from integrations.journal.section import Settings

log = structlog.get_logger(__name__)
RULE = "journal.propose"
_OF_UNITS = frozenset({"unit-failed", "start-limit"})
_ROOM = frozenset({"disk-full"})


class Proposer:
    """Knows what may be done, and proposes it."""

    def __init__(self, house: House, settings: Settings, vacuum: Mapping[str, Any] | None) -> None:
        """Take `vacuum`: the remedy of our own, where it is allowed."""
        self._house = house
        self._settings = settings
        self._own = () if vacuum is None else (vacuum,)
        self._units: frozenset[str] = frozenset()
        self._room: tuple[Mapping[str, Any], ...] = self._own

    async def look(self) -> bool:
        """See what others may do now; whether that is another thing than before."""
        if self._settings.propose == "never":
            return False
        units = frozenset((await self._ask("units")).get("allowed", ()))
        room = (*self._own, *(await self._ask("upkeep")).get("remedies", ()))
        changed = (units, room) != (self._units, self._room)
        self._units, self._room = units, room
        return changed

    def of(self, incident: Incident) -> dict[str, Any] | None:
        """What may help with `incident`; None where nothing is allowed that would."""
        if self._settings.propose == "never" or not incident.open:
            return None
        task = self._settings.tasks.get(incident.kind)
        if task is not None:
            target = {"entity": [f"task.{task}"]}
            return {"service": "task.run", "target": target, "data": {}, "words": f"run the task {task}"}
        if incident.kind in _OF_UNITS and incident.believed and incident.subject in self._units:
            unit = incident.subject
            return {"service": "unit.restart", "data": {"unit": unit}, "words": f"restart {unit}"}
        if incident.kind in _ROOM and self._room:
            first = self._room[0]
            return {key: first[key] for key in ("service", "data", "words")}
        return None

    def ask(self, incident: Incident) -> None:
        """Ask for what may help, once for each incident, where that is configured."""
        if self._settings.propose != "ask" or incident.proposed is not None or not incident.open:
            return
        proposal = self.of(incident)
        if proposal is None:
            return
        incident.proposed = f"proposal-{incident.key}-{incident.since:.0f}"
        # The configuration says that it is asked for. What is not believed only chose the moment.
        believed = incident.trust is Trust.SYSTEM
        action = Action(
            id=incident.proposed,
            service=proposal["service"],
            target=Target(entity=tuple(proposal.get("target", {}).get("entity", ()))),
            cause=Cause(kind="journal", who=incident.key),
            trust=Trust.SYSTEM if believed else Trust.OPERATOR,
            rule=None if believed else RULE,
            trigger=incident.trust,
            born=self._house.clock.now(),
            data=proposal["data"],
            trace=incident.trace,
            channel="journal",
        )
        self._house.once(f"proposal.{incident.key}", self._do(action))

    def withdraw(self, incident: Incident) -> None:
        """Take the question back: the incident is over."""
        if incident.proposed is not None and any(
            one["id"] == incident.proposed for one in self._house.pending()
        ):
            self._house.once(f"withdrawn.{incident.key}", self._withdraw(incident.proposed))

    async def _do(self, action: Action) -> None:
        for outcome in await self._house.do(action):
            log.info("incident.proposed", action=action.id, status=outcome.status.value, trace=action.trace)

    async def _withdraw(self, action: str) -> None:
        # A no is believed of anybody who is known; this one is ours.
        await self._house.approve(action, who="journal", trust=Trust.OPERATOR, channel="journal", yes=False)

    async def _ask(self, what: str) -> Mapping[str, Any]:
        try:
            found = await self._house.ask(what, {})
        except ActionError:
            return {}
        return found if isinstance(found, Mapping) else {}
