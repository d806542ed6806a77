"""The rules while the daemon lives.

    happening --index--> trigger --conditions, gate--> mode --plan--> run --the one path--> outcome

What is heard is dealt with at once and in one go, so that no message is lost between two configurations.
Nothing that a device, a log or a person sends can raise here.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from agent.automations.alarm_clock import AlarmClock
from agent.automations.compiling import Compiled, Refused
from agent.automations.echoes import Echoes
from agent.automations.fired import Fired, Lasting, NotFired
from agent.automations.gate import Open, Passage, Shut, Waiting
from agent.automations.happenings import EVENTS, Happening
from agent.automations.history import Came, History, Went
from agent.automations.index import Heard, asked
from agent.automations.lasting import Waits
from agent.automations.listing import awaited
from agent.automations.plans import Plans
from agent.automations.rulebook import Rulebook, rulebook
from agent.automations.rules import Rule
from agent.automations.runs import Order, Run, Runs
from agent.automations.templates import Templates
from agent.automations.triggers import TimeTrigger
from agent.automations.when_section import AutomationSection
from agent.automations.world import World
from agent.core.actions import Step
from agent.core.events import RuleWent, StateChanged
from agent.errors import ActionError
from agent.mqtt.client import Mqtt
from agent.mqtt.message import Message
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

log = structlog.get_logger(__name__)
MOST_RUNNING = 1_000
MOST_QUEUED = 10
"""Times that a rule with `mode: queued` may wait for itself."""


@dataclass(slots=True)
class _Life:
    """What a rule is doing."""

    run: Run | None = None
    queue: deque[Fired] = field(default_factory=deque)
    quiet: Fired | None = None
    """What set it off and waits for quiet."""


class Automations:
    """Hears what happens and runs the rules that it sets off."""

    def __init__(
        self,
        *,
        mqtt: Mqtt,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
        world: World,
        runs: Runs,
        own: str,
    ) -> None:
        """`own`: the root of our own topics, on which nothing sets a rule off."""
        self._mqtt = mqtt
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._runs = runs
        self._own = own
        self._templates = Templates.of(world)
        self._book: Rulebook = rulebook((), self._templates, own=own, before={})
        self._plans: Plans | None = None
        self._subscribed: dict[str, Callable[[], None]] = {}
        self._echoes = Echoes()
        self._waits = Waits()
        self._lives: dict[str, _Life] = {}
        self._histories: dict[str, History] = {}
        self._alarm = AlarmClock(clock)
        self._tasks: asyncio.TaskGroup | None = None
        self._running = 0
        metrics.gauge("automation.running", lambda: self._running)
        metrics.gauge("automation.rules", lambda: len(self._book.rules))

    # the configuration ------------------------------------------------------------------------------------
    def book(self, sections: Sequence[AutomationSection]) -> Rulebook:
        """What `configure` will take: made apart, so that one that cannot be used changes nothing."""
        return rulebook(sections, self._templates, own=self._own, before=self._book.rules)

    def configure(self, book: Rulebook, plans: Plans) -> None:
        """Take other rules, all at once; those that are written the same go on where they are."""
        before, self._book, self._plans = self._book.rules, book, plans
        for rule_id in [one for one in before if book.rules.get(one) is not before[one]]:
            self._waits.forget(rule_id)
            self._histories.pop(rule_id, None)
            life = self._lives.pop(rule_id, None)
            if life is not None and life.run is not None:
                life.run.stop()
        self._mqtt.on_sent(self._echoes_sent if self._listens_to_messages else None)
        wanted = set(book.index.filters())
        for topic_filter in wanted - self._subscribed.keys():
            heard = partial(self._on_message, topic_filter)
            self._subscribed[topic_filter] = self._mqtt.subscribe(topic_filter, heard, qos=1, every=True)
        for topic_filter in self._subscribed.keys() - wanted:
            self._subscribed.pop(topic_filter)()

    @property
    def _listens_to_messages(self) -> bool:
        return bool(self._book.index.filters())

    def asked_of(self, step: Step) -> None:
        """A command goes out to an entity: what it reports then is no news."""
        if step.expects is not None and self._book.rules:
            self._echoes.asked(step.entity, step.expects, now=self._clock.monotonic())

    def _echoes_sent(self, topic: str, payload: bytes) -> None:
        if not topic.startswith(self._own):
            self._echoes.published(topic, payload, now=self._clock.monotonic())

    # what happens -----------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Hear what happens, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._keep_time(), name="automations.time")
            with self._bus.subscribe("automations", *EVENTS, every=True) as events:
                async for event in events:
                    self.hear(event)

    def hear(self, happening: Happening) -> None:
        """Let `happening` set off what it sets off."""
        if isinstance(happening, Message | StateChanged):
            echo = self._echoes.is_ours(happening, now=self._clock.monotonic())
            heard = self._book.index.hear(happening, echo=echo)
            self._heard(heard, happening.entity if isinstance(happening, StateChanged) else "")
        else:
            self._heard(self._book.index.hear(happening), "")

    def _on_message(self, topic_filter: str, message: Message) -> None:
        watches = self._book.index.on(topic_filter, message)
        if watches:
            echo = self._echoes.is_ours(message, now=self._clock.monotonic())
            self._heard(asked(watches, message, echo=echo), message.topic)

    def time_came(self, rule_id: str, number: int) -> None:
        """The schedule of a rule's trigger fired.

        Raises:
            ActionError: there is no such trigger any more.
        """
        rule = self._book.rules.get(rule_id)
        watch = rule.watches[number] if rule is not None and number < len(rule.watches) else None
        if rule is None or watch is None or not isinstance(watch.trigger, TimeTrigger):
            raise ActionError(f"the rule {rule_id!r} does not wait for this time any more")
        self._fired(rule, number, watch.trigger.fired())

    def _heard(self, heard: Sequence[Heard], subject: str) -> None:
        for one in heard:
            rule = self._book.rules[one.watch.rule]
            match one.answer:
                case Fired() as fired:
                    self._fired(rule, one.watch.number, fired)
                case NotFired(reason=reason):
                    self._looked(rule, one.watch.number, reason)
                    self._waits.heard(one, subject, self._clock.monotonic())
                case Lasting(seconds=seconds):
                    refused = self._waits.heard(one, subject, self._clock.monotonic())
                    self._looked(rule, one.watch.number, refused or f"it has to stay so for {seconds:g} s")
                    self._alarm.ring()

    def _looked(self, rule: Rule, number: int, reason: str) -> None:
        self._history(rule.id).looked[number] = (self._clock.time(), reason)

    # may it go off? ---------------------------------------------------------------------------------------
    def _fired(self, rule: Rule, number: int, fired: Fired) -> None:
        """A trigger fired: it is counted, conditions are looked at, it may have to be quiet first."""
        now = self._clock.monotonic()
        counting = rule.gates.get(number)
        if counting is not None and isinstance(passed := counting.offer(now), Shut):
            self._went(rule, fired, "held back", passed.reason)
            return
        if rule.gate.waits_for_quiet:
            passed = rule.gate.offer(now)
            if isinstance(passed, Waiting):
                self._life(rule.id).quiet = fired
                self._looked(rule, number, passed.reason)
                self._alarm.ring()
            else:
                self._pass(rule, fired, passed)
            return
        if self._holds(rule, fired):
            self._pass(rule, fired, rule.gate.offer(now))

    def _holds(self, rule: Rule, fired: Fired) -> bool:
        checked = rule.conditions.check(fired)
        if not checked.met:
            self._went(rule, fired, "not so", checked.words)
        return checked.met

    def _pass(self, rule: Rule, fired: Fired, passed: Passage) -> None:
        if isinstance(passed, Shut):
            self._went(rule, fired, "held back", passed.reason)
        elif isinstance(passed, Open):
            self._set_off(rule, fired)

    def _set_off(self, rule: Rule, fired: Fired) -> None:
        life, mode = self._life(rule.id), rule.section.mode
        if life.run is None and mode != "single":
            self._stop_rest(rule)
        if life.run is None and not (mode == "single" and self._runs.resting("automation", rule.id)):
            self._begin(rule, fired)
        elif mode == "single":
            self._went(rule, fired, "busy", "it was still running")
        elif len(life.queue) >= MOST_QUEUED:
            self._went(rule, fired, "busy", f"{MOST_QUEUED} times of it wait already")
        else:
            if mode == "restart" and life.run is not None:
                life.queue.clear()
                life.run.stop()
            life.queue.append(fired)

    def _stop_rest(self, rule: Rule) -> None:
        """What an earlier life left to do of a rule that is set off anew."""
        if rule.section.mode == "restart" and self._tasks is not None:
            for name in self._runs.resting("automation", rule.id):
                self._tasks.create_task(self._runs.forget(name), name=f"automation {rule.id}")

    # running ----------------------------------------------------------------------------------------------
    def _begin(self, rule: Rule, fired: Fired) -> None:
        if self._tasks is None or self._running >= MOST_RUNNING:
            self._went(rule, fired, "busy", f"{self._running} rules are running already")
            return
        token = secrets.token_hex(6)
        order = Order(
            id=f"{rule.id}-{token}", kind="automation", who=rule.id, trigger=fired.trust, trace=token
        )
        run = Run(order)
        self._life(rule.id).run = run
        self._running += 1
        self._tasks.create_task(self._run(rule, fired, run), name=f"automation {rule.id}")

    async def _run(self, rule: Rule, fired: Fired, run: Run) -> None:
        try:
            came, words = await self._carried_out(rule, run)
        finally:
            self._running -= 1
            life = self._lives.get(rule.id)
            if life is not None and life.run is run:
                life.run = None
        self._went(rule, fired, came, words, run=run.order.id)
        if life is not None and life.run is None and life.queue:
            self._begin(rule, life.queue.popleft())

    async def _carried_out(self, rule: Rule, run: Run) -> tuple[Came, str]:
        assert self._plans is not None  # noqa: S101  # there are rules
        found = await self._plans.of(f"automation {rule.id}", rule.section.do)
        if isinstance(found, Refused):
            return "no plan", "; ".join(one.text for one in found.wrong)
        if not isinstance(found, Compiled):
            return "no plan", found.why
        if rule.section.shadow:
            return "would have", self._runs.would(run.order, found.plan)
        ended = await self._runs.carry_out(run, found.plan)
        if ended.well:
            return "ran", found.plan.as_text()
        return ("stopped" if run.stopped.is_set() else "failed"), ended.words

    # time -------------------------------------------------------------------------------------------------
    async def _keep_time(self) -> None:
        """What has to last, and what has to be quiet."""
        while True:
            self._look()
            quiet = (
                self._book.rules[one].gate.due for one, life in self._lives.items() if life.quiet is not None
            )
            await self._alarm.until(min((one for one in (self._waits.due, *quiet) if one), default=None))

    def _look(self) -> None:
        now = self._clock.monotonic()
        for heard in self._waits.lasted(now):
            rule = self._book.rules.get(heard.watch.rule)
            if rule is not None and isinstance(heard.answer, Fired):
                self._fired(rule, heard.watch.number, heard.answer)
        for rule_id, life in list(self._lives.items()):
            rule = self._book.rules[rule_id]
            fired = life.quiet
            if fired is None or rule.gate.due is None or rule.gate.due > now:
                continue
            life.quiet = None
            if self._holds(rule, fired):
                self._pass(rule, fired, rule.gate.release(now))
            else:
                rule.gate.forget()

    # telling ----------------------------------------------------------------------------------------------
    def _went(self, rule: Rule, fired: Fired, came: Came, words: str = "", *, run: str | None = None) -> None:
        now = self._clock.now()
        if self._book.rules.get(rule.id) is rule:
            went = Went(at=now, because=fired.words, came=came, words=words, run=run)
            self._history(rule.id).went.append(went)
        self._metrics.count(f"automation.{came.replace(' ', '_')}")
        if run is None:
            return
        log.info("automation.went", rule=rule.id, because=fired.words, came=came, words=words, run=run)
        self._bus.publish(
            RuleWent(at=now, cause=run, rule=rule.id, because=fired.words, came=came, words=words)
        )

    def explained(self, rule_id: str) -> dict[str, object] | None:
        """What `hearthd why RULE` shows; None if no rule is called so."""
        rule = self._book.rules.get(rule_id)
        if rule is None:
            return None
        awaits = {number: awaited(when) for number, when in enumerate(rule.section.when)}
        life = self._lives.get(rule_id)
        return {
            "rule": rule_id,
            "name": rule.section.name,
            "enabled": rule.section.enabled,
            "shadow": rule.section.shadow,
            "running": life is not None and life.run is not None,
            **self._history(rule_id).as_json(awaits),
        }

    def _life(self, rule_id: str) -> _Life:
        return self._lives.setdefault(rule_id, _Life())

    def _history(self, rule_id: str) -> History:
        known = self._histories.get(rule_id)
        if known is None:
            known = self._histories[rule_id] = History()
        return known
