"""What the daemon answers when it is looked at: `hearthd devices`, `why`, `pending`, `plugins` ...

Few answers change something, and those are given to an authenticated person alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from inspect import isawaitable
from typing import Any

from agent.actions.ledger import Entry, Ledger
from agent.automations.by_itself import ByItself
from agent.core.actions import Trust
from agent.core.home import Entity
from agent.dialogue.learned import Learned
from agent.errors import ActionError
from agent.home.registry import Home
from agent.inference.models import Models
from agent.integration.host import Hosted, answers_of
from agent.pipeline import Pipeline
from agent.runtime.problems import Problems

MOST_TOLD = 1_000
"""Steps in one answer."""
MOST_TEXT = 2_000
"""Letters of a text that is read."""


class Answers:
    """Looks at the parts. Every answer is ready for JSON."""

    def __init__(
        self,
        *,
        home: Home,
        ledger: Ledger,
        pipeline: Pipeline,
        problems: Problems,
        hosted: Mapping[str, Hosted],
        told: Callable[[str | None], Mapping[str, Any] | None],
        learned: Learned | None = None,
        models: Models | None = None,
        by_itself: ByItself | None = None,
        timers: Callable[[], list[dict[str, Any]]] | None = None,
        hearable: Callable[[str | None], Awaitable[dict[str, Any]]] | None = None,
        understood: Callable[[str, str, str | None], Awaitable[dict[str, Any]]] | None = None,
        language: Callable[[], str] = lambda: "en",
    ) -> None:
        """Take `told`: what became of an utterance by its id, or of the last one; `learned`: its phrases.

        `hearable`: what may be said in a language, for recognisers; `understood`: what a text, its language
        and where it is said ask for.
        """
        self._home = home
        self._ledger = ledger
        self._pipeline = pipeline
        self._problems = problems
        self._hosted = hosted
        self._told = told
        self._own: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "devices": self._devices,
            "problems": lambda _: self._problems.as_json(),
            "pending": lambda _: list(self._pipeline.pending()),
            "said": lambda arguments: self._told(_text(arguments.get("utterance"))),
            "plugins": lambda _: [one.as_json() for one in self._hosted.values()],
        }
        if models is not None:
            self._own["models"] = lambda _: [asdict(one) for one in models.health()]
        self._by_itself = by_itself
        if timers is not None:
            self._own["timers"] = lambda _: timers()
        if by_itself is not None:
            self._own |= {"jobs": lambda _: by_itself.jobs(), "rules": lambda _: by_itself.rules()}
        self._own["language"] = lambda _: language()
        self._slow: dict[str, Callable[[Mapping[str, Any]], Awaitable[Any]]] = {
            "why": self._why,
            "outcomes": self._why,
        }
        if hearable is not None:
            self._slow["hearable"] = lambda arguments: hearable(_text(arguments.get("language")))
        if understood is not None:
            self._slow["understood"] = lambda arguments: understood(
                (_text(arguments.get("text")) or "")[:MOST_TEXT],
                _text(arguments.get("language")) or "",
                _text(arguments.get("area")),
            )
        self._changing: dict[str, Callable[[Mapping[str, Any]], Awaitable[Any]]] = {}
        if learned is not None:
            self._own |= {
                "phrases": lambda _: learned.phrases(),
                "export_phrases": lambda arguments: learned.export(_text(arguments.get("language")) or ""),
            }
            self._changing |= {
                "accept_phrase": lambda arguments: learned.accept(_text(arguments.get("phrase")) or ""),
                "forget_phrase": lambda arguments: learned.forget(_text(arguments.get("phrase")) or ""),
            }

    async def ask(self, what: str, arguments: Mapping[str, Any], trust: Trust = Trust.ROOM) -> Any:
        """The answer to `what`, asked by somebody of that trust.

        Raises:
            ActionError: there is no such question, and the text names those there are; or it changes
                something, and who asks is not authenticated.
            TransientError: what it changes cannot be stored now.
        """
        if what in self._slow:
            return await self._slow[what](arguments)
        if what in self._changing:
            if trust < Trust.HUMAN:
                raise ActionError(
                    "only an authenticated person may do that; run hearthd as the daemon's user"
                )
            return await self._changing[what](arguments)
        known = {**answers_of(self._hosted), **self._own}
        if "health" not in self._hosted:
            known["health"] = _unmeasured
        answer = known.get(what)
        if answer is None:
            raise ActionError(f"nothing answers {what!r}; ask for {', '.join(sorted({*known, *self._slow}))}")
        found = answer(arguments)
        return await found if isawaitable(found) else found

    def _devices(self, _arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [self._device(entity) for entity in sorted(self._home.entities(), key=lambda one: one.id)]

    def _device(self, entity: Entity) -> dict[str, Any]:
        state = self._home.state(entity.id)
        return {
            "id": entity.id,
            "name": entity.name,
            "aliases": list(entity.aliases),
            "area": entity.area,
            "floor": self._home.floor_of(entity),
            "domain": entity.domain,
            "device_class": entity.device_class,
            "state": state.value,
            "attributes": dict(state.attributes),
            "available": state.available is not False and not self._home.restored(entity.id),
            "stale": state.stale,
            "unit": entity.unit,
            "category": entity.category,
            "owner": entity.owner,
            "source": entity.source or entity.owner,
        }

    def _rule(self, rule_id: object) -> dict[str, Any] | None:
        if self._by_itself is None or not isinstance(rule_id, str):
            return None
        return self._by_itself.rule(rule_id)

    def _job(self, name: object) -> dict[str, Any] | None:
        if self._by_itself is None or not isinstance(name, str):
            return None
        found = self._by_itself.job(name)
        return None if found is None else {"job": found["id"], **found}

    async def _why(self, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        action_id = arguments.get("action")
        named = arguments.get("rule", action_id)
        by_itself = [found for found in (self._rule(named), self._job(named)) if found is not None]
        if by_itself:
            return by_itself
        limit = arguments.get("limit", 1)
        usable = isinstance(limit, int) and not isinstance(limit, bool) and limit > 0
        entries = await self._ledger.latest(
            action_id if isinstance(action_id, str) else None, limit=min(limit, MOST_TOLD) if usable else 1
        )
        return [_explained(entry) for entry in entries]


def _explained(entry: Entry) -> dict[str, Any]:
    outcome, step = entry.outcome, entry.step
    told: dict[str, Any] = {
        **outcome.as_json(),
        "at": outcome.at.isoformat(),
        "asked": entry.entered.isoformat(),
        "expires": entry.expires.isoformat(),
        "trace": outcome.trace,
        "channel": outcome.channel,
    }
    if step is not None:
        told["risk"] = step.risk.word
        told["trust"] = step.action.trust.word
        told["data"] = step.told
        told["expects"] = step.expects.as_json() if step.expects else None
    return told


def _unmeasured(_arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The health of a daemon that was told not to measure itself: it answers, so it is well."""
    return {"level": "ok", "gauges": {}, "models": {}, "histograms": {}, "counters": {}}


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None
