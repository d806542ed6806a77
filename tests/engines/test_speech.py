"""What kind of speech a sentence is."""

import pytest

from agent.engines import speech


# asking ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "is the light on",
        "Are any windows open?",
        "what is the temperature",
        "did you lock the door",
        "kitchen light on?",
        "hey is the oven off",
        "tell me if the door is open",
        "any lights on",
        "do I need an umbrella",
        "do the lights in the hall work",
        "have the windows been open all day",
        "have you locked the door",
    ],
)
def test_a_question_is_heard_as_one(text):
    assert speech.asks(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "turn on the light",
        "turn on the light?",
        "could you turn on the light?",
        "can you please lock the door?",
        "would you mind closing the blinds?",
        "lights on",
        "tell me the time",
        "do the nightly backup",
        "do a speed test",
        "have the garage light turned off",
    ],
)
def test_a_command_is_no_question_however_polite(text):
    assert not speech.asks(text, "en")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", "灯开着吗"),
        ("zh-CN", "现在几度"),
        ("zh-CN", "前门是不是锁着"),
        ("de", "ist das Licht an"),
        ("fr", "est-ce que la lumière est allumée"),
        ("es", "¿está la luz encendida?"),
    ],
)
def test_a_question_is_heard_in_other_languages(language, text):
    assert speech.asks(text, language)


@pytest.mark.parametrize(
    ("language", "text"), [("zh-CN", "打开灯"), ("de", "mach das Licht an"), ("fi", "onko")]
)
def test_no_question_is_made_of_what_is_none(language, text):
    assert not speech.asks(text, language)


# forbidding -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "don't turn on the light"),
        ("en", "no, don't open the door"),
        ("en", "ok please do not lock the door"),
        ("en", "never open the garage"),
        ("en", "there's no need to heat the bedroom"),
        ("zh-CN", "别开灯"),
        ("zh-CN", "请不要打开车库门"),
        ("de", "mach das Licht nicht an"),
        ("fr", "n'allume pas la lumière"),
        ("es", "no enciendas la luz"),
    ],
)
def test_what_is_forbidden_is_heard(language, text):
    assert speech.forbids(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "never mind"),
        ("en", "no"),
        ("en", "turn on the light"),
        ("en", "turn off the lights but not the lamp"),
        ("zh-CN", "不用了"),
        ("zh-CN", "打开灯"),
    ],
)
def test_what_is_not_forbidden_is_not_heard_so(language, text):
    assert not speech.forbids(text, language)


# leaving out ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "text", "main", "left_out"),
    [
        ("en", "turn off all lights except the hallway", "turn off all lights", ("the hallway",)),
        ("en", "turn off all lights but not the lamp", "turn off all lights", ("the lamp",)),
        ("en", "close all blinds, except for the left one", "close all blinds", ("the left one",)),
        (
            "en",
            "all off apart from the oven, the tv and the fan",
            "all off",
            ("the oven", "the tv", "the fan"),
        ),
        ("zh-CN", "除了走廊以外关闭所有灯", "关闭所有灯", ("走廊",)),
        ("zh-CN", "关闭除厨房和走廊外的所有灯", "关闭所有灯", ("厨房", "走廊")),
        ("de", "alle Lichter aus außer im Flur", "alle Lichter aus", ("im Flur",)),
    ],
)
def test_an_exception_is_taken_off(language, text, main, left_out):
    found = speech.exempting(text, language)

    assert found == speech.Exempting(main, left_out)


@pytest.mark.parametrize("text", ["turn on the light", "turn on the lamp but turn off the fan", "", "but"])
def test_what_leaves_nothing_out_stays_whole(text):
    assert speech.exempting(text, "en") is None


