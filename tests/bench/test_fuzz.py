"""A hundred thousand fuzzed messages at a daemon of its own, and what they cost it."""

import statistics
import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import pytest

from tests.fuzz import Fuzz
from tests.mosquitto import Mosquitto
from tests.siege import Siege

COUNT, PARTS = 100_000, 10
SEED = 7


@contextmanager
def hearthd(folder, port):
    """The daemon as a process of its own, ready."""
    (folder / "config.yaml").write_text(
        f"node: {{name: test, state_dir: {folder / 'state'}}}\nmqtt: {{host: 127.0.0.1, port: {port}}}\n"
        "policy: {approval_ttl: 1}\nhealth: {interval: 1}\nlog: {level: warning}\n"
    )
    path = folder / "log"
    path.touch()
    before = path.read_text().count("ready after")
    with path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "agent", "run", "-c", str(folder / "config.yaml")],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    Siege.until(lambda: path.read_text().count("ready after") > before, 10)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.bench
@pytest.mark.timeout(1500)
def test_100000_fuzzed_messages(tmp_path, capsys):
    broker = Mosquitto().start()
    fuzz, memory = Fuzz(SEED, node="test"), []
    with hearthd(tmp_path, broker.port) as process, Siege(broker.port) as siege:
        siege.announce()
        memory.append(process.memory_info().rss / 1e6)
        before, began = siege.standing(), time.monotonic()
        for _ in range(PARTS):
            siege.fire(fuzz.shots(COUNT // PARTS))
            memory.append(process.memory_info().rss / 1e6)
        took = time.monotonic() - began
        unanswered, after = siege.settled(within=20), siege.standing()
        unexplained, bugs, health = siege.unexplained(), siege.bugs(), siege.health()
        used = sum(process.cpu_times()[:2])
        commands, waits = len(siege.asked), sorted(siege.waits)
    with hearthd(tmp_path, broker.port), Siege(broker.port) as siege:
        siege.announce()
        after_restart, again = siege.standing(), siege.command()
    broker.close()
    raised = [line for line in (tmp_path / "log").read_text().splitlines() if '"exception"' in line]
    counted = {name: count for name, count in health["counters"].items() if "refused" in name}
    with capsys.disabled():
        print(f"\n{COUNT} messages in {took:.0f} s, {COUNT / took:,.0f} /s; {used:.0f} s of CPU")
        print(f"counted: {counted}, {health['counters']['mqtt.oversized']} oversized")
        print(
            f"{commands} commands with a readable id, not one end for each step: {len(unanswered)} (goal 0)"
        )
        print(f"announcements that are neither an entity nor a problem: {len(unexplained)} (goal 0)")
        print(
            f"the healthy lamp: {len(waits)} times, p50 {statistics.median(waits) * 1000:.0f} ms,"
            f" p99 {waits[len(waits) * 99 // 100] * 1000:.0f}, max {waits[-1] * 1000:.0f} (goal 2000)"
        )
        print(f"loop lag: {health['histograms']['loop.lag_ms']} ms (goal max 500)")
        print("RSS in MB:", *(f"{one:.0f}" for one in memory))
        print(f"handlers failed, services begun anew: {bugs} (goal none); tracebacks: {len(raised)} (goal 0)")
        print(f"after a restart the lamp takes {again * 1000:.0f} ms")

    assert (unanswered, unexplained, bugs, raised) == ({}, [], {}, [])
    assert before == after == after_restart
    assert waits[-1] < 2
    assert health["histograms"]["loop.lag_ms"]["max"] < 500
    assert memory[-1] < memory[PARTS // 2] + 20
