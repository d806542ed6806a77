"""How the daemon is put together, in which order, and how it lives. There is no other place.

`assemble` opens everything on one exit stack, so that closing is opening reversed. `run` holds the only task
group of the core.
"""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Literal

import structlog

from agent import config as configuration
from agent.actions import audit
from agent.actions.approvals import Approvals
from agent.actions.executor import Executor
from agent.actions.ledger import Ledger
from agent.actions.policy import Policy
from agent.answers import Answers
from agent.automations.by_itself import ByItself
from agent.automations.calendar import house_zone
from agent.automations.said import Said
from agent.automations.self_telling import SelfTelling
from agent.automations.sun import place_of
from agent.daemon import Daemon
from agent.dialogue.learned import Learned
from agent.dialogue.listening import Listening
from agent.engines.tiny import shipped
from agent.home.memory import HomeMemory
from agent.home.registry import Home
from agent.inference.models import Models
from agent.integration import loader
from agent.integration.host import Hosted
from agent.integration.house import Parts
from agent.integration.telling import Tellers, known_to
from agent.mqtt.broker import embedded
from agent.mqtt.client import Mqtt
from agent.mqtt.config import MqttConfig
from agent.mqtt.topics import Topics
from agent.pipeline import Pipeline
from agent.reloading import reloaded, sections_of, settings
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.key import derived, load_key
from agent.runtime.metrics import Metrics
from agent.runtime.presence import Presence, claimed
from agent.runtime.problems import Problems
from agent.runtime.service import Service, supervise
from agent.runtime.store import opened
from agent.runtime.systemd import notify
from agent.runtime.watchdog import Watchdog

log = structlog.get_logger(__name__)
STARTED_WITHIN = 1.0
"""Seconds after which the daemon calls itself ready even if an integration or the broker still is not."""


@asynccontextmanager
async def assemble(loaded: configuration.Loaded) -> AsyncIterator[Daemon]:
    """Open everything in order. Closing goes the other way by itself.

    Raises:
        ConfigError: the state directory cannot be used, or another daemon uses it.
        TransientError: no broker could be started.
    """
    config = loaded.config
    state_dir = config.node.state_dir
    async with AsyncExitStack() as stack:
        clock, metrics, bus = Clock(), Metrics(), Bus()
        problems, watchdog = Problems(clock=clock), Watchdog(clock=clock)
        stack.enter_context(claimed(state_dir))
        key = load_key(state_dir / "key")
        store = await stack.enter_async_context(opened(state_dir / "hearthd.db"))

        home = Home(config=config.home, bus=bus, clock=clock)
        memory = HomeMemory(home=home, store=store, clock=clock)
        await memory.load(forget_after=config.home.forget_after)
        stack.callback(memory.save)

        services = [Service(name="home.memory", run=memory.run)]
        address, broker = config.mqtt, "configured"
        if address is None:
            started = await stack.enter_async_context(embedded(state_dir))
            protocol: Literal["auto", "3.1.1"] = "3.1.1" if started.kind == "amqtt" else "auto"
            address = MqttConfig(host=started.host, port=started.port, protocol=protocol)
            broker = f"embedded {started.kind}"
            services.append(Service(name="mqtt.broker", run=started.watch))
        topics = Topics(config.node.name)
        mqtt = Mqtt(config=address, topics=topics, bus=bus, clock=clock, metrics=metrics)
        stack.push_async_callback(mqtt.close)

        ledger = Ledger(store=store, clock=clock, key=derived(key, "audit"))
        await ledger.open()
        stack.push_async_callback(_anchor, ledger, state_dir / "audit.anchor")
        zone = house_zone(config.node.timezone)
        policy = Policy(config=config.policy, clock=clock, zone=zone)
        policy.recall(await ledger.done_since(clock.time() - 3600))
        executor = Executor(
            home=home,
            clock=clock,
            metrics=metrics,
            interruptions=lambda: metrics.counters.get("mqtt.disconnects", 0),
        )
        pipeline = Pipeline(
            home=home,
            policy=policy,
            ledger=ledger,
            executor=executor,
            approvals=Approvals(clock=clock),
            bus=bus,
            clock=clock,
            metrics=metrics,
        )

        file, absent = shipped.there()
        models = Models(
            config.models,
            clock=clock,
            metrics=metrics,
            version=lambda: home.version,
            shipped=file,
            absent=absent,
        )
        stack.push_async_callback(models.close)
        learned = Learned(
            store=store,
            clock=clock,
            mode=lambda: listening.config.learn,
            vocabulary=lambda: listening.names(),  # noqa: PLW0108  # it is made below, of this
        )
        said = Said(
            book=lambda: by_itself.schedules,
            home=home,
            pipeline=pipeline,
            bus=bus,
            clock=clock,
            zone=zone,
            units=lambda: listening.config.units,
            services=executor.custom,
            memory=store.owned_by("said"),
        )
        await asyncio.gather(learned.load(), said.load())
        stack.callback(learned.save)
        hosted: dict[str, Hosted] = {}
        listening = Listening(
            home=home,
            pipeline=pipeline,
            clock=clock,
            metrics=metrics,
            config=config.language,
            folders=loaded.sentence_folders,
            local=lambda when: when.astimezone(zone),
            models=models,
            learned=learned,
            bus=bus,
            keeper=said,
            services=executor.custom,
            machine=Tellers(
                hosted,
                node=config.node.name,
                own=lambda: SelfTelling(
                    by_itself=by_itself, home=home, ledger=ledger, clock=clock, zone=zone
                ).tells(),
            ),
            code=lambda: known_to(hosted, "OpsRunCode"),
            tasks=lambda: by_itself.task_names(),  # noqa: PLW0108  # it is made below, of this
        )

        by_itself = ByItself(
            home=home,
            mqtt=mqtt,
            bus=bus,
            clock=clock,
            metrics=metrics,
            problems=problems,
            store=store,
            pipeline=pipeline,
            executor=executor,
            reader=listening.reader,
            zone=zone,
            place=place_of(config.node.latitude, config.node.longitude),
            own=topics(),
            said=said.fire,
        )
        await by_itself.begin(sections_of(config))

        answers = Answers(
            home=home,
            ledger=ledger,
            pipeline=pipeline,
            problems=problems,
            hosted=hosted,
            told=listening.told,
            learned=learned,
            models=models,
            by_itself=by_itself,
            timers=said.rows,
            hearable=listening.hearable,
            understood=listening.understood,
            language=lambda: listening.config.default,
        )
        parts = Parts(
            home=home,
            mqtt=mqtt,
            bus=bus,
            pipeline=pipeline,
            say=listening.say,
            ledger=ledger,
            store=store,
            topics=topics,
            clock=clock,
            metrics=metrics,
            problems=problems,
            key=derived(key, "command line"),
            pin_matches=policy.pin_matches,
            ask=answers.ask,
            zone=zone,
        )
        for found in loader.find(*loaded.plugin_folders):
            domain = found.manifest.domain
            if loaded.enabled(domain, default=found.manifest.enabled):
                hosted[domain] = Hosted(
                    found, settings=settings(loaded, domain), parts=parts, executor=executor
                )

        services += [
            Service(name="pipeline", run=partial(pipeline.run, watchdog.beat("pipeline", within=60))),
            Service(name="dialogue", run=partial(listening.run, watchdog.beat("dialogue", within=120))),
            Service(name="ledger", run=partial(ledger.ask, watchdog.beat("ledger", within=60))),
            Service(name="watchdog", run=watchdog.run),
            Service(name="dialogue.learned", run=learned.run),
            Service(name="models", run=models.run),
            *by_itself.services,
            *(one.service for one in hosted.values()),
        ]
        yield Daemon(
            state_dir=state_dir,
            home=home,
            mqtt=mqtt,
            policy=policy,
            pipeline=pipeline,
            listening=listening,
            models=models,
            by_itself=by_itself,
            bus=bus,
            hosted=hosted,
            services=services,
            outward=[Service(name="mqtt", run=partial(mqtt.run, watchdog.beat("mqtt", within=120)))],
            broker=f"{broker} at {address.host}:{address.port}",
            presence=Presence(
                node=config.node.name,
                host=address.host,
                port=address.port,
                plain=address.username is None and address.tls is None and address.transport == "tcp",
                config=str(loaded.path) if loaded.path else None,
                timezone=config.node.timezone,
            ),
            left=await ledger.unsettled(),
            clock=clock,
            metrics=metrics,
        )


