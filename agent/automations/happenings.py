"""What can set a rule off: messages and states, and what happens on the machine itself."""

from typing import Any

from agent.core.events import IncidentChanged, JournalWritten, StateChanged, UnitChanged, WebhookCalled
from agent.mqtt.message import Message

EVENTS: tuple[type[Any], ...] = (StateChanged, JournalWritten, UnitChanged, IncidentChanged, WebhookCalled)
"""Those that come over the bus inside; messages come from the broker."""
Happening = Message | StateChanged | JournalWritten | UnitChanged | IncidentChanged | WebhookCalled
