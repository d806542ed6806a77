"""Which numbers a sentence says: those that were said as a whole, and levels by their names."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.engines.tiny import codec, schema
from agent.engines.tiny.said import said, sayable, unsayable


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("set it to 25", {25}),
        ("21.5 degrees", {21.5}),
        ("21,5 degrees", {21.5}),
        ("1,500 lines", {1500}),
        ("twenty-five percent", {25}),
        ("twenty five", {25}),
        ("one hundred and five", {105}),
        ("a hundred and five percent", {105}),
        ("two thousand three hundred", {2300}),
        ("twenty one point five", {21.5}),
        ("three and a half hours", {3.5}),
        ("one hour and a half", {1.5}),
        ("twenty-one and a half", {21.5}),
        ("2 hundred percent", {200}),
        ("minus five degrees", {-5}),
        ("it is -5", {-5}),
        ("between ten and twenty", {10, 20}),
        ("2 hundred and fifty", {250}),
        ("lamp 2 50 percent", {2, 50}),
        ("lamp 2 fifty percent", {2, 50}),
        ("dim it 10 一下", {10}),
        ("pid43794杀掉", {43794}),
        ("at 7:30", {7, 30}),
        ("an hour", {1}),
        ("a degree warmer", {1}),
        ("5min", {5}),
        ("调到百分之三十", {30}),
        ("调 到 百 分 之 三 十", {30}),
        ("两百零五", {205}),
        ("二十一点五度", {21.5}),
        ("二十一度半", {21.5}),
        ("三个半小时", {3.5}),
        ("３０分钟", {30}),
    ],
)
def test_a_number_is_heard_as_a_whole(text: str, numbers: set[float]) -> None:
    assert said(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        *("turn on the light", "a third", "two thirds", "half an hour", "a bit warmer", "oh the lamp"),
        *("two fifty", "one fifty", "twenty thirty", "that one", "zigbee2mqtt on server1"),
        *("1/2 an hour", "亮一点", "调一下", "三分之二", "百叶窗", "开一半"),
    ],
)
def test_what_is_no_number_or_only_a_part_of_one_says_none(text: str) -> None:
    assert said(text) == set()


@pytest.mark.parametrize(
    ("text", "slot", "levels"),
    [
        ("dim it to a quarter", "brightness", {25}),
        ("desk lamp to a third", "brightness", {33}),
        ("desk lamp to a third", "volume_level", set()),
        ("twenty-one and a half", "position", {21.5}),
        ("brightness two fifty", "brightness", set()),
        ("three quarters open", "position", {75, 100}),
        ("a third up", "position", {33, 100}),
        ("full brightness", "brightness", {100}),
        ("halfway", "position", {50}),
        ("to the minimum", "brightness", {1}),
        ("warm white", "temperature", {2700}),
        ("candle light", "temperature", {1900}),
        ("three and a half hours", "minutes", {3, 3.5, 30}),
        ("three and a half hours", "humidity", {3.5}),
        ("half an hour", "hours", set()),
        ("half an hour", "minutes", {30}),
        ("四分之三", "position", {75}),
        ("最暗", "brightness", {1, 100}),
        ("no number", "pid", set()),
    ],
)
def test_a_level_is_said_by_its_name_in_a_slot_that_has_it(text: str, slot: str, levels: set[float]) -> None:
    assert sayable(text)[slot] == levels


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("set kitchen ceiling light brightness two fifty", "LightSet|brightness 25"),
        ("set kitchen ceiling light brightness two fifty", "LightSet|brightness 2"),
        ("desk lamp to a third", "LightSet|brightness 75"),
        ("set the living room to 2 hundred percent", "LightSet|brightness 2"),
        ("set the heating to twenty-one and a half", "ClimateSetTemperature|temperature 20"),
        ("set the heating to twenty-one and a half", "ClimateSetTemperature|temperature 21"),
    ],
)
def test_an_answer_with_a_number_that_was_not_said_is_refused(text: str, answer: str) -> None:
    with pytest.raises(codec.CodecError, match="not said"):
        codec.decode(answer, text)


@pytest.mark.parametrize(
    ("text", "not_sayable"),
    [
        ("brightness two fifty", True),
        ("volume to a fifth", True),
        ("a bit brighter", False),
        ("that one a bit brighter", False),
        ("one hundred percent", False),
        ("\u767e\u5206\u4e4b\u4e09\u5341", False),
        ("turn it up", False),
    ],
)
def test_a_number_that_no_slot_can_hold_is_noticed(text: str, not_sayable: bool) -> None:  # noqa: FBT001
    assert unsayable(text) is not_sayable


@given(some.text(max_size=100))
def test_any_text_can_be_listened_to(text: str) -> None:
    assert all(number == number for number in said(text))  # noqa: PLR0124  # not a nan


@given(some.text("二点十百半abhundredtwo 1.,/-", max_size=40))
def test_every_slot_of_numbers_may_hold_what_was_said_as_a_whole(text: str) -> None:
    assert all(said(text) <= sayable(text)[slot] for slot in (*schema.NUMBERS, *schema.STEPS))
