"""`hearthd record` and its files, brokers that are not as they should be, and wrong use."""

import asyncio
import random
import re
import resource

import pytest

from agent.cli import main
from agent.mqtt.config import MqttConfig
from agent.mqtt.listener import Listener
from agent.recording.format import Gap
from agent.recording.reader import Recording, header_in
from agent.runtime.clock import Clock
from tests.cli.program import until
from tests.house import living
from tests.mosquitto import free_port
from tests.recording.recording import heard, holds, messages, recorded, recording, say, soon, speaker


def test_files_are_rotated_and_the_oldest_deleted(hearthd, mqtt, tmp_path):
    path = tmp_path / "rotated" / "house.jsonl.gz"
    noise = [random.Random(number).randbytes(10_000) for number in range(60)]
    options = ["--max-size", "64k", "--max-total", "256k", "--topic", "rot/#"]
    with recording(hearthd, str(path), *options) as process:
        for number in range(60):
            mqtt.publish(f"rot/{number}", noise[number], qos=1)
        say(mqtt, "rot/end", b"")
        until(lambda: holds(path, "rot/end"))
        process.terminate()
        process.wait(5)
    files = [one for one in path.parent.iterdir() if one.name.endswith(".jsonl.gz")]
    found = [one.topic for one in messages(path)]

    assert sum(one.stat().st_size for one in files) <= 256 * 1024
    assert "of the oldest files were deleted" in (tmp_path / "record.log").read_text()
    assert 1 < len(found) < 60
    assert found == [f"rot/{number}" for number in range(61 - len(found), 60)] + ["rot/end"]


def test_without_a_file_it_is_written_beside_the_state(hearthd, here):
    where = hearthd.state / "recordings" / "cli.jsonl.gz"

    assert here("--for", "100ms", "--topic", "nothing")[:2] == (0, f"0 messages, in {where}\n")


async def test_a_broker_that_goes_away_leaves_a_gap_that_is_told(own_broker, tmp_path):
    own = own_broker()
    path = tmp_path / "house.jsonl.gz"
    async with recorded(own.port, path) as recorder:
        with speaker(own.port) as mqtt:
            say(mqtt, "before", b"")
        await heard(recorder, 1)
        own.stop()
        own.start()
        await soon(lambda: any(isinstance(one, Gap) for one in Recording(path)))
        with speaker(own.port) as mqtt:
            say(mqtt, "after", b"")
        await heard(recorder, 2)
    before, gap, after = Recording(path)

    assert isinstance(gap, Gap)
    assert before.time <= gap.since < gap.time <= after.time


async def test_a_broker_that_speaks_only_the_older_mqtt_is_recorded_too(own_broker, tmp_path):
    own = own_broker()
    path = tmp_path / "house.jsonl.gz"
    with speaker(own.port) as mqtt:
        async with recorded(own.port, path, protocol="3.1.1") as recorder:
            say(mqtt, "old", b"")
            await heard(recorder, 1)

    assert [one.topic for one in messages(path)] == ["old"]


async def test_while_there_is_no_room_the_broker_waits_and_nothing_is_lost(broker, mqtt):
    heard: list[str] = []
    full = True
    listener = Listener(
        config=MqttConfig(port=broker.port),
        purpose="test",
        filters=("slow/#",),
        heard=lambda found: heard.append(found.topic),
        full=lambda: full,
        lost=lambda: None,
        clock=Clock(),
    )
    await listener.begin()
    for number in range(3000):
        mqtt.publish(f"slow/{number}", bytes(2000), qos=1)
    say(mqtt, "slow/end", b"")
    before = len(heard)
    full = False
    listener.resume()
    await soon(lambda: "slow/end" in heard)
    await listener.close()

    assert before < 1000
    assert heard == [*(f"slow/{number}" for number in range(3000)), "slow/end"]


def test_a_disk_that_is_full_ends_it_with_1_and_what_was_written_before_can_be_read(hearthd, mqtt, tmp_path):
    path = tmp_path / "house.jsonl.gz"

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    with recording(hearthd, str(path), "--topic", "disk/#", preexec_fn=little) as process:
        say(mqtt, "disk/1", b"on")
        until(lambda: holds(path, "disk/1"))
        say(mqtt, "disk/2", random.Random(1).randbytes(200_000))
        code = process.wait(10)

    assert (code, messages(path)[0].topic) == (1, "disk/1")
    assert f"{path} cannot be written: File too large" in (tmp_path / "record.log").read_text()


def test_without_a_broker_it_ends_with_1_and_leaves_nothing(hearthd, here, tmp_path):
    gone = free_port()
    hearthd.configure(port=gone)
    code, out, err = here(str(tmp_path / "house.jsonl.gz"))

    assert (code, out) == (1, "")
    assert re.search(rf"no broker at 127.0.0.1:{gone}: .*refused", err)
    assert not (tmp_path / "house.jsonl.gz").exists()


def test_a_password_that_is_wrong_ends_with_1_and_what_the_broker_says(own_broker, hearthd, here, tmp_path):
    hearthd.configure(port=own_broker(users={"ada": "right"}).port)
    code, _, err = here(str(tmp_path / "house.jsonl.gz"))

    assert (code, "Not authorized" in err) == (1, True)


def test_with_no_broker_configured_and_no_daemon_it_says_what_to_do(hearthd, here, tmp_path):
    hearthd.file.write_text(f"node: {{state_dir: {hearthd.state}}}\n")
    code, out, err = here(str(tmp_path / "house.jsonl.gz"))

    assert (code, out) == (1, "")
    assert "no broker is configured, and no hearthd is running" in err


async def test_with_no_broker_configured_it_records_that_of_the_daemon_that_runs(hearthd, broker, tmp_path):
    path = tmp_path / "house.jsonl.gz"
    hearthd.file.write_text(f"node: {{state_dir: {hearthd.state}}}\n")
    async with living(broker.port, hearthd.state):
        done = await asyncio.to_thread(hearthd, "record", str(path), "--for", "300ms")

    assert done.returncode == 0
    assert header_in(path).node == "test"


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("--for soon", "'soon' is no length of time"),
        ("--max-size much", "'much' is no number of bytes; 64M, 500k or 2G would be right"),
        ("--max-size 1G", "--max-total: room for two files"),
        ("--max-size 1k", "--max-size from 64k on"),
        ("--max-age 0", "--max-age from 1s on"),
        ("--topic a/#/b", "`#` stands alone"),
        ("--topic $share/a/b", "a recording is of every message"),
    ],
)
def test_wrong_use_ends_with_2_and_what_would_be_right(tmp_path, capsys, words, right):
    code = main(["record", str(tmp_path / "house.jsonl.gz"), *words.split()])
    told = capsys.readouterr()

    assert (code, told.out, right in told.err) == (2, "", True)


def test_what_is_no_recording_is_not_written_over(here, tmp_path):
    path = tmp_path / "diary.txt"
    path.write_text("my diary")

    assert here(str(path)) == (1, "", f"{path}: it is no recording of hearthd\n")
    assert path.read_text() == "my diary"
