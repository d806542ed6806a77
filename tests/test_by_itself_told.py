"""What `hearthd jobs`, `why` and `devices --problems` tell of rules, schedules and what was said."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.cli.program import Program
from tests.house import House, living
from tests.integration.plugins import forget, write

TOKYO = {"node": {"timezone": "Asia/Tokyo"}}
DEMO = {"plugins": {"demo_house": {"enabled": True}}}
UNLOCK = {
    "id": "m-unlock",
    "when": {"mqtt": "door/bell"},
    "do": {"service": "lock.unlock", "target": "lock.front_door"},
}
BROKEN = {"broken": {"command": ["sh", "-c", "exit 3"], "risk": "reversible"}}
OVER = [{"id": f"over-{number}", "at": "2020-01-01T00:00", "do": {"task": "broken"}} for number in (1, 2)]
LOST = {
    "id": "lost",
    "when": {"mqtt": "a"},
    "if": [{"state": {"entity": "light.hallwy", "is": "on"}}],
    "do": {"task": "broken"},
}


@pytest.fixture
def lives(own_broker, tmp_path):
    """Lives of one house, each with a configuration."""
    port = own_broker().port

    @asynccontextmanager
    async def live(*, demo=False, **values) -> AsyncIterator[House]:
        async with living(
            port, tmp_path / "state", (DEMO if demo else {}) | {"tasks": BROKEN} | values
        ) as one:
            if demo:
                await one.until(lambda: one.daemon.home.state("weather.home").value)
            yield one

    return live


@pytest.fixture
def hearthd(tmp_path) -> Callable[..., Awaitable[str]]:
    """What a command prints, on either channel."""

    async def call(*arguments: str) -> str:
        done = await asyncio.to_thread(Program(tmp_path), *arguments)
        return done.stdout + done.stderr

    return call


async def asked_to_unlock(house: House) -> dict:
    """The question that the rule asks once the bell rang."""
    house.publish("door/bell", "ring")
    return await house.until(lambda: next(iter(house.daemon.pipeline.pending()), None), 10)


# jobs ---------------------------------------------------------------------------------------------------
async def test_schedules_with_neither_a_next_time_nor_a_last_one_are_listed(lives, hearthd):
    async with lives(schedules=[*OVER, {"id": "daily", "cron": "0 3 * * *", "do": {"task": "broken"}}]):
        lines = (await hearthd("jobs")).splitlines()

    assert [line.split()[0] for line in lines] == ["daily", "over-1", "over-2"]


async def test_the_time_of_a_rule_tells_what_the_rule_came_to(lives, hearthd):
    rule = {"id": "tm", "when": {"time": {"every": "1s"}}, "do": {"task": "broken"}}
    async with lives(automations=[rule]) as house:
        await house.until(lambda: house.daemon.by_itself.rule("tm")["went"], 10)
        [found] = json.loads(await hearthd("jobs", "--json"))

    assert found["result"].startswith("failed: task broken did not succeed: task.broken: broken: exit")


async def test_times_are_those_of_the_house_not_of_the_machine(lives, hearthd):
    job = {"id": "daily", "cron": "0 3 * * *", "do": {"task": "broken"}}
    async with lives(demo=True, schedules=[job], automations=[UNLOCK], **TOKYO) as house:
        question = await asked_to_unlock(house)
        jobs, why, waiting = (
            await hearthd("jobs"),
            await hearthd("why", question["id"]),
            await hearthd("pending"),
        )

    assert " 03:00:00 JST " in jobs
    assert (why.count(" JST"), waiting.count(" JST")) == (2, 1)


# why ----------------------------------------------------------------------------------------------------
async def test_why_of_a_rule_that_asks_names_its_question(lives, hearthd):
    async with lives(demo=True, automations=[UNLOCK]) as house:
        question = await asked_to_unlock(house)
        told = await hearthd("why", "m-unlock")

    assert "enabled, running" in told
    assert "set off, and not over yet" in told
    assert f"answer with: hearthd approve {question['id']}, or deny, until " in told
    assert "was not set off yet" not in told


async def test_why_of_a_schedule_tells_when_it_comes(lives, hearthd):
    async with lives(schedules=[{"id": "daily", "cron": "0 3 * * *", "do": {"task": "broken"}}], **TOKYO):
        first, coming, last = (await hearthd("why", "daily")).splitlines()

    assert (first, last) == ("daily (schedule): task: broken", "  was not run yet")
    assert coming.startswith("  next ")
    assert coming.endswith(" 03:00:00 JST")


async def test_why_knows_what_was_said_as_jobs_lists_it(lives, hearthd):
    async with lives() as house:
        house.publish(house.topic("ask"), {"text": "set a timer for ten minutes", "language": "en"})
        [timer] = await house.until(house.daemon.by_itself.jobs, 20)
        told = await hearthd("why", timer["id"])

    assert told.startswith(f"{timer['id']} (said)")
    assert "\n  next " in told


async def test_a_failure_without_a_target_names_none(lives, hearthd):
    rule = {"id": "tells", "when": {"mqtt": "a"}, "do": {"notify": "it is so"}}
    async with lives(automations=[rule]) as house:
        house.publish("a", "b")
        [went] = await house.until(lambda: house.daemon.by_itself.rule("tells")["went"], 10)

    assert went["words"] == "notify \"it is so\" did not succeed: there is no service 'notify.send'"


# entities that are not there ----------------------------------------------------------------------------
async def test_an_entity_that_is_not_there_is_told_until_it_is(lives, hearthd):
    told = "there is no light.hallwy; did you mean light.hallway?"
    config = {"name": "Hall", "default_entity_id": "light.hallwy", "unique_id": "h", "command_topic": "x"}
    async with lives(demo=True, automations=[LOST]) as house:
        problems = house.daemon.by_itself._problems
        [found] = await house.until(problems.as_json, 10)
        why = await hearthd("why", "lost")
        listed = await hearthd("devices", "--problems")
        house.publish("homeassistant/light/h/config", config, retain=True)
        await house.until(lambda: house.daemon.home.get("light.hallwy"))
        await house.until(lambda: not problems.as_json(), 10)
        later = await hearthd("why", "lost")

    assert (found["where"], found["problem"]) == ("automation lost", told)
    assert f"\n  {told}\n" in why
    assert told in listed
    assert told not in later


# questions that break -----------------------------------------------------------------------------------
async def test_a_question_whose_answer_breaks_is_answered_so(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        "class Breaks(Integration):\n    def answers(self):\n        return {'sums': lambda _: 1 / 0}\n"
        "INTEGRATION = Breaks\n",
    )
    try:
        async with living(own_broker().port, tmp_path) as house:
            hosted = house.daemon.hosted["found"]
            await house.until(lambda: hosted.standing.life == "running")
            house.publish(house.topic("query", "sums"), {"id": "q"})
            [told] = await house.until(lambda: house.on(house.topic("answer", "q")))
    finally:
        forget("found")

    assert told["error"] == "sums: it broke; the daemon's journal has the details"
