"""Who may answer a question in Home Assistant: what is refused, what needs the PIN, and where that goes."""

import pytest
from structlog.testing import capture_logs

from tests.integrations.approving import APPROVE, FRONT, Scene, refusal, refusals


@pytest.fixture
def scene(own_broker, tmp_path):
    return Scene(own_broker().port, tmp_path / "state")


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
