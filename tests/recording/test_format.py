"""The lines of a recording: what is written is what is read, and nothing else is taken for one."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.recording.format import FORMAT, VERSION, Gap, Header, Journalled, Published, decoded, encoded

TEXT = some.text(some.characters(exclude_categories=["Cs"]), min_size=1)
TIMES = some.integers(0, 4_000_000_000_000_000).map(lambda micro: round(micro / 1e6, 6))
PUBLISHED = some.builds(
    Published,
    time=TIMES,
    topic=TEXT,
    payload=some.one_of(some.binary(), TEXT.map(str.encode)),
    qos=some.sampled_from((0, 1, 2)),
    retain=some.booleans(),
    resumed=some.booleans(),
    response_topic=some.none() | TEXT,
    correlation=some.none() | some.binary(),
    expiry=some.none() | some.integers(0, 2**32 - 1),
    masked=some.booleans(),
)
JOURNALLED = some.builds(Journalled, time=TIMES, fields=some.dictionaries(TEXT, TEXT))
GAPS = some.builds(Gap, time=TIMES, since=TIMES, reason=TEXT)
HEADERS = some.builds(
    Header, time=TIMES, node=TEXT, hearthd=TEXT, part=some.integers(1, 10**6), filters=some.tuples(TEXT, TEXT)
)


@given(some.one_of(PUBLISHED, JOURNALLED, GAPS, HEADERS))
def test_what_is_written_is_read_again(one):
    assert decoded(encoded(one)) == one


@given(some.one_of(PUBLISHED, JOURNALLED, GAPS))
def test_whatever_happened_is_one_line(one):
    assert encoded(one).count(b"\n") == 1


def test_text_stands_in_a_line_as_text():
    line = orjson.loads(encoded(Published(time=1.5, topic="a/b", payload="grün".encode())))

    assert line == {
        "kind": "message",
        "time": 1.5,
        "topic": "a/b",
        "text": "grün",
        "qos": 0,
        "retain": False,
        "resumed": False,
    }


def test_what_is_no_text_stands_in_a_line_as_base64():
    line = orjson.loads(encoded(Published(time=1.5, topic="a/b", payload=b"\xff\x00")))

    assert ("text" in line, line["base64"]) == (False, "/wA=")


def test_times_are_written_to_the_microsecond():
    line = orjson.loads(encoded(Published(time=1_763_753_203.123456789, topic="a", payload=b"")))

    assert line["time"] == 1_763_753_203.123457


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"on",
        b"[]",
        b"{}",
        b'{"kind": "song"}',
        b'{"kind": "message"}',
        b'{"kind": "message", "time": 1, "topic": "a"}',
        b'{"kind": "message", "time": 1, "topic": "", "text": ""}',
        b'{"kind": "message", "time": "1", "topic": "a", "text": ""}',
        b'{"kind": "message", "time": true, "topic": "a", "text": ""}',
        b'{"kind": "message", "time": 1e300, "topic": "a", "text": ""}',
        b'{"kind": "message", "time": -1, "topic": "a", "text": ""}',
        b'{"kind": "message", "time": 1, "topic": "a", "base64": "?"}',
        b'{"kind": "message", "time": 1, "topic": "a", "text": 1}',
        b'{"kind": "message", "time": 1, "topic": "a", "text": "", "qos": 3}',
        b'{"kind": "message", "time": 1, "topic": "a", "text": "", "expiry": "soon"}',
        b'{"kind": "journal", "time": 1, "fields": {"MESSAGE": 1}}',
        b'{"kind": "journal", "time": 1}',
        b'{"kind": "gap", "time": 1}',
        b'{"kind": "header", "format": "tar", "version": 1}',
        orjson.dumps({"kind": "header", "format": FORMAT, "time": 1.0, "version": VERSION + 1}),
    ],
)
def test_what_is_no_line_of_a_recording_is_refused(line):
    with pytest.raises(ValueError, match=r".+"):
        decoded(line)


@given(some.binary(max_size=200))
def test_no_bytes_at_all_do_more_than_be_refused(line):
    try:
        decoded(line)
    except ValueError:
        return


def test_a_message_is_handed_on_as_it_came():
    message = Published(
        time=1.0, topic="a/b", payload=b'{"on": true}', qos=1, retain=True, resumed=True, expiry=5
    ).message()

    assert (message.topic, message.json(), message.qos) == ("a/b", {"on": True}, 1)
    assert (message.retain, message.resumed, message.expiry) == (True, True, 5)
