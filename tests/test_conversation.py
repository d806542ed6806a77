"""Talking to the house over the bus: sentences in, replies and deeds out, nothing that was not asked for."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.house import House
from tests.talking import Talk, put, simulated_home

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
_ids = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory) -> AsyncIterator[House]:
    async with simulated_home(tmp_path_factory.mktemp("talk")) as house:
        yield house


@pytest.fixture
def talk(house) -> Talk:
    return Talk(house, f"session-{next(_ids)}")


# deeds --------------------------------------------------------------------------------------------------
async def test_a_command_is_carried_out_and_told_as_confirmed(talk):
    await put(talk, "light.desk_lamp", "off")
    reply = await talk.say("turn on the desk lamp")

    assert talk.state("light.desk_lamp") == "on"
    assert [one["status"] for one in reply["outcomes"]] == ["confirmed"]
    assert (reply["text"], reply["tier"]) == ("Turned on the light", "grammar")
    assert reply["intents"] == [{"name": "HassTurnOn", "slots": {"name": "Desk Lamp"}}]


async def test_plain_text_is_enough(talk):
    await put(talk, "light.hallway", "off")
    talk.house.publish(talk.house.topic("ask"), "turn on the hallway light")

    await talk.house.until(lambda: talk.state("light.hallway") == "on")


async def test_several_wishes_are_done_in_one_breath(talk):
    await put(talk, "lock.front_door", "unlocked")
    await put(talk, "cover.living_room_blinds", "open", current_position=100)
    reply = await talk.say("lock the front door, close the living room blinds and turn off the printer")

    assert [one["target"] for one in reply["outcomes"]] == [
        "lock.front_door",
        "cover.living_room_blinds",
        "switch.printer",
    ]
    assert talk.state("lock.front_door") == "locked"


async def test_the_room_of_the_speaker_is_meant_by_the_lights(talk):
    for light in ("light.kitchen_ceiling", "light.kitchen_counter", "light.bedroom_light"):
        await put(talk, light, "on")
    reply = await talk.say("turn off the lights", area="kitchen")

    assert {one["target"] for one in reply["outcomes"]} == {"light.kitchen_ceiling", "light.kitchen_counter"}
    assert talk.state("light.bedroom_light") == "on"


async def test_a_device_that_does_not_obey_is_told_as_failed(talk):
    await put(talk, "switch.coffee_machine", "off")
    talk.house.publish("demo-house/switch.coffee_machine/faults", {"drop": 1.0})
    reply = await talk.say("turn on the coffee machine")
    talk.house.publish("demo-house/switch.coffee_machine/faults", {"drop": 0.0})

    assert [one["status"] for one in reply["outcomes"]] == ["failed"]
    assert "Turned on" not in reply["text"]


async def test_what_takes_longer_than_patience_is_told_as_under_way(talk):
    await put(talk, "cover.bedroom_curtains", "closed", current_position=0)
    talk.house.publish("demo-house/cover.bedroom_curtains/faults", {"delay": 8.0})
    reply = await talk.say("open the bedroom curtains")
    talk.house.publish("demo-house/cover.bedroom_curtains/faults", {"delay": 0.0})

    assert [(one["status"], one["final"]) for one in reply["outcomes"]] == [("sent", False)]
    assert "not answered yet" in reply["text"]


async def test_an_utterance_of_the_same_id_is_carried_out_once(talk):
    await put(talk, "light.floor_lamp", "off")
    first = await talk.say("turn on the floor lamp", id="once")
    await put(talk, "light.floor_lamp", "off")
    talk.house.publish(talk.house.topic("ask"), {"id": "once", "text": "turn on the floor lamp"})
    replies = await talk.house.until(lambda: _of(talk.house, "reply", "once", 2))

    assert first["outcomes"][0]["status"] == "confirmed"
    assert replies[1]["outcomes"][0]["status"] == "confirmed"
    assert talk.state("light.floor_lamp") == "off"


# asks are not acts --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "question",
    [
        "is the desk lamp on",
        "desk lamp on?",
        "did you turn on the desk lamp",
        "what would happen if I turned off the lights",
        "are all the lights off",
        "which lights are on in the kitchen",
        "who is the president",
        "don't turn on the desk lamp",
        "never mind",
    ],
)
async def test_a_question_or_a_no_tells_no_device_anything(talk, question):
    before = len(talk.house.on(talk.house.topic("outcome")))
    reply = await talk.say(question)

    assert reply["outcomes"] == []
    assert len(talk.house.on(talk.house.topic("outcome"))) == before


async def test_a_question_is_answered_from_the_state_of_the_device(talk):
    await put(talk, "lock.front_door", "locked")
    assert (await talk.say("is the front door locked"))["text"] == "Yes"

    await put(talk, "lock.front_door", "unlocked")
    assert (await talk.say("is the front door locked"))["text"].startswith("No")


async def test_a_name_that_is_not_here_is_said_and_nothing_is_done(talk):
    reply = await talk.say("turn off the lights in the cellar")

    assert (reply["outcomes"], reply["expects_answer"]) == ([], False)
    assert "no cellar" in reply["text"]


# back and forth -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("said", ["make the living room cosy", "把Living Room弄得温馨一点"])
async def test_what_is_to_be_cosy_is_dim(talk, said):
    lamps = ("light.living_room_ceiling", "light.floor_lamp")
    for lamp in lamps:
        await put(talk, lamp, "on", brightness=255)
    reply = await talk.say(said, language="zh-CN" if not said.isascii() else "en")
    home = talk.house.daemon.home

    assert [one["status"] for one in reply["outcomes"]] == ["confirmed", "confirmed"], reply["text"]
    assert {round(home.state(one).attributes["brightness"] / 2.55) for one in lamps} == {30}


async def test_two_equal_targets_are_asked_about_and_the_answer_completes_the_wish(talk):
    for light in ("light.living_room_ceiling", "light.floor_lamp"):
        await put(talk, light, "off")
    asked = await talk.say("turn on the light in the living room")
    done = await talk.say("the floor lamp")

    assert (asked["expects_answer"], asked["outcomes"]) == (True, [])
    assert [one["target"] for one in done["outcomes"]] == ["light.floor_lamp"]


async def test_both_answers_a_question_too(talk):
    asked = await talk.say("turn off the light in the living room")
    done = await talk.say("both")

    assert asked["expects_answer"] is True
    assert {one["target"] for one in done["outcomes"]} == {"light.living_room_ceiling", "light.floor_lamp"}


async def test_a_new_wish_drops_the_open_question(talk):
    await put(talk, "light.desk_lamp", "off")
    await talk.say("turn on the light in the living room")
    done = await talk.say("turn on the desk lamp")
    late = await talk.say("both")

    assert [one["target"] for one in done["outcomes"]] == ["light.desk_lamp"]
    assert late["outcomes"] == []


async def test_it_is_what_the_last_turn_was_about(talk):
    await put(talk, "light.desk_lamp", "off")
    await talk.say("turn on the desk lamp")
    reply = await talk.say("turn it off again")

    assert [one["target"] for one in reply["outcomes"]] == ["light.desk_lamp"]
    assert talk.state("light.desk_lamp") == "off"


async def test_and_the_other_room(talk):
    await put(talk, "light.dining_table", "on")
    await talk.say("turn off the kitchen lights")
    reply = await talk.say("and the dining room?")

    assert [one["target"] for one in reply["outcomes"]] == ["light.dining_table"]


async def test_undo_brings_back_what_was_before(talk):
    await put(talk, "light.living_room_ceiling", "on", brightness=200)
    await talk.say("set the living room ceiling light to 10 percent")
    undone = await talk.say("undo")

    assert [one["status"] for one in undone["outcomes"]] == ["confirmed"]
    assert talk.house.daemon.home.state("light.living_room_ceiling").attributes["brightness"] == 200
    assert (await talk.say("undo"))["outcomes"] == []


async def test_one_session_knows_nothing_of_another(house):
    first, second = Talk(house, "mine"), Talk(house, "yours")
    await first.say("turn on the desk lamp")
    reply = await second.say("turn it off again")

    assert reply["outcomes"] == []


async def test_what_needs_approval_waits_and_a_room_may_say_yes_while_no_pin_is_set(talk):
    await put(talk, "lock.front_door", "locked")
    asked = await talk.say("unlock the front door")
    pending = [one["id"] for one in talk.house.on(talk.house.topic("pending"))[-1]["pending"]]

    assert [one["status"] for one in asked["outcomes"]] == ["pending"]
    assert asked["expects_answer"] is True
    assert asked["outcomes"][0]["id"] in pending
    assert talk.state("lock.front_door") == "locked"
    await talk.say("yes")
    await talk.house.until(lambda: talk.state("lock.front_door") == "unlocked")


# bad input ----------------------------------------------------------------------------------------------
async def test_a_retained_sentence_is_refused(talk):
    await put(talk, "light.desk_lamp", "off")
    talk.house.publish(talk.house.topic("ask"), {"id": "kept", "text": "turn on the desk lamp"}, retain=True)
    refused = await talk.house.until(lambda: _of(talk.house, "outcome", "kept", 1))
    talk.house.publish(talk.house.topic("ask"), b"", retain=True)

    assert (refused[0]["status"], talk.state("light.desk_lamp")) == ("refused", "off")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xfe", "not UTF-8"),
        ({"id": "x1"}, "'text' is missing"),
        ({"id": "x2", "text": "hi", "area": 7}, "'area' is 7"),
        ({"id": "x3", "text": "hi", "ts": "yesterday"}, "'ts' is 'yesterday'"),
    ],
)
async def test_a_payload_that_is_none_is_refused_with_what_would_be_right(talk, payload, reason):
    before = len(talk.house.on(talk.house.topic("outcome")))
    talk.house.publish(talk.house.topic("ask"), payload)
    refused = await talk.house.until(lambda: talk.house.on(talk.house.topic("outcome"))[before:])

    assert refused[0]["status"] == "refused"
    assert reason in refused[0]["reason"]


@pytest.mark.parametrize(
    "text", ["", "   ", "!?", "\u202e\u200f", "\N{PILE OF POO}", "x" * 100_000, "\x00\x07"]
)
async def test_what_is_no_sentence_gets_a_clear_answer(talk, text):
    reply = await talk.say(text)

    assert (reply["intents"], reply["outcomes"]) == ([], [])
    assert reply["text"]


async def test_an_area_that_is_not_in_the_house_is_said(talk):
    reply = await talk.say("turn off the lights", area="dungeon")

    assert "no dungeon" in reply["text"]
    assert reply["outcomes"] == []


async def test_the_reply_comes_on_the_response_topic_with_its_correlation_data(house):
    heard: asyncio.Queue = asyncio.Queue()
    loop = asyncio.get_running_loop()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = lambda _c, _d, message: loop.call_soon_threadsafe(heard.put_nowait, message)
    client.on_subscribe = lambda *_: loop.call_soon_threadsafe(heard.put_nowait, None)
    client.connect("127.0.0.1", house.client.port)
    client.loop_start()
    client.subscribe("panel/replies", qos=1)
    assert await asyncio.wait_for(heard.get(), 5) is None
    properties = Properties(PacketTypes.PUBLISH)
    properties.ResponseTopic, properties.CorrelationData = "panel/replies", b"42"
    client.publish(house.topic("ask"), "what time is it", qos=1, properties=properties)
    message = await asyncio.wait_for(heard.get(), 5)
    client.disconnect()
    client.loop_stop()

    assert message.properties.CorrelationData == b"42"
    assert json.loads(message.payload)["intents"] == [{"name": "HassGetCurrentTime", "slots": {}}]


def _of(house: House, topic: str, said: str, count: int) -> list[dict]:
    found = [one for one in house.on(house.topic(topic)) if isinstance(one, dict) and one.get("id") == said]
    return found if len(found) >= count else []
