"""Numbers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.engines.tiny.numbers import chinese, english, in_chinese, in_words


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


@pytest.mark.parametrize(
    ("run", "number"),
    [("两百零五", 205), ("一百五", 150), ("二十一点五", 21.5), ("两万五", 25000), ("一万两千", 12000)],
)
def test_chinese_numerals_are_what_people_mean_by_them(run: str, number: float) -> None:
    assert chinese(run) == number


@pytest.mark.parametrize("run", ["", "点五", "两五十", "三十五十", "百"])
def test_numerals_in_a_row_that_are_no_number_are_none(run: str) -> None:
    assert chinese(run) is None
