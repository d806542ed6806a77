"""What a configured model is told of our intents: all of them, and every slot that the templates fill."""

import functools
import re
from importlib import resources

import pytest
import yaml
from home_assistant_intents import get_intents

from agent.engines.instructions import SLOTS_OF, instructions
from agent.engines.provider import answered
from agent.engines.tiny import schema


def test_the_instructions_fit_a_small_context():
    assert len(instructions()) < 7000


def test_every_intent_has_its_slots_and_every_slot_its_intent():
    assert set(SLOTS_OF) == schema.INTENTS
    assert set().union(*SLOTS_OF.values()) == set(schema.SLOTS)


def _slots_in(data):
    """The slots that the templates of each intent fill."""
    rules = data.get("expansion_rules", {})

    @functools.cache
    def inside(text):
        found = {one.rpartition(":")[2] for one in re.findall(r"\{([^}]+)\}", text)}
        return found.union(*(inside(rules[one]) for one in re.findall(r"<([^>]+)>", text) if one in rules))

    for name, intent in data["intents"].items():
        for block in intent["data"]:
            yield name, set(block.get("slots", {})).union(*map(inside, block["sentences"]))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_slots_of_every_template_are_among_those_of_its_intent(language):
    own = resources.files("agent.engines") / "sentences" / f"{language}.yaml"
    templates = [*_slots_in(get_intents(language)), *_slots_in(yaml.safe_load(own.read_text("utf-8")))]
    known = set(schema.SLOTS)

    lacking = {
        (name, slot) for name, slots in templates for slot in slots & known - SLOTS_OF.get(name, known)
    }

    assert templates
    assert lacking == set()


def test_the_examples_are_answers_that_would_count():
    examples = instructions().partition("Examples:\n")[2].splitlines()

    read = {
        sentence: answered(told, sentence)
        for sentence, _, told in (one.partition(" -> ") for one in examples)
    }

    assert [len(intents) for intents in read.values()] == [1, 2, 1, 0]


def test_of_code_a_model_hears_only_where_somebody_runs_it():
    assert "OpsRunCode" not in instructions()
    assert "OpsRunCode" in instructions(code=True)
