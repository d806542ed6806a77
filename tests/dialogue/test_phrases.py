"""Phrases: complete in every language, quickly there, and deaf to what things are called."""

import ast
import string
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from home_assistant_intents import get_languages

from agent.core.actions import Status
from agent.core.intents import Choice, Intent, Missing
from agent.dialogue import queries, reply
from agent.dialogue.phrases import (
    LANGUAGES,
    LONGEST_SHOWN,
    LONGEST_TEXT,
    NotRenderedError,
    Phrases,
    phrases,
    render,
    responses,
)
from agent.dialogue.reasons import REASONS
from agent.dialogue.reply import Speaker
from agent.dialogue.seen import Known
from tests.actions.asking import entity, house
from tests.dialogue.speaking import DIM, LIGHTS, NOW, SILENT, TURN_ON, answered, ended, furnished, told

FOLDER = Path(reply.__file__).parent


@pytest.fixture
def home():
    return furnished()


# names are text ---------------------------------------------------------------------------------------------
HOSTILE = [
    "{{ 7*7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{names}",
    "{0.__class__}",
    "%(name)s",
    "{{ state_attr.__globals__ }}",
    "a\nb\x00c\x1b[31m",
    "\u202eevil\u200f",
    "x" * 5000,
    "灯🔥",
    "{",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", ["en", "zh-CN", "de", "ru"])
def test_a_name_is_said_and_never_read(language, name):
    thing = entity("light.evil", name, area=None)
    other = entity("light.two", f"{name} 2")
    home = house(thing, other)
    home.report("light.evil", "on")
    speaker = Speaker(language)
    intent = Intent(name="HassTurnOn", slots={"name": name, "item": name, "area": name}, response="default")
    asking = Intent(name="HassGetState", slots={"name": name, "state": "on", "area": name}, response="one")

    texts = [
        speaker.told(
            intent,
            [ended("light.evil", status.value, reason=name)],
            [thing],
            {"light.evil": home.state("light.evil")},
        )
        for status in Status
    ]
    texts += [
        speaker.asked(Choice(intent=intent, options=(thing, other))),
        speaker.missing(Missing(kind="name", said=name, near=(name,), where=name)),
        speaker.said("refused", reason=name),
    ]
    for response in ("one", "one_yesno", "any", "all", "which", "where"):
        answer = queries.answer(
            asking, [thing, other][: 1 + (response in ("any", "all"))], home, now=NOW, history=lambda _: ()
        )
        texts.append(speaker.answered(asking, answer))

    said = "".join(one.text + one.shown.replace("\n", "") for one in texts)
    assert "49" not in said
    assert "xxxxxxxxx" not in said or name.startswith("x")
    assert [char for char in said if ord(char) < 32 or char in "\u202e\u200f\x7f"] == []
    assert max(len(one.text) for one in texts) <= LONGEST_TEXT


def test_a_name_in_braces_is_said_as_it_is(home):
    spoken = Speaker("en").missing(Missing(kind="area", said="{{ 7*7 }}"))

    assert spoken.text == "There is no {{ 7*7 }}"


@pytest.mark.parametrize(
    "template",
    [
        "{% for x in range(90000) %}xxxxxxxxxxxx{% endfor %}",
        "{{ range(10 ** 9) | list }}",
        "{{ slots.missing }}",
        "{{ ().__class__.__mro__ }}",
        "{{ slots.update({'a': 1}) }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ none }}",
        " . ",
    ],
)
def test_a_template_that_does_not_fit_says_nothing(template):
    with pytest.raises(NotRenderedError):
        render(template, {"slots": {}})


def test_a_long_list_for_the_screen_is_bounded():
    lamps = tuple(entity(f"light.l{at}", "L" * 200) for at in range(500))

    assert len(Speaker("en").asked(Choice(intent=TURN_ON, options=lamps)).shown) <= LONGEST_SHOWN


# phrases ----------------------------------------------------------------------------------------------------
SAID_BY_OTHERS = (
    *("not_understood", "unreadable", "empty", "too_long", "cancelled", "nothing_to_undo", "undone"),
    *("no_question_open", "question_expired", "cannot_do_yet", "help", "nothing_to_repeat", "which_again"),
    *("cannot_do_here", "machine_unknown", "people_unknown", "denied", "refused"),
)


@pytest.mark.parametrize("key", SAID_BY_OTHERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_of_the_conversation_is_said_in_its_language(language, key):
    spoken = Speaker(language).said(key, reason="it was denied")

    assert spoken.text
    assert spoken.text.isascii() == (language == "en")


def test_an_unknown_phrase_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError):
        Speaker("en").said("no such phrase")


def forms(found):
    """Every phrase of a file by where it stands, with the values that go into it."""
    flat = {}
    for section in ("phrases", "verbs", "nouns", "units", "states"):
        for key, text in found[section].items():
            texts = text.values() if isinstance(text, Mapping) and section != "states" else [text]
            named = {
                name
                for one in texts
                if isinstance(one, str)
                for _, name, _, _ in string.Formatter().parse(one)
                if name
            }
            flat[f"{section}.{key}"] = named
    return flat


def file_of(language):
    return yaml.safe_load((FOLDER / "phrases" / f"{language}.yaml").read_text(encoding="utf-8"))


def test_every_phrase_is_in_every_language():
    assert {tuple(sorted(forms(file_of(language)))) for language in LANGUAGES} == {
        tuple(sorted(forms(file_of("en"))))
    }


def test_every_phrase_takes_the_same_values_in_every_language():
    english, chinese = (forms(file_of(language)) for language in LANGUAGES)

    assert {key: names for key in english if (names := chinese[key] - english[key] - {"be"})} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_file_holds_texts_only(language):
    found = file_of(language)
    leaves = [*found["own_first"], *found["months"]]
    for section in ("phrases", "verbs", "nouns", "units", "states"):
        for key, text in found[section].items():
            leaves += [key, *((*text, *text.values()) if isinstance(text, Mapping) else [text])]

    assert [one for one in leaves if not isinstance(one, str)] == []


def keys_in_code():
    """Every phrase key that stands in the code, also where one of two is chosen."""
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            speaks = ast.unparse(node.func.value) in ("words", "self._words", "speaker", "self.words", "self")
            if speaks and node.func.attr in ("said", "tells") and node.args:
                first = node.args[0]
                chosen = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                yield from (one.value for one in chosen if isinstance(one, ast.Constant))


def test_every_phrase_that_the_code_says_exists():
    ends = ("pending", "failed", "refused", "expired")
    doubts = (one.value for one in Known if one not in (Known.HEARD, Known.OLD))
    chosen = (
        "sent sent_mute under_way one where today_once today_often last_at and or no_temperature no_weather"
    )
    made = (*ends, *(f"{one}_of" for one in ends), *doubts, *chosen.split(), *(key for key, _ in REASONS))

    found = {*keys_in_code(), *made}

    assert len(found) > 60
    assert found - phrases("en").phrases.keys() == set()


# languages --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", get_languages())
def test_every_language_answers_and_tells_without_a_gap(home, language):
    texts = [
        told(home, language, TURN_ON, ended("light.desk", "confirmed")),
        told(home, language, TURN_ON, ended("light.desk", "failed", reason=SILENT)),
        told(home, language, DIM, ended("light.desk", "confirmed")),
        *(
            answered(home, language, "HassGetState", *LIGHTS[:count], response=kind, state="on", name="x")
            for kind, count in (
                ("one", 1),
                ("one_yesno", 1),
                ("any", 3),
                ("all", 3),
                ("which", 3),
                ("how_many", 3),
            )
        ),
        answered(home, language, "HassClimateGetTemperature", "climate.study"),
        answered(home, language, "HassGetWeather", "weather.home"),
        answered(home, language, "HassGetCurrentTime"),
        answered(home, language, "HassGetCurrentDate"),
    ]

    assert [one for one in texts if not one.text or "None" in one.text or "{" in one.text] == []


@pytest.mark.parametrize(
    ("language", "done", "sent"),
    [
        ("de", "Desk Lamp eingeschaltet", "I told Desk Lamp to turn on"),
        ("fr", "Allumé", "I told Desk Lamp to turn on"),
        ("en-GB", "Turned on the light", "I told the desk lamp to turn on"),
        ("zh", "Desk Lamp已打开", "已通知Desk Lamp打开"),
        ("zh_CN", "Desk Lamp已打开", "已通知Desk Lamp打开"),
        ("tlh", "Turned on the light", "I told the desk lamp to turn on"),
    ],
)
def test_a_language_is_spoken_as_far_as_it_is_known(home, language, done, sent):
    assert told(home, language, TURN_ON, ended("light.desk", "confirmed")).text == done
    assert told(home, language, TURN_ON, ended("light.desk", "sent")).text == sent


@pytest.mark.parametrize("language", ["en", "zh-CN", "de", "ml"])
def test_a_language_is_loaded_in_a_moment(language):
    Speaker("fr")
    times = []
    for _ in range(5):
        for cached in (phrases, responses):
            cached.cache_clear()
        before = time.perf_counter()
        Speaker(language)
        times.append(time.perf_counter() - before)

    assert min(times) < 0.02


def test_the_words_of_a_language_are_kept():
    assert responses("en") is responses("en")
    assert isinstance(phrases("en"), Phrases)
    assert phrases("en") is phrases("en")
