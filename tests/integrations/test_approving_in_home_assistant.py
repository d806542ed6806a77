"""From the bus to Home Assistant and back: buttons come, are pressed, and go; the lock obeys once."""

import asyncio
import contextlib
import re
import signal

import pytest
from structlog.testing import capture_logs

from tests.announced import LOCK
from tests.cli.program import NODE, Program, until
from tests.house import living
from tests.integrations.home_assistant import HomeAssistant

OFTEN = {"health": {"interval": 1}}
APPROVE = "Approve: unlock Front Door"
DENY = "Deny: unlock Front Door"
FRONT = {"entity": "lock.front"}


def obeyed(house):
    """A lock that does what it is told."""
    previous = house.client.on_message

    def heard(client, data, message):
        previous(client, data, message)
        if message.topic == "lock/front/set":
            house.client.publish("lock/front", message.payload + b"ED", qos=1, retain=True)

    house.client.on_message = heard


class Scene:
    """A broker, and on it the daemon with a lock, and Home Assistant."""

    def __init__(self, port, folder):
        self.port = port
        self.folder = folder
        self.assistant = HomeAssistant()

    @contextlib.asynccontextmanager
    async def house(self, **policy):
        """One life of the daemon."""
        async with living(self.port, self.folder, {**OFTEN, "policy": policy}) as house:
            obeyed(house)
            house.publish("homeassistant/lock/front/config", LOCK, retain=True)
            await house.until(lambda: house.daemon.home.get("lock.front"))
            yield house

    @contextlib.asynccontextmanager
    async def both(self, **policy):
        """One life of the daemon, with Home Assistant up."""
        async with self.house(**policy) as house:
            with self.assistant.running(self.port):
                await house.until(lambda: self.assistant.shown("Pending approvals"))
                yield house

    async def shown(self, house, beginning):
        """The entity whose name begins so, once it is there."""
        return await house.until(lambda: self.assistant.shown(beginning))

    async def last_word(self, house):
        """Wait until Home Assistant knows what was announced last."""
        said = house.on("homeassistant/device/hearthd_test/config")[-1]["components"]
        there = {key: one for key, one in said.items() if set(one) != {"platform"}}
        await house.until(lambda: self.assistant.entities == there)

    async def gone(self, house, beginning):
        """Wait until no entity's name begins so."""
        await house.until(lambda: self.assistant.shown(beginning) is None)

    async def last(self, house, **wanted):
        """What the sensor's attributes tell of the last answer, once it is as `wanted`."""

        def told():
            found = self.assistant.attributes.get("hearthd_test_pending", {}).get("last") or {}
            return found if wanted.items() <= found.items() else None

        return await house.until(told)

    async def cli(self, *arguments):
        """The user of the machine itself: exit code and words of a command."""
        done = await asyncio.to_thread(Program(self.folder.parent), *arguments)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def scene(own_broker, tmp_path):
    return Scene(own_broker().port, tmp_path / "state")


def refusals(house, verb="approve"):
    """The reasons of answers that did not count."""
    return [one["reason"] for one in house.on(house.topic("outcome")) if one["action"] == verb]


async def refusal(house, verb="approve"):
    """The reason of the newest answer that did not count."""
    return (await house.until(lambda: refusals(house, verb)))[-1]


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


# who may not --------------------------------------------------------------------------------------------
async def test_a_press_that_was_to_be_retained_is_refused(scene):
    async with scene.both() as house:
        action = await house.do("lock.unlock", FRONT)
        scene.assistant.press(await scene.shown(house, APPROVE), retain=True)

        assert "it is retained" in await refusal(house)
        assert [one["status"] for one in house.outcomes(action) if one["target"]] == ["pending"]
        assert house.on("lock/front/set") == []


@pytest.mark.parametrize("answer", ["approve", "deny"])
async def test_an_answer_to_a_question_that_nobody_asked_is_refused_in_words(scene, answer):
    async with scene.both() as house:
        await house.do("lock.unlock", FRONT)
        await scene.shown(house, APPROVE)
        house.publish(house.topic(answer), {"id": "made-up"})

        assert await refusal(house, answer) == (
            "no question 'made-up' is waiting; it may have expired or been answered"
        )
        assert len(house.daemon.pipeline.pending()) == 1


