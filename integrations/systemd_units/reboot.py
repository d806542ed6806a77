"""The remedy `host.reboot`: the machine is started again, by logind, where the configuration allows it.

Nothing undoes it, and we go down with it: what can be seen is that logind has begun.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from agent.api import (
    Action,
    ActionError,
    Doer,
    Handed,
    House,
    Own,
    Plan,
    Question,
    Risk,
    Step,
    TransientError,
    Wanted,
)
from integrations.systemd_units.answering import WORDS
from integrations.systemd_units.connection import PROPERTIES
from integrations.systemd_units.link import Link
from integrations.systemd_units.section import Settings

SERVICE = "host.reboot"
MACHINE = "host.machine"
"""What it is done to, as a target."""
LOGIND = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
MANAGER = f"{LOGIND}.Manager"
BEGINS_WITHIN = 10.0
LOOKED_EVERY = 0.1
_WHY = {
    "no": "it does not let hearthd do that",
    "challenge": "it wants a password for that; a rule of polkit for org.freedesktop.login1.reboot allows it",
    "na": "this machine cannot do that",
}


class Reboot:
    """Plans it and does it."""

    def __init__(self, config: Settings, house: House, link: Link) -> None:
        self._config = config
        self._house = house
        self._link = link

    def whole(self) -> Mapping[str, tuple[Own, Doer]]:
        """The service with its planner and its doer."""
        return {SERVICE: (self._plan, self._do)}

    def remedy(self) -> Mapping[str, Any]:
        """For whoever looks."""
        return {
            "service": SERVICE,
            "risk": Risk.DESTRUCTIVE.word,
            "needs": "logind lets us, and nobody holds it up",
            "within": BEGINS_WITHIN,
            "watched": 0.0,
            "ends": "logind has begun to go down",
            "undone_by": None,
        }

    async def wanted(self, question: Question) -> Wanted:
        """What somebody means who says "restart the machine"."""
        words = WORDS.words(question.language)
        return Wanted(service=SERVICE, data={}, names={MACHINE: words.said("machine")})

    def _plan(self, action: Action) -> Plan:
        if not self._config.reboot:
            reason = "the machine may not be restarted: plugins, systemd_units, reboot allows it"
            return Plan(refusals=((MACHINE, reason),))
        if action.data or action.target:
            raise ActionError(f"{SERVICE} takes nothing")
        step = Step(action=action, entity=MACHINE, owner=self._house.owner, risk=Risk.DESTRUCTIVE)
        return Plan(steps=(step,))

    async def _do(self, _step: Step, started: Callable[[], None]) -> str:
        if not self._config.reboot:
            raise ActionError("the machine may not be restarted any more")
        (may,) = await self._call("CanReboot")
        if may != "yes":
            raise ActionError(f"logind was asked first: {_WHY.get(str(may), f'it says {may!r:.40}')}")
        held_up = await self._held_up()
        if held_up is not None:
            raise ActionError(f"{held_up} holds it up")
        # False: nobody is asked for a password; it is allowed or it is not.
        await self._call("Reboot", "b", False)  # noqa: FBT003  # what D-Bus is sent
        started()
        try:
            async with asyncio.timeout(BEGINS_WITHIN):
                while not await self._begun():
                    await self._house.clock.sleep(LOOKED_EVERY)
        except TimeoutError as error:
            raise ActionError("logind took it, and the machine did not begin to go down") from error
        except TransientError:
            pass  # whom we ask goes down, too
        return Handed("the machine is going down, to start again")

    async def _held_up(self) -> str | None:
        """Who keeps the machine from going down, in their own words."""
        (found,) = await self._call("ListInhibitors")
        for what, who, _why, mode, *_ in found:
            if mode == "block" and "shutdown" in str(what).split(":"):
                return f"{who!s:.80}"
        return None

    async def _begun(self) -> bool:
        (found,) = await self._link.open.call(
            LOGIND, PATH, PROPERTIES, "Get", "ss", MANAGER, "PreparingForShutdown"
        )
        return bool(found.value)

    async def _call(self, member: str, signature: str = "", *body: Any) -> list[Any]:
        return await self._link.open.call(LOGIND, PATH, MANAGER, member, signature, *body)
