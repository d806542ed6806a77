"""How a sentence is divided, and what its parts lend each other."""

import pytest

from agent.engines.compound import MOST_PARTS, Compound


def divided(text, *known, language="en", tried=None):
    """The parts of `text`, where only `known` can be read."""

    def read(part):
        if tried is not None:
            tried.append(part)
        return part if part in known else None

    return Compound(language, read, lambda part, before: part.replace("it", before.split()[-1])).wishes(text)


@pytest.mark.parametrize("link", ["and", "and then", "then", ",", ", and", ";", ", then", "but", "plus"])
def test_a_sentence_is_divided_at_what_links_its_parts(link):
    text = f"open the door{'' if link[0] in ',;' else ' '}{link} close the window"

    assert divided(text, "open the door", "close the window") == ["open the door", "close the window"]


def test_a_verb_is_lent_to_the_parts_after_it():
    parts = divided("turn on the lamp and the fan", "turn on the lamp", "turn on the fan")

    assert parts == ["turn on the lamp", "turn on the fan"]


def test_a_noun_is_lent_to_the_parts_before_it():
    known = ("turn on the living room lights", "turn on kitchen lights")

    assert divided("turn on the living room and kitchen lights", *known) == list(known)


def test_verb_and_end_are_lent_together():
    known = ("set the lamp to 20 percent", "set the fan to 20 percent")

    assert divided("set the lamp and the fan to 20 percent", *known) == list(known)


def test_several_parts_share_one_verb():
    known = ("turn off the lamp", "turn off the oven", "turn off the fan")

    assert divided("turn off the lamp, the oven and the fan", *known) == list(known)


def test_a_part_that_holds_a_link_stays_in_one():
    known = ("add salt and pepper to the list", "open the door")

    assert divided("add salt and pepper to the list and open the door", *known) == list(known)


def test_both_is_no_part_of_a_name():
    known = ("turn on the lamp", "turn on the fan")

    assert divided("turn on both the lamp and the fan", *known) == list(known)


def test_a_pronoun_stands_for_what_the_part_before_named():
    known = ("turn on the lamp", "set lamp to blue")

    assert divided("turn on the lamp and set it to blue", *known) == list(known)


def test_what_is_no_pronoun_after_all_is_read_as_it_is():
    known = ("open the list", "what time is it")

    assert divided("open the list and what time is it", *known) == list(known)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("打开灯然后关闭电视", ("打开灯", "关闭电视")),
        ("打开灯\uff0c关闭电视", ("打开灯", "关闭电视")),
        ("打开灯和电视", ("打开灯", "打开电视")),
        ("关闭客厅和厨房的灯", ("关闭客厅的灯", "关闭厨房的灯")),
    ],
)
def test_chinese_is_divided_by_characters(text, known):
    assert divided(text, *known, language="zh-CN") == list(known)


def test_one_part_that_cannot_be_read_spoils_the_whole():
    assert divided("open the door and sing a song", "open the door") is None


@pytest.mark.parametrize("text", ["open the door", "", "and", "and and and", ",,,"])
def test_what_has_no_parts_is_not_divided(text):
    assert divided(text, "open the door") is None


def test_a_language_whose_links_are_not_known_is_not_divided():
    assert divided("avaa ovi ja sulje ikkuna", "avaa ovi", "sulje ikkuna", language="fi") is None


def test_a_sentence_of_too_many_parts_is_not_tried():
    tried = []

    divided(" and ".join(["open the door"] * (MOST_PARTS + 1)), "open the door", tried=tried)

    assert tried == []


def test_what_is_tried_does_not_grow_with_the_length_of_the_parts():
    long, longer = [], []

    divided(f"open {'very ' * 10} door and close {'very ' * 10} window", tried=long)
    divided(f"open {'very ' * 100} door and close {'very ' * 100} window", tried=longer)

    assert len(longer) == len(long)
