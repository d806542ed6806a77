"""Whatever stands in an entry, in a line, in the section: nothing breaks, and no secret is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.redaction import redacted
from integrations.journal.entry import parsed, text_of
from integrations.journal.lines import Lines
from integrations.journal.section import Settings
from tests.journal.reading import Listener

# forms -----------------------------------------------------------------------------------------------
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["MESSAGE", "PRIORITY", "_SYSTEMD_UNIT", "_PID", "UNIT", "_BOOT_ID"]), VALUES
    )
)
def test_no_form_of_a_field_breaks_anything(fields):
    listener = Listener()

    listener.read([{"__CURSOR": "c", **fields}])

    assert listener.opened == []


@given(VALUES)
def test_every_field_is_text_in_the_end(value):
    assert isinstance(text_of(value), str)


@given(st.lists(st.binary(max_size=30).filter(lambda one: b"\n" not in one), max_size=20), st.integers(1, 9))
def test_lines_do_not_depend_on_how_the_pipe_cuts_them(lines, size):
    whole = b"".join(one + b"\n" for one in lines)
    cutter = Lines()

    found = [
        line for start in range(0, len(whole), size) for line in cutter.feed(whole[start : start + size])
    ]

    assert found == lines


def test_a_line_that_is_too_long_is_counted_and_the_next_is_whole():
    cutter = Lines(longest=10)

    found = [*cutter.feed(b"x" * 8), *cutter.feed(b"x" * 8), *cutter.feed(b"x\nnext\n")]

    assert (found, cutter.too_long) == ([b"next"], 1)


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"7", b'{"__CURSOR": 7}', b"\xff", b'{"a": NaN}'])
def test_what_is_no_entry_is_none(line):
    assert parsed(line) is None


# redaction -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("login with password=hunter2 failed", "hunter2"),
        ('{"api_key": "abc123xyz"}', "abc123xyz"),
        ("mqtt://ada:s3cret@broker:1883 refused", "s3cret"),
        ("Authorization: Bearer abcdef123456789", "abcdef123456789"),
        ("mail from ada@example.org bounced", "ada@example.org"),
        ("token eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abcdefgh", "eyJzdWIiOiIxMjM0"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789 used", "ghp_abcdefghijklm"),
        ("run tool --token abc123 now", "abc123"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow", "MIIEow"),
        ("key 4f2a9c8e7b1d6a3f0e5c8b7a9d2e1f4c6b8a0d3e leaked", "4f2a9c8e7b1d6a3f"),
        ("MQTT_PASSWORD='two words' set", "two words"),
    ],
)
def test_a_secret_is_not_shown(text, secret):
    assert secret not in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "Failed password for root from 203.0.113.9 port 22 ssh2",
        "nginx.service: Failed with result 'exit-code'.",
    ],
)
def test_what_is_no_secret_is_shown(text):
    assert redacted(text) == text


@given(st.text())
def test_what_is_shown_is_one_printable_line(text):
    shown = redacted(text)

    assert shown.isprintable()
    assert len(shown) <= 300


# the section -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "section",
    [
        {"ignore": {"it": {}}},
        {"thresholds": {"nonsense": {}}},
        {"floors": ["nonsense"]},
        {"match": {"message": "x"}},
        {"tell": {"it": {"match": {"MESSAGE": "("}}}},
        {"priority": "bad"},
        {"directory": "here"},
    ],
)
def test_a_mistake_in_the_section_is_refused(section):
    with pytest.raises(ValueError, match=r"."):
        Settings.model_validate(section)
