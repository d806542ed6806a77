"""Two decodings of one sound, and words that a model doesn't know: values in, values out."""

import pytest

from integrations.voice.ear.recognisers.agreement import Decoding, agreed, alone, answered
from integrations.voice.ear.recognisers.spelling import known_pieces, missing, segmented, variants, written

HOUSE = frozenset(["turn", "on", "off", "the", "kitchen", "hallway", "lamp", "light"])
KNOWN = dict.fromkeys(
    ["living", "room", "lamp", "lamps", "light", "kitchen", "打开", "客厅", "的", "灯", "[unk]", "#0"], 1
)


def decoded(text: str, *sure: float) -> Decoding:
    words = text.split()
    return Decoding(words=tuple(zip(words, sure or [1.0] * len(words), strict=True)))


def sure(heard) -> float:
    return min((confidence for _, confidence in heard.words), default=0.0)


def test_what_both_say_was_said():
    said = agreed(decoded("turn on the lamp"), decoded("turn on the lamp"), house=HOUSE)

    assert (said.text, sure(said), said.unknown) == ("turn on the lamp", 1.0, False)


def test_what_both_say_is_as_sure_as_both_are():
    said = agreed(decoded("lamp", 0.9), decoded("lamp", 0.5), house=HOUSE)

    assert sure(said) == pytest.approx(0.7)


def test_the_free_decoding_is_believed_against_a_grammar_as_sure():
    said = agreed(
        decoded("turn the hallway light on", 1, 1, 0.95, 1, 1),
        decoded("turn the porch light on"),
        house=HOUSE,
    )

    assert said.text == "turn the porch light on"


def test_the_grammar_is_believed_where_the_free_decoding_doubts():
    said = agreed(decoded("turn on the light"), decoded("turn on the write", 1, 1, 1, 0.4), house=HOUSE)

    assert said.text == "turn on the light"


def test_a_word_against_which_another_is_sure_is_doubtful():
    said = agreed(decoded("turn on the hallway"), decoded("turn on the kitchen"), house=HOUSE)

    assert dict(said.words)["kitchen"] == pytest.approx(0.7)
    assert dict(said.words)["turn"] == 1.0


def test_a_word_that_one_left_out_makes_its_neighbours_doubtful():
    said = agreed(decoded("turn on the lamp"), decoded("turn the lamp"), house=HOUSE)

    assert [confidence < 1 for _, confidence in said.words] == [True, True, False]


def test_what_neither_has_a_word_for_is_unknown_and_not_in_the_text():
    said = agreed(decoded("turn [unk] lamp"), decoded("turn [unk] lamp"), house=HOUSE)

    assert (said.text, said.unknown) == ("turn lamp", True)


def test_a_word_of_the_model_that_is_sure_is_not_unknown():
    said = agreed(decoded("[unk] turn on the lamp"), decoded("please turn on the lamp"), house=HOUSE)

    assert (said.text, said.unknown) == ("please turn on the lamp", False)


def test_a_word_of_the_model_that_is_unsure_is_unknown():
    said = agreed(decoded("[unk] lamp"), decoded("peas lamp", 0.5, 1), house=HOUSE)

    assert said.unknown


def test_nothing_is_nothing():
    assert agreed(decoded(""), decoded(""), house=HOUSE) == alone(decoded(""))


def test_a_grammar_that_hears_something_in_nothing_is_doubtful():
    assert sure(agreed(decoded("turn on the lamp"), decoded(""), house=HOUSE)) == pytest.approx(0.7)


def test_an_answer_against_other_words_is_very_doubtful():
    assert sure(answered(decoded("yes", 0.99), decoded("guess"))) < 0.5


def test_an_answer_stays_one_of_the_answers():
    assert answered(decoded("yes", 0.6), decoded("guess")).text == "yes"


def test_a_word_in_one_is_found_in_two():
    assert variants("livingroom", KNOWN) == ["living room"]


def test_another_ending_is_found():
    assert variants("lights", KNOWN)[0] == "light"


def test_nearly_the_same_letters_are_found():
    assert "kitchen" in variants("kitchin", KNOWN)


def test_signs_of_the_model_are_no_words():
    assert variants("unk", KNOWN) == []


def test_only_words_that_are_missing_are_told():
    assert missing(["Kitchen Lamp", "kitchin lamp"], KNOWN) == {"kitchin": ["kitchen"]}


def test_what_is_written_without_spaces_is_cut_into_known_words():
    assert segmented("打开客厅的灯", KNOWN) == ["打开", "客厅", "的", "灯"]


def test_what_is_unknown_between_is_cut_sign_by_sign():
    assert segmented("打开书房的灯", KNOWN) == ["打开", "书", "房", "的", "灯"]


def test_words_are_written_as_their_language_writes_them():
    assert written(["打开", "客厅", "的", "灯"]) == "打开客厅的灯"
    assert written(["turn", "on", "灯"]) == "turn on 灯"


def test_a_phrase_is_cut_where_a_word_is_missing():
    assert [*known_pieces(["kitchen", "lamp", "zyx", "living", "room", "light"], KNOWN)] == [
        "kitchen lamp",
        "living room light",
    ]


def test_a_single_word_before_a_missing_one_is_no_phrase():
    assert [*known_pieces(["lamp", "zyx", "kitchen"], KNOWN)] == ["kitchen"]
