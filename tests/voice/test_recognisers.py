"""Speech to text with Vosk: what was said, what was not, and how sure that is."""

from itertools import pairwise

import pytest

from integrations.voice.ear.recognisers import Heard, Recogniser, open_recogniser
from tests.voice import speech

ROOMS = ("kitchen", "bedroom", "living room", "office", "hallway")
PHRASES = tuple(
    phrase
    for room in ROOMS
    for thing in ("lamp", "lights", "heater", "fan")
    for phrase in (
        f"turn on the {room} {thing}",
        f"turn off the {room} {thing}",
        f"set the {room} {thing} to fifty percent",
        f"is the {thing} in the {room} on",
    )
)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return opened()


def opened(**settings) -> Recogniser:
    recogniser = open_recogniser(
        {"engine": "vosk", "model": str(speech.MODEL), "language": "en", "small_machine": False} | settings
    )
    recogniser.vocabulary(PHRASES, "", ())
    return recogniser


def heard(recogniser: Recogniser, pcm: bytes, only=None) -> Heard:
    hearing = recogniser.begin(only)
    for block in speech.blocks(speech.silence(0.4) + pcm + speech.silence(0.6)):
        hearing.feed(block)
    return hearing.end()


def sure(said: Heard) -> float:
    return min((confidence for _, confidence in said.words), default=0.0)


@pytest.mark.parametrize("voice", speech.VOICES)
def test_a_sentence_of_the_house_is_understood(recogniser, voice):
    said = heard(recogniser, speech.say("turn off the bedroom lamp", voice=voice))

    assert said.text == "turn off the bedroom lamp"


def test_a_sentence_of_the_house_is_sure(recogniser):
    said = heard(recogniser, speech.say("turn on the kitchen lights", voice="en-us+f4"))

    assert sure(said) > 0.8


def test_every_word_has_its_confidence(recogniser):
    said = heard(recogniser, speech.say("turn on the kitchen lights", voice="en-us+f4"))

    assert [word for word, _ in said.words] == said.text.split()


def test_another_room_is_not_made_into_one_of_the_house(recogniser):
    said = heard(recogniser, speech.say("turn on the nursery lamp", voice="en-us+f4"))

    assert said.text == "turn on the nursery lamp"


def test_a_word_that_the_house_does_not_know_is_heard_if_the_model_knows_it(recogniser):
    said = heard(recogniser, speech.say("please turn on the kitchen lights", voice="en-us+f4"))

    assert (said.text, said.unknown) == ("please turn on the kitchen lights", False)


@pytest.mark.parametrize("text", ["pumpkin volcano", "mystery secretary", "beautiful grandmother"])
def test_what_nobody_has_a_word_for_is_unknown_or_unsure(recogniser, text):
    said = heard(recogniser, speech.say(text, voice="en-us+f4"))

    assert said.unknown or sure(said) < 0.7


def test_the_sign_of_the_unknown_is_never_in_the_text(recogniser):
    said = heard(recogniser, speech.say("switch the mystery office fan off", voice="en-us+f4"))

    assert "[" not in said.text
    assert said.unknown


def test_silence_is_nothing(recogniser):
    assert heard(recogniser, speech.silence(1)) == Heard(text="")


def test_noise_is_nothing_that_is_sure(recogniser):
    said = heard(recogniser, speech.noise(2, colour="pink", db=-25))

    assert sure(said) < 0.7


def test_a_pause_within_a_sentence_loses_nothing(recogniser):
    first, second = (speech.say(text, voice="en-us+f4") for text in ("turn off", "the bedroom lamp"))

    said = heard(recogniser, first + speech.silence(1.5) + second)

    assert said.text == "turn off the bedroom lamp"


def test_the_text_so_far_is_told_while_somebody_speaks(recogniser):
    hearing = recogniser.begin(None)
    partials = [
        text
        for block in speech.blocks(speech.say("turn on the kitchen lights", voice="en-us+f4"))
        if (text := hearing.feed(block)) is not None
    ]
    hearing.end()

    assert any(text.startswith("turn on") for text in partials)
    assert all(before != after for before, after in pairwise(partials))