async def run(
    loaded: configuration.Loaded,
    ready: Callable[[Daemon], None],
    *,
    also: Callable[[Daemon], Service] | None = None,
) -> None:
    """Live until cancelled; SIGHUP reloads the configuration. `also` makes more work, once all is ready."""
    loop = asyncio.get_running_loop()
    async with assemble(loaded) as daemon:
        reload_wanted = asyncio.Event()
        loop.add_signal_handler(signal.SIGHUP, reload_wanted.set)
        try:
            async with asyncio.TaskGroup() as tasks:
                for services in (daemon.services, daemon.outward):
                    for service in services:
                        work = supervise(service, clock=daemon.clock, metrics=daemon.metrics)
                        tasks.create_task(work, name=service.name)
                    # Whoever listens is there before the broker speaks.
                    await _listening(daemon)
                tasks.create_task(daemon.pipeline.recover(daemon.left), name="pipeline.recover")
                await _started(daemon)
                with daemon.presence.written(daemon.state_dir):
                    notify("READY=1", f"STATUS=broker: {daemon.broker}")
                    ready(daemon)
                    if also is not None:
                        more = also(daemon)
                        work = supervise(more, clock=daemon.clock, metrics=daemon.metrics)
                        tasks.create_task(work, name=more.name)
                    # What is alive now mostly stays: no need to look at it in every collection.
                    gc.collect()
                    gc.freeze()
                    current = loaded
                    while True:
                        await reload_wanted.wait()
                        reload_wanted.clear()
                        current = await reloaded(daemon, current)
        finally:
            notify("STOPPING=1")
            loop.remove_signal_handler(signal.SIGHUP)


async def _listening(daemon: Daemon) -> None:
    """Wait until every integration had its first try, but not for long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(STARTED_WITHIN):
            for one in daemon.hosted.values():
                await one.tried.wait()


async def _started(daemon: Daemon) -> None:
    """Wait for the first try to reach the broker, but not for long: it may well be absent."""
    with suppress(TimeoutError):
        async with asyncio.timeout(STARTED_WITHIN):
            await daemon.mqtt.answered()


async def _anchor(ledger: Ledger, path: Path) -> None:
    audit.write_anchor(path, await ledger.head())