async def test_a_forged_signature_makes_nobody_a_person(scene):
    async with scene.both() as house:
        action = await house.do("lock.unlock", FRONT)
        await scene.shown(house, APPROVE)
        house.publish(house.topic("approve"), {"id": action, "who": "root", "signature": "0" * 64})

        assert "the signature is not of this daemon's key" in await refusal(house)
        assert house.on("lock/front/set") == []


async def test_what_is_destructive_has_no_buttons_and_says_who_may(scene):
    async with scene.both(risks={"lock.unlock": "destructive"}) as house:
        code, said = await scene.cli("do", "lock.unlock", "--target", "lock.front", "--id", "grave")
        house.publish(house.topic("approve"), {"id": "grave"})
        reason = await refusal(house)
        [question] = (await house.until(lambda: house.on(house.topic("pending"))[-1]))["pending"]

        assert (code, "pending" in said) == (1, True)
        assert (question["needs"], scene.assistant.names("button")) == ("person", [])
        assert reason == "this needs an authenticated person: `hearthd approve` on the machine itself"
        assert await scene.cli("approve", "grave") == (0, "lock.front confirmed\n")


# the PIN ------------------------------------------------------------------------------------------------
PIN = {"pin": "0042-secret"}


async def test_where_a_pin_is_set_there_are_fields_for_it_and_no_buttons(scene):
    async with scene.both(**PIN) as house:
        await house.do("lock.unlock", FRONT)
        await scene.shown(house, "PIN to approve: unlock Front Door (asked by somebody on the bus, expires ")

        assert scene.assistant.names("button") == []
        assert len(scene.assistant.names("text")) == 2


@pytest.mark.parametrize(("verb", "status"), [("approve", "confirmed"), ("deny", "refused")])
async def test_the_pin_in_its_field_answers(scene, verb, status):
    async with scene.both(**PIN) as house:
        action = await house.do("lock.unlock", FRONT)
        scene.assistant.type(await scene.shown(house, f"PIN to {verb}"), "0042-secret")

        assert (await house.ended(action))["status"] == status
        await scene.gone(house, "PIN to")


async def test_a_wrong_pin_is_said_to_be_wrong_and_the_question_stays(scene):
    async with scene.both(**PIN) as house:
        action = await house.do("lock.unlock", FRONT)
        scene.assistant.type(await scene.shown(house, "PIN to approve"), "1234")

        assert (await refusal(house)).startswith("the PIN is not the right one, or too many wrong ones came")
        assert [one["id"] for one in house.daemon.pipeline.pending()] == [action]


async def test_after_five_wrong_pins_the_right_one_does_not_count_and_the_machine_itself_still_may(scene):
    async with scene.both(**PIN) as house:
        action = await house.do("lock.unlock", FRONT)
        field = await scene.shown(house, "PIN to approve")
        for wrong in range(5):
            scene.assistant.type(field, str(wrong))
        scene.assistant.type(field, "0042-secret")
        await house.until(lambda: len(refusals(house)) == 6)

        assert house.on("lock/front/set") == []
        assert await scene.cli("approve", action) == (0, "lock.front confirmed\n")


async def test_the_pin_is_no_state_and_stands_in_nothing_we_say_log_or_keep(scene):
    with capture_logs() as logged:
        await typed(scene)
    kept = [path for path in scene.folder.rglob("*") if path.is_file()]

    assert "action.changed" in [one["event"] for one in logged]
    assert "0042-secret" not in repr(logged)
    assert kept
    assert [path for path in kept if b"0042-secret" in path.read_bytes()] == []


async def typed(scene):
    """Somebody types the PIN, and it counts; it is no state and comes back on no topic."""
    async with scene.both(**PIN) as house:
        action = await house.do("lock.unlock", FRONT)
        field = await scene.shown(house, "PIN to approve")
        await house.until(lambda: field["unique_id"] in scene.assistant.states)
        scene.assistant.type(field, "0042-secret")
        await house.ended(action)
        await scene.last(house, status="confirmed")

        assert scene.assistant.states[field["unique_id"]] == ""
        assert {topic for topic, payload, _ in house.heard if b"0042-secret" in payload} == {
            house.topic("approve")
        }
