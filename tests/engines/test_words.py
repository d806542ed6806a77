"""Small questions about words: fit to be read, one or all, a name or none."""

import pytest

from agent.core.intents import Intent, Unrecognized
from agent.engines import gates
from agent.engines.quantity import is_plural, means_every, without_article
from agent.engines.text import cleaned, language_of, mended, plain_value, squeezed, unspaced


# fit to be read -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("  turn   on\tthe\nlight ", "turn on the light"),
        ("turn on\x00 the \x1b[31mlight", "turn on the [31mlight"),
        ("turn on the light 💡", "turn on the light"),
        ("turn\u200b on \u202ethe\u202c light\u200f", "turn on the light"),
        ("set to \uff15\uff10\uff05", "set to 50%"),
        ("don\u2019t", "don't"),
        ("20°", "20°"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
    ],
)
def test_what_cannot_be_spoken_is_taken_out(text, told):
    assert cleaned(text) == told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\u200b\u200b", "unreadable"),
        ("💡👍", "unreadable"),
        ("?!...", "unreadable"),
        ("a" * 301, "too_long"),
        ("a" * 100_000, "too_long"),
        (" " * 5_000, "too_long"),
        ("\ufdfa" * 100, "too_long"),
    ],
)
def test_what_cannot_be_read_is_said_to_be(text, reason):
    refused = cleaned(text)

    assert isinstance(refused, Unrecognized)
    assert refused.reason == reason


def test_a_refused_text_is_not_carried_on_in_full():
    refused = cleaned("a" * 100_000)

    assert isinstance(refused, Unrecognized)
    assert len(refused.text) <= 80


def test_case_spaces_and_punctuation_make_no_other_name():
    assert squeezed("Living-Room  LAMP_2.") == squeezed("living room lamp 2")


@pytest.mark.parametrize(
    ("text", "usual", "language"),
    [
        ("turn on the light", "en", "en"),
        ("turn on the light", "de", "de"),
        ("打开灯", "en", "zh-CN"),
        ("打开灯", "zh-TW", "zh-TW"),
        ("打开灯", "ja", "ja"),
        ("電気をつけて", "en", "ja"),
        ("打开 kitchen light", "en", "zh-CN"),
    ],
)
def test_a_script_tells_the_language(text, usual, language):
    assert language_of(text, usual) == language


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("turn on the kitchen lamb", "turn on the kitchen lamp"),
        ("turn on the lihgts", "turn on the lights"),
        ("close the curtians", "close the curtains"),
        ("good night", "good night"),
        ("turn on the right lamp", "turn on the right lamp"),
    ],
)
def test_a_noun_misheard_by_one_letter_is_mended(text, told):
    assert mended(text, "en") == told


def test_nothing_is_mended_in_languages_whose_nouns_are_not_known():
    assert mended("lamb lihgt", "de") == "lamb lihgt"


def test_spaces_beside_chinese_characters_are_closed_and_others_stay():
    assert unspaced("打开 kitchen light 的 灯") == "打开kitchen light的灯"


@pytest.mark.parametrize(("value", "told"), [(20.0, 20), (20.5, 20.5), (" jazz ", "jazz"), (True, True)])
def test_values_are_as_people_would_write_them(value, told):
    assert plain_value(value) == told
    assert type(plain_value(value)) is type(told)


# one or all -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "language", "slots"),
    [
        ("turn on all the light", "en", {"domain": "light"}),
        ("turn on the lights", "en", {"domain": "light"}),
        ("turn off everything", "en", {}),
        ("open both curtains", "en", {"device_class": "curtain"}),
        ("关闭所有灯", "zh-CN", {"domain": "light"}),
        ("关灯", "zh-CN", {"domain": "light"}),
        ("mach das Licht an", "de", {"domain": "light"}),
    ],
)
def test_all_that_fit_are_meant(text, language, slots):
    assert means_every(text, language, slots)


@pytest.mark.parametrize(
    ("text", "language", "slots"),
    [
        ("turn on the light", "en", {"domain": "light"}),
        ("close the bedroom curtains", "en", {"name": "Bedroom Curtains"}),
        ("turn on the all star lamp", "en", {"name": "All Star Lamp"}),
        ("打开落地灯", "zh-CN", {"name": "落地灯"}),
    ],
)
def test_one_is_meant(text, language, slots):
    assert not means_every(text, language, slots)


def test_a_plural_is_told_from_one():
    assert is_plural("the bedroom lights")
    assert not is_plural("the bedroom light")


def test_a_name_is_freed_of_what_stands_before_it():
    assert without_article("all of the bedroom lights") == "bedroom lights"


# names that are missing -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "said", "told"),
    [
        ("area", "the cellar", ("area", "cellar")),
        ("area", "in the guest bathroom please", ("area", "guest bathroom")),
        ("area", "third floor", ("floor", "third floor")),
        ("name", "my dishwasher", ("name", "dishwasher")),
        ("name", "桑拿房", ("name", "桑拿房")),
    ],
)
def test_a_name_that_a_house_could_have_may_be_missing(kind, said, told):
    assert gates.missing_name(kind, said) == told


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("area", "patio light"),
        ("area", "left"),
        ("area", "reading"),
        ("area", "kitchen and the cellar"),
        ("area", "the land of the free and the home of the brave"),
        ("name", "it"),
        ("name", "your mind"),
        ("name", "light"),
        ("name", "everything"),
        ("name", "off sauna"),
        ("name", "a"),
        ("name", " "),
        ("name", "打"),
    ],
)
def test_what_is_no_name_is_never_said_to_be_missing(kind, said):
    assert gates.missing_name(kind, said) is None


# what takes nearly anything -------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["chess with me", "a game", "hide and seek", "dead", "the piano"])
def test_what_is_no_music_is_not_played(text):
    playing = Intent(name="HassMediaSearchAndPlay", slots={"search_query": text})

    assert not gates.passes(playing, frozenset({"search_query"}), inner=lambda _: True)


def test_music_is_played():
    playing = Intent(name="HassMediaSearchAndPlay", slots={"search_query": "some jazz"})

    assert gates.passes(playing, frozenset({"search_query"}), inner=lambda _: False)


@pytest.mark.parametrize("command", ["turn off the tv", "world peace"])
def test_what_is_to_be_done_later_must_be_a_command(command):
    later = Intent(name="HassStartTimer", slots={"hours": 1, "conversation_command": command})

    passes = gates.passes(later, frozenset({"conversation_command"}), inner=lambda said: "turn" in said)

    assert passes is (command == "turn off the tv")


@pytest.mark.parametrize(("state", "passes"), [("home", True), ("家里", True), ("the president", False)])
def test_people_are_only_looked_for_where_people_are(state, passes):
    who = Intent(name="HassGetState", slots={"domain": "person", "state": state})

    assert gates.passes(who, frozenset({"state"}), inner=lambda _: True) is passes
