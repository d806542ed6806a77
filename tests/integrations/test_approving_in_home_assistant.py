"""From the bus to Home Assistant and back: buttons come, are pressed, and go; the lock obeys once."""

import re
import signal

import pytest

from tests.cli.program import NODE, Program, until
from tests.integrations.approving import APPROVE, DENY, FRONT, Scene, refusal, refusals


@pytest.fixture
def scene(own_broker, tmp_path):
    return Scene(own_broker().port, tmp_path / "state")


# the buttons --------------------------------------------------------------------------------------------
async def test_a_question_brings_two_buttons_that_say_what_who_and_until_when(scene):
    async with scene.both() as house:
        await house.do("lock.unlock", FRONT)
        await scene.shown(house, APPROVE)

        who = r"\(asked by somebody on the bus, expires \d\d:\d\d\)"
        approve, deny = scene.assistant.names("button")
        assert re.fullmatch(f"{APPROVE} {who}", approve)
        assert re.fullmatch(f"{DENY} {who}", deny)


async def test_the_sensor_counts_what_waits_and_tells_it_in_words(scene):
    async with scene.both() as house:
        action = await house.do("lock.unlock", FRONT)
        await house.until(lambda: scene.assistant.states.get("hearthd_test_pending") == "1")

        [question] = scene.assistant.attributes["hearthd_test_pending"]["pending"]
        assert (question["id"], question["text"], question["needs"]) == (
            action,
            "unlock Front Door",
            "anybody",
        )


async def test_a_press_opens_the_lock_once_and_both_buttons_go(scene):
    async with scene.both() as house:
        action = await house.do("lock.unlock", FRONT)
        scene.assistant.press(await scene.shown(house, APPROVE))

        assert await house.statuses(action) == ["pending", "accepted", "sent", "confirmed"]
        await scene.gone(house, APPROVE)
        await scene.gone(house, DENY)
        assert house.on("lock/front/set") == [b"UNLOCK"]


async def test_the_sensor_tells_what_became_of_a_press(scene):
    async with scene.both() as house:
        action = await house.do("lock.unlock", FRONT)
        scene.assistant.press(await scene.shown(house, APPROVE))

        last = await scene.last(house, status="confirmed")
        assert (last["id"], last["text"], last["target"]) == (action, "unlock Front Door", "lock.front")


async def test_a_second_press_does_nothing_and_says_why(scene):
    async with scene.both() as house:
        action = await house.do("lock.unlock", FRONT)
        button = await scene.shown(house, APPROVE)
        scene.assistant.press(button)
        await house.ended(action)
        scene.assistant.press(button)

        reason = f"'{action}' waits for no answer any more; lock.unlock lock.front is confirmed"
        assert await refusal(house) == reason
        assert (await scene.last(house, status="refused"))["reason"] == reason
        assert house.on("lock/front/set") == [b"UNLOCK"]


async def test_of_many_presses_at_once_one_counts(scene):
    async with scene.both() as house:
        action = await house.do("lock.unlock", FRONT)
        button = await scene.shown(house, APPROVE)
        for _ in range(10):
            scene.assistant.press(button)
        await house.ended(action)

        await house.until(lambda: len(refusals(house)) == 9)
        assert house.on("lock/front/set") == [b"UNLOCK"]


async def test_deny_leaves_the_lock_alone_and_the_buttons_go(scene):
    async with scene.both() as house:
        action = await house.do("lock.unlock", FRONT)
        scene.assistant.press(await scene.shown(house, DENY))

        ended = await house.ended(action)
        await scene.gone(house, APPROVE)
        assert (ended["status"], ended["reason"]) == ("refused", "denied by somebody on the bus")
        assert house.on("lock/front/set") == []


async def test_what_was_denied_cannot_be_approved_with_a_button_still_on_the_screen(scene):
    async with scene.both() as house:
        action = await house.do("lock.unlock", FRONT)
        approve = await scene.shown(house, APPROVE)
        scene.assistant.press(await scene.shown(house, DENY))
        await house.ended(action)
        scene.assistant.press(approve)

        assert "is refused: denied by somebody on the bus" in await refusal(house)
        assert house.on("lock/front/set") == []


