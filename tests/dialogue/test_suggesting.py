"""What a guess would do is told in a question; what reaches far is never done on a guess."""

import pytest

from agent.core.intents import Intent, Tier
from agent.dialogue.suggesting import reaches_far, suggestion
from agent.home.furnished import furnished
from agent.home.housefile import read_house
from agent.integration.loader import BUNDLED


@pytest.fixture(scope="module")
def home():
    return furnished(read_house(BUNDLED / "demo_house" / "default.yaml"))


def guessed(name, /, said="somehow", **slots):
    return (Intent(name=name, slots=slots, text=said, tier=Tier.MODEL),)


@pytest.mark.parametrize(
    "intents",
    [
        guessed("HassTurnOff", said="unlock it", name="Front Door"),
        guessed("HassTurnOff", domain="alarm_control_panel"),
        guessed("HassTurnOn", name="Garage Door"),
    ],
)
def test_what_unlocks_opens_or_disarms_reaches_far(home, intents):
    assert reaches_far(intents, home, area=None)


@pytest.mark.parametrize(
    "intents",
    [
        guessed("HassTurnOn", said="lock it", name="Front Door"),
        guessed("HassTurnOff", name="Garage Door"),
        guessed("HassTurnOn", name="Desk Lamp"),
        guessed("HassGetState", name="Front Door", state="locked"),
        guessed("HassGetCurrentTime"),
        guessed("HassTurnOn", name="Nothing Of The Kind"),
    ],
)
def test_what_locks_closes_or_only_looks_does_not(home, intents):
    assert not reaches_far(intents, home, area=None)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "I am not sure that I understood. Shall I turn on the desk lamp?"),
        ("zh-CN", "我不太确定。要我打开Desk Lamp吗？"),  # noqa: RUF001
    ],
)
def test_the_question_says_what_would_be_done(home, language, told):
    spoken = suggestion(
        guessed("HassTurnOn", name="Desk Lamp"), home, language=language, area=None, units="metric"
    )

    assert spoken.text == told


@pytest.mark.parametrize(
    "intents", [guessed("HassGetCurrentTime"), guessed("HassTurnOn", name="Nothing Of The Kind")]
)
def test_nothing_is_asked_about_what_does_nothing(home, intents):
    assert suggestion(intents, home, language="en", area=None, units="metric") is None
