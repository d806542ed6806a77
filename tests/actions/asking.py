"""A house without a daemon, what may be asked of it, and what is then on disk."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.actions.ledger import Entry
from agent.actions.planner import Plan, plan
from agent.core.actions import Action, Cause, Outcome, Risk, Status, Step, Target, Trust
from agent.core.home import Entity
from agent.home.registry import Home, HomeConfig
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from tests.fakes import FakeClock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEY = b"k" * 32
FACTS = [("accepted", {"target": "light.desk"})]
ROOMS = {
    "floors": [
        {"id": "ground", "name": "Ground Floor", "aliases": ["downstairs"]},
        {"id": "upper", "name": "Upstairs"},
    ],
    "areas": [
        {"id": "kitchen", "name": "Kitchen", "floor": "ground", "aliases": ["galley"]},
        {"id": "hall", "name": "Hall", "floor": "ground"},
        {"id": "study", "name": "Study", "floor": "upper", "aliases": ["den"]},
        {"id": "shed", "name": "Shed"},
    ],
}


def entity(entity_id: str, name: str | None = None, **more: Any) -> Entity:
    """An entity, called by the words of its id unless said otherwise."""
    words = entity_id.partition(".")[2].replace("_", " ")
    return Entity(id=entity_id, name=name or words.title(), owner=more.pop("owner", "test"), **more)


def house(*entities: Entity, clock: Clock | None = None, **section: Any) -> Home:
    """A home with `entities` in it; `section` is its `home:` section."""
    home = Home(config=HomeConfig.model_validate(section), bus=Bus(), clock=clock or FakeClock(NOON))
    for one in entities:
        home.add(one)
    return home


def action(service: str, target: Target | str, data: Any = None, **more: Any) -> Action:
    """What somebody authenticated asks for."""
    return Action(
        id=more.pop("id", "1"),
        service=service,
        target=Target(entity=(target,)) if isinstance(target, str) else target,
        cause=Cause(kind="cli", who="test"),
        trust=more.pop("trust", Trust.HUMAN),
        born=more.pop("born", NOON),
        data=data or {},
        **more,
    )


def planned(home: Home, service: str, target: Target | str, data: Any = None, **known: Any) -> Plan:
    """The plan of an action; `known` are services that an integration brought along."""
    return plan(action(service, target, data), home, known=known.get("known", {}))


def entered(
    asked: Action, target: str | None = None, *, at: datetime = NOON, status: Status = Status.ACCEPTED
) -> Entry:
    """One step of an action as it is entered in the ledger, good for half a minute."""
    step = Step(
        action=asked,
        entity=target or asked.target.entity[0],
        owner="test",
        risk=Risk.REVERSIBLE,
        data=asked.data,
    )
    outcome = Outcome(
        id=asked.id,
        action=asked.service,
        target=step.entity,
        status=status,
        cause=asked.cause,
        at=at,
        trace=asked.trace,
        channel=asked.channel,
    )
    return Entry(outcome=outcome, step=step, expires=at + timedelta(seconds=30), entered=at)


def lamp(action_id: str = "1", **more: Any) -> Entry:
    """A lamp that is to be turned on."""
    return entered(action("light.turn_on", "light.desk", id=action_id), **more)


def became(entry: Entry, status: Status, reason: str | None = None, *, final: bool = True) -> Outcome:
    """What became of a step."""
    return replace(entry.outcome, status=status, reason=reason, final=final)


def on_disk(path: Path, question: str) -> list[Any]:
    """What somebody else reads in the file."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return db.execute(question).fetchall()
    finally:
        db.close()
