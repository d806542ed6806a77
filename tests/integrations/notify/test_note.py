"""A message is text and nothing else, whoever wrote it."""

import pytest

from agent import config as configuration
from agent.errors import ConfigError
from integrations.notify.note import LONGEST_MESSAGE, clean, clean_line
from integrations.notify.section import Settings


@pytest.mark.parametrize(
    ("hostile", "left"),
    [
        ("\x1b[2Jgone", "[2Jgone"),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("safe\u202egpj.exe", "safegpj.exe"),
        ("\u2066left\u2069", "left"),
        ("pay\u200bpal\ufeff", "paypal"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("lone\ud800", "lone"),
        ("one\r\ntwo\u2028three\u0085four", "one\ntwo\nthree\nfour"),
        ("  \n\n the bins \n\n", "the bins"),
        ("\ttab\tbed", "tab bed"),
        (
            "\U0001f468\u200d\U0001f469\u200d\U0001f467 窗户开着",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467 窗户开着",
        ),
        ("<b>{{ 7 * 7 }}</b> $(reboot)", "<b>{{ 7 * 7 }}</b> $(reboot)"),
    ],
)
def test_only_what_can_be_read_is_left(hostile, left):
    assert clean(hostile, most=100) == left


def test_a_title_is_one_line():
    assert clean_line("Tonight\r\nBcc: eve@example.org", most=100) == "Tonight Bcc: eve@example.org"


@pytest.mark.parametrize("text", ["x" * 1_000_000, "\n" * 1_000_000, "x\n" * 500_000, "\u202e" * 1_000_000])
def test_a_text_is_as_long_as_it_may_be(text):
    assert len(clean(text, most=LONGEST_MESSAGE)) <= LONGEST_MESSAGE


def test_what_was_cut_shows_it():
    assert clean("abcdefgh", most=6) == "abc..."


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": {"ada": {"urls": ["ntfy.example.org"]}}}, "address 1 is none"),
        ({"to": {"ada": {"urls": ["json://s3cret", "json://s3cret"]}}}, "an address is there twice"),
        ({"to": {"ada": {}}, "default": ["bob"]}, "'default' names 'bob', who is not in 'to'"),
        ({"to": {"Ada!": {}}}, "the name 'Ada!' is not allowed"),
        ({"to": {"ada": {"quiet": {"start": "25:00", "end": "06:30"}}}}, "'25:00' is not a time of day"),
        ({"to": {}, "keep": "soon"}, "is no length of time"),
    ],
)
def test_a_mistake_in_the_configuration_is_told(wrong, said):
    loaded = configuration.from_values({"plugins": {"notify": wrong}}, source="test")

    with pytest.raises(ConfigError, match=said):
        loaded.section("notify", Settings)


@pytest.mark.parametrize("urls", [["s3cret"], ["json://s3cret", "json://s3cret"], "s3cret", [["s3cret"]]])
def test_a_mistake_in_an_address_does_not_tell_it(urls):
    wrong = {"plugins": {"notify": {"to": {"ada": {"urls": urls}}}}}
    with pytest.raises(ConfigError) as raised:
        configuration.from_values(wrong, source="test").section("notify", Settings)

    assert "s3cret" not in str(raised.value)
