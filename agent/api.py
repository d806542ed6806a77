"""The one door for integrations: import from here and from nowhere else in `agent`.

Names in this module follow semantic versioning; everything behind it may change.
"""

from agent import templates
from agent.actions.planner import Doer, Own, Plan
from agent.actions.services import SERVICES
from agent.core.actions import (
    NOTHING,
    Action,
    Cause,
    Handed,
    Outcome,
    Risk,
    Status,
    Step,
    Target,
    Trust,
    Verdict,
)
from agent.core.events import (
    BrokerConnected,
    BrokerLost,
    EntityAdded,
    EntityRemoved,
    Event,
    IncidentChanged,
    JournalWritten,
    MessageRefused,
    OutcomeChanged,
    PendingChanged,
    Rang,
    RuleWent,
    StateChanged,
    TaskReported,
    TimersChanged,
    UnitChanged,
    WebhookCalled,
)
from agent.core.home import Area, Entity, Floor, State
from agent.core.intents import Intent, Reply, Tier, Utterance
from agent.durations import Duration, told
from agent.errors import ActionError, ConfigError, IntegrationError, TransientError
from agent.home.housefile import HouseEntity, HouseFaults, HouseFile, read_house
from agent.integration.contract import House, Integration, provides
from agent.mqtt.message import Message
from agent.mqtt.topics import Topics
from agent.mqtt.trie import check_filter
from agent.section import Section

__all__ = [
    "NOTHING",
    "SERVICES",
    "Action",
    "ActionError",
    "Area",
    "BrokerConnected",
    "BrokerLost",
    "Cause",
    "ConfigError",
    "Doer",
    "Duration",
    "Entity",
    "EntityAdded",
    "EntityRemoved",
    "Event",
    "Floor",
    "Handed",
    "House",
    "HouseEntity",
    "HouseFaults",
    "HouseFile",
    "IncidentChanged",
    "Integration",
    "IntegrationError",
    "Intent",
    "JournalWritten",
    "Message",
    "MessageRefused",
    "Outcome",
    "OutcomeChanged",
    "Own",
    "PendingChanged",
    "Plan",
    "Rang",
    "Reply",
    "Risk",
    "RuleWent",
    "Section",
    "State",
    "StateChanged",
    "Status",
    "Step",
    "Target",
    "TaskReported",
    "Tier",
    "TimersChanged",
    "Topics",
    "TransientError",
    "Trust",
    "UnitChanged",
    "Utterance",
    "Verdict",
    "WebhookCalled",
    "check_filter",
    "provides",
    "read_house",
    "templates",
    "told",
]
