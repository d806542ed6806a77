"""Our own topics: what others may ask for comes in here, what becomes of it goes out here.

A command is acknowledged to the broker once the ledger has it, so neither side's death loses it. A retained
command is refused: it would run again at every start.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any

import structlog
from typing_extensions import override

from agent.api import (
    Action,
    ActionError,
    BrokerConnected,
    Cause,
    Event,
    Explained,
    Integration,
    Message,
    MessageRefused,
    Outcome,
    OutcomeChanged,
    PendingChanged,
    Rang,
    RuleWent,
    Section,
    Status,
    TaskReported,
    TimersChanged,
    TransientError,
    Trust,
)
from integrations.bus import asking, ringing
from integrations.bus.answering import LastAnswer
from integrations.bus.payloads import RUN, RefusalError, Sender, action_of, id_of, level_of, parsed, run_of

log = structlog.get_logger(__name__)
NO_BIRTH = "it was stored while hearthd was away and says no 'ts': it may be old; send it again"
WRONG_PIN = (
    "the PIN is not the right one, or too many wrong ones came: after five, none is believed for five"
    " minutes; `hearthd approve` on the machine itself needs none"
)
NEWS_EVERY = 0.2
"""Seconds in which what became of answers is told once, however many there are."""
MOST_REFUSED = 1_000
"""Retained commands that are remembered, so that each is answered once."""


class BusTopics(Integration[Section]):
    """Speaks the topics of `hearthd/<node>/...`."""

    listens = (
        OutcomeChanged,
        PendingChanged,
        RuleWent,
        TaskReported,
        BrokerConnected,
        MessageRefused,
        Rang,
        TimersChanged,
        Explained,
    )

    @override
    async def init(self) -> None:
        self._ours = tuple(
            self.house.topics(name) for name in ("ask", "do", "approve", "deny", "run/", "query/")
        )
        topics, self._refused = self.house.topics, OrderedDict[bytes, None]()
        self._last, self._news = LastAnswer(), False
        for name, handler in {
            "ask": self._ask,
            "do": self._do,
            "approve": self._approve,
            "deny": self._deny,
        }.items():
            self.house.subscribe(topics(name), handler, qos=1, every=True, manual_ack=True)
        self.house.subscribe(topics("run", "+"), self._run, qos=1, every=True, manual_ack=True)
        self.house.subscribe(topics("query", "+"), self._query, qos=1, every=True)

    @override
    async def process(self, event: Event) -> None:
        match event:
            case OutcomeChanged(outcome=outcome):
                self._publish(outcome)
                if self._last.heard(outcome):
                    self._tell_news()
            case PendingChanged(pending=pending):
                self._last.asked(pending)
                self._publish_pending(pending)
            case RuleWent() as went:
                self._tell_rule(went)
            case TaskReported(task=task, id=run, body=body, cause=trace):
                self.house.tell(
                    self.house.topics("task", task), {"task": task, "id": run, **body}, trace=trace
                )
            case Rang() | TimersChanged():
                ringing.tell(event, self.house)
            case Explained(reply=reply):
                self.house.tell(self.house.topics("reply"), reply.as_json(), trace=reply.trace, ttl=60.0)
            case BrokerConnected():
                self._publish_pending(self.house.pending())
                self.house.once("timers", ringing.tell_all(self.house))
            case MessageRefused(topic=topic, reason=reason) if topic.startswith(self._ours):
                self._refuse(Message(topic, b""), {}, reason)

    # in -------------------------------------------------------------------------------------------------
    def _do(self, message: Message) -> None:
        self._take(message, lambda m, p, s: self._carry_out(m, p, s, action_of))

    def _run(self, message: Message) -> None:
        task = message.topic.rpartition("/")[2]
        self._take(message, lambda m, p, s: self._carry_out(m, p, s, partial(run_of, task)), read=_parameters)

    def _ask(self, message: Message) -> None:
        self._take(message, self._say, read=asking.said)

    def _say(self, message: Message, payload: dict[str, Any], sender: Sender) -> None:
        utterance = asking.utterance_of(
            payload, sender=sender, now=self.house.clock.now(), left=message.expiry
        )
        if message.resumed and "ts" not in payload and message.expiry is None:
            self._refuse(message, payload, NO_BIRTH, status=Status.EXPIRED)
            return
        self.house.metrics.count("bus.utterances")

        async def answer() -> None:
            await self.house.caught_up()
            reply = await self.house.say(utterance)
            message.ack()
            self.house.tell(self.house.topics("reply"), reply.as_json(), trace=reply.trace, ttl=60.0)
            asked_for = asking.response_topic(message)
            if asked_for is not None:
                self.house.tell(
                    asked_for,
                    reply.as_json(),
                    trace=reply.trace,
                    ttl=60.0,
                    correlation=message.correlation,
                )

        self.house.once("ask", answer())

    def _approve(self, message: Message) -> None:
        self._take(message, lambda m, p, s: self._answer(m, p, s, yes=True))

    def _deny(self, message: Message) -> None:
        self._take(message, lambda m, p, s: self._answer(m, p, s, yes=False))

    def _take(
        self,
        message: Message,
        act: Callable[[Message, dict[str, Any], Sender], None],
        *,
        read: Callable[[Message], dict[str, Any]] = parsed,
    ) -> None:
        """Do with a message what its topic is for, or refuse it in words; either way it is answered."""
        if message.retain and not message.payload:
            self._refuse_retained(message, {})
            return
        try:
            payload = read(message)
        except RefusalError as refusal:
            self._refuse(message, {}, str(refusal))
            return
        if message.retain:
            self._refuse_retained(message, payload)
            return
        try:
            act(message, payload, self._sender(message.topic, payload))
        except RefusalError as refusal:
            self._refuse(message, payload, str(refusal))

    def _refuse_retained(self, message: Message, payload: Mapping[str, Any]) -> None:
        if not message.payload:
            # Somebody clears what was retained, as they should.
            message.ack()
            return
        seen = blake2b(message.topic.encode() + b"\0" + message.payload, digest_size=16).digest()
        if seen in self._refused:
            self.house.metrics.count("bus.refused")
            message.ack()
            return
        self._refused[seen] = None
        if len(self._refused) > MOST_REFUSED:
            self._refused.popitem(last=False)
        log.warning("command.retained_refused", topic=message.topic)
        self._refuse(message, payload, "it is retained: it would run again at every start; publish without")

    def _carry_out(
        self, message: Message, payload: dict[str, Any], sender: Sender, wanted: Callable[..., Action]
    ) -> None:
        """Do what the message asks for: `wanted` makes an action of its payload."""
        action = wanted(payload, sender=sender, now=self.house.clock.now(), left=message.expiry)
        if message.resumed and "ts" not in payload and message.expiry is None:
            self._refuse(message, payload, NO_BIRTH, status=Status.EXPIRED)
            return
        self.house.metrics.count("bus.commands")

        async def carry_out() -> None:
            # What the broker stored comes before the announcements of the devices it is meant for.
            await self.house.caught_up()
            await self.house.do(action, stored=message.ack)

        self.house.once("do", carry_out())

    def _answer(self, message: Message, payload: dict[str, Any], sender: Sender, *, yes: bool) -> None:
        question, pin = id_of(payload), payload.get("pin")
        trust, needs_pin = sender.trust, self._needs_pin(question)
        if trust < Trust.HUMAN and isinstance(pin, str | int) and pin != "":
            if self.house.pin_matches(str(pin)):
                trust = Trust.HUMAN
            elif needs_pin:
                self._refuse_answer(message, payload, WRONG_PIN)
                return

        async def carry_out() -> None:
            # What the broker stored comes before the announcements of the devices that were asked about.
            await self.house.caught_up()
            try:
                obstacle = await self.house.approve(
                    question, who=sender.cause.who, trust=trust, channel=sender.cause.kind, yes=yes
                )
            except TransientError as error:
                obstacle = str(error)
            if obstacle is not None:
                self._refuse_answer(message, payload, obstacle)

        message.ack()
        self.house.once("approve", carry_out())

    def _needs_pin(self, question: str) -> bool:
        return any(one["id"] == question and one["needs"] == "pin" for one in self.house.pending())

    def _refuse_answer(self, message: Message, payload: Mapping[str, Any], reason: str) -> None:
        self._refuse(message, payload, reason)
        if self._last.refused(_text(payload.get("id")), reason, self.house.clock.now()):
            self._tell_news()

    def _tell_news(self) -> None:
        """Tell soon what became of answers, once for all that come until then."""

        async def tell() -> None:
            await self.house.clock.sleep(NEWS_EVERY)
            self._news = False
            self._publish_pending(self.house.pending())

        if not self._news:
            self._news = True
            self.house.once("news", tell())

    def _query(self, message: Message) -> None:
        payload: dict[str, Any] = {}
        try:
            payload = parsed(message)
            question = level_of(payload)
        except RefusalError as refusal:
            self._refuse(message, payload, str(refusal))
            return
        if message.retain:
            self._refuse_retained(message, payload)
            return
        what = message.topic.rpartition("/")[2]

        async def answer() -> None:
            try:
                trust = self._sender(message.topic, payload).trust
                found = await self.house.ask(what, payload, trust=trust)
                body: dict[str, Any] = {"id": question, "answer": found}
            except (ActionError, TransientError, RefusalError) as error:
                body = {"id": question, "error": str(error)}
            except Exception:
                # A fence: whoever asked waits, and is to hear that nothing will come.
                log.exception("query.crashed", what=what)
                body = {"id": question, "error": f"{what}: it broke; the daemon's journal has the details"}
            self.house.tell(self.house.topics("answer", question), body, ttl=30.0)

        self.house.once("query", answer())

    def _sender(self, topic: str, payload: Mapping[str, Any]) -> Sender:
        """The local user of the command line signs; anybody else on the bus is somebody in the room."""
        if "signature" not in payload:
            return Sender(Cause(kind="bus", who="somebody on the bus"), Trust.ROOM)
        if not self.house.genuine(topic, payload):
            raise RefusalError("the signature is not of this daemon's key; run the command line as its user")
        return Sender(Cause(kind="cli", who=str(payload.get("who", "command line"))[:80]), Trust.HUMAN)

    # out ------------------------------------------------------------------------------------------------
    def _publish(self, outcome: Outcome) -> None:
        self.house.tell(
            self.house.topics("outcome"),
            outcome.as_json(),
            trace=outcome.trace,
            on_ack=lambda: self.house.told(outcome),
        )

    def _tell_rule(self, went: RuleWent) -> None:
        body = {"rule": went.rule, "because": went.because, "came": went.came, "words": went.words}
        self.house.tell(self.house.topics("rule", went.rule), body, trace=went.cause)

    def _publish_pending(self, pending: tuple[dict[str, Any], ...]) -> None:
        body = {"pending": list(pending), "last": self._last.told}
        self.house.tell(self.house.topics("pending"), body, retain=True)

    def _refuse(
        self, message: Message, payload: Mapping[str, Any], reason: str, *, status: Status = Status.REFUSED
    ) -> None:
        """Answer a message that never became an action."""
        self.house.metrics.count("bus.refused")
        message.ack()
        body = {
            "id": _text(payload.get("id")),
            "action": _asked_for(message.topic, payload),
            "target": "",
            "status": status.value,
            "final": True,
            "of": 1,
            "reason": reason,
            "cause": Cause(kind="bus", who="somebody on the bus").as_json(),
        }
        self.house.tell(self.house.topics("outcome"), body, ttl=60.0)


def _parameters(message: Message) -> dict[str, Any]:
    return parsed(message, like="{} with the task's parameters")


def _asked_for(topic: str, payload: Mapping[str, Any]) -> str:
    """The service that a message asks for, or else what its topic is for."""
    _, _, what, *_ = topic.split("/")
    return RUN if what == "run" else _text(payload.get("service")) or topic.rpartition("/")[2]


def _text(found: object) -> str:
    return found[:128] if isinstance(found, str) else ""


INTEGRATION = BusTopics
