"""The numbers that a sentence says."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.engines.tiny.numbers import chinese, english, in_chinese, in_words, said


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("set it to 25", 25),
        ("21.5 degrees", 21.5),
        ("21,5 degrees", 21.5),
        ("twenty-five percent", 25),
        ("one hundred and five", 105),
        ("two thousand three hundred", 2300),
        ("twenty one point five", 21.5),
        ("three and a half hours", 3.5),
        ("minus five degrees", -5),
        ("a -5", -5),
        ("an hour", 1),
        ("调到百分之三十", 30),
        ("两百零五", 205),
        ("二十一点五度", 21.5),
        ("３０分钟", 30),
    ],
)
def test_a_number_is_heard_in_digits_and_in_words(text: str, number: float) -> None:
    assert number in said(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("turn on the light", 1), ("twenty five", 52), ("fifteen", 50), ("channel ten", 11)],
)
def test_a_number_that_was_not_said_is_not_heard(text: str, number: float) -> None:
    assert number not in said(text)


@pytest.mark.parametrize("words", ["", "and", "one and", "five ten", "twenty twenty", "lamp", "point five"])
def test_words_that_are_no_number_are_none(words: str) -> None:
    assert english(words.split()) is None


@given(some.integers(0, 100))
def test_what_is_written_in_words_is_read_again(number: int) -> None:
    assert english(in_words(number).split()) == number


@given(some.integers(0, 100))
def test_what_is_written_in_chinese_numerals_is_read_again(number: int) -> None:
    assert chinese(in_chinese(number)) == number


@pytest.mark.parametrize(
    ("number", "numerals"),
    [(0, "零"), (2, "两"), (10, "十"), (12, "十二"), (20, "二十"), (25, "二十五"), (100, "一百")],
)
def test_a_number_is_written_in_the_numerals_that_people_say(number: int, numerals: str) -> None:
    assert in_chinese(number) == numerals


@given(some.text(max_size=100))
def test_any_text_can_be_listened_to(text: str) -> None:
    assert all(number == number for number in said(text))  # noqa: PLR0124  # not a nan
