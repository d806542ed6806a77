"""What a model said is plain, bounded and honest before anybody hears it."""

# ruff: noqa: RUF001  # Chinese has stops of its own

from time import perf_counter

import pytest

from agent.dialogue.model_words import claims, in_words
from agent.dialogue.phrases import LONGEST_SHOWN, LONGEST_TEXT


def aloud(said, language="en", **more):
    return in_words(said, language=language, **more).text


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("A **penguin** is a _bird_.", "A penguin is a bird."),
        ("# Penguins\nThey `swim`.", "Penguins, They swim."),
        ("Two kinds:\n- emperor\n* king", "Two kinds: emperor, king"),
        ("1. wash it\n2. dry it\n", "wash it, dry it"),
        ("See [the zoo](https://zoo.example/p?a=1) or https://other.example today.", "See the zoo or today."),
        ("> It is so.", "It is so."),
        ("| a | b |\n|---|---|\n| c | d |", "a b, c d"),
        ("Do this:\n```\nrm -rf /\n```\nand rest.", "Do this: and rest."),
        ("<b>Bold</b> words.", "Bold words."),
        ("Great \N{PARTY POPPER} at 20 °C.", "Great at 20 °C."),
        ("one\x1b[31m two\x00\u202ethree\r\nfour.", "one[31m twothree, four."),
        ("<think>they want a joke</think>\nHello.", "Hello."),
        ("snake_case stays.", "snake_case stays."),
    ],
)
def test_what_is_spoken_is_plain_words(said, heard):
    assert aloud(said) == heard


def test_in_chinese_lines_are_joined_as_chinese_is():
    assert aloud("企鹅：\n- 会游泳\n- 不会飞。", "zh-CN") == "企鹅：会游泳，不会飞。"


def test_what_is_shown_keeps_its_lines_and_nothing_that_steers_a_screen():
    spoken = in_words("first\x1b[2J\n\n\n  second \u202e", language="en")

    assert spoken.shown == "first[2J\nsecond"


@pytest.mark.parametrize(
    "said", ["", "  \n", "...", "**", "<think>endless", "<think>x</think>", "\x00\x01", "😀"]
)
def test_what_says_nothing_is_no_answer(said):
    assert in_words(said, language="en") is None


@pytest.mark.parametrize(
    "said", ['{"intents": []}', '[{"name": "on"}]', '<tool_call>{"name": "on"}</tool_call>']
)
def test_a_call_is_no_answer(said):
    assert in_words(said, language="en") is None


def test_what_is_too_long_to_be_spoken_ends_with_a_whole_sentence():
    heard = aloud("This is a sentence. " * 100)

    assert len(heard) <= LONGEST_TEXT
    assert heard.endswith("a sentence.")


def test_what_is_too_long_without_any_sentence_is_cut():
    spoken = in_words("a" * 50_000, language="en")

    assert (len(spoken.text), len(spoken.shown) <= LONGEST_SHOWN) == (LONGEST_TEXT, True)
    assert spoken.text.endswith("…")


def test_what_was_cut_short_is_spoken_up_to_its_last_whole_sentence():
    spoken = in_words("Penguins swim. They do not fl", language="en", whole=False)

    assert (spoken.text, spoken.shown) == ("Penguins swim.", "Penguins swim. They do not fl…")


CLAIMS = [
    "I've turned on the kitchen light.",
    "I have locked the front door for you!",
    "I turned off the heating.",
    "I'm setting the thermostat to 21.",
    "I\u2019ll switch that off.",
    "I will restart nginx now.",
    "I have just opened the garage.",
    "Done! Anything else?",
    "Sure, done.",
    "OK. All done",
    "Okay, consider it done.",
    "The lights are now off.",
    "The door is now locked.",
    "The alarm has been disarmed.",
    "The blinds are being closed.",
    "**I've** turned on the light.",
    "已为您打开客厅的灯。",
    "好的，我马上帮你把门锁上。",
    "已经把空调调到26度了。",
    "正在为您关闭窗帘。",
]
HONEST = [
    "I cannot turn on the light; say it in other words, please.",
    "I can't switch anything on or off.",
    "I did not understand that as a command.",
    "I am only able to talk.",
    "A light is turned on with its switch.",
    "I'm sorry, I don't know the time.",
    "Penguins are birds that cannot fly.",
    "You could open a window.",
    "我不能帮你开灯，请换个说法。",
    "我没听懂，请再说一遍。",
    "企鹅不会飞。",
]


@pytest.mark.parametrize("said", CLAIMS)
def test_an_answer_that_claims_to_act_is_none(said):
    assert in_words(said, language="en") is None


@pytest.mark.parametrize("said", HONEST)
def test_an_answer_that_claims_nothing_stays(said):
    assert not claims(said)


@pytest.mark.parametrize(
    "part",
    [
        "I have just already now ",
        "已",
        "_*",
        "[",
        "[a](",
        "\n",
        " \n",
        "```\n",
        "<",
        "<think>",
        "a_",
        "- ",
        "http://",
    ],
)
def test_whatever_a_long_answer_holds_it_is_read_at_once(part):
    began = perf_counter()
    in_words(f"a{part * (20_000 // len(part))}b", language="en")

    assert perf_counter() - began < 0.5
