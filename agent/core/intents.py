"""What a person said, and what was understood.

Utterance --engines--> Intents | Unrecognized --resolve--> entities | Choice | Missing
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from agent.core.actions import Cause, Outcome, Trust
from agent.core.home import Entity

ASKING = frozenset(
    {
        *("HassGetState", "HassClimateGetTemperature", "HassGetWeather", "HassGetCurrentTime"),
        *("HassGetCurrentDate", "HassTimerStatus", "GetAlarms", "GetReminders", "GetListItems"),
        *("OpsServiceStatus", "OpsServiceList", "OpsContainerList", "OpsDiskUsage", "OpsMemoryUsage"),
        *("OpsCpuUsage", "OpsTemperature", "OpsUptime", "OpsSystemInfo", "OpsProcessList", "OpsUsers"),
        *("OpsNetworkStatus", "OpsPing", "OpsJournalQuery", "OpsPackageList", "OpsListTasks"),
        *("OpsListSchedules", "OpsIncidents", "OpsExplain", "OpsDiagnose"),
    }
)
"""Intents that only look."""
DIALOGUE = frozenset({"Confirm", "Deny", "Cancel", "Repeat", "Help", "HassNevermind", "HassRespond", "none"})
"""Intents about the conversation itself."""


def acts(intent: str) -> bool:
    """Whether an intent may change the world: every one that is not known to do otherwise."""
    return intent not in ASKING and intent not in DIALOGUE


class Tier(StrEnum):
    """Who understood an utterance, cheapest first."""

    GRAMMAR = "grammar"
    MODEL = "model"
    PROVIDER = "provider"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Words from a person. `area` is the id of the area they were said in, None if that is not known."""

    id: str
    text: str
    language: str
    session: str
    cause: Cause
    trust: Trust
    born: datetime
    area: str | None = None
    ttl: float | None = None
    trace: str = ""
    channel: str = "bus"
    doubted: frozenset[str] = frozenset()
    """The words that were not heard surely: before anything is done because of them, it is asked whether."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One thing that is wanted. Slots hold what was said, numbers as numbers; no target is resolved yet."""

    name: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    """The words it was read from."""
    language: str = "en"
    tier: Tier = Tier.GRAMMAR
    response: str | None = None
    """The key of the reply's template among those of the intent."""
    domains: frozenset[str] = frozenset()
    """The domains that the name can stand for in this sentence; empty: any."""
    here: bool = False
    """The place of the speaker is meant, said or not."""
    every: bool = False
    """A plural or a word like "all" was said: all that fit are meant. Otherwise one is."""
    excepted: tuple[str, ...] = ()
    """Names of entities and areas that were left out: "all lights except the hallway"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A name that is not in the house, with the nearest that are."""

    kind: Literal["name", "area", "floor", "device"]
    """`device`: nothing of that kind is where it was looked for; `said` then is the kind."""
    said: str
    near: tuple[str, ...] = ()
    where: str | None = None
    """The name of the area or floor that was searched, None: the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Equally good targets: one of them, or all, has to be named."""

    intent: Intent
    options: tuple[Entity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognized:
    """An honest no."""

    reason: Literal[
        "empty", "too_long", "unreadable", "not_understood", "missing", "unclear_change", "heard_badly"
    ]
    text: str = ""
    missing: Missing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is told without acting: the key of a phrase and what goes into it.

    `values` are plain values and lists of names; `shown` are the lines of the screen form where that says
    more than what is spoken.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a person is answered: `text` to be spoken, `shown` for a screen."""

    id: str
    session: str
    text: str
    shown: str
    language: str
    expects_answer: bool = False
    yes_or_no: bool = False
    """Whether the answer that is expected is a yes or a no."""
    intents: tuple[Intent, ...] = ()
    tier: Tier = Tier.NONE
    outcomes: tuple[Outcome, ...] = ()
    facts: tuple[Mapping[str, Any], ...] = ()
    """What was told of the machine, as values: one for each intent that asked."""
    more: bool = False
    """Whether another reply to the same utterance comes later."""
    follows: bool = False
    """Whether this is that one."""
    ms: float = 0.0
    trace: str = ""

    @property
    def understood(self) -> bool:
        """Whether it is an answer, or a question back, and not that nothing was understood."""
        return bool(self.intents) or self.expects_answer or self.tier is not Tier.NONE

    def as_json(self) -> dict[str, Any]:
        """The payload of `.../reply`, without the envelope."""
        return {
            "id": self.id,
            "session": self.session,
            "text": self.text,
            "shown": self.shown,
            "language": self.language,
            "expects_answer": self.expects_answer,
            "intents": [{"name": one.name, "slots": dict(one.slots)} for one in self.intents],
            "tier": self.tier.value,
            "outcomes": [one.as_json() for one in self.outcomes],
            **({"facts": [dict(one) for one in self.facts]} if self.facts else {}),
            **({"more": True} if self.more else {}),
            **({"follows": True} if self.follows else {}),
            "ms": round(self.ms, 1),
        }
