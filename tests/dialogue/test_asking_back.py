# ruff: noqa: RUF001  # Chinese punctuation as it is written
"""Questions back: which one is meant, and what is there instead of what is not."""

import pytest

from agent.core.intents import Choice, Missing
from agent.dialogue.reply import Speaker
from tests.actions.asking import entity
from tests.dialogue.speaking import THINGS, TURN_ON


def choice(*ids):
    return Choice(intent=TURN_ON, options=tuple(THINGS[one] for one in ids))


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "Which one: the kitchen light or the counter light?"),
        ("zh-CN", "哪一个：Kitchen Light还是Counter Light？"),
        ("de", "Which one: Kitchen Light or Counter Light?"),
    ],
)
def test_a_choice_of_few_names_them(language, question):
    assert Speaker(language).asked(choice("light.one", "light.two")).text == question


def test_a_choice_of_many_counts_them_aloud_and_shows_them_all():
    lights = [one for one in THINGS if one.startswith("light.")]

    spoken = Speaker("en").asked(choice(*lights))

    assert (spoken.text, len(spoken.shown.split("\n"))) == ("Which of the 6 lights?", 7)


def test_things_of_one_name_are_told_apart_by_their_areas():
    twins = (entity("light.a", "Ceiling", area="kitchen"), entity("light.b", "Ceiling", area="living_room"))

    spoken = Speaker("en").asked(Choice(intent=TURN_ON, options=twins))

    assert spoken.text == "Which one: the ceiling in the kitchen or the ceiling in the living room?"


def test_things_of_one_name_and_area_are_told_apart_by_their_kinds():
    twins = (entity("lock.a", "Front Door"), entity("cover.b", "Front Door", device_class="door"))

    spoken = Speaker("en").asked(Choice(intent=TURN_ON, options=twins))

    assert spoken.text == "Which one: the front door (lock) or the front door (door)?"


@pytest.mark.parametrize(
    ("missing", "english", "chinese"),
    [
        (
            Missing(kind="area", said="Cellar", near=("Kitchen",)),
            "There is no cellar. Did you mean the kitchen?",
            "没有Cellar。您是指Kitchen吗？",
        ),
        (Missing(kind="area", said="cellar"), "There is no cellar", "没有cellar"),
        (
            Missing(kind="name", said="the toaster", near=("Kitchen Light", "TV"), where="Kitchen"),
            "There is no toaster in the kitchen. Did you mean the kitchen light or the TV?",
            None,
        ),
        (
            Missing(kind="device", said="media player", where="Upper Floor"),
            "There is no player on the upper floor",
            "Upper Floor没有播放器",
        ),
        (Missing(kind="device", said="garage"), "There is no garage door in the house", "家里没有车库门"),
        (Missing(kind="device", said="light", where="Upstairs"), "There is no light upstairs", None),
    ],
)
def test_what_is_missing_is_said_with_what_comes_near(missing, english, chinese):
    assert Speaker("en").missing(missing).text == english
    assert chinese in (None, Speaker("zh-CN").missing(missing).text)
