"""Words of an integration, by language."""

import pytest

from agent.wordbook import Wordbook


@pytest.fixture
def words(tmp_path):
    (tmp_path / "en.yaml").write_text(
        'thing: {one: "one {what}", other: "{count} {what}s"}\nname: "{text}"\n'
    )
    (tmp_path / "zh-CN.yaml").write_text('thing: "{count}个{what}"\n')
    return Wordbook(tmp_path).words


def test_a_counted_phrase_takes_the_form_of_its_number(words):
    assert [words("en").said("thing", count=one, what="unit") for one in (1, 2)] == ["one unit", "2 units"]


def test_a_language_without_a_file_is_told_in_english(words):
    assert words("pt-BR").language == "en"


@pytest.mark.parametrize("language", ["zh", "zh-CN", "zh-Hant", "ZH_tw"])
def test_every_chinese_is_told_in_chinese(words, language):
    assert words(language).said("thing", count=1, what="x") == "1个x"


def test_a_value_is_never_read_as_a_phrase(words):
    assert words("en").said("name", text="{count} {secret}") == "{count} {secret}"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (61, "1 minute"),
        (3_600, "1 hour"),
        (5_400, "1 hour and 30 minutes"),
        (90_000, "1 day and 1 hour"),
        (10 * 86_400 + 59, "10 days"),
        (-5, "0 seconds"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(words, seconds, said):
    assert words("en").span(seconds) == said


def test_a_length_of_time_is_told_in_chinese(words):
    assert words("zh-CN").span(90_000) == "1天1小时"


def test_things_in_a_row_end_with_and(words):
    assert [words("en").joined(one) for one in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        *("", "a"),
        *("a and b", "a, b and c"),
    ]
