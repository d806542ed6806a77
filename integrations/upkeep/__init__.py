"""What makes room on the disk: named caches cleared, named logs rotated. Nothing that is not configured."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from typing_extensions import override

from agent.api import Action, ActionError, Doer, House, Integration, Own, Plan, Risk, Step, told
from integrations.upkeep import clearing, rotating
from integrations.upkeep.section import Settings

CLEAR, ROTATE = "cache.clear", "log.rotate"
MEGABYTE = 1e6


class Upkeep(Integration[Settings]):
    """Plans and does both."""

    Config = Settings

    def __init__(self, config: Settings, house: House) -> None:
        super().__init__(config, house)
        self._busy: set[str] = set()

    @override
    def answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        return {"upkeep": lambda _: {"remedies": self._remedies()}}

    @override
    def whole(self) -> Mapping[str, tuple[Own, Doer]]:
        return {
            CLEAR: (partial(self.plan, self.config.caches), self.clear),
            ROTATE: (partial(self.plan, self.config.logs), self.rotate),
        }

    def plan(self, known: Mapping[str, Any], action: Action) -> Plan:
        """One step, for what is configured.

        Raises:
            ActionError: it names nothing that is.
        """
        name = action.data.get("name")
        kind = action.service.partition(".")[0]
        if set(action.data) != {"name"} or action.target or not isinstance(name, str):
            raise ActionError(f"{action.service} takes a name and nothing else, as in name=thumbnails")
        if name not in known:
            there = f"there are {', '.join(sorted(known))}" if known else "there is none"
            raise ActionError(f"no {kind} is called {name!r:.60}; {there}: plugins, upkeep, {kind}s")
        step = Step(
            action=action,
            entity=f"{kind}.{name}",
            owner=self.house.owner,
            # What is gone stays gone, though nobody should miss it.
            risk=Risk.DISRUPTIVE,
        )
        return Plan(steps=(step,))

    async def clear(self, step: Step, started: Callable[[], None]) -> str:
        """Delete what may be deleted in a cache; how much that was.

        Raises:
            ActionError: it could not be, or not all of it.
        """
        name = step.entity.partition(".")[2]
        cache = self.config.caches.get(name)
        if cache is None:
            raise ActionError(f"no cache is called {name!r:.60} any more")
        folder, ours = cache.folder, self.house.state_dir.resolve()
        if folder.is_relative_to(ours) or ours.is_relative_to(folder):
            raise ActionError(f"{folder} holds what hearthd itself remembers")
        if (reason := await asyncio.to_thread(clearing.obstacle, folder)) is not None:
            raise ActionError(reason)
        before = self.house.clock.time() - cache.older
        work = clearing.Clearing(cache.delete, before=before, stop=clearing.deadline(self.config.within))
        with self._alone(step.entity):
            started()
            found = await asyncio.to_thread(work.clear, folder)
        amount = f"{'one file was' if found.files == 1 else f'{found.files} files were'} deleted"
        amount += f", {found.size / MEGABYTE:.1f} MB"
        if found.late:
            raise ActionError(f"it was not done within {told(self.config.within)}; {amount} until then")
        if found.kept:
            raise ActionError(f"{found.kept} could not be deleted ({found.reason}); {amount}")
        return amount if found.files else "there was nothing to delete"

    async def rotate(self, step: Step, started: Callable[[], None]) -> str:
        """Have logrotate rotate a log; what came of it.

        Raises:
            ActionError: it did not.
        """
        name = step.entity.partition(".")[2]
        log = self.config.logs.get(name)
        if log is None:
            raise ActionError(f"no log is called {name!r:.60} any more")
        if (reason := await asyncio.to_thread(rotating.obstacle, log.file)) is not None:
            raise ActionError(reason)
        with self._alone(step.entity):
            started()
            state = self.house.state_dir / f"logrotate-{name}"
            return await rotating.rotate(log.file, state=state, within=self.config.within)

    def _remedies(self) -> list[dict[str, Any]]:
        """What may be done, for whoever looks or proposes."""
        within = self.config.within
        common = {"risk": Risk.DISRUPTIVE.word, "within": within, "undone_by": None}
        return [
            {
                "service": CLEAR,
                "data": {"name": name},
                "words": f"clear the cache {name}",
                "needs": f"{one.folder} is there, and no link",
                "ends": "none of what may be deleted is left; whoever wrote it makes it again",
                **common,
            }
            for name, one in self.config.caches.items()
        ] + [
            {
                "service": ROTATE,
                "data": {"name": name},
                "words": f"rotate the log {name}",
                "needs": f"logrotate and {one.file} are there",
                "ends": "logrotate says that it has rotated; the oldest part may be gone for good",
                **common,
            }
            for name, one in self.config.logs.items()
        ]

    def _alone(self, entity: str) -> "_Alone":
        return _Alone(self._busy, entity)


class _Alone:
    """One at a time of each."""

    def __init__(self, busy: set[str], entity: str) -> None:
        self._busy, self._entity = busy, entity

    def __enter__(self) -> None:
        if self._entity in self._busy:
            raise ActionError(f"{self._entity} is being seen to already")
        self._busy.add(self._entity)

    def __exit__(self, *_: object) -> None:
        self._busy.discard(self._entity)


INTEGRATION = Upkeep
