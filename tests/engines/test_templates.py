"""The sieve before hassil: it drops nothing that hassil would have found."""

import random

import pytest
from hassil import Intents
from hassil.intents import TextSlotList
from hassil.recognize import recognize_all
from home_assistant_intents import get_intents

from agent.engines.templates import HERE, Templates
from tests.engines.sampling import sampled

NAMES = (("Desk Lamp", "light"), ("Ceiling Fan", "fan"), ("Front Door", "lock"), ("Garage Door", "cover"))
LISTS = {
    "name": TextSlotList.from_tuples(
        [(name, name, {"domain": domain}) for name, domain in NAMES], allow_template=False, name="name"
    ),
    "area": TextSlotList.from_strings(["Kitchen", "Living Room"], allow_template=False, name="area"),
    "floor": TextSlotList.from_strings(["First Floor"], allow_template=False, name="floor"),
}
NONE = {kind: TextSlotList(name=kind, values=[]) for kind in LISTS}


@pytest.fixture(scope="module", params=["en", "zh-CN", "de"])
def language(request):
    return request.param


@pytest.fixture(scope="module")
def data(language):
    return get_intents(language)


@pytest.fixture(scope="module")
def templates(data):
    return Templates(data)


def told(results):
    return sorted(
        (
            one.intent.name,
            one.intent_sentence.text,
            sorted((key, repr(entity.value)) for key, entity in one.entities.items()),
        )
        for one in results
    )


def test_what_passes_the_sieve_is_what_hassil_finds_in_all_templates(language, data, templates):
    intents = Intents.from_dict(data)
    chance = random.Random(7)
    texts = sampled(data, chance, LISTS, count=150)

    for text in texts:
        plain = recognize_all(text, intents, slot_lists=dict(LISTS), intent_context={"area": HERE})
        assert told(templates.matches(text, LISTS)) == told(plain), text


def test_a_template_that_needs_a_name_is_not_tried_where_none_was_said(templates):
    assert templates.matches("turn on the desk lamp", NONE) == []


def test_files_of_ones_own_are_merged_and_leave_the_data_as_it_was():
    data = get_intents("en")
    before = len(data["intents"]["HassTurnOn"]["data"])
    own = {
        "language": "en",
        "intents": {
            "HassTurnOn": {"data": [{"sentences": ["let there be light"], "slots": {"domain": "light"}}]}
        },
    }

    found = Templates(data, own).matches("Let there be light!", NONE)

    assert [(one.intent.name, one.entities["domain"].value) for one in found] == [("HassTurnOn", "light")]
    assert len(data["intents"]["HassTurnOn"]["data"]) == before


@pytest.mark.parametrize(
    ("sentence", "complaint"),
    [
        ("do <nothing_known>", "uses the rule <nothing_known>, which is not defined"),
        ("do {nothing_known}", "uses the list {nothing_known}, which is not defined"),
    ],
)
def test_a_sentence_with_an_unknown_rule_or_list_is_told(sentence, complaint):
    own = {"language": "en", "intents": {"Mine": {"data": [{"sentences": [sentence]}]}}}

    with pytest.raises(ValueError, match=complaint):
        Templates(get_intents("en"), own)


def test_a_rule_that_contains_itself_is_told():
    own = {
        "language": "en",
        "expansion_rules": {"mine": "very <mine>"},
        "intents": {"Mine": {"data": [{"sentences": ["do <mine>"]}]}},
    }

    with pytest.raises(ValueError, match="contains itself"):
        Templates(get_intents("en"), own)
