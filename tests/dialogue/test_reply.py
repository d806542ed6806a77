# ruff: noqa: RUF001  # Chinese punctuation as it is written
"""Words follow the outcome: never more than what happened, and asking back where it is not clear."""

from pathlib import Path

import pytest

from agent.actions.services import SERVICES
from agent.core.actions import Status
from agent.core.intents import Intent
from agent.dialogue import reply
from agent.dialogue.phrases import LANGUAGES, phrases
from agent.dialogue.reply import Speaker, Spoken
from agent.dialogue.verbs import verb_of
from tests.dialogue.speaking import DIM, SILENT, THINGS, TURN_ON, ended, furnished, told

FOLDER = Path(reply.__file__).parent


@pytest.fixture
def home():
    return furnished()


# outcomes ---------------------------------------------------------------------------------------------------
OPEN = Intent(name="HassTurnOn", slots={"name": "Garage Door"}, response="cover")
LOCK = Intent(name="HassTurnOn", slots={"name": "Front Door"}, response="lock")
TOGGLE = Intent(name="HassToggle", slots={"name": "Desk Lamp"})
WARM = Intent(name="HassClimateSetTemperature", slots={"temperature": 19.5}, response="default")
ADD = Intent(name="HassListAddItem", slots={"item": "milk"}, response="item_added")
PLAYED = {"action": "media_player.media_next_track"}
ONE_OUTCOME = [
    (TURN_ON, ended("light.desk", "confirmed"), "Turned on the light", "Desk Lamp已打开"),
    (
        TURN_ON,
        ended("light.mute", "sent"),
        "I told the shed lamp to turn on, but it does not report back",
        "已通知Shed Lamp打开，但它不会回报状态",
    ),
    (
        TURN_ON,
        ended("light.desk", "sent", final=False),
        "I told the desk lamp to turn on, and it has not answered yet",
        "已通知Desk Lamp打开，还没有收到回应",
    ),
    (
        TURN_ON,
        ended("light.desk", "accepted", final=False),
        "I told the desk lamp to turn on, and it has not answered yet",
        "已通知Desk Lamp打开，还没有收到回应",
    ),
    (
        TURN_ON,
        ended("light.desk", "failed", reason=SILENT),
        "The desk lamp did not answer",
        "Desk Lamp没有回应",
    ),
    (
        TURN_ON,
        ended("light.desk", "failed", reason="Desk Lamp did not do it within 5 s: it reports 'off'"),
        "The desk lamp did not do it and reports off",
        "Desk Lamp没有照做，它报告的是关着",
    ),
    (
        TURN_ON,
        ended("light.desk", "failed", reason="Desk Lamp is not available"),
        "The desk lamp cannot be reached",
        "Desk Lamp无法连接",
    ),
    (
        TURN_ON,
        ended("light.desk", "failed", reason="the moon is full"),
        "That failed: the moon is full",
        "失败了：原因见屏幕",
    ),
    (TURN_ON, ended("light.desk", "failed"), "That failed: no reason was given", "失败了：没有说明原因"),
    (
        DIM,
        ended("light.desk", "refused", reason="Desk Lamp cannot be dimmed"),
        "I cannot do that: the desk lamp cannot be dimmed",
        "不能这样做：Desk Lamp不能调光",
    ),
    (
        TURN_ON,
        ended("light.desk", "expired", reason="nobody approved it in time; ask for it again"),
        "That is over: nobody approved it in time",
        "已过期：没有人及时批准",
    ),
    (OPEN, ended("cover.garage", "pending"), "That needs your approval first", "这需要您先批准"),
    (
        OPEN,
        ended("cover.garage", "confirmed", action="cover.open_cover"),
        "Opened the garage door",
        "已打开Garage Door",
    ),
    (LOCK, ended("lock.front", "confirmed", action="lock.lock"), "Locked the front door", "已锁上Front Door"),
    (
        LOCK,
        ended("lock.front", "confirmed", action="lock.lock", reason="Front Door already was as asked"),
        "The front door already is locked",
        "Front Door本来就锁着",
    ),
    (
        DIM,
        ended("light.desk", "confirmed", reason="Desk Lamp already was as asked"),
        "The desk lamp already is as you asked",
        "Desk Lamp本来就是这样",
    ),
    (
        TOGGLE,
        ended("light.desk", "confirmed", action="light.toggle"),
        "Turned on the desk lamp",
        "已打开Desk Lamp",
    ),
    (DIM, ended("light.desk", "confirmed"), "Brightness set", "Desk Lamp亮度已设置为40%"),
    (
        WARM,
        ended("climate.study", "confirmed", action="climate.set_temperature"),
        "Temperature set to 19.5 degrees",
        "已设置Study Thermostat的温度",
    ),
    (
        ADD,
        ended("todo.shopping", "sent", action="todo.add_item"),
        "I sent milk to the shopping list",
        "已把milk发给Shopping List",
    ),
    (
        Intent(name="HassTurnOn", slots={"name": "Movie Night"}, response="scene"),
        ended("scene.movie", "sent", action="scene.turn_on"),
        "I called Movie Night",
        "已调用Movie Night",
    ),
    (
        Intent(name="HassTurnOn", slots={"name": "Movie Night"}, response="default"),
        ended("scene.movie", "confirmed", action="scene.turn_on"),
        "Activated Movie Night",
        "Movie Night已打开",
    ),
    (
        Intent(name="HassMediaNext", response="default"),
        ended("media_player.radio", "sent", **PLAYED),
        "I told Anna's Radio to play the next",
        "已通知Anna's Radio切换到下一个",
    ),
    (
        Intent(name="HassVacuumStart", response="default"),
        ended("vacuum.robby", "failed", action="vacuum.start", reason="Robby is not available"),
        "Robby cannot be reached",
        "Robby无法连接",
    ),
]


