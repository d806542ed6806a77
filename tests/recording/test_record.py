"""`hearthd record` beside a real broker: what is recorded is what was published, however it ends."""

import json
import signal
import time

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.cli.program import Program, until, watching
from tests.recording.recording import heard, holds, messages, recorded, recording, say, speaker

PIN = "4711"
SENT = [
    ("lamp/state", b"on"),
    ("lamp/empty", b""),
    ("lamp/grün 灯", "grün 灯".encode()),
    ("lamp/binary", bytes(range(256))),
    ("lamp/nul", b"a\0b\r\n\x1b[2J"),
    ("lamp/large", b"\xff\xfe" * 128 * 1024),
    ("lamp/" + "/".join("x" * 150), b"deep"),
    ('lamp/"quoted"\\', b'{"a": "\\u0000"}'),
    *((f"lamp/{number}", str(number).encode()) for number in range(200)),
]
"""What is awkward about topics and payloads, and a few that are not."""


def test_what_is_recorded_is_what_was_published(hearthd, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    before = time.time()
    with recording(hearthd, str(path), "--topic", "lamp/#") as process:
        for topic, payload in SENT:
            mqtt.publish(topic, payload, qos=1)
        say(mqtt, "lamp/end", b"")
        until(lambda: holds(path, "lamp/end"))
        process.send_signal(signal.SIGTERM)
        code = process.wait(5)
    found = messages(path)

    assert code == 0
    assert [(one.topic, one.payload) for one in found] == [*SENT, ("lamp/end", b"")]
    assert all(before - 1 < one.time < time.time() + 1 for one in found)
    assert [one.time for one in found] == sorted(one.time for one in found)


async def test_what_matters_of_a_message_is_recorded(broker, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    properties = Properties(PacketTypes.PUBLISH)
    properties.ResponseTopic, properties.CorrelationData = "answers/1", b"\xff1"
    properties.MessageExpiryInterval = 60
    async with recorded(broker.port, path, "props/#") as recorder:
        say(mqtt, "props/all", b"", qos=1, properties=properties)
        say(mqtt, "props/none", b"", qos=0)
        await heard(recorder, 2)
    every, none = messages(path)

    assert (every.qos, every.response_topic, every.correlation, every.expiry) == (
        1,
        "answers/1",
        b"\xff1",
        60,
    )
    assert (none.qos, none.response_topic, none.correlation, none.expiry) == (0, None, None, None)


async def test_what_the_broker_had_before_is_marked_and_what_is_retained_later_is_news(own_broker, tmp_path):
    own = own_broker()
    path = tmp_path / "house.jsonl.gz"
    with speaker(own.port) as mqtt:
        say(mqtt, "lamp/before", b"on", retain=True)
        async with recorded(own.port, path) as recorder:
            say(mqtt, "lamp/now", b"on", retain=True)
            await heard(recorder, 2)

    assert [(one.topic, one.retain) for one in messages(path)] == [("lamp/before", True), ("lamp/now", False)]


async def test_all_is_recorded_but_what_the_broker_says_of_itself(own_broker, tmp_path):
    own = own_broker()
    path = tmp_path / "house.jsonl.gz"
    topics = ["a", "/b", "homeassistant/light/x/config", "hearthd/cli/outcome"]
    with speaker(own.port) as mqtt:
        async with recorded(own.port, path) as recorder:
            for topic in ("$SYS/x", *topics):
                say(mqtt, topic, b"")
            await heard(recorder, len(topics))

    assert [one.topic for one in messages(path)] == topics


async def test_of_filters_that_overlap_each_message_comes_once(broker, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    topics = ["over/b/a", "over/c/a", "over/b/c", "over/x"]
    async with recorded(broker.port, path, "over/+/a", "over/b/+", "over/#") as recorder:
        for topic in topics:
            say(mqtt, topic, b"")
        await heard(recorder, len(topics))

    assert [one.topic for one in messages(path)] == topics


async def test_a_thousand_messages_at_once_are_all_there(broker, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    async with recorded(broker.port, path, "many/#") as recorder:
        for number in range(5000):
            mqtt.publish(f"many/{number}", bytes(500), qos=1)
        await heard(recorder, 5000)

    assert [one.topic for one in messages(path)] == [f"many/{number}" for number in range(5000)]


async def test_a_message_that_the_daemon_would_not_take_is_skipped_and_the_next_is_there(
    broker, mqtt, tmp_path
):
    path = tmp_path / "house.jsonl.gz"
    async with recorded(broker.port, path, "big/#", max_payload=1024) as recorder:
        say(mqtt, "big/1", bytes(100_000))
        say(mqtt, "big/2", b"on")
        await heard(recorder, 1)

    assert [one.topic for one in messages(path)] == ["big/2"]


def test_whoever_records_says_nothing_on_the_bus_and_leaves_nothing_there(own_broker, tmp_path):
    own = own_broker()
    hearthd, path = Program(tmp_path, port=own.port), tmp_path / "house.jsonl.gz"
    with watching(own.port, "#") as published, speaker(own.port) as mqtt:
        with recording(hearthd, str(path)) as process:
            process.kill()
        say(mqtt, "end", b"end")
        until(lambda: published)

        assert published == [("end", False)]


# how it ends -----------------------------------------------------------------------------------------
def test_ctrl_c_ends_it_with_nothing_lost_and_says_how_much_there_is(hearthd, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    with recording(hearthd, str(path), "--topic", "sig/#") as process:
        say(mqtt, "sig/1", b"")
        until(lambda: holds(path, "sig/1"))
        say(mqtt, "sig/2", b"")
        process.send_signal(signal.SIGINT)
        code = process.wait(5)

    assert (code, len(messages(path))) == (0, 2)
    assert f"2 messages, in {path}\n" in (tmp_path / "record.log").read_text()


def test_it_ends_by_itself_after_the_time_given(here, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    done = here(str(path), "--for", "300ms", "--topic", "nothing", "--json")

    assert done[0] == 0
    assert json.loads(done[1]) == {"messages": 0, "masked": 0, "files": [str(path)], "deleted": 0}


def test_what_was_heard_in_the_last_second_is_written_at_the_end(hearthd, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    with recording(hearthd, str(path), "--topic", "last/#", "--for", "1500ms") as process:
        for number in range(100):
            say(mqtt, f"last/{number}", b"x")
        code = process.wait(10)

    assert (code, len(messages(path))) == (0, 100)


def test_a_kill_costs_no_more_than_the_last_flush(hearthd, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    with recording(hearthd, str(path), "--topic", "kill/#") as process:
        began, number = time.monotonic(), 0
        while time.monotonic() - began < 3.5:
            say(mqtt, f"kill/{number}", json.dumps({"at": time.time()}))
            number += 1
        killed = time.time()
        process.kill()
        process.wait(5)
    found = messages(path)

    assert [one.topic for one in found] == [f"kill/{one}" for one in range(len(found))]
    assert killed - found[-1].message().json()["at"] < 1.5


def test_after_a_kill_the_next_goes_on_beside_what_is_left(hearthd, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    for number in range(2):
        with recording(hearthd, str(path), "--topic", "again/#") as process:
            say(mqtt, f"again/{number}", b"")
            until(lambda number=number: holds(path, f"again/{number}"))
            process.kill()

    assert [one.topic for one in messages(path)] == ["again/0", "again/1"]


# secrets ---------------------------------------------------------------------------------------------
async def test_no_pin_is_on_the_disk_of_whoever_recorded_it(broker, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    async with recorded(broker.port, path, "hearthd/home/+") as recorder:
        say(mqtt, "hearthd/home/approve", json.dumps({"id": "a", "pin": PIN}))
        say(mqtt, "hearthd/home/do", json.dumps({"id": "b", "data": {"code": PIN}, "sig": PIN}))
        say(mqtt, "hearthd/home/ask", f"disarm the alarm with pin {PIN}")
        await heard(recorder, 3)
    found = messages(path)

    assert not any(PIN.encode() in one.payload for one in found)
    assert [one.masked for one in found] == [True, True, True]
    assert [one.message().json()["id"] for one in found[:2]] == ["a", "b"]
