"""Floods, limits, the breaker and quiet hours, on the bus and at the command line: each refusal in words."""

import asyncio
import contextlib
from datetime import datetime, timedelta

import pytest

from tests.announced import LAMP, LOCK
from tests.cli.program import Program
from tests.house import living
from tests.integrations.home_assistant import HomeAssistant

LAMP_ON = {"entity": "light.desk"}


class Scene:
    """A broker, and on it the daemon with a lamp and so many locks."""

    def __init__(self, port, folder):
        self.port = port
        self.folder = folder

    @contextlib.asynccontextmanager
    async def house(self, *, locks=1, **policy):
        """One life of the daemon."""
        values = {"health": {"interval": 1}, "policy": policy}
        async with living(self.port, self.folder / "state", values) as house:
            lamp = {**LAMP, "availability_topic": "lamp/desk/status"}
            house.publish("homeassistant/light/desk/config", lamp, retain=True)
            for number in range(locks):
                own = {"name": f"Door {number}", "unique_id": f"d{number}"}
                more = {"default_entity_id": f"lock.d{number}", "state_topic": f"lock/{number}"}
                house.publish(f"homeassistant/lock/d{number}/config", {**LOCK, **own, **more}, retain=True)
            await house.until(lambda: len(list(house.daemon.home.entities())) == 1 + locks)
            await reachable(house, "online")
            yield house

    async def cli(self, *arguments):
        """The user of the machine itself: exit code and words of a command."""
        done = await asyncio.to_thread(Program(self.folder), *arguments)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def scene(own_broker, tmp_path):
    return Scene(own_broker().port, tmp_path)


async def reachable(house, status):
    """The lamp can be reached from now on, or not."""
    house.publish("lamp/desk/status", status, retain=True)
    await house.until(lambda: house.daemon.home.state("light.desk").available is (status == "online"))


async def firsts(house, actions):
    """What was first said of each."""
    return [(await house.until(lambda one=one: house.outcomes(one)))[0] for one in actions]


def obeyed(house, topic="lamp/desk/set", state_topic="lamp/desk", answer=None):
    """A device that does what it is told."""
    previous = house.client.on_message

    def heard(client, data, message):
        previous(client, data, message)
        if message.topic == topic:
            house.client.publish(state_topic, answer or message.payload, qos=1, retain=True)

    house.client.on_message = heard


# a flood of questions -----------------------------------------------------------------------------------
async def test_of_a_flood_of_questions_a_few_wait_and_the_others_are_refused_in_words(scene):
    async with scene.house(locks=40) as house:
        actions = [await house.do("lock.unlock", {"entity": f"lock.d{number}"}) for number in range(40)]
        said = await firsts(house, actions)

        assert sum(one["status"] == "pending" for one in said) == 16
        refused = {one["reason"] for one in said if one["status"] == "refused"}
        assert refused == {"too many questions wait already (16); answer one first"}


async def test_a_flood_of_the_same_question_is_one(scene):
    async with scene.house() as house:
        actions = [await house.do("lock.unlock", {"entity": "lock.d0"}) for _ in range(20)]
        said = await firsts(house, actions)

        assert [one["status"] for one in said].count("pending") == 1
        assert len(house.daemon.pipeline.pending()) == 1


async def test_more_questions_than_places_get_theirs_when_one_is_free(scene):
    assistant = HomeAssistant()
    async with scene.house(locks=17, most_pending=20) as house:
        with assistant.running(scene.port):
            for number in range(17):
                await house.do("lock.unlock", {"entity": f"lock.d{number}"})
            await house.until(lambda: assistant.shown("Deny: unlock Door 15"))
            last = assistant.shown("Deny: unlock Door 16")
            assistant.press(assistant.shown("Deny: unlock Door 3 "))

            assert last is None
            assert await house.until(lambda: assistant.shown("Deny: unlock Door 16"))
            assert len(assistant.names("button")) == 32


# limits -------------------------------------------------------------------------------------------------
async def test_a_burst_is_held_to_the_limit_and_the_others_are_told_when_to_try_again(scene):
    async with scene.house(limits={"reversible": {"most": 3, "within": 600}}) as house:
        obeyed(house)
        actions = [await house.do("light.turn_on", LAMP_ON) for _ in range(10)]
        said = await firsts(house, actions)

        assert [one["status"] for one in said].count("accepted") == 3
        assert said[-1]["reason"].startswith(
            "light.turn_on on light.desk was done 3 times in 600 s already; it may be done again in "
        )


async def test_a_repeated_id_does_not_count_for_the_limit(scene):
    async with scene.house(limits={"reversible": {"most": 2, "within": 600}}) as house:
        obeyed(house)
        for _ in range(5):
            await house.do("light.turn_on", LAMP_ON, id="same")
        await house.until(lambda: len(house.outcomes("same")) >= 7)
        action = await house.do("light.turn_on", LAMP_ON)

        assert (await house.ended(action))["status"] == "confirmed"


