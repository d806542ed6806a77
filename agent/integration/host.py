"""Runs integrations and keeps a broken one from hurting the house.

Each integration is a service with a life of its own: `init`, then events, then `shutdown`. What it
subscribed, provides or runs ends with it; when it fails it is shown with the reason, and tried again.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from agent.actions.executor import Executor
from agent.actions.planner import Own, Plan
from agent.core.actions import Action
from agent.core.events import Event
from agent.errors import ActionError, HearthError, IntegrationError, TransientError
from agent.integration.contract import Integration, provided_by
from agent.integration.house import HostedHouse, Parts
from agent.integration.loader import Found, load
from agent.runtime.service import DELAYS, Service

log = structlog.get_logger(__name__)
INIT_WITHIN = 30.0
SHUTDOWN_WITHIN = 2.0
Settings = Callable[[type[Any]], Any]
"""Gives an integration's validated settings for its model; raises ConfigError."""


class Life(StrEnum):
    """Where an integration stands."""

    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"
    STOPPED = "stopped"
    DISABLED = "disabled"


@dataclass(slots=True)
class _Standing:
    life: Life = Life.STARTING
    reason: str | None = None
    restarts: int = 0


class Hosted:
    """One integration and its life."""

    def __init__(self, found: Found, *, settings: Settings, parts: Parts, executor: Executor) -> None:
        self.found = found
        self.domain = found.manifest.domain
        self.standing = _Standing()
        self.tried = asyncio.Event()
        """Set after the first attempt to start, however it went."""
        self.integration: Integration[Any] | None = None
        self._settings = settings
        self._parts = parts
        self._executor = executor
        self._again = asyncio.Event()
        self._logged: str | None = None

    @property
    def service(self) -> Service:
        """The long-running work of this integration."""
        return Service(name=f"integration.{self.domain}", run=self.run)

    def reconfigure(self, settings: Settings) -> None:
        """Restart with other settings."""
        self._settings = settings
        self._again.set()

    def check(self, settings: Settings) -> None:
        """Raise ConfigError if `settings` do not fit this integration."""
        if self.integration is not None:
            settings(type(self.integration).Config)

    async def run(self) -> None:
        """Start, feed, and start again after a failure, until cancelled."""
        failures = 0
        while True:
            started = self._parts.clock.monotonic()
            self._again.clear()
            try:
                await self._live()
                failures = 0
                continue
            except HearthError as error:
                self._failed(str(error))
            except (Exception, SystemExit) as error:
                log.exception("integration.failed", integration=self.domain)
                self._failed(f"{type(error).__name__}: {error}")
            if self.found.problem is not None:
                # Folders and manifests are looked at when the daemon starts: no later try sees better ones.
                await self._again.wait()
                continue
            if self._parts.clock.monotonic() - started > DELAYS[-1]:
                failures = 0
            failures += 1
            self.standing.restarts += 1
            await self._pause(DELAYS[min(failures, len(DELAYS)) - 1])

    def as_json(self) -> dict[str, Any]:
        """One line of `hearthd plugins`."""
        manifest = self.found.manifest
        return {
            "domain": self.domain,
            "name": manifest.name,
            "version": manifest.version,
            "description": manifest.description,
            "status": self.standing.life.value,
            "reason": self.standing.reason,
            "restarts": self.standing.restarts,
            "folder": str(self.found.folder),
        }

    async def _live(self) -> None:
        """One life: from import to shutdown. Ends when it fails, is cancelled or is reconfigured."""
        self.standing.life, self.standing.reason = Life.STARTING, None
        if self.found.problem is not None:
            raise IntegrationError(self.found.problem)
        cls = load(self.found) if self.integration is None else type(self.integration)
        house = HostedHouse(self.domain, self._parts)
        integration = self.integration = cls(self._settings(cls.Config), house)
        try:
            with self._parts.bus.subscribe(self.domain, *cls.listens) as events:
                await self._init(integration)
                for service, handler, risk in provided_by(integration):
                    self._executor.provide(service, self.domain, handler, risk)
                for service, (planner, doer) in integration.whole().items():
                    self._executor.provide_whole(service, self.domain, doer, self._planner(service, planner))
                self.standing.life, self._logged = Life.RUNNING, None
                self.tried.set()
                log.info("integration.started", integration=self.domain, version=self.found.manifest.version)
                async with asyncio.TaskGroup() as tasks:
                    house.open(tasks)
                    house.once("process", self._feed(integration, events))
                    await self._again.wait()
                    house.end_work()
        finally:
            house.end_work()
            self._executor.withdraw(self.domain)
            try:
                await self._shut_down(integration)
            finally:
                house.close()

    async def _init(self, integration: Integration[Any]) -> None:
        limit = asyncio.timeout(INIT_WITHIN)
        try:
            async with limit:
                await integration.init()
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TransientError(f"its init did not end within {INIT_WITHIN:g} s") from error

    def _planner(self, service: str, own: Own) -> Own:
        """What plans a service of an integration. A fence: one that breaks refuses what it was asked."""
        firsts = self.found.manifest.services or (self.domain,)
        if service.partition(".")[0] not in firsts:
            right = " or ".join(f"{one}.*" for one in firsts)
            raise IntegrationError(f"{self.domain} cannot do all of {service}; {right} would be right")

        def planned(action: Action) -> Plan:
            try:
                return own(action)
            except ActionError:
                raise
            except Exception as error:
                log.exception("integration.plan_failed", integration=self.domain, service=service)
                broke = f"{self.domain} broke while planning it; the journal has the details"
                raise ActionError(broke) from error

        return planned

    async def _feed(self, integration: Integration[Any], events: Any) -> None:
        """Hand over events; one bad event never stops the next. A named fence."""
        event: Event
        async for event in events:
            try:
                await integration.process(event)
            except Exception:
                self._parts.metrics.count(f"integration.{self.domain}.process_failed")
                log.exception(
                    "integration.process_failed", integration=self.domain, kind=type(event).__name__
                )

    async def _shut_down(self, integration: Integration[Any]) -> None:
        """Give `shutdown` its chance, not the power to hold us up. A named fence."""
        limit = asyncio.timeout(SHUTDOWN_WITHIN)
        try:
            async with limit:
                await integration.shutdown()
        except Exception:
            log.exception("integration.shutdown_failed", integration=self.domain)
        finally:
            if limit.expired():
                log.warning("integration.shutdown_cut", integration=self.domain, within=SHUTDOWN_WITHIN)
        if self.standing.life is Life.RUNNING:
            self.standing.life = Life.STOPPED

    def _failed(self, reason: str) -> None:
        self.standing.life, self.standing.reason = Life.FAILED, reason
        self.tried.set()
        if reason != self._logged:  # it is tried again and again, and the same told once
            self._logged = reason
            log.error("integration.start_failed", integration=self.domain, reason=reason)

    async def _pause(self, seconds: float) -> None:
        """Wait before the next try; new settings are tried at once."""
        try:
            async with asyncio.timeout(seconds):
                await self._again.wait()
        except TimeoutError:
            return


def answers_of(hosted: Mapping[str, Hosted]) -> dict[str, Callable[[Mapping[str, Any]], Any]]:
    """What may be asked about the running integrations, by name. A fence: one that raises answers nothing."""
    found: dict[str, Callable[[Mapping[str, Any]], Any]] = {}
    for one in hosted.values():
        if one.integration is not None and one.standing.life is Life.RUNNING:
            try:
                found.update(one.integration.answers())
            except Exception:
                log.exception("integration.answers_failed", integration=one.domain)
    return found
