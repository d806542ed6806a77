# ruff: noqa: RUF001  # Chinese punctuation as it is written
"""Answers in words: what is known, how well, and what is not."""

from datetime import timedelta

import pytest

from agent.core.intents import Answer, Intent
from agent.dialogue import queries
from agent.dialogue.phrases import LANGUAGES, responses
from agent.dialogue.reply import Speaker
from tests.actions.asking import entity, house
from tests.dialogue.speaking import LIGHTS, NOW, THINGS, answered, furnished
from tests.fakes import FakeClock


@pytest.fixture
def home():
    return furnished()


# answers ----------------------------------------------------------------------------------------------------
STATES = [
    ("one", ("light.desk",), None, "The desk lamp is on at 50 percent", "Desk Lamp开着，亮度50%"),
    ("one", ("cover.blinds",), None, "The bedroom blinds are 40 percent open", "Bedroom Blinds打开40%"),
    ("one", ("binary_sensor.leak",), None, "The leak sensor is wet", "Leak Sensor湿"),
    ("one", ("sensor.power",), None, "The house power is 412.5 watts", "House Power是412.5瓦"),
    ("one", ("climate.study",), None, "The study thermostat is set to heat at 21 degrees", None),
    ("one", ("light.new",), None, "The porch light has not reported yet", "Porch Light还没有报告过状态"),
    ("one", ("light.mute",), None, "The shed lamp does not report its state", "Shed Lamp不会报告状态"),
    (
        "one",
        ("light.away",),
        None,
        "The hallway light cannot be reached. When last heard, at 1:05 PM, it was on.",
        "Hallway Light无法连接，下午1点05分最后一次报告时开着",
    ),
    ("one_yesno", ("light.desk",), "on", "Yes", "是的"),
    ("one_yesno", ("light.two",), "on", "No, off", "不是，Counter Light现在关着"),
    ("one_yesno", ("cover.garage",), "open", "No, closed", "不是，Garage Door现在关着"),
    (
        "one_yesno",
        ("light.new",),
        "on",
        "The porch light has not reported yet",
        "Porch Light还没有报告过状态",
    ),
    ("any", LIGHTS, "on", "Yes, the desk lamp and the kitchen light", "是的"),
    ("any", (*LIGHTS, "light.away"), "on", "Yes, the desk lamp and the kitchen light", "是的"),
    (
        "any",
        ("light.two", "light.new"),
        "on",
        "None that I know of. The porch light has not reported yet.",
        "据我所知没有。Porch Light还没有报告过状态。",
    ),
    ("all", LIGHTS, "on", "No, the counter light is not on", "不是"),
    (
        "all",
        ("light.desk", "light.new"),
        "on",
        "All that I can see. The porch light has not reported yet.",
        "我能看到的都是。Porch Light还没有报告过状态。",
    ),
    ("which", LIGHTS, "on", "The desk lamp and the kitchen light", "Desk Lamp和Kitchen Light"),
    ("which", LIGHTS[2:], "on", "Not any", "没有"),
    ("how_many", LIGHTS, "on", "2", "2"),
    (
        "how_many",
        (*LIGHTS, "light.new", "light.away"),
        "on",
        (
            "2. The porch light has not reported yet. The hallway light cannot be reached."
            " When last heard, at 1:05 PM, it was on."
        ),
        None,
    ),
    ("where", ("person.anna",), None, "Anna is away", "Anna不在家"),
    ("where", ("light.desk",), None, "The desk lamp is in the study", "Desk Lamp在Study"),
    ("cover_any", ("cover.blinds",), "open", "Yes, the bedroom blinds", "有"),
    ("cover_how_many", ("cover.blinds",), "open", "1", "我查询到有1个窗帘是开着"),
    ("bs_any", ("binary_sensor.leak",), "on", "Yes, the leak sensor", "检测到了"),
]


@pytest.mark.parametrize(("response", "ids", "state", "english", "chinese"), STATES)
def test_a_state_is_told_as_people_say_it(home, response, ids, state, english, chinese):
    slots = {"name": "x"} if state is None else {"state": state}

    assert answered(home, "en", "HassGetState", *ids, response=response, **slots).text == english
    spoken = answered(home, "zh-CN", "HassGetState", *ids, response=response, **slots).text
    assert chinese in (None, spoken)


