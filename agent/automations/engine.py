"""The rules while the daemon lives.

    happening --index--> trigger --conditions, gate--> mode --plan--> run --the one path--> outcome

What is heard is dealt with at once and in one go, so that no message is lost between two configurations.
Nothing that a device, a log or a person sends can raise here.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any

import structlog

from agent.automations.alarm_clock import AlarmClock
from agent.automations.compiling import Compiled, Refused
from agent.automations.ears import Ears
from agent.automations.echoes import Echoes
from agent.automations.fired import Fired, Lasting, NotFired
from agent.automations.gate import Open, Passage, Shut, Waiting
from agent.automations.happenings import EVENTS, Happening
from agent.automations.history import Came, Histories
from agent.automations.index import Heard, asked
from agent.automations.lasting import Waits
from agent.automations.life import Life
from agent.automations.plans import Plans
from agent.automations.rulebook import Rulebook, rulebook
from agent.automations.rules import Rule
from agent.automations.runs import Order, Run, Runs
from agent.automations.templates import Templates
from agent.automations.triggers import TimeTrigger
from agent.automations.when_section import AutomationSection
from agent.automations.world import World
from agent.core.actions import Step
from agent.core.events import StateChanged
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
CHANGED = "it was changed before it began"


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
        self._runs = runs
        self._own = own
        self._templates = Templates.of(world)
        self._book: Rulebook = rulebook((), self._templates, own=own, before={})
        self._plans: Plans | None = None
        self._ears = Ears(mqtt=mqtt, clock=clock, heard=self._on_message)
        self._echoes = Echoes()
        self._waits = Waits()
        self._lives: dict[str, Life] = {}
        self._histories = Histories(clock=clock, bus=bus, metrics=metrics)
        self._alarm = AlarmClock(clock)
        self._tasks: asyncio.TaskGroup | None = None
        self._running: set[Run] = set()
        metrics.gauge("automation.running", lambda: len(self._running))
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
            self._histories.forget(rule_id)
            self._end(before[rule_id])
        self._bus.entries = book.index.entries()
        filters = book.index.filters()
        self._mqtt.on_sent(self._echoes_sent if filters else None)
        self._ears.want(filters)
        self._alarm.ring()

    def _end(self, rule: Rule) -> None:
        """It is gone, or written otherwise: what it was doing stops."""
        self._forget_rests(rule.id)
        life = self._lives.pop(rule.id, None)
        if life is None:
            return
        if life.run is not None:
            life.run.stop()
        for dropped in life.waiting:
            self._went(rule, dropped, "stopped", CHANGED)

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
            try:
                self._tasks.create_task(self._keep_time(), name="automations.time")
                with self._bus.subscribe("automations", *EVENTS, every=True) as events:
                    async for event in events:
                        self.hear(event)
            finally:
                self._stand_still()

    def _stand_still(self) -> None:
        """Nothing runs any more, and nothing can be begun: whoever is set off now is told so."""
        self._tasks = None
        self._running.clear()
        for life in self._lives.values():
            life.run = None
            life.queue.clear()

    def hear(self, happening: Happening) -> None:
        """Let `happening` set off what it sets off."""
        if isinstance(happening, Message):
            self._on_message(happening)
        elif isinstance(happening, StateChanged):
            echo = self._echoes.is_ours(happening, now=self._clock.monotonic())
            self._heard(self._book.index.hear(happening, echo=echo), happening.entity)
        else:
            self._heard(self._book.index.hear(happening), "")

    def _on_message(self, message: Message) -> None:
        watches = self._book.index.about(message)
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
                    self._histories.looked(rule.id, one.watch.number, reason)
                    self._waits.heard(one, subject, self._clock.monotonic())
                case Lasting(seconds=seconds):
                    refused = self._waits.heard(one, subject, self._clock.monotonic())
                    self._histories.looked(
                        rule.id, one.watch.number, refused or f"it has to stay so for {seconds:g} s"
                    )
                    self._alarm.ring()

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
                self._histories.looked(rule.id, number, passed.reason)
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
        if mode == "restart":
            self._forget_rests(rule.id)
        if life.run is None and not (mode == "single" and self._runs.resting("automation", rule.id)):
            self._begin(rule, fired)
        elif mode == "single":
            self._went(rule, fired, "busy", "it was still running")
        elif mode == "restart" and life.run is not None:
            life.run.stop()
            for dropped in life.queue:
                self._went(rule, dropped, "stopped", "it was set off anew before it began")
            life.queue = deque([fired])
        elif len(life.queue) >= MOST_QUEUED:
            self._went(rule, fired, "busy", f"{MOST_QUEUED} times of it wait already")
        else:
            life.queue.append(fired)

    def _forget_rests(self, rule_id: str) -> None:
        """What an earlier life left to do of a rule is not done."""
        for name in self._runs.resting("automation", rule_id):
            self._start(self._runs.forget(name), rule_id)

    # running ----------------------------------------------------------------------------------------------
    def _start(self, work: Coroutine[Any, Any, None], rule_id: str) -> bool:
        """Let `work` go on beside everything else; False: the daemon begins or ends just now."""
        try:
            if self._tasks is not None:
                self._tasks.create_task(work, name=f"automation {rule_id}")
                return True
        except RuntimeError:  # the group is being cancelled
            log.debug("rule.not_started", rule=rule_id)
        work.close()
        return False

    def _begin(self, rule: Rule, fired: Fired) -> None:
        if len(self._running) >= MOST_RUNNING:
            self._went(rule, fired, "busy", f"{MOST_RUNNING} rules are running already")
            return
        token = secrets.token_hex(6)
        order = Order(
            id=f"{rule.id}-{token}", kind="automation", who=rule.id, trigger=fired.trust, trace=token
        )
        run = Run(order)
        plans = self._plans
        assert plans is not None  # noqa: S101  # they come with the rules
        if not self._start(self._run(rule, fired, run, plans), rule.id):
            self._went(rule, fired, "busy", "hearthd was starting or ending")
            return
        self._life(rule.id).run = run
        self._histories.began(rule.id, fired, run.order.id)
        self._running.add(run)

    async def _run(self, rule: Rule, fired: Fired, run: Run, plans: Plans) -> None:
        """Run `rule` to its end. A fence: what breaks in one run is told, and no other rule notices."""
        try:
            came, words = await self._carried_out(rule, run, plans)
        except Exception:
            log.exception("rule.crashed", rule=rule.id, run=run.order.id)
            came, words = "failed", "it broke; the journal has the details"
        finally:
            self._running.discard(run)
            life = self._lives.get(rule.id)
            if life is not None and life.run is run:
                life.run = None
        self._went(rule, fired, came, words, run=run.order.id)
        current = life is not None and self._book.rules.get(rule.id) is rule
        while life is not None and current and life.run is None and life.queue:
            self._begin(rule, life.queue.popleft())

    async def _carried_out(self, rule: Rule, run: Run, plans: Plans) -> tuple[Came, str]:
        found = await plans.of(f"automation {rule.id}", rule.section.do)
        if run.stopped.is_set():
            return "stopped", CHANGED
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
            due = (self._waits.due, self._ears.due, *quiet)
            await self._alarm.until(min((one for one in due if one is not None), default=None))

    def _look(self) -> None:
        self._ears.let_go()
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
        known = self._book.rules.get(rule.id) is rule
        self._histories.went(rule.id, fired, came, words, run=run, known=known)

    def explained(self, rule_id: str) -> dict[str, Any] | None:
        """What `hearthd why RULE` shows; None if no rule is called so."""
        rule = self._book.rules.get(rule_id)
        if rule is None:
            return None
        return self._histories.explained(rule, run=self._life(rule_id).running)

    def _life(self, rule_id: str) -> Life:
        return self._lives.setdefault(rule_id, Life())
