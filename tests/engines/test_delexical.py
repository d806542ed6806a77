"""A sentence in which names that a model knows stand for those of the house."""

import pytest

from agent.core.intents import Intent, Tier
from agent.engines.delexical import delexicalised, heeds, tears
from agent.engines.vocabulary import Term, Vocabulary


def named(name, domain="light"):
    return name, Term(name, (("domain", domain),))


HOUSE = Vocabulary(
    {
        "name": [
            named("Kivi 15"),
            named("Twi"),
            named("Twi Lumi"),
            named("Aber\\1", "switch"),
            named("reading lamp"),
            named("拉伊赫朗"),
        ],
        "area": [("Pwe Rhos", Term("Pwe Rhos")), ("卢尼", Term("卢尼"))],
        "floor": [("Cwm", Term("Cwm"))],
    }
)


def meant(slots, text=""):
    return Intent(name="HassTurnOn", slots=slots, text=text, language="en", tier=Tier.MODEL)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("could you turn Kivi 15 on for me", "could you turn the reading lamp on for me"),
        ("could you turn the kivi 15 on", "could you turn the reading lamp on"),
        ("kill the Twi Lumi", "kill the reading lamp"),
        ("kill twi and Twi Lumi", "kill the floor lamp and the reading lamp"),
        ("how warm is it in pwe rhos", "how warm is it in the kitchen"),
        ("close everything on Cwm", "close everything on the first floor"),
        ("put the aber\\1 on", "put the coffee machine on"),
        ("swap twi for the reading lamp", "swap the desk lamp for the floor lamp"),
        ("麻烦你打开拉伊赫朗", "麻烦你打开落地灯"),
        ("卢尼现在多少度", "厨房现在多少度"),
    ],
)
def test_known_names_stand_for_those_of_the_house(said, read):
    language = "en" if said.isascii() else "zh-CN"

    assert delexicalised(said, language, HOUSE).text == read


@pytest.mark.parametrize(
    ("text", "language"),
    [("turn on the twilight", "en"), ("what is the news", "en"), ("schalte Twi ein", "de")],
)
def test_where_nothing_is_named_or_nothing_known_stands_for_it_there_is_no_other_sentence(text, language):
    assert delexicalised(text, language, HOUSE) is None


@pytest.mark.parametrize(
    ("said", "answer", "slots"),
    [
        ("kill the twi", {"name": "reading lamp"}, {"name": "twi"}),
        ("kill the twi", {"name": "lamp"}, {"name": "twi"}),
        (
            "warm pwe rhos",
            {"area": "the kitchen", "temperature": 21},
            {"area": "pwe rhos", "temperature": 21},
        ),
        (
            "in an hour start aber\\1",
            {"conversation_command": "start the coffee machine"},
            {"conversation_command": "start the aber\\1"},
        ),
    ],
)
def test_in_the_answer_stands_what_was_said(said, answer, slots):
    plain = delexicalised(said, "en", HOUSE)

    [intent] = plain.restored([meant(answer, plain.text)])

    assert dict(intent.slots) == slots
    assert intent.text.casefold().replace(" the ", " ") == said.replace(" the ", " ")


@pytest.mark.parametrize(
    ("slots", "heeded", "torn"),
    [
        ({"name": "Twi Lumi", "area": "Pwe Rhos"}, True, False),
        ({"name": "the Twi Lumi of Pwe Rhos"}, True, False),
        ({"name": "Twi Lumi"}, False, False),
        ({"name": "lumi", "area": "Pwe Rhos"}, False, True),
        ({"name": "Twi Lumi", "location": "rhos"}, False, True),
        ({"brightness": 20}, False, False),
    ],
)
def test_an_answer_heeds_names_leaves_them_out_or_tears_them(slots, heeded, torn):
    text = "dim the Twi Lumi in Pwe Rhos"

    assert heeds([meant(slots)], text, HOUSE) is heeded
    assert tears([meant(slots)], text, HOUSE) is torn
