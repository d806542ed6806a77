"""Triggers: what happened in, `Fired`, `NotFired` with the reason in words, or `Lasting` out. Pure.

Retained messages, what the broker kept for us, entries from before and our own commands' echoes never fire.
Nothing that a device or a log sends can raise. The text of a message chooses when, never what, and is never
believed more than it deserves: `Fired.trust`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.automations.fired import Answer, Fired, NotFired
from agent.automations.machine_triggers import IncidentTrigger, JournalTrigger, UnitTrigger, WebhookTrigger
from agent.automations.state_trigger import StateTrigger
from agent.automations.templates import Template, Templates
from agent.automations.when_section import TimeWhen, WhenSection
from agent.automations.world import shown
from agent.core.actions import Trust
from agent.mqtt.message import Message

TIME_CAME = "its time had come"


class _MqttValues(Mapping[str, Any]):
    """`trigger` of a message; its parts are made when a template asks for them."""

    __slots__ = ("_message",)
    _KEYS = ("platform", "topic", "payload", "payload_json", "qos")

    def __init__(self, message: Message) -> None:
        self._message = message

    def __getitem__(self, key: str) -> Any:
        match key:
            case "platform":
                return "mqtt"
            case "topic" | "qos":
                return getattr(self._message, key)
            case "payload":
                return self._message.payload.decode(errors="replace")
            case "payload_json":
                try:
                    return self._message.json()
                except ValueError:
                    return None
        raise KeyError(key)

    def __iter__(self) -> Any:
        return iter(self._KEYS)

    def __len__(self) -> int:
        return len(self._KEYS)


@dataclass(frozen=True, slots=True)
class MqttTrigger:
    """Fires at a message on a topic that its filter matches."""

    topic_filter: str
    template: Template | None = None

    def see(self, message: Message, /, *, echo: bool = False) -> Answer:
        """What a message on one of its topics means to it; `echo`: we published it ourselves."""
        if message.retain:
            return NotFired(f"the message on {shown(message.topic)} is retained: it is from before")
        if message.resumed:
            return NotFired(f"the broker kept the message on {shown(message.topic)} while we were away")
        if echo:
            return NotFired(f"the message on {shown(message.topic)} is our own, come back")
        if self.template is None:
            return Fired(
                trust=Trust.DEVICE,
                words=f"a message came on {shown(message.topic)}",
                trigger=_MqttValues(message),
                message=message,
            )
        checked = self.template.check(message, _MqttValues(message))
        if not checked.met:
            return NotFired(checked.words)
        seen, trust = self.template.saw(message)
        return Fired(
            trust=min(trust, Trust.DEVICE),
            words=f"{shown(message.topic)} said {seen or 'so'}",
            trigger=_MqttValues(message),
            message=message,
        )


@dataclass(frozen=True, slots=True)
class TimeTrigger:
    """A time. The clock fires it, by way of the schedules; nothing that happens does."""

    section: TimeWhen

    def see(self, _happening: object, /, *, echo: bool = False) -> Answer:  # noqa: ARG002
        """Nothing that happens is a time."""
        return NotFired("it waits for its time")

    def fired(self) -> Fired:
        """What it is when its time has come."""
        return Fired(trust=Trust.OPERATOR, words=TIME_CAME, trigger={"platform": "time"})


Trigger = (
    MqttTrigger | StateTrigger | TimeTrigger | JournalTrigger | UnitTrigger | IncidentTrigger | WebhookTrigger
)


def compiled(when: WhenSection, templates: Templates) -> Trigger:
    """The trigger that a section of the configuration describes."""
    template = None if when.if_ is None else templates.template(when.if_)
    made: tuple[Trigger | None, ...] = (
        MqttTrigger(when.mqtt, template) if when.mqtt else None,
        StateTrigger(when.state, template) if when.state else None,
        TimeTrigger(when.time) if when.time else None,
        JournalTrigger(when.journal, template) if when.journal else None,
        UnitTrigger(when.unit, template) if when.unit else None,
        IncidentTrigger(when.incident, template) if when.incident else None,
        WebhookTrigger(when.webhook, template) if when.webhook else None,
    )
    return next(one for one in made if one)