@pytest.mark.parametrize(("intent", "outcome", "english", "_"), ONE_OUTCOME)
def test_one_outcome_is_told_in_english_as_it_was(home, intent, outcome, english, _):
    assert told(home, "en", intent, outcome).text == english


@pytest.mark.parametrize(("intent", "outcome", "_", "chinese"), ONE_OUTCOME)
def test_one_outcome_is_told_in_chinese_as_it_was(home, intent, outcome, _, chinese):
    assert told(home, "zh-CN", intent, outcome).text == chinese


KITCHEN = Intent(name="HassTurnOn", slots={"area": "Kitchen", "domain": "light"}, response="lights_area")
BOTH = (ended("light.one", "confirmed"), ended("light.two", "confirmed"))
LATE = ended("light.desk", "failed", reason=SILENT)
SEVERAL = [
    (KITCHEN, BOTH, "Turned on the lights", "Kitchen灯已打开"),
    (TURN_ON, BOTH, "Turned on 2 lights", "已打开2盏灯"),
    (
        TURN_ON,
        (*BOTH, LATE),
        "Turned on 2 lights; the desk lamp did not answer",
        "已打开2盏灯；Desk Lamp没有回应",
    ),
    (KITCHEN, (LATE, BOTH[0]), "Turned on the kitchen light; the desk lamp did not answer", None),
    (
        TURN_ON,
        (ended("light.one", "failed", reason=SILENT), LATE),
        "2 lights did not answer",
        "2盏灯没有回应",
    ),
    (
        TURN_ON,
        (ended("light.one", "confirmed"), ended("switch.tv", "confirmed", action="switch.turn_on")),
        "Turned on 2 devices",
        "已打开2个设备",
    ),
    (
        Intent(name="HassTurnOff", slots={"domain": "lock"}),
        (
            ended("lock.front", "pending", action="lock.unlock"),
            ended("lock.back", "refused", action="lock.unlock", reason="denied by them"),
        ),
        "The front door needs your approval first; nothing was done to the back door (it was denied)",
        "Front Door需要您先批准；Back Door没有执行（被拒绝了）",
    ),
    (
        Intent(name="HassTurnOn", slots={"area": "Study"}),
        (ended("light.one", "confirmed"), ended("cover.garage", "confirmed", action="cover.open_cover")),
        "Turned on the kitchen light; opened the garage door",
        None,
    ),
]


@pytest.mark.parametrize(("intent", "outcomes", "english", "chinese"), SEVERAL)
def test_several_outcomes_are_told_together(home, intent, outcomes, english, chinese):
    assert told(home, "en", intent, *outcomes).text.casefold() == english.casefold()
    assert chinese in (None, told(home, "zh-CN", intent, *outcomes).text)