# referring ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "set it to 30 percent", "set Lamp to 30 percent"),
        ("en", "turn them off", "turn Lamp off"),
        ("en", "turn that one off", "turn Lamp off"),
        ("zh-CN", "把它关掉", "把Lamp关掉"),
        ("en", "turn on the fan", "turn on the fan"),
        ("fi", "sammuta se", "sammuta se"),
    ],
)
def test_a_pronoun_stands_for_what_was_named(language, text, told):
    assert speech.referring(text, language, "Lamp") == told


def test_a_name_with_a_backslash_is_put_in_as_it_is():
    assert speech.referring("turn it off", "en", r"\1 Lamp") == r"turn \1 Lamp off"


@pytest.mark.parametrize(
    ("text", "does"), [("turn it off", True), ("is it in here", False), ("lights", False)]
)
def test_it_is_told_whether_there_is_a_pronoun(text, does):
    assert speech.refers(text, "en") is does


@pytest.mark.parametrize(
    ("language", "text", "rest"),
    [
        ("en", "and the bedroom?", "bedroom"),
        ("en", "what about the kitchen", "kitchen"),
        ("en", "and in the hallway too", "hallway"),
        ("zh-CN", "那厨房呢", "厨房"),
        ("en", "turn on the light", None),
    ],
)
def test_a_sentence_may_go_on_with_another_place(language, text, rest):
    assert speech.continuing(text, language) == rest


# commanding -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["turn on the light", "could you please open the door", "please lock up"])
def test_a_command_begins_with_its_verb(text):
    assert speech.orders(text, "en")


@pytest.mark.parametrize("text", ["the light", "I turned off the light", "book a table", ""])
def test_what_begins_otherwise_is_no_command(text):
    assert not speech.orders(text, "en")


@pytest.mark.parametrize(
    ("language", "text", "does"),
    [
        ("en", "turn on the sauna", True),
        ("en", "turn the sauna off", True),
        ("en", "set the sauna to 80", True),
        ("en", "open the gate", True),
        ("en", "turn over a new leaf", False),
        ("en", "set the table", False),
        ("en", "play a game", False),
        ("zh-CN", "打开桑拿房", True),
        ("zh-CN", "给我唱首歌", False),
        ("fi", "avaa ovi", False),
    ],
)
def test_it_is_told_what_can_only_be_about_a_thing(language, text, does):
    assert speech.switches(text, language) is does


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "ok, turn on the light", "turn on the light"),
        ("en", "okay so turn on the light", "turn on the light"),
        ("en", "ok", "ok"),
        ("en", "ok then", "ok then"),
        ("zh-CN", "好的\uff0c打开灯", "打开灯"),
        ("zh-CN", "好的", "好的"),
        ("fi", "ok avaa ovi", "ok avaa ovi"),
        ("zh-CN", "能把灯打开吗", "把灯打开"),
        ("zh-CN", "你可不可以帮我把灯打开呢\uff1f", "帮我把灯打开"),
        ("zh-CN", "你能帮我做什么", "你能帮我做什么"),
        ("zh-CN", "能上网吗", "能上网吗"),
        ("zh-CN", "灯能打开吗", "灯能打开吗"),
        ("zh-CN", "能帮我看看灯开着吗", "能帮我看看灯开着吗"),
    ],
)
def test_what_is_only_polite_is_neither_consent_nor_question(language, text, told):
    assert speech.unfilled(text, language) == told


# short, and at the end --------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["kitchen light on?", "front door locked?"])
def test_a_question_without_a_verb_is_given_one(text):
    assert speech.in_full(text, "en") == f"is {text}"


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "kitchen light on"), ("en", "is the light on?"), ("en", "open the door?"), ("de", "Licht an?")],
)
def test_what_is_no_short_question_is_left_as_it_is(language, text):
    assert speech.in_full(text, language) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("turn on the light and the fan in the bedroom", True),
        ("close the blinds and the curtains upstairs.", True),
        ("turn on the light and the bedroom fan", False),
    ],
)
def test_a_place_at_the_end_is_noticed(text, place):
    assert speech.ends_in_place(text, "en") is place