def test_one_utterance_leaves_nothing_to_the_next(recogniser):
    heard(recogniser, speech.say("turn on the kitchen lights", voice="en-us+f4"))

    assert heard(recogniser, speech.say("turn off the bedroom lamp", voice="en-us+f4")).text == (
        "turn off the bedroom lamp"
    )


def test_two_utterances_at_the_same_time_do_not_mix(recogniser):
    texts = ("turn on the kitchen lights", "turn off the bedroom lamp")
    hearings = [recogniser.begin(None) for _ in texts]
    sounds = [
        [*speech.blocks(speech.silence(0.4) + speech.say(t, voice="en-us+f4") + speech.silence(1))]
        for t in texts
    ]
    for pair in zip(*sounds, strict=False):
        for hearing, block in zip(hearings, pair, strict=True):
            hearing.feed(block)

    assert [hearing.end().text for hearing in hearings] == [*texts]


@pytest.mark.parametrize("answer", ["yes", "no", "cancel"])
def test_an_answer_to_a_question_is_understood(recogniser, answer):
    said = heard(recogniser, speech.say(answer, voice="en-us+f4"), only=["yes", "no", "cancel"])

    assert (said.text, said.unknown) == (answer, False)
    assert sure(said) > 0.7


def test_something_else_is_no_answer(recogniser):
    said = heard(
        recogniser, speech.say("turn on the kitchen lights", voice="en-us+f4"), only=["yes", "no", "cancel"]
    )

    assert said.unknown or sure(said) < 0.5


def test_after_a_question_the_house_is_listened_for_again(recogniser):
    heard(recogniser, speech.say("yes"), only=["yes", "no"])

    assert heard(recogniser, speech.say("turn on the kitchen lights", voice="en-us+f4")).text == (
        "turn on the kitchen lights"
    )


def test_a_house_that_changes_is_heard_as_it_is_now():
    recogniser = opened()
    begun = recogniser.begin(None)
    recogniser.vocabulary(["open the garage door", "close the garage door"], "", ())
    begun.end()

    said = heard(recogniser, speech.say("close the garage door", voice="en-us+f4"))

    assert said.text == "close the garage door"
    assert sure(said) > 0.8


def test_before_the_house_is_known_everything_is_listened_for():
    recogniser = open_recogniser({"engine": "vosk", "model": str(speech.MODEL), "language": "en"})

    assert (
        heard(recogniser, speech.say("open the garage door", voice="en-us+f4")).text == "open the garage door"
    )


def test_a_slow_machine_hears_the_same(recogniser):
    slow = opened()
    slow.spent(100.0, of=1.0)
    sound = speech.say("please turn on the nursery lamp", voice="en-us+f4")

    assert heard(slow, sound) == heard(recogniser, sound)


def test_a_small_machine_searches_less_wide_and_still_understands():
    said = heard(opened(small_machine=True), speech.say("turn off the bedroom lamp", voice="en-us+f4"))

    assert said.text == "turn off the bedroom lamp"


def test_a_name_that_the_model_does_not_know_is_told_with_spellings_that_it_does(recogniser):
    missing = recogniser.vocabulary(PHRASES, "", ["Livingroom", "kitchen lampe", "zyx"])

    assert missing["livingroom"] == ["living room"]
    assert missing["lampe"][0] == "lamp"
    assert missing["zyx"] == []
    assert "kitchen" not in missing


def test_a_phrase_with_an_unknown_word_takes_nothing_from_the_others():
    recogniser = opened()
    recogniser.vocabulary([*PHRASES, "turn on the zyx kitchen"], "", ())

    assert heard(recogniser, speech.say("turn on the kitchen lights", voice="en-us+f4")).text == (
        "turn on the kitchen lights"
    )
