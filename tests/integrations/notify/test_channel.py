"""One address: what is told of it, and what is not."""

import warnings

import pytest

from integrations.notify.channel import Channel, channel_id


@pytest.mark.parametrize(
    ("url", "told", "left"),
    [
        (
            "ntfy://ada:s3cret@ntfy.example.org/sesame",
            "ntfy.example.org said s3cret",
            "ntfy.example.org said ***",
        ),
        ("ntfy://sesame", "no topic sesame", "no topic ***"),
        ("pover://user@token", "bad token", "bad ***"),
        (
            "json://example.org:8080/hook",
            "http://example.org:8080/hook is gone",
            "http://example.org:8080/*** is gone",
        ),
        ("json://a:p%40ss@example.org", "wrong p@ss or p%40ss", "wrong *** or ***"),
        ("tgram://123456789:AAHHH/4711", "bot123456789:AAHHH in 4711", "bot***:*** in 4711"),
        ("json://example.org", "two\nlines\x1b of " + "x" * 300, "two lines of " + "x" * 184 + "..."),
    ],
)
def test_what_is_told_holds_nothing_that_is_secret(url, told, left):
    assert Channel(url)._redacted(told) == left


def test_the_store_does_not_hold_an_address():
    assert "sesame" not in channel_id("ntfy://sesame")


@pytest.mark.parametrize("url", ["smoke://signals", "mailto://"])
def test_an_address_that_is_none_is_told(url):
    with warnings.catch_warnings(action="ignore"):
        found = Channel(url).open()

    assert found == f"{url.partition(':')[0]}:// is no address that apprise can use"
