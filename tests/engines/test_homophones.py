"""What sounds the same is put right where a sentence can be nothing else."""

import pytest

from agent.engines.homophones import put_right

NAMES = ("Lamp Two", "Four Seasons", "Turn Of Events", "TV")


def right(text):
    return put_right(text, "en", lambda said: [one for one in NAMES if one.casefold() in said.casefold()])


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("turn of the kitchen lights", "turn off the kitchen lights"),
        ("turn of the tv", "turn off the tv"),
        ("Turn of TV", "Turn off TV"),
        ("please can you switch of everything", "please can you switch off everything"),
        ("switch the desk lamp of", "switch the desk lamp off"),
        ("switch it of please", "switch it off please"),
        ("turn on the fan and turn of the lights", "turn on the fan and turn off the lights"),
        ("set a timer four ten minutes", "set a timer for ten minutes"),
        ("set a timer four 5 minutes", "set a timer for 5 minutes"),
        ("set a timer for for minutes", "set a timer for four minutes"),
        ("set the heating to twenty for degrees", "set the heating to twenty four degrees"),
        ("set a timer for to minutes", "set a timer for two minutes"),
        ("dim the desk light two thirty percent", "dim the desk light to thirty percent"),
        ("set the desk lamp too 50%", "set the desk lamp to 50%"),
        ("set the heating to twenty-one and a half", "set the heating to 21.5"),
        ("set it to 21 and a half degrees please", "set it to 21.5 degrees please"),
        ("how full is slash var", "how full is /var"),
        ("what is in slash var slash log", "what is in /var/log"),
        ("dim lamp two two thirty percent", "dim lamp two to thirty percent"),
    ],
)
def test_what_can_be_nothing_else_is_put_right(heard, meant):
    assert right(heard) == meant


@pytest.mark.parametrize(
    "text",
    [
        "turn off the lights of the kitchen",
        "what a turn of events",
        "start turn of events",
        "dim lamp two thirty percent",
        "turn on the lights in the four seasons",
        "set a timer for four minutes",
        "set a timer four",
        "set the volume to two",
        "set kitchen ceiling light brightness two fifty",
        "set it to two hundred percent",
        "remind me to call two people",
        "turn up the heating by two degrees",
        "switch on two of them",
        "set a timer for three and a half hours",
        "is the temperature too high",
    ],
)
def test_what_may_be_meant_as_it_was_heard_stays(text):
    assert right(text) == text


def test_other_languages_are_left_alone():
    assert put_right("turn of the tv", "de", lambda _: ()) == "turn of the tv"
