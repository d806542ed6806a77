"""What may be done to a unit: under which conditions, how far it reaches, and how it is seen to have worked.

A remedy is tried once. Its job is awaited, for so long and no longer; then the unit itself is looked at, and
where it is to run, watched for a while: one that goes down again was not cured.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.api import ActionError, Handed, Risk, TransientError, told
from integrations.systemd_units.connection import DeniedError
from integrations.systemd_units.link import LOST, SUPERSEDED, Link
from integrations.systemd_units.section import Settings
from integrations.systemd_units.unit import UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One verb."""

    verb: str
    method: str
    risk: Risk
    needs: str
    """Its precondition, in words; `_obstacle` checks it."""
    ends: str
    """What is seen afterwards, in words."""
    undone_by: str | None
    """The verb that takes it back."""
    runs: bool = True
    """Whether the unit runs after it."""

    def as_json(self, settings: Settings) -> dict[str, Any]:
        """For whoever looks."""
        watched = settings.stay_up if self.runs and self.verb != "reload" else 0.0
        return {
            "service": f"unit.{self.verb}",
            "risk": self.risk.word,
            "needs": self.needs,
            "within": settings.job_within,
            "watched": watched,
            "ends": self.ends,
            "undone_by": None if self.undone_by is None else f"unit.{self.undone_by}",
        }


REMEDIES: Mapping[str, Remedy] = {
    one.verb: one
    for one in (
        Remedy(
            verb="restart",
            method="RestartUnit",
            risk=Risk.DISRUPTIVE,
            needs="the unit is there and not masked",
            ends="it is up, and stays so",
            undone_by=None,
        ),
        Remedy(
            verb="start",
            method="StartUnit",
            risk=Risk.REVERSIBLE,
            needs="the unit is there, not masked and not running",
            ends="it is up, and stays so",
            undone_by="stop",
        ),
        Remedy(
            verb="stop",
            method="StopUnit",
            risk=Risk.DISRUPTIVE,
            needs="the unit is there and running",
            ends="it is down",
            undone_by="start",
            runs=False,
        ),
        Remedy(
            verb="reload",
            method="ReloadUnit",
            risk=Risk.REVERSIBLE,
            needs="the unit is running and can reload",
            ends="it is still up",
            undone_by=None,
        ),
    )
}
WORDS = {
    "exit-code": "its process ended with an error",
    "start-limit-hit": "it was started too often",
    "oom-kill": "it was killed for want of memory",
    "timeout": "it took too long",
    "watchdog": "its watchdog bit",
    "signal": "its process was killed",
    "core-dump": "its process crashed",
}


async def carry_out(
    remedy: Remedy,
    unit: str,
    link: Link,
    settings: Settings,
    started: Callable[[], None],
    *,
    trace: str = "",
) -> str:
    """Do it and see it through; what came of it, in words. `trace`: what led to it.

    Raises:
        ActionError: it could not be done, or did not help; the text says which.
        TransientError: systemd does not answer.
    """
    connection = link.open
    before = await connection.properties(unit)
    done = _already(remedy, unit, before)
    if done is not None:
        return done
    with link.watch(unit) as news:

        def taken() -> None:
            if remedy.verb != "reload":  # that takes nothing from whoever watches it stay up
                link.supersede(unit, but=news)
            started()

        with link.held(unit, cause=trace):
            result = await _job(remedy, unit, link, settings, taken)
            now = await connection.properties(unit)
            link.changed(unit, str(now.get("ActiveState")))
        ended = _ended(remedy, unit, result, now)
        if ended is not None:
            return ended
        while not news.empty():  # what it went through on the way up
            news.get_nowait()
        return await _stays_up(unit, link, settings, news, now)


def _ended(remedy: Remedy, unit: str, result: str, now: Mapping[str, Any]) -> str | None:
    """What came of a job, in words; None where the unit is up and has to stay so.

    Raises:
        ActionError: it did not help.
        TransientError: nobody knows.
    """
    if result == LOST:
        raise TransientError(f"the line to systemd was cut; what became of {unit} is not known")
    if result != "done":
        raise ActionError(f"systemd could not {remedy.verb} {unit}: {_why(now, result)}")
    active = str(now.get("ActiveState"))
    if not remedy.runs:
        if active in UP or active == "activating":
            raise ActionError(f"{unit} was stopped, and is up again")
        return f"{unit} is stopped"
    if now.get("Type") == "oneshot" and active == "inactive" and now.get("Result") == "success":
        return f"{unit} ran to its end"
    if active not in UP:
        raise ActionError(f"{unit} did not come up: {_why(now, active)}")
    return f"{unit} was reloaded" if remedy.verb == "reload" else None


async def _job(remedy: Remedy, unit: str, link: Link, settings: Settings, started: Callable[[], None]) -> str:
    connection = link.open
    try:
        return await connection.job(remedy.method, unit, within=settings.job_within, started=started)
    except DeniedError:
        if remedy.verb != "start":
            raise
    # The right to start units can't be given without giving away far more; that to restart them starts one
    # that is down just as well.
    return await connection.job("RestartUnit", unit, within=settings.job_within, started=started)


async def _stays_up(
    unit: str, link: Link, settings: Settings, news: "asyncio.Queue[str]", first: Mapping[str, Any]
) -> str:
    try:
        async with asyncio.timeout(settings.stay_up):
            while True:
                state = await news.get()
                if state == LOST:
                    return Handed(f"{unit} came up; the line to systemd was cut while it was watched")
                if state == SUPERSEDED or (state not in UP and link.seen_to(unit)):
                    return Handed(f"{unit} came up; another action on it began while it was watched")
                if state not in UP:
                    break
    except TimeoutError:
        state = ""
    now = await link.open.properties(unit)
    # One that is up again was down all the same.
    if state or now.get("InvocationID") != first.get("InvocationID"):
        raise ActionError(f"{unit} came up and went down again: {_why(now, state)}")
    return f"{unit} is up, and was for {told(settings.stay_up)}"


def _already(remedy: Remedy, unit: str, found: Mapping[str, Any]) -> str | None:
    """What is to be said where there is nothing to do.

    Raises:
        ActionError: its precondition does not hold.
    """
    load, active = found.get("LoadState"), found.get("ActiveState")
    if load == "not-found":
        raise ActionError(f"there is no unit {unit} on this machine")
    if load != "loaded":
        raise ActionError(f"{unit} is {load}, so nothing can be done with it")
    if remedy.verb == "start" and active in UP:
        return f"{unit} is running already"
    if remedy.verb == "stop" and active in ("inactive", "failed"):
        return f"{unit} is stopped already"
    if remedy.verb == "reload":
        if active not in UP:
            raise ActionError(f"{unit} is not running, so it cannot reload")
        if not found.get("CanReload"):
            raise ActionError(f"{unit} cannot reload; restart it instead")
    return None


def _why(found: Mapping[str, Any], otherwise: str) -> str:
    """What systemd says of a unit that is not up."""
    result = str(found.get("Result") or "")
    if result in WORDS:
        code = found.get("ExecMainStatus")
        return f"{WORDS[result]} ({code})" if result == "exit-code" and code else WORDS[result]
    return otherwise or str(found.get("ActiveState") or "it is not known why")