async def test_what_nobody_answers_expires_and_the_buttons_go(scene):
    async with scene.both(approval_ttl=3) as house:
        action = await house.do("lock.unlock", FRONT)
        button = await scene.shown(house, APPROVE)
        ended = await house.ended(action)
        await scene.gone(house, APPROVE)
        scene.assistant.press(button)

        assert (ended["status"], ended["reason"]) == (
            "expired",
            "nobody approved it in time; ask for it again",
        )
        assert "is expired: nobody approved it in time; ask for it again" in await refusal(house)
        assert house.on("lock/front/set") == []


async def test_the_question_and_its_buttons_outlive_a_restart(scene):
    with scene.assistant.running(scene.port):
        async with scene.house() as house:
            await house.do("lock.unlock", FRONT)
            scene.assistant.press(await scene.shown(house, DENY))
            await scene.gone(house, DENY)
            action = await house.do("lock.unlock", FRONT)
            before = await scene.shown(house, APPROVE)
        async with scene.house() as house:
            # What the first life announced is heard again too, but as retained.
            await house.until(lambda: any("/device/" in topic and not kept for topic, _, kept in house.heard))
            await scene.last_word(house)
            button = await scene.shown(house, APPROVE)
            scene.assistant.press(button)
            ended = await house.ended(action)

            assert button == before
            assert ended["status"] == "confirmed"
            assert house.on("lock/front/set") == [b"UNLOCK"]


def test_a_press_that_the_broker_kept_while_we_were_dead_counts_as_long_as_the_question_waits(
    own_broker, tmp_path
):
    hearthd = Program(tmp_path, port=own_broker().port)
    first = hearthd.daemon("demo")
    try:
        until(lambda: [one for one in hearthd.json("devices") if one["id"] == "lock.front_door"])
        asked = {"id": "kept", "service": "lock.unlock", "target": "lock.front_door"}
        hearthd.publish(f"hearthd/{NODE}/do", asked)
        until(lambda: hearthd("why", "kept").returncode == 0)
        first.stop(signal.SIGKILL)
        hearthd.publish(f"hearthd/{NODE}/approve", {"id": "kept"})
        second = hearthd.daemon("demo")
    finally:
        first.close()
    try:
        assert until(
            lambda: hearthd("why", "kept").stdout.startswith("lock.unlock lock.front_door: confirmed")
        )
    finally:
        second.close()


async def test_buttons_of_a_question_that_ended_while_home_assistant_was_away_are_gone_when_it_is_back(scene):
    async with scene.house() as house:
        with scene.assistant.running(scene.port):
            action = await house.do("lock.unlock", FRONT)
            await scene.shown(house, APPROVE)
        house.publish(house.topic("deny"), {"id": action})
        await house.ended(action)
        with scene.assistant.running(scene.port):
            await scene.gone(house, APPROVE)


async def test_buttons_of_a_question_that_expired_while_we_were_away_are_gone_when_we_are_back(scene):
    with scene.assistant.running(scene.port):
        async with scene.house(approval_ttl=3) as house:
            await house.do("lock.unlock", FRONT)
            await scene.shown(house, APPROVE)
        async with scene.house() as house:
            await scene.gone(house, APPROVE)


async def test_the_entities_of_many_questions_are_a_few(scene):
    async with scene.both() as house:
        for number in range(20):
            action = await house.do("lock.unlock", FRONT)
            button = await scene.shown(house, DENY)
            assert json_id(button) == action, number
            scene.assistant.press(button)
            await scene.gone(house, DENY)

        assert len([one for one in scene.assistant.ever if "approve" in one]) == 16


def json_id(button):
    """The question that a button names."""
    return re.search(r'"id": "([^"]*)"', button["payload_press"])[1]


async def test_a_question_in_a_place_where_another_was_is_answered_by_its_own_button_alone(scene):
    async with scene.both() as house:
        first = await house.do("lock.unlock", FRONT)
        stale = await scene.shown(house, APPROVE)
        scene.assistant.press(await scene.shown(house, DENY))
        await house.ended(first)
        await scene.gone(house, APPROVE)
        second = await house.do("lock.unlock", FRONT)
        await scene.shown(house, APPROVE)
        scene.assistant.press(stale)
        await refusal(house)

        assert [one["status"] for one in house.outcomes(second)] == ["pending"]
        assert house.on("lock/front/set") == []
