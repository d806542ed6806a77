"""The daemon as it was put together: its parts, open and ready to run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.actions.ledger import Unsettled
from agent.actions.policy import Policy
from agent.automations.by_itself import ByItself
from agent.dialogue.listening import Listening
from agent.home.registry import Home
from agent.inference.models import Models
from agent.integration.host import Hosted
from agent.mqtt.client import Mqtt
from agent.pipeline import Pipeline
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from agent.runtime.presence import Presence
from agent.runtime.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """Everything, open and ready to run."""

    state_dir: Path
    home: Home
    mqtt: Mqtt
    policy: Policy
    pipeline: Pipeline
    listening: Listening
    models: Models
    by_itself: ByItself
    bus: Bus
    hosted: Mapping[str, Hosted]
    services: Sequence[Service]
    outward: Sequence[Service]
    """What starts once everybody who listens is ready."""
    broker: str
    presence: Presence
    left: Unsettled
    clock: Clock
    metrics: Metrics
