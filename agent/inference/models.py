"""Every model of the configuration: who is asked for what, and who takes over when one has no answer."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, assert_never

import structlog

from agent.errors import ConfigError, TransientError
from agent.inference.openai import OpenAi, Server
from agent.inference.process import ModelFile
from agent.inference.queue import Priority, Queue
from agent.inference.runner import Generated, Health, Limits, OnText, Prompt
from agent.inference.section import SHIPPED, BudgetConfig, FileConfig, ModelsConfig, Role, ServerConfig
from agent.inference.worker import Worker
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)
LOOK_EVERY = 1.0


class NoModelError(TransientError):
    """There is no model for that, as things are configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    config: FileConfig | ServerConfig
    runner: Worker | OpenAi
    queue: Queue


class Models:
    """The configured models. Nothing is started, and nobody connected to, before it is needed."""

    def __init__(
        self,
        config: ModelsConfig,
        *,
        clock: Clock,
        metrics: Metrics,
        version: Callable[[], object] = lambda: 0,
        shipped: ModelFile | None = None,
        absent: str = "",
    ) -> None:
        """`version` of the house, under which answers are remembered; `shipped`: the model of the role.

        `absent`: why there is no `shipped` one.
        """
        self._clock = clock
        self._metrics = metrics
        self._version = version
        self._shipped = shipped
        self._absent = absent
        self._served: Mapping[str, _Served] = {}
        self._retired: list[_Served] = []
        self._config = ModelsConfig()
        self.reload(config)

    async def ask(
        self,
        role: Role,
        prompt: Prompt,
        limits: Limits,
        *,
        priority: Priority = Priority.CHAT,
        on_text: OnText | None = None,
        after: str | None = None,
    ) -> Generated:
        """The answer of the first model that has one; each gets its share of the time that is left.

        One that has begun to speak is not replaced by another. `after`: only those that come after that one.

        Raises:
            TransientError: none has an answer; the reasons of all, in one line.
        """
        until, reasons, shown = self._clock.monotonic() + limits.deadline, [], False

        def show(text: str) -> None:
            nonlocal shown
            shown = True
            if on_text is not None:
                on_text(text)

        names = [one for one in self._config.asked_for(role) if one in self._served]
        if after is not None:
            names = names[names.index(after) + 1 :] if after in names else []
        for number, name in enumerate(names):
            share = (until - self._clock.monotonic()) / (len(names) - number)
            if share <= 0:
                break
            try:
                return await self._served[name].queue.ask(
                    prompt,
                    replace(limits, deadline=share),
                    priority=priority,
                    on_text=None if on_text is None else show,
                )
            except (TransientError, ConfigError) as error:
                log.info("model.passed_over", model=name, reason=str(error))
                reasons.append(str(error))
                if shown:
                    break
        if not names:
            raise NoModelError("no model is configured for that")
        raise TransientError("; ".join(reasons) or "the time was over before anybody was asked")

    async def prepare(self, role: Role) -> None:
        """Load what `role` asks first, so that no request waits for it; what fails is told to the request."""
        for name in self._config.asked_for(role)[:1]:
            served = self._served.get(name)
            if served is not None and isinstance(served.runner, Worker):
                with suppress(TransientError, ConfigError):
                    await served.runner.preload()

    def serves(self, role: Role) -> bool:
        """Whether there is a model for `role`, in whatever state it is."""
        return any(name in self._served for name in self._config.asked_for(role))

    def limits(self, role: Literal["shipped", "intent", "voice", "screen", "background"]) -> Limits:
        """What an answer may cost, by what it is for."""
        budget: BudgetConfig = getattr(self._config.budgets, role)
        return budget.limits()

    def health(self) -> tuple[Health, ...]:
        """How each of them is."""
        missed = self._absent and self._config.shipped.enabled
        absent = (Health(name=SHIPPED, state="absent", reason=self._absent),) if missed else ()
        return (*absent, *(one.runner.health() for one in self._served.values()))

    def reload(self, config: ModelsConfig) -> None:
        """Serve `config` from now on. What was asked before is still answered by whom it was asked of."""
        # The queue belongs to what changed too, where its size or memory did.
        providers = self._providers(config)
        same = (config.queue, config.remembered) == (self._config.queue, self._config.remembered)
        kept = {name: one for name, one in self._served.items() if same and providers.get(name) == one.config}
        self._retired += [one for name, one in self._served.items() if name not in kept]
        self._served = {
            name: kept.get(name) or self._begin(name, provider, config)
            for name, provider in providers.items()
        }
        self._config = config

    async def run(self) -> None:
        """Load what is to be loaded, unload what nobody uses, and end what was replaced, until cancelled."""
        loaded: set[Worker] = set()
        while True:
            for one in self._retired[:]:
                if one.queue.quiet:
                    await one.runner.close()
                    self._retired.remove(one)
            for one in self._served.values():
                if not isinstance(one.config, FileConfig) or not isinstance(one.runner, Worker):
                    continue
                await one.runner.tend()
                if one.config.preload and one.runner not in loaded:
                    loaded.add(one.runner)
                    with suppress(TransientError, ConfigError):
                        await one.runner.preload()
                elif one.config.keep_alive is not None:
                    await one.runner.unload(unused_for=one.config.keep_alive)
            await self._clock.sleep(LOOK_EVERY)

    async def close(self) -> None:
        """End them all. What is still asked fails at once."""
        served, self._served = [*self._served.values(), *self._retired], {}
        self._config, self._retired = ModelsConfig(), []
        await asyncio.gather(*(one.runner.close() for one in served))

    def _providers(self, config: ModelsConfig) -> dict[str, FileConfig | ServerConfig]:
        """Those of the configuration, and the one that comes with hearthd."""
        if self._shipped is None or not config.shipped.enabled:
            return {**config.providers}
        shipped = FileConfig.of(
            self._shipped, keep_alive=config.shipped.keep_alive, preload=config.shipped.preload
        )
        return {SHIPPED: shipped, **config.providers}

    def _begin(self, name: str, provider: FileConfig | ServerConfig, config: ModelsConfig) -> _Served:
        runner = _runner(name, provider, self._clock)
        queue = Queue(
            runner,
            clock=self._clock,
            metrics=self._metrics,
            version=self._version,
            at_once=provider.at_once if isinstance(provider, ServerConfig) else 1,
            most_waiting=config.queue,
            remembered=config.remembered,
        )
        return _Served(config=provider, runner=runner, queue=queue)


def _runner(name: str, provider: FileConfig | ServerConfig, clock: Clock) -> Worker | OpenAi:
    match provider:
        case FileConfig():
            return Worker(name, provider.file, clock=clock)
        case ServerConfig():
            server = Server(
                url=provider.url,
                model=provider.model,
                api_key=provider.api_key,
                timeout=provider.timeout,
                logprobs=provider.logprobs,
            )
            return OpenAi(name, server, clock=clock)
        case _:
            assert_never(provider)
