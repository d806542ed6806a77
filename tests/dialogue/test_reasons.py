# Chinese punctuation as it is written
"""Reasons: what the daemon gives for an end is known again, and told in the language of the house."""

import re
from pathlib import Path

import pytest

from agent.dialogue import reply
from agent.dialogue.phrases import LONGEST_TEXT
from agent.dialogue.reasons import REASONS, known_reason
from agent.dialogue.reply import Speaker
from agent.integration.loader import BUNDLED
from tests.actions.asking import planned
from tests.dialogue.speaking import furnished

FOLDER = Path(reply.__file__).parent


@pytest.fixture
def home():
    return furnished()


# reasons ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("service", "data", "key"),
    [
        ("light.turn_on", {"brightness": 100}, "reason_no_dimming"),
        ("light.turn_on", {"rgb_color": [1, 2, 3]}, "reason_no_color"),
        ("light.turn_on", {"kelvin": 3000}, "reason_no_white"),
        ("light.turn_on", {"brightness": 300}, "reason_out_of_range"),
    ],
)
def test_a_refusal_of_the_planner_is_known_again(home, service, data, key):
    ((_, reason),) = planned(home, service, "light.two", data).refusals

    assert (known_reason(reason) or ("", {}))[0] == key


@pytest.mark.parametrize(("key", "pattern"), REASONS, ids=lambda one: one if isinstance(one, str) else "")
def test_every_known_reason_is_one_that_the_daemon_gives(key, pattern):
    sources = [
        *(FOLDER.parent / "actions").glob("*.py"),
        FOLDER.parent / "pipeline.py",
        FOLDER / "timing" / "commands.py",
        FOLDER.parent / "automations" / "schedule_book.py",
        *BUNDLED.glob("*/*.py"),
    ]
    given = "".join(re.sub(r'"\s*f?"', "", one.read_text(encoding="utf-8")) for one in sources)
    literal = max(
        re.split(r"\(\?P<[^)]*\)|\\\(|\\\)|\\[Sd]\+|\.[+*]|\['\\\"\]|\bS\+", pattern.pattern), key=len
    )

    assert literal.replace("\\", "").strip() in given, key


def test_a_reason_of_any_length_is_bounded():
    spoken = Speaker("en").said("refused", reason="x is not available" * 10_000)

    assert len(spoken.text) < LONGEST_TEXT
