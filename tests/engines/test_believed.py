"""What a model takes a sentence for is no act where the sentence says that this very thing is not wanted."""

import pytest

from agent.core.intents import Tier
from agent.engines.believed import NotBelievedError, believed

OFF = ("HassTurnOff", {"area": "kitchen", "domain": "light"})
ON = ("HassTurnOn", {"area": "kitchen", "domain": "light"})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("we don't need the kitchen lights off", OFF),
        ("we do not want the kitchen lights to go out", OFF),
        ("whatever you do the kitchen lights must not go off", OFF),
        ("they mustn\N{RIGHT SINGLE QUOTATION MARK}t be on in the kitchen", ON),
        ("nobody said that the kitchen lights should go off", OFF),
        ("we never leave the kitchen lights on", ON),
        ("I would rather not have the kitchen lights off", OFF),
        ("it would be wrong to have the kitchen lights off", OFF),
        ("我们不需要关厨房的灯", OFF),
        ("没人说要开厨房的灯", ON),
    ],
)
def test_the_very_thing_that_is_not_wanted_is_not_done(text, meant):
    with pytest.raises(NotBelievedError, match="not wanted"):
        believed((meant,), text, "zh" if text[0] > "\x7f" else "en", Tier.MODEL)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("we don't need the kitchen lights on", OFF),
        ("nobody needs the kitchen lights any more", OFF),
        ("we must not forget: kitchen lights off", OFF),
        ("I can't see a thing in the kitchen, lights on", ON),
        ("it is not bright enough in the kitchen, put the lights on", ON),
        ("we need the kitchen lights off", OFF),
        ("no one is in the kitchen, the lights can go off", OFF),
        ("厨房不需要开灯了", OFF),
    ],
)
def test_the_opposite_of_what_is_not_wanted_may_be_meant(text, meant):
    found = believed((meant,), text, "zh" if text[0] > "\x7f" else "en", Tier.MODEL)

    assert [one.name for one in found] == [meant[0]]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("I think you should switch the printer on", OFF),
        ("turn them off in the kitchen", ON),
        ("you could turn the kitchen lights off now", ON),
        ("power on the kitchen lights", OFF),
    ],
)
def test_nobody_who_says_on_means_off(text, meant):
    with pytest.raises(NotBelievedError, match="opposite"):
        believed((meant,), text, "en", Tier.MODEL)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("the light on the left can go, turn it off", OFF),
        ("kill the lights on the shelf", OFF),
        ("get the lamp off the floor lit", ON),
        ("turn on the lights off the hallway", ON),
    ],
)
def test_a_place_that_sounds_like_a_state_is_none(text, meant):
    assert believed((meant,), text, "en", Tier.MODEL)[0].name == meant[0]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (
            "日落前二十分钟关掉 Desk Lamp",
            (
                ("HassTurnOff", {"name": "Desk Lamp"}),
                ("OpsSchedule", {"task": "关掉 Desk Lamp", "time": "二十分钟"}),
            ),
        ),
        ("turn the kitchen lights off before the sun goes down", (OFF,)),
        (
            "20 minutes before sunset let the kitchen go dark",
            (("OpsSchedule", {"task": "let the kitchen go dark", "time": "sunset"}),),
        ),
        (
            "half an hour after sunrise the kitchen goes dark",
            (("OpsSchedule", {"task": "the kitchen goes dark", "time": "half an hour"}),),
        ),
    ],
)
def test_a_time_by_the_sun_may_not_get_lost(text, meant):
    with pytest.raises(NotBelievedError, match="by the sun"):
        believed(meant, text, "zh" if text[0] > "\x7f" else "en", Tier.MODEL)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (
            "20 minutes before sunset let the kitchen go dark",
            ("OpsSchedule", {"task": "let the kitchen go dark", "time": "20 minutes before sunset"}),
        ),
        ("the sunset scene would be nice", ("HassTurnOn", {"name": "sunset scene"})),
    ],
)
def test_a_time_by_the_sun_that_is_heard_is_believed(text, meant):
    found = believed((meant,), text, "en", Tier.MODEL)

    assert [one.name for one in found] == [meant[0]]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("could my alarm perhaps be moved to nine", ("SetAlarm", {"time": "nine"})),
        ("it would be nicer to have the timer changed to ten minutes", ("HassStartTimer", {"minutes": 10})),
        ("闹钟我想改一下 九点吧", ("SetAlarm", {"time": "九点"})),
    ],
)
def test_a_change_is_nothing_new(text, meant):
    with pytest.raises(NotBelievedError, match="nothing new"):
        believed((meant,), text, "zh" if text[0] > "\x7f" else "en", Tier.MODEL)


def test_what_is_to_be_reminded_of_may_be_a_change():
    meant = ("SetReminder", {"text": "move the car", "date": "tomorrow"})

    found = believed((meant,), "I must be reminded to move the car tomorrow", "en", Tier.MODEL)

    assert [one.name for one in found] == ["SetReminder"]


# services -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "said", "called"),
    [
        ("停止nginx服务", "nginx服务", "nginx"),
        ("stop the transmission daemon", "transmission daemon", "transmission"),
        ("stop the media server", "media server", "media server"),
        ("停止服务", "服务", "服务"),
    ],
)
def test_a_service_is_called_without_the_word_for_what_it_is(text, said, called):
    language = "en" if text.isascii() else "zh"
    [intent] = believed((("OpsServiceStop", {"service": said}),), text, language, Tier.MODEL)

    assert dict(intent.slots) == {"service": called}
