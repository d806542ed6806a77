# Chinese punctuation as it is written
"""What is an answer to "which one?", and what only sounds like one."""

import pytest

from agent.core.home import Entity
from agent.dialogue.choosing import chosen, points


def light(name, area=None):
    return Entity(id=f"light.{name.casefold().replace(' ', '_')}", name=name, area=area, owner="test")


LIGHTS = (
    light("Kitchen Ceiling", "kitchen"),
    light("Kitchen Counter", "kitchen"),
    light("Desk Lamp", "office"),
    light("Bed Lamp Left", "bedroom"),
    light("Floor Lamp"),
)
CHINESE = (light("吸顶灯"), light("落地灯"))
AREAS = {"kitchen": "Kitchen", "office": "Office", "bedroom": "Bedroom"}


def named(text, language="en", options=LIGHTS):
    return [
        one.name for one in chosen(text, language, options, area_of=lambda one: AREAS.get(one.area or ""))
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("the desk lamp", ["Desk Lamp"]),
        ("The desk one, please.", ["Desk Lamp"]),
        ("um, I meant the desk light", ["Desk Lamp"]),
        ("the left one", ["Bed Lamp Left"]),
        ("the one on the left", ["Bed Lamp Left"]),
        ("the second one", ["Kitchen Counter"]),
        ("the second light please", ["Kitchen Counter"]),
        ("number three", ["Desk Lamp"]),
        ("3", ["Desk Lamp"]),
        ("one", ["Kitchen Ceiling"]),
        ("the last one", ["Floor Lamp"]),
        ("the one in the office", ["Desk Lamp"]),
        ("the kitchen", ["Kitchen Ceiling", "Kitchen Counter"]),
        ("all of them", [one.name for one in LIGHTS]),
        ("both please", [one.name for one in LIGHTS]),
    ],
)
def test_a_name_a_place_or_a_number_is_an_answer(text, names):
    assert named(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "we need the kitchen lights off",
        "leave the desk lamp alone",
        "could the desk lamp go off",
        "switch the desk lamp of",
        "not the desk lamp",
        "is the desk lamp on",
        "turn the second one off",
        "all lights off",
        "everything off in the kitchen",
        "wake me at five",
        "set a timer for two minutes",
        "the first thing I want is coffee",
        "the purple one",
        "which one",
        "",
        "the",
    ],
)
def test_what_says_anything_else_is_none(text):
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("第二个", ["落地灯"]),
        ("我要第一个吧", ["吸顶灯"]),
        ("最后一个。", ["落地灯"]),
        ("落地灯", ["落地灯"]),
        ("都", ["吸顶灯", "落地灯"]),
        ("我要落地灯", ["落地灯"]),
        ("把落地灯关了", []),
        ("第二天叫我", []),
        ("都关了", []),
    ],
)
def test_in_chinese_too(text, names):
    assert named(text, "zh-CN", CHINESE) == names


@pytest.mark.parametrize(
    ("text", "pointing"),
    [
        ("the purple one", True),
        ("that small one", True),
        ("we need the lights off", False),
        ("kill it", False),
    ],
)
def test_what_points_at_a_thing_and_nothing_else_can_only_be_an_answer(text, pointing):
    assert points(text, "en") is pointing
