"""Speech to text with pocketsphinx: English within a closed grammar. Few synthetic voices are understood."""

import pytest

from integrations.voice.ear.recognisers import Heard, Recogniser, RecogniserError, open_recogniser
from integrations.voice.ear.recognisers.sphinx_engine import grammar_of, spelt, tokens
from tests.voice import speech

GRAMMAR = """#JSGF V1.0;
grammar house;
<room> = kitchen | bedroom | livingroom | office;
<thing> = television | radio | heater | zigbee;
public <said> = turn ( on | off ) the <room> <thing> | open the garage door | good night;
"""


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    recogniser = open_recogniser({"engine": "pocketsphinx", "model": None, "language": "en-GB"})
    recogniser.vocabulary((), GRAMMAR, ())
    return recogniser


def heard(recogniser: Recogniser, pcm: bytes, only=None) -> Heard:
    hearing = recogniser.begin(only)
    for block in speech.blocks(speech.silence(0.3) + pcm + speech.silence(0.5)):
        hearing.feed(block)
    return hearing.end()


def sure(said: Heard) -> float:
    return min((confidence for _, confidence in said.words), default=0.0)


@pytest.mark.parametrize(
    "text", ["turn off the bedroom television", "open the garage door", "turn on the livingroom radio"]
)
def test_a_sentence_of_the_grammar_is_understood(recogniser, text):
    assert heard(recogniser, speech.say(text, voice="en-us", rate=150)).text == text


def test_every_word_has_its_confidence(recogniser):
    said = heard(recogniser, speech.say("open the garage door", rate=150))

    assert [word for word, _ in said.words] == said.text.split()
    assert all(0 < confidence < 1 for _, confidence in said.words)


def test_what_fits_is_surer_than_what_does_not(recogniser):
    right = heard(recogniser, speech.say("open the garage door", rate=150))
    wrong = heard(recogniser, speech.say("my sister reads several chapters", rate=150))

    assert sure(right) > sure(wrong)


def test_silence_is_nothing(recogniser):
    assert heard(recogniser, speech.silence(1)).text == ""


def test_an_answer_to_a_question_is_understood(recogniser):
    said = heard(recogniser, speech.say("cancel", rate=150), only=["yes", "no", "cancel"])

    assert said.text == "cancel"


def test_after_a_question_the_house_is_listened_for_again(recogniser):
    heard(recogniser, speech.say("no"), only=["yes", "no"])

    assert heard(recogniser, speech.say("open the garage door", rate=150)).text == "open the garage door"


def test_two_utterances_at_the_same_time_do_not_mix(recogniser):
    texts = ("open the garage door", "turn off the bedroom television")
    hearings = [recogniser.begin(None) for _ in texts]
    for hearing, text in zip(hearings, texts, strict=True):
        hearing.feed(speech.silence(0.3) + speech.say(text, rate=150) + speech.silence(0.5))

    assert [hearing.end().text for hearing in hearings] == [*texts]


def test_before_the_house_is_known_nothing_is_understood():
    recogniser = open_recogniser({"engine": "pocketsphinx", "model": None, "language": "en"})

    assert heard(recogniser, speech.say("good night")) == Heard(text="")


def test_a_name_without_a_pronunciation_is_told(recogniser):
    missing = recogniser.vocabulary((), GRAMMAR, ["zyxoq", "kitchen", "livingroom"])

    assert list(missing) == ["zyxoq"]


def test_a_grammar_of_another_language_is_told(recogniser):
    with pytest.raises(RecogniserError, match="English only"):
        recogniser.vocabulary(["enciende la lámpara del salón", "apágala después"], "", ())


def test_a_grammar_that_is_none_is_told(recogniser):
    with pytest.raises(RecogniserError, match="can't read the grammar"):
        recogniser.vocabulary((), "#JSGF V1.0;\ngrammar g;\npublic <a> = turn ( on ;\n", ())


def test_a_house_that_speaks_another_language_is_told():
    with pytest.raises(RecogniserError, match="English only, and this house speaks 'zh-CN'"):
        open_recogniser({"engine": "pocketsphinx", "model": None, "language": "zh-CN"})


def test_a_model_of_vosk_is_not_for_pocketsphinx():
    with pytest.raises(RecogniserError, match=r"set voice\.stt\.engine to vosk"):
        open_recogniser({"engine": "pocketsphinx", "model": "/models/vosk", "language": "en"})


def test_the_words_of_a_grammar_are_found():
    jsgf = "#JSGF V1.0;\ngrammar g;\npublic <a> = /0.5/ turn (on|off) [the] <room>+ {tag};\n"

    assert sorted(tokens(jsgf)) == ["off", "on", "the", "turn"]


def test_answers_make_a_grammar_without_signs():
    assert "yes | never mind | it's 5" in grammar_of(["Yes!", "never mind", "It's 5;"])


def test_a_word_without_a_pronunciation_is_read_by_its_letters():
    assert spelt("zigbee") == "Z IH G B IY"
