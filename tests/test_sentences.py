"""The language, as a table: what people say to the default house, and what is understood."""

from collections import Counter
from functools import cache

import pytest

from agent.core.intents import Tier, acts
from tests.engines.saying import Said, house_of, table

TABLE = table()
house = cache(house_of)


def ids(entities) -> list[str]:
    return [one for each in entities for one in each]


@pytest.mark.parametrize("said", TABLE, ids=str)
def test_it_is_understood_as_the_table_says(said: Said):
    row = said.row

    understood = house(said.language).understand(said.text, row.area)

    parsed = understood.parsed
    assert [(one.name, dict(one.slots)) for one in parsed.intents] == row.intents
    assert understood.unrecognized in row.reasons
    assert [one for intent in parsed.intents for one in intent.excepted] == row.excepted * len(parsed.intents)
    if row.missing:
        assert understood.missing is not None
        assert {understood.missing.kind: understood.missing.said} == row.missing
        assert parsed.refusal
    elif row.question:
        assert parsed.question
        assert ids(parsed.targets) == row.question
    elif not row.nothing:
        assert (understood.missing, parsed.question) == (None, None)
        assert [list(one) for one in parsed.targets] == row.targets_each


@pytest.mark.parametrize("said", [one for one in TABLE if not one.may_act], ids=str)
def test_it_could_change_nothing(said: Said):
    understood = house(said.language).understand(said.text, said.row.area)

    acting = [one for one in understood.parsed.intents if acts(one.name)]
    assert acting == [] or understood.missing is not None


def test_the_table_is_long_enough_in_both_languages():
    count = Counter(one.language for one in TABLE)

    assert count["en"] >= 310
    assert count["zh-CN"] >= 105


def test_no_utterance_stands_in_the_table_twice():
    count = Counter((one.language, one.text.casefold(), one.row.area) for one in TABLE)

    assert [one for one, times in count.items() if times > 1] == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_table_names_only_what_is_in_the_house(language):
    known = {one.id for one in house(language).home.entities()}

    named = {
        key
        for one in TABLE
        if one.language == language
        for key in [*ids(one.row.targets_each), *(one.row.question or ())]
    }

    assert named <= known


def test_what_is_not_understood_is_of_no_tier():
    assert house("en").understand("play chess with me").parsed.tier is Tier.NONE
