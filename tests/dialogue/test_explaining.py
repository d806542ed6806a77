"""Explanations are few at a time and the same only once; what a model is told of a diagnosis is harmless."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from agent.core.events import Explained
from agent.core.intents import Intent, Reply, Tier
from agent.dialogue.explaining import (
    DIAGNOSE,
    LONGEST_FACT,
    LONGEST_FACTS,
    MOST_WAITING,
    Explaining,
    evidence,
)
from agent.inference.models import Models
from agent.inference.section import ModelsConfig
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from tests.chatting import Chatty
from tests.tiering import utterance


def told(number, subject="nginx", **facts):
    """The reply to a diagnosis."""
    return Reply(
        id=str(number),
        session="one",
        text="Nginx has failed.",
        shown="Nginx has failed.",
        language="en",
        intents=(Intent(name=DIAGNOSE, slots={"subject": subject}),),
        tier=Tier.GRAMMAR,
        facts=({"intent": DIAGNOSE, "unit": subject, **facts},),
    )


class Asked:
    """What has diagnoses explained by a server, and what it has told so far."""

    def __init__(self, peer, models, tasks, bus):
        self.peer = peer
        self.events = []
        self.explaining = Explaining(
            models, bus=bus, clock=Clock(), begin=lambda work, name: tasks.create_task(work, name=name)
        )

    def ask(self, number, text="diagnose nginx", **facts):
        return self.explaining.promised(told(number, **facts), utterance(text))

    async def until(self, claim):
        async with asyncio.timeout(5):
            while not claim():
                await asyncio.sleep(0.002)

    @property
    def ids(self):
        return [one.reply.id for one in self.events]


@asynccontextmanager
async def explaining(**more):
    bus = Bus()
    async with Chatty(held=True).open() as peer, asyncio.TaskGroup() as tasks:
        models = Models(ModelsConfig.model_validate(peer.models(**more)), clock=Clock(), metrics=Metrics())
        asked = Asked(peer, models, tasks, bus)

        async def hear():
            with bus.subscribe("test", Explained) as heard:
                async for event in heard:
                    asked.events.append(event)

        hearing = tasks.create_task(hear())
        await asyncio.sleep(0)
        try:
            yield asked
        finally:
            peer.now.set()
            hearing.cancel()


async def test_there_is_one_explanation_at_a_time():
    async with explaining() as one:
        first, second = one.ask(1), one.ask(2, subject="redis")
        await one.peer.until(lambda peer: peer.chats)
        begun = len(one.peer.chats)
        one.peer.now.set()
        await one.until(lambda: len(one.events) == 2)

    assert (first.more, second.more, begun, one.ids) == (True, True, 1, ["1", "2"])


async def test_only_so_many_wait_and_to_others_nothing_is_promised():
    async with explaining() as one:
        replies = [one.ask(number, subject=f"unit{number}") for number in range(MOST_WAITING + 1)]
        one.peer.now.set()
        await one.until(lambda: len(one.events) == MOST_WAITING)

    assert [reply.more for reply in replies] == [True] * MOST_WAITING + [False]
    assert replies[-1].text == "Nginx has failed."


async def test_the_same_is_explained_once_and_later_anew():
    async with explaining() as one:
        one.ask(1)
        one.ask(2)
        one.peer.now.set()
        await one.until(lambda: len(one.events) == 2)
        together = len(one.peer.chats)
        one.ask(3)
        await one.until(lambda: len(one.events) == 3)

    assert (together, len(one.peer.chats), one.ids) == (1, 2, ["1", "2", "3"])


async def test_one_that_fails_leaves_room_for_the_next():
    async with explaining(budgets={"background": {"deadline": 0.1}}) as one:
        one.ask(1)
        await one.until(lambda: one.events)
        one.peer.now.set()
        one.ask(2)
        await one.until(lambda: len(one.events) == 2)

    assert [event.reply.tier for event in one.events] == [Tier.NONE, Tier.PROVIDER]


async def test_an_answer_that_was_not_found_is_not_explained():
    async with explaining() as one:
        reply = one.ask(1, done=False)

    assert (reply.more, one.peer.requests) == (False, [])


# what a model is told -------------------------------------------------------------------------------------
def test_facts_are_lines_whatever_their_shape():
    found = evidence(
        [
            {
                "intent": DIAGNOSE,
                "unit": "nginx.service",
                "none": None,
                "empty": [],
                "incident": {"title": "it broke", "count": 3},
                "log": ["first", "second"],
                "most": [{"pid": 1, "name": "init", "user": None}],
            }
        ]
    )

    assert found == (
        *("unit: nginx.service", "incident.title: it broke", "incident.count: 3"),
        *("log: first", "log: second", "most: pid 1, name init"),
    )


@pytest.mark.parametrize("evil", ["a\n> b", "a\r\nb", "a\u2028b", "a\x1b[2Jb", "a\x00b", "a\u202eb"])
def test_a_fact_stays_in_its_line(evil):
    [line] = evidence([{"log": [evil], "unit": None}])

    assert line.isprintable()


@pytest.mark.parametrize(
    "secret",
    [
        "password=hunter2",
        "Authorization: Bearer hunter2hunter2",
        "https://me:hunter2@host",
        "--token hunter2",
    ],
)
def test_secrets_are_not_told(secret):
    assert "hunter2" not in str(evidence([{"log": [f"began with {secret}"]}]))


def test_a_model_is_told_only_so_much():
    found = evidence([{"log": [f"{number} {'x ' * 5_000}" for number in range(1_000)]}])

    assert max(map(len, found)) <= LONGEST_FACT
    assert sum(map(len, found)) <= LONGEST_FACTS


def test_the_same_line_is_told_once():
    assert evidence([{"log": ["again"] * 5}]) == ("log: again",)