def test_several_outcomes_are_shown_one_by_one(home):
    assert told(home, "en", TURN_ON, *BOTH, LATE).shown.split("\n")[1:] == [
        "Turned on the kitchen light",
        "Turned on the counter light",
        "The desk lamp did not answer",
    ]


def test_the_worse_of_two_ends_of_one_thing_counts(home):
    warmer = ended("climate.study", "confirmed", action="climate.set_temperature")
    mode = ended("climate.study", "failed", action="climate.set_hvac_mode", reason="Study is not available")

    assert told(home, "en", WARM, mode, warmer).text == "The study thermostat cannot be reached"


def test_the_last_word_on_a_step_counts(home):
    outcomes = ended("light.desk", "sent", final=False), ended("light.desk", "confirmed")

    assert told(home, "en", TURN_ON, *outcomes).text == "Turned on the light"


def test_all_is_not_said_where_something_was_left_out(home):
    but = Intent(
        name="HassTurnOn", slots={"domain": "light"}, response="light_all", excepted=("Hallway Light",)
    )

    assert told(home, "en", but, *BOTH).text == "Turned on 2 lights"


def test_all_is_not_said_where_nothing_is_known_of_some(home):
    every = Intent(name="HassTurnOn", slots={"domain": "light"}, response="light_all")
    things = [THINGS[one] for one in ("light.one", "light.two", "light.desk")]

    assert Speaker("en").told(every, BOTH, things, {}).text == "Turned on 2 lights"


def test_nothing_known_is_said_to_be_so():
    assert Speaker("en").told(TURN_ON, (), (), {}).text == "I do not know what became of that"


def test_a_target_that_is_no_entity_is_told_with_its_reason(home):
    outcome = ended("kitchen", "refused", reason="there is no light in 'kitchen'")

    assert told(home, "en", TURN_ON, outcome).text == "I cannot do that: there is no light in 'kitchen'"


def test_a_reason_that_has_no_translation_is_on_the_screen(home):
    spoken = told(home, "zh-CN", TURN_ON, ended("light.desk", "failed", reason="the moon is full"))

    assert (spoken.text, spoken.shown) == ("失败了：原因见屏幕", "失败了：the moon is full")


def test_a_word_for_an_amount_is_not_read_as_nought(home):
    loud = Intent(name="HassSetVolume", slots={"volume_level": "最大"}, response="default")

    spoken = told(
        home, "zh-CN", loud, ended("media_player.radio", "confirmed", action="media_player.volume_set")
    )

    assert spoken.text == "已设置Anna's Radio的音量"


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.CONFIRMED])
@pytest.mark.parametrize("language", ["en", "zh-CN", "de", "fr", "ja", "ru"])
def test_nothing_is_claimed_to_be_done_before_it_is_confirmed(home, language, status):
    done = {told(home, language, one, ended("light.desk", "confirmed")).text for one in (TURN_ON, DIM)}

    for intent in (TURN_ON, DIM):
        assert told(home, language, intent, ended("light.desk", status.value)).text not in done


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_service_has_a_verb_with_words(service):
    assert all(verb_of(service, {}) in phrases(language).verbs for language in LANGUAGES)


# together ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["Turned on the light"], "Turned on the light"),
        (["Turned on the light", "Locked the door"], "Turned on the light. Locked the door."),
        (["Turned on the light", "Turned on the light"], "Turned on the light"),
        (["Turned on the light", "In which room?"], "Turned on the light. In which room?"),
        ([], ""),
    ],
)
def test_several_things_in_one_breath_are_told_in_order(parts, text):
    assert Speaker("en").joined([Spoken(one, one) for one in parts]).text == text


def test_several_things_are_shown_line_by_line():
    assert Speaker("en").joined([Spoken("A", "a"), Spoken("B", "b")]).shown == "a\nb"


def test_several_things_are_joined_in_chinese_without_a_gap():
    assert (
        Speaker("zh-CN").joined([Spoken("好的", ""), Spoken("在哪个房间？", "")]).text == "好的。在哪个房间？"
    )
