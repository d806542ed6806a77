"""The form in which the model answers: what may be said comes back, everything else is refused."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.engines.tiny import schema
from agent.engines.tiny.codec import (
    LONGEST,
    MOST,
    NONE,
    CodecError,
    decode,
    encode,
    normalised,
    spoken,
)

WORDS = some.lists(
    some.text(string.ascii_lowercase + string.digits + ";|\\='", min_size=1, max_size=8).filter(
        lambda word: word.strip("'=;|\\") == word or word.isalnum()
    ),
    min_size=1,
    max_size=6,
)
SPANS = sorted(schema.SPANS)
INTENTS = sorted(schema.INTENTS)
UTTERANCE = "Dim the Lounge  lamp to twenty five percent, and bring MQTT back at 7:30 in -5 degrees"


@some.composite
def meant(draw: some.DrawFn) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """An utterance, and intents whose slots hold its words, its numbers and members of enumerations."""
    words = draw(WORDS)
    numbers = draw(some.lists(some.integers(0, 99999), min_size=1, max_size=3))
    utterance = " ".join([*words, *map(str, numbers)])
    intents = []
    for name in draw(some.lists(some.sampled_from(INTENTS), min_size=1, max_size=MOST)):
        slots: dict[str, Any] = {}
        for slot in draw(some.sets(some.sampled_from(schema.SLOTS), max_size=4)):
            if slot in schema.SPANS:
                start = draw(some.integers(0, len(words) - 1))
                end = draw(some.integers(start + 1, len(words)))
                slots[slot] = " ".join(words[start:end])
            elif slot in schema.ENUMERATIONS:
                slots[slot] = draw(some.sampled_from(sorted(schema.ENUMERATIONS[slot])))
            else:
                slots[slot] = draw(some.sampled_from(numbers))
        intents.append((name, slots))
    return utterance, intents


@given(meant())
def test_what_was_said_comes_back_as_it_was_written(
    case: tuple[str, list[tuple[str, dict[str, Any]]]],
) -> None:
    utterance, intents = case

    assert list(decode(encode(intents), utterance)) == intents


@given(some.text(max_size=80), some.text(max_size=80))
def test_any_text_is_read_or_refused_and_nothing_else_happens(text: str, utterance: str) -> None:
    try:
        intents = decode(text, utterance)
    except CodecError:
        return

    assert len(intents) <= MOST
    assert all(name in schema.INTENTS for name, _ in intents)


@given(
    some.lists(
        some.sampled_from(["LightSet", "TurnOn", ";", "|", "=", "name", "lamp", "25", "none", "\\", " "])
    )
)
def test_pieces_of_answers_are_read_or_refused_and_nothing_else_happens(pieces: list[str]) -> None:
    try:
        intents = decode("".join(pieces), "the lamp to 25")
    except CodecError:
        return

    assert all(slots.get("name", "lamp") == "lamp" for _, slots in intents)


@given(some.sampled_from(SPANS), some.text(string.ascii_lowercase, min_size=1, max_size=10))
def test_words_that_were_not_said_are_refused(slot: str, word: str) -> None:
    with pytest.raises(CodecError, match="not said"):
        decode(f"TurnOn|{slot} {word}", "0 1 2 - 3")


@given(some.integers(0, 10**6), some.integers(0, 10**6))
def test_a_number_is_taken_only_if_it_was_said(said: int, answered: int) -> None:
    try:
        intents = decode(f"OpsProcessKill|pid {answered}", f"kill process {said}")
    except CodecError:
        assert said != answered
    else:
        assert intents == (("OpsProcessKill", {"pid": said}),)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (NONE, ()),
        ("GetCurrentTime", (("HassGetCurrentTime", {}),)),
        ("LightSet|brightness 25", (("HassLightSet", {"brightness": 25}),)),
        ("LightSet|brightness_step -25", (("HassLightSet", {"brightness_step": -25}),)),
        ("LightSet|brightness_step down", (("HassLightSet", {"brightness_step": "down"}),)),
        ("TurnOn|name lounge lamp", (("HassTurnOn", {"name": "Lounge lamp"}),)),
        ("OpsServiceStart|service mqtt", (("OpsServiceStart", {"service": "MQTT"}),)),
        ("TurnOff;GetCurrentDate", (("HassTurnOff", {}), ("HassGetCurrentDate", {}))),
        ("SetAlarm|time 7:30", (("SetAlarm", {"time": "7:30"}),)),
    ],
)
def test_an_answer_is_read_in_the_letters_of_the_utterance(answer: str, wanted: object) -> None:
    assert decode(answer, UTTERANCE) == wanted


@pytest.mark.parametrize(
    "answer",
    [
        "",
        " none",
        "none;TurnOn",
        "TurnOn;none",
        "HassTurnOn",
        "turnon",
        "TurnOn;",
        ";TurnOn",
        "TurnOn|",
        "TurnOn|name",
        "TurnOn|name ",
        "TurnOn|name  ",
        "TurnOn|nom lamp",
        "TurnOn|name loun",
        "TurnOn|name lamp lounge",
        "TurnOn|name lamp|name lamp",
        "TurnOn|name lamp|domain light",
        "TurnOn|domain lamp",
        "LightSet|brightness 26",
        "LightSet|brightness 100",
        "LightSet|brightness 025x",
        "LightSet|brightness ٢٥",
        "LightSet|brightness 1e1",
        "LightSet|brightness nan",
        "LightSet|brightness percent",
        "LightSet|brightness -26",
        "LightSet|brightness_step left",
        "TurnOn|name lamp\n",
        "TurnOn|name lamp\\",
        "TurnOn|name la\\mp",
        ";".join(["TurnOn"] * (MOST + 1)),
        "TurnOn|name " + "lamp " * LONGEST,
    ],
)
def test_an_answer_that_is_not_of_the_language_is_refused(answer: str) -> None:
    with pytest.raises(CodecError):
        decode(answer, UTTERANCE)


@pytest.mark.parametrize(
    ("name", "slots"),
    [
        ("HassFly", {}),
        ("HassTurnOn", {"wings": 2}),
        ("HassTurnOn", {"name": ""}),
        ("HassTurnOn", {"name": "a\nb"}),
        ("HassTurnOn", {"name": True}),
        ("HassTurnOn", {"name": ["lamp"]}),
        ("HassTurnOn", {"name": None}),
    ],
)
def test_what_has_no_form_is_not_written(name: str, slots: dict[str, Any]) -> None:
    with pytest.raises(CodecError):
        encode([(name, slots)])


def test_nothing_is_wanted_is_written_as_none() -> None:
    assert encode([]) == NONE


def test_the_order_of_slots_does_not_depend_on_the_speaker() -> None:
    one = encode([("HassLightSet", {"name": "lamp", "brightness": 25})])
    other = encode([("HassLightSet", {"brightness": 25, "name": "lamp"})])

    assert one == other == "LightSet|brightness 25|name lamp"


@pytest.mark.parametrize(
    ("value", "utterance", "words"),
    [
        ("lamp", "the LAMP's on", "LAMP"),
        ("lamp", "the lamps", None),
        ("lamp", "clamp", None),
        ("tom's lamp", "Tom\u2019s Lamp", "Tom\u2019s Lamp"),
        ("desk lamp", "desk \t lamp", "desk lamp"),
        ("客厅", "打开客厅的灯", "客厅"),
        ("straße", "Straße", "Straße"),
        ("i̇", "İ", None),
        ("/var/log", "how big is /var/log", "/var/log"),
        ("", "anything", None),
        ("   ", "   ", None),
    ],
)
def test_a_value_is_whole_words_of_the_utterance(value: str, utterance: str, words: str | None) -> None:
    assert spoken(value, utterance) == words


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("  Turn ON\tthe lamp. ", "turn on the lamp"),
        ("What\u2019s the time?", "what's the time"),
        ("打开客厅的灯。", "打开客厅的灯"),
        ("\uff4camp 2.5", "lamp 2.5"),
        ("...", ""),
    ],
)
def test_an_utterance_is_read_in_lower_case_without_the_last_mark(text: str, read: str) -> None:
    assert normalised(text) == read


@given(some.text(max_size=60))
def test_reading_twice_changes_nothing(text: str) -> None:
    once = normalised(text)

    assert normalised(once) == once