@pytest.mark.parametrize(
    ("language", "hours", "words"),
    [
        ("en", 1, "The desk lamp was on when last heard, at 1:05 PM"),
        ("en", 20, "The desk lamp was on when last heard, yesterday at 6:05 PM"),
        ("en", 80, "The desk lamp was on when last heard, on December 29 at 6:05 AM"),
        ("zh-CN", 20, "Desk Lamp在昨天傍晚6点05分最后一次报告时开着"),
    ],
)
def test_what_is_from_before_the_restart_is_told_with_its_time(language, hours, words):
    home = house(THINGS["light.desk"], clock=FakeClock(NOW - timedelta(hours=hours)))
    home.report("light.desk", "on")
    kept = home.remember("light.desk")
    home.remove("light.desk")
    home.restore(kept)

    spoken = answered(
        home, language, "HassGetState", "light.desk", response="one_yesno", state="on", name="x"
    )

    assert spoken.text == words


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (("light.desk",), "2. I last heard of the desk lamp at 1:05 PM."),
        (("light.desk", "light.one"), "2. What I know of 2 lights is from before the last restart."),
    ],
)
def test_a_count_that_rests_on_old_reports_says_so(old, words):
    home = house(THINGS["light.desk"], THINGS["light.one"], clock=FakeClock(NOW - timedelta(hours=1)))
    for one in ("light.desk", "light.one"):
        home.report(one, "on")
    for one in old:
        kept = home.remember(one)
        home.remove(one)
        home.restore(kept)

    spoken = answered(home, "en", "HassGetState", "light.desk", "light.one", response="how_many", state="on")

    assert spoken.text == words


def test_a_list_of_many_is_cut_aloud_and_shown_in_full():
    lamps = [entity(f"light.l{at}", f"Lamp {at}") for at in range(7)]
    home = house(*lamps)
    for one in lamps:
        home.report(one.id, "on")
    intent = Intent(name="HassGetState", response="which", slots={"state": "on"})

    answer = queries.answer(intent, lamps, home, now=NOW, history=lambda _: ())
    spoken = Speaker("en").answered(intent, answer)

    assert spoken.text == "The lamp 0, the lamp 1, the lamp 2 and 4 more"
    assert spoken.shown.count("\n") == len(lamps)


def test_a_screen_shows_units_as_signs(home):
    spoken = answered(home, "en", "HassGetState", "sensor.power", response="one", name="x")

    assert (spoken.text.split()[-1], spoken.shown.split()[-1]) == ("watts", "W")


@pytest.mark.parametrize(
    ("kind", "ids", "english", "chinese"),
    [
        ("HassClimateGetTemperature", ("climate.study",), "20.4 degrees", "现在温度是20.4度"),
        ("HassGetWeather", ("weather.home",), "17 degrees and sunny", "Weather现在17度，晴"),
        ("HassGetCurrentTime", (), "2:05 PM", "下午2点05分"),
        ("HassGetCurrentDate", (), "January 1st, 2026", "今天是2026年1月1日"),
        ("GetListItems", ("todo.shopping",), "On the shopping list: milk", "Shopping List上有milk"),
        ("HassRespond", (), "All right", "好的"),
        ("HassTimerStatus", (), "I cannot do that yet", "这个我还不会"),
    ],
)
def test_other_questions_are_answered_too(home, kind, ids, english, chinese):
    assert answered(home, "en", kind, *ids).text == english
    assert answered(home, "zh-CN", kind, *ids).text == chinese


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Sunny"), ("zh-CN", "Weather天气是晴"), ("de", "Sunny")]
)
def test_weather_without_a_temperature_tells_none(home, language, words):
    home.report("weather.home", "sunny", {})

    assert answered(home, language, "HassGetWeather", "weather.home").text == words


@pytest.mark.parametrize(
    ("changes", "english"),
    [
        ([], "I have heard of no change today. The leak sensor is wet."),
        ([(NOW.replace(hour=8), "off")], "Not today, as far as I have heard. The leak sensor is wet."),
        ([(NOW.replace(hour=8), "on")], "Yes, once, at 8:05 AM"),
        (
            [(NOW.replace(hour=hour), state) for hour, state in ((8, "on"), (9, "off"), (11, "on"))],
            "Yes, 2 times, last at 11:05 AM",
        ),
    ],
)
def test_what_happened_today_is_told_from_the_record(home, changes, english):
    spoken = answered(
        home,
        "en",
        "HassGetState",
        "binary_sensor.leak",
        response="today",
        history=lambda _: changes,
        state="wet",
    )

    assert spoken.text == english


def test_nothing_is_said_of_a_server_that_is_not_ours():
    keys = (None, *responses("en")["HassRespond"])
    answers = [Answer(key=f"respond_{key or 'default'}") for key in keys]

    texts = [
        Speaker(one).answered(Intent(name="HassRespond"), it).text for one in LANGUAGES for it in answers
    ]

    assert [text for text in texts if "Home Assistant" in text] == []
