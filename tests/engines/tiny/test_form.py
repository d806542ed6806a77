"""What the shipped model may write: what the codec takes, and nothing that can't be brought to an end."""

import random
from collections.abc import Sequence
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.engines.tiny import codec, schema
from agent.engines.tiny.codec import CodecError, decode, encode, heard, normalised
from agent.engines.tiny.form import Form
from agent.engines.tiny.train.corpus import Example, sampled
from tests.engines.tiny.test_codec import meant

MANY = 1200
ALPHABET = {*"".join(schema.INTENTS), *"".join(schema.SLOTS), *"0123456789|;\\ -."}
UTTERANCES = some.lists(
    some.sampled_from(
        [
            *("the", "lamp", "25", "minus 5", "twenty one", "half", "2.5", "20%", "7:30", "tom's", "café"),
            *("a;b", "|", "\\", "\\;", "zigbee2mqtt.service", "/var/log", "foo_bar", "naïve", "straße", "ñ"),
            *(
                "客厅",
                "灯",
                "三十五",
                "打开",
                "半",
                "一点五",
                "🛋",
                "-5",
                "1e5",
                "99999999999",
                "0.00001",
                "...",
            ),
        ]
    )
    | some.text(max_size=4),
    max_size=6,
).map(lambda words: normalised(" ".join(words)))


def form(utterance: str) -> Form:
    return Form(heard(utterance))


def walked(one: Form, utterance: str, chance: random.Random) -> str:
    """An answer that was come to letter by letter, by chance; every step has to be possible."""
    letters = sorted({*ALPHABET, *heard(utterance), *one.letters})
    text = ""
    while not (one.is_whole(text) and chance.random() < 0.2) and len(text) < codec.LONGEST:
        chance.shuffle(letters)
        following = next((letter for letter in letters if one.allows(text + letter)), None)
        if following is None:
            assert one.is_whole(text), f"{text!r} leads nowhere"
            break
        text += following
    return text


@pytest.fixture(scope="module", params=["en", "zh-CN"])
def examples(request: pytest.FixtureRequest) -> Sequence[tuple[Example, Form]]:
    drawn = islice(sampled(request.param, random.Random(11)), MANY)
    return [(one, form(one.text)) for one in drawn]


# the answers that it is trained to give --------------------------------------------------------------------
def test_every_sampled_answer_is_whole(examples: Sequence[tuple[Example, Form]]) -> None:
    assert [example for example, one in examples if not one.is_whole(example.answer)] == []


def test_every_beginning_of_a_sampled_answer_is_allowed(examples: Sequence[tuple[Example, Form]]) -> None:
    for example, one in examples:
        for end in range(len(example.answer) + 1):
            assert one.allows(example.answer[:end]), (example, end)


def test_all_letters_of_sampled_answers_are_known(examples: Sequence[tuple[Example, Form]]) -> None:
    for example, one in examples:
        assert {letter for letter in example.answer if letter > "\x7f"} <= one.letters


# it agrees with the codec ----------------------------------------------------------------------------------
@given(meant())
def test_what_may_be_meant_may_be_written(case: tuple[str, list[tuple[str, dict[str, object]]]]) -> None:
    utterance, intents = case

    assert form(utterance).is_whole(encode(intents))


@given(UTTERANCES, some.data())
def test_what_is_accepted_may_be_written(utterance: str, data: some.DataObject) -> None:
    slot = data.draw(some.sampled_from(schema.SLOTS))
    start = data.draw(some.integers(0, len(utterance)))
    words = utterance[start : data.draw(some.integers(start, len(utterance)))]
    value = data.draw(
        some.just(words) | some.sampled_from(["25", "-25", "35", "1.5", "0.5", "-5", "5", "up"])
    )
    try:
        intents = decode(f"TurnOn|{slot} {codec.escaped(value)}", utterance)
        answer = encode(intents)
    except CodecError:
        return

    assert form(utterance).is_whole(answer)


@given(UTTERANCES, some.integers())
def test_what_is_allowed_can_be_brought_to_an_end_that_is_accepted(utterance: str, seed: int) -> None:
    one = form(utterance)

    answer = walked(one, utterance, random.Random(seed))

    if one.is_whole(answer):
        assert encode(decode(answer, utterance)) == answer


@given(
    UTTERANCES, some.lists(some.sampled_from([*"|;\\ -\n2", "TurnOn", "name", "lamp", "none", "area", "灯"]))
)
def test_whatever_is_whole_is_accepted_and_has_beginnings_that_are_allowed(
    utterance: str, pieces: list[str]
) -> None:
    one, text = form(utterance), "".join(pieces)

    if one.is_whole(text):
        assert encode(decode(text, utterance)) == text
        assert all(one.allows(text[:end]) for end in range(len(text)))


# case by case ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("utterance", "answer"),
    [
        ("", "none"),
        ("", "GetCurrentTime"),
        ("half", "LightSet|brightness 50|color red"),
        ("add a;b to the list", r"ListAddItem|item a\;b"),
        ("grep a|b", r"OpsJournalQuery|grep a\|b"),
        (r"open c:\temp", r"OpsDiskUsage|path c:\\temp"),
        ("把灯调到三十五", "LightSet|brightness 35|name 灯"),
        ("打开客厅的灯", "TurnOn|area 客 厅|name 灯"),
        ("dim it by ten", "LightSet|brightness_step -10"),
        ("restart foo_bar", "OpsServiceRestart|service bar"),
        ("on, on, on and on", "TurnOn;TurnOn;TurnOn;TurnOn"),
    ],
)
def test_an_answer_to_what_was_said_is_whole(utterance: str, answer: str) -> None:
    assert form(utterance).is_whole(answer)


@pytest.mark.parametrize(
    ("utterance", "text"),
    [
        ("the lamps", "TurnOn|name lamp|"),
        ("the lamp", "TurnOn|name x"),
        ("the lamp", "TurnOn|name  "),
        ("the lamp", "TurnOn|nom"),
        ("the lamp", "TurnOn|name lamp|area"),
        ("the lamp", "TurnOn|name lamp|name"),
        ("the lamp", "TurnOn|name lamp;none"),
        ("the lamp", "TurnOn;n"),
        ("the lamp", "none;"),
        ("the lamp", "none|"),
        ("the lamp", " "),
        ("the lamp", "turn"),
        ("the lamp", "TurnOn|name\\"),
        ("the lamp", "TurnOn|name \\"),
        ("the lamp", "TurnOn|name lamp\n"),
        ("the lamp", "LightSet|brightness 26"),
        ("the lamp", "LightSet|brightness 50"),
        ("the lamp", "LightSet|brightness 025"),
        ("no number", "StartTimer|hours"),
        ("no number", "OpsProcessKill|pid"),
        ("", "TurnOn|name"),
        ("kill 99999999999", "OpsProcessKill|pid"),
        ("on", "TurnOn;TurnOn;TurnOn;TurnOn;"),
        ("on", ";"),
        ("on", "|"),
    ],
)
def test_what_no_answer_begins_with_is_refused(utterance: str, text: str) -> None:
    assert not form(utterance).allows(text)


def test_an_answer_that_the_codec_finds_too_long_is_not_whole() -> None:
    utterance = "lamp " * 120 + "lamp"

    assert not form(utterance).is_whole(f"TurnOn|name {utterance}")
    assert form(utterance).is_whole("TurnOn|name lamp lamp")