async def test_an_approval_does_not_reach_past_the_limit(scene):
    assistant = HomeAssistant()
    async with scene.house(limits={"disruptive": {"most": 1, "within": 600}}) as house:
        obeyed(house, "lock/front/set", "lock/0", "UNLOCKED")
        with assistant.running(scene.port):
            action = await house.do("lock.unlock", {"entity": "lock.d0"})
            button = await house.until(lambda: assistant.shown("Approve: unlock Door 0"))
            done = await scene.cli("do", "lock.unlock", "--target", "lock.d0")
            assistant.press(button)
            ended = await house.ended(action)
            told = await scene.cli("why", action)

        words = "lock.unlock on lock.d0 was done 1 times in 600 s already; it may be done again in "
        assert done == (0, "lock.d0 confirmed\n")
        assert (ended["status"], ended["reason"][: len(words)]) == ("refused", words)
        assert f"refused, {words}" in told[1]
        assert len(house.on("lock/front/set")) == 1


# the breaker --------------------------------------------------------------------------------------------
BROKEN = "light.turn_on on light.desk failed 1 times in a row; the next try is let through in "


async def let_through(house, at_once):
    """Ask for so much at once, until something of it is tried; what was first said of each."""
    while True:
        said = await firsts(house, [await house.do("light.turn_on", LAMP_ON) for _ in range(at_once)])
        if any(one["status"] == "accepted" for one in said):
            return said


async def test_what_failed_too_often_is_refused_and_says_when_it_is_tried_again(scene):
    async with scene.house(breaker={"failures": 1, "pause": 60}) as house:
        await reachable(house, "offline")
        failed = await house.ended(await house.do("light.turn_on", LAMP_ON))
        code, said = await scene.cli("do", "light.turn_on", "--target", "light.desk")

        assert failed["status"] == "failed"
        assert (code, said.startswith(f"light.desk refused: {BROKEN}")) == (1, True)


async def test_when_the_breaker_is_half_open_one_of_many_is_tried_and_the_others_are_told_so(scene):
    async with scene.house(breaker={"failures": 1, "pause": 0.5}) as house:
        await reachable(house, "offline")
        await house.ended(await house.do("light.turn_on", LAMP_ON))
        said = await let_through(house, 5)

        assert [one["status"] for one in said].count("accepted") == 1
        assert all(one["reason"].startswith(BROKEN) for one in said if one["status"] == "refused")


async def test_a_try_that_succeeds_closes_the_breaker(scene):
    async with scene.house(breaker={"failures": 1, "pause": 0.5}) as house:
        obeyed(house)
        await reachable(house, "offline")
        await house.ended(await house.do("light.turn_on", LAMP_ON))
        await reachable(house, "online")
        [tried] = await let_through(house, 1)
        await house.ended(tried["id"])
        said = await firsts(house, [await house.do("light.turn_on", LAMP_ON) for _ in range(5)])

        assert [one["status"] for one in said] == ["accepted"] * 5


# quiet hours --------------------------------------------------------------------------------------------
def now_quiet(verdict):
    """Quiet hours for lamps, from an hour ago to an hour from now."""
    now = datetime.now().astimezone()
    start, end = (f"{now + timedelta(hours=one):%H:%M}" for one in (-1, 1))
    return {"start": start, "end": end, "services": ["light.*"], "verdict": verdict}


async def test_in_quiet_hours_that_ask_a_press_in_home_assistant_lets_it_happen(scene):
    assistant = HomeAssistant()
    async with scene.house(quiet_hours=[now_quiet("ask")]) as house:
        obeyed(house)
        with assistant.running(scene.port):
            action = await house.do("light.turn_on", LAMP_ON)
            button = await house.until(lambda: assistant.shown("Approve: turn on Desk Lamp"))
            assistant.press(button)

            assert await house.statuses(action) == ["pending", "accepted", "sent", "confirmed"]
            assert house.outcomes(action)[0]["reason"].endswith("hold for light.turn_on; it needs approval")


async def test_in_quiet_hours_that_refuse_it_is_said_when_to_ask_again(scene):
    quiet = now_quiet("refuse")
    async with scene.house(quiet_hours=[quiet]) as house:
        action = await house.do("light.turn_on", LAMP_ON)
        ended = await house.ended(action)
        told = await scene.cli("why", action)

        assert ended["reason"] == (
            f"quiet hours from {quiet['start']} to {quiet['end']} hold for light.turn_on;"
            f" ask again after {quiet['end']}"
        )
        assert f"ask again after {quiet['end']}" in told[1]


# the table ----------------------------------------------------------------------------------------------
async def test_what_a_stranger_may_not_is_refused_with_who_may(scene):
    async with scene.house(risks={"lock.*": "destructive"}) as house:
        ended = await house.ended(await house.do("lock.unlock", {"entity": "lock.d0"}))

        assert ended["reason"] == (
            "a destructive action is not allowed to somebody who is not authenticated;"
            " an authenticated person may ask for it, with `hearthd do` on the machine itself"
        )
