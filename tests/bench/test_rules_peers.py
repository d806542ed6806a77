"""One rule, "motion and dark -> light on", in hearthd and in its peers: same broker, same load, same run.

What is measured, of every subject alike, as a process of its own (its children count as it):

- start: from its start to the first command that a motion leads to. Motion comes every 20 ms from the
  beginning.
- idle RSS: five seconds later.
- p50, p99: from a motion to the command of its lamp, 100 motions a second for ten seconds, over mosquitto
  both ways; the sender is the receiver, with TCP_NODELAY, and mosquitto has `set_tcp_nodelay true`.
- looked at: motions in the light, as fast as they are taken. One in so many (`Subject.every`) is in the
  dark: by its command we know that all before it were handled. CPU time of each message.
- lamp on: only hearthd, whose rule has a condition for it: motions in the dark whose lamp is on already.
- each a command: every motion is in the dark, 50 of them under way, one for each lamp. The figures "noted
  before" are of this: there, too, each message led to one command.

Motion comes from 50 sensors, QoS 0, about 250 bytes as of zigbee2mqtt; its lamp answers each command at
once. The peers publish a command and forget it. hearthd does what it does in a house: policy and limits, a
ledger and an audit log that are on disk before anything is sent, a watch for the lamp's own report, outcomes
on the bus; its log is the default one. It has 500 rules loaded, each for a topic of its own; the peers have
one rule for all sensors, Home Assistant one for each. hearthd's rules have `mode: queued`: with `single` a
motion that comes before the lamp has confirmed would be no command at all.

The measured process has one core to itself, broker and load share another, where there are two. Medians of
ROUNDS rounds, in each of which every subject has its turn. A peer that is not installed
(tests/bench/peers/README.md) is shown with what was noted before, on another machine.

Further figures of the clock and the rules: test_schedules.py (10,000 schedules; kills in a virtual month),
test_triggers.py (a rule alone, without broker), test_kills.py (commands under kills).
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.bench.peers import load
from tests.bench.peers.subjects import SENSORS, SUBJECTS, Subject, lamp, peers, started
from tests.mosquitto import Mosquitto

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
ROUNDS = 3
SECONDS = 4.0
SATURATED: dict[str, dict[str, Any]] = {
    "looked": {"fill": ("bright", 0), "ahead": 4},
    "on": {"fill": ("dark", SENSORS), "ahead": 4},
    "each": {"fill": ("bright", 0), "every": 1, "ahead": SENSORS},
}
Figures = dict[str, float]


def cores() -> tuple[set[int], set[int]]:
    """For who is measured, and for everything else."""
    ours = sorted(os.sched_getaffinity(0))
    return {ours[0]}, set(ours[1:] or ours)


def ordered(port: int, pid: int, **order: Any) -> Any:
    """What the load has to tell."""
    words = [sys.executable, load.__file__]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sender:
        os.sched_setaffinity(sender.pid, cores()[1])
        found, _ = sender.communicate(json.dumps({"port": port, "pid": pid, "fires": 0, **order}))
    return json.loads(found)


@contextmanager
def house() -> Iterator[int]:
    """The broker that everybody shares, with lamps that have announced themselves and are on."""
    broker = Mosquitto().start()
    assert broker._process is not None
    os.sched_setaffinity(broker._process.pid, cores()[1])
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(0)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    for number in range(2 * SENSORS):
        config, state = f"homeassistant/light/light_{number}/config", f"zigbee2mqtt/light_{number}/state"
        client.publish(config, orjson.dumps(lamp(number)), qos=1, retain=True)
        client.publish(state, '{"state":"ON"}', qos=1, retain=True).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()
    try:
        yield broker.port
    finally:
        broker.close()


def measured(subject: Subject, folder: Path, port: int) -> Figures:
    """One round of one subject."""
    began = time.monotonic()
    process = started(subject, folder, port, cores()[0])
    try:
        first = ordered(port, process.pid, until="command", seconds=90)["at"]
        if first is None:
            pytest.fail(f"{subject.name} does nothing: {(folder / 'said').read_text()[-2000:]}")
        time.sleep(5)
        alive = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        found = {"start": first - began, "rss": sum(one.memory_info().rss for one in alive) / 1e6}
        paced = ordered(port, process.pid, rate=100, seconds=10)
        found |= {"p50": paced["p50"], "p99": paced["p99"], "paced_us": paced["us"], "lost": paced["lost"]}
        for name in subject.loads:
            order = {"every": subject.every, "seconds": SECONDS, "warm": 1.5} | SATURATED[name]
            told = ordered(port, process.pid, **order)
            found |= {f"{name}_{key}": told[key] for key in ("messages_s", "us", "core")}
            found["lost"] += told["lost"]
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return found


def median(rounds: list[Figures]) -> Figures:
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}


def row(name: str, found: Figures) -> str:
    def saturated(load_name: str) -> str:
        if f"{load_name}_us" not in found:
            return f"{'':>17}"
        rate, us = found[f"{load_name}_messages_s"], found[f"{load_name}_us"]
        return f"{rate:8,.0f}/s{us:7,.0f}"

    start = f"{name:31}{found['start']:6.1f}{found['rss']:6.0f}{found['p50']:8.2f}{found['p99']:8.2f}"
    return start + "  ".join(["", *(saturated(one) for one in SATURATED)])


HEADING = (
    f"{'':31}{'start':>6}{'RSS':>6}{'p50':>8}{'p99':>8}"
    f"  {'looked at':>17}  {'lamp on':>17}  {'each a command':>17}\n"
    f"{'':31}{'s':>6}{'MB':>6}{'ms':>8}{'ms':>8}" + f"  {'messages':>10}{'µs CPU':>7}" * 3
)


def told(figures: dict[str, Figures]) -> str:
    """The table."""
    lines = [f"motion and dark -> light on; {os.cpu_count()} cores, medians of {ROUNDS} rounds", HEADING]
    for subject in SUBJECTS:
        if subject.name in figures:
            lines.append(row(subject.name, figures[subject.name]))
        if subject.noted is not None:
            noted = vars(subject.noted) | {"each_messages_s": subject.noted.rate, "each_us": subject.noted.us}
            lines.append(row("  noted before" if subject.name in figures else f"{subject.name}*", noted))
    absent = [one.name for one in SUBJECTS if not one.there()]
    if absent:
        lines.append(
            f"* not installed, as noted before: {', '.join(absent)}; see tests/bench/peers/README.md"
        )
    ours = figures[SUBJECTS[0].name]
    lines.append(f"hearthd's CPU at 100 commands a second: {ours['paced_us']:,.0f} µs each")
    for name, found in figures.items():
        times = [f"{kind} {found[f'{kind}_us'] / ours[f'{kind}_us']:.2f}" for kind in ("looked", "each")]
        lines.append(f"CPU a message, times hearthd's: {name:31} {', '.join(times)}")
    return "\n".join(lines)


def test_the_rule_beside_its_peers(tmp_path, capsys):
    here = [one for one in SUBJECTS if one.there()]
    rounds: dict[str, list[Figures]] = {one.name: [] for one in here}
    with house() as port:
        for number in range(ROUNDS):
            for at, subject in enumerate(here):
                rounds[subject.name].append(measured(subject, tmp_path / f"{at}-{number}", port))
    figures = {name: median(found) for name, found in rounds.items()}
    with capsys.disabled():
        print(f"\n{told(figures)}\n(peers in {peers()})")

    assert sum(one["lost"] for one in rounds[SUBJECTS[0].name]) == 0
    assert figures[SUBJECTS[0].name]["looked_us"] < 100
