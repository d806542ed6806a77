"""The one door for integrations: import from here and from nowhere else in `agent`.

Names in this module follow semantic versioning; everything behind it may change.
"""

from agent import templates
from agent.actions.planner import Doer, Own, Plan
from agent.actions.reach import lets_in
from agent.actions.services import SERVICES
from agent.core.actions import (
    ENVELOPE,
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
from agent.core.awaited import EntryFilter
from agent.core.events import (
    BrokerConnected,
    BrokerLost,
    EntityAdded,
    EntityRemoved,
    Event,
    Explained,
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
from agent.core.telling import Question, Teller, Telling, Wanted
from agent.durations import Duration, told
from agent.errors import ActionError, ConfigError, IntegrationError, TransientError
from agent.home.housefile import HouseEntity, HouseFaults, HouseFile, read_house
from agent.integration.contract import House, Integration, provides
from agent.integration.desk import Desk, Finding
from agent.integration.own_device import (
    Births,
    device_payload,
    device_topic,
    gauge_component,
    plain,
    problem_component,
)
from agent.levels import Level, Threshold, level_of, thresholds_over, worst
from agent.mqtt.message import Message
from agent.mqtt.topics import Topics
from agent.mqtt.trie import check_filter
from agent.redaction import one_line, redacted
from agent.runtime.child import ended, last_words
from agent.runtime.sandbox import Order, Ran, Sandbox
from agent.section import AbsolutePath, Section
from agent.wordbook import Wordbook, Words

__all__ = [
    "ENVELOPE",
    "NOTHING",
    "SERVICES",
    "AbsolutePath",
    "Action",
    "ActionError",
    "Area",
    "Births",
    "BrokerConnected",
    "BrokerLost",
    "Cause",
    "ConfigError",
    "Desk",
    "Doer",
    "Duration",
    "Entity",
    "EntityAdded",
    "EntityRemoved",
    "EntryFilter",
    "Event",
    "Explained",
    "Finding",
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
    "Level",
    "Message",
    "MessageRefused",
    "Order",
    "Outcome",
    "OutcomeChanged",
    "Own",
    "PendingChanged",
    "Plan",
    "Question",
    "Ran",
    "Rang",
    "Reply",
    "Risk",
    "RuleWent",
    "Sandbox",
    "Section",
    "State",
    "StateChanged",
    "Status",
    "Step",
    "Target",
    "TaskReported",
    "Teller",
    "Telling",
    "Threshold",
    "Tier",
    "TimersChanged",
    "Topics",
    "TransientError",
    "Trust",
    "UnitChanged",
    "Utterance",
    "Verdict",
    "Wanted",
    "WebhookCalled",
    "Wordbook",
    "Words",
    "check_filter",
    "device_payload",
    "device_topic",
    "ended",
    "gauge_component",
    "last_words",
    "lets_in",
    "level_of",
    "one_line",
    "plain",
    "problem_component",
    "provides",
    "read_house",
    "redacted",
    "templates",
    "thresholds_over",
    "told",
    "worst",
]
