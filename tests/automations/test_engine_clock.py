"""Rules and schedules whose time has come, and what is done of them after the daemon was killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from agent.automations.rulebook import rulebook
from agent.automations.schedules import Schedules
from agent.automations.templates import Templates
from agent.automations.when_section import AutomationSection
from agent.runtime.clock import Clock
from agent.runtime.store import opened
from tests.automations.ruled import (
    PLUG_OFF,
    PLUG_ON,
    UNLOCK,
    all_of,
    announced,
    came,
    commands,
    over,
    rule,
    ruled,
    went,
)
from tests.automations.ruling import StillWorld
from tests.automations.virtual import BERLIN
from tests.automations.virtual import House as Folder


def job(house, name):
    return next((one for one in house.daemon.by_itself.jobs() if one["id"] == name), None)


def result(house, name):
    """What a schedule came to, once it came to anything."""
    found = job(house, name)
    return found and found["result"]


async def test_a_rule_with_a_time_goes_off_then(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule(when={"time": {"every": "1s"}})]) as house:
        await all_of(house, "rule", 1)

        assert went(house)[0]["because"] == "its time had come"
        assert came(house)[0] == "ran"


async def test_a_time_may_set_off_what_a_device_may_not(own_broker, tmp_path):
    rules = [rule(when={"time": {"every": "1s"}}, do=[UNLOCK])]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        await all_of(house, "rule", 1)

        assert came(house)[0] == "ran"
        assert house.daemon.pipeline.pending() == ()


@pytest.mark.parametrize(
    ("when", "times"),
    [
        ({"every": "8h"}, ["11-18 20:00", "11-19 04:00", "11-19 12:00"]),
        ({"at": "07:30"}, ["11-19 07:30"]),
        ({"cron": "0 6,18 * * *"}, ["11-18 18:00", "11-19 06:00"]),
        ({"sun": "sunset", "offset": "-30m"}, ["11-18 15:38"]),
    ],
)
async def test_the_times_of_rules_come_as_they_are_written(tmp_path, when, times):
    section = AutomationSection.model_validate(rule(when={"time": when}))
    book = rulebook([section], Templates.of(StillWorld()), own="hearthd/test", before={})
    async with Folder(tmp_path, "2026-11-18 12:00").living() as life:
        await life.schedules.replace((), book.times())
        await life.pass_(24 * 3600)

        assert life.scheduled() == times
        assert {json.dumps(one.payload) for one in life.fired} == {'{"rule": "rule", "when": 0}'}


async def test_a_rule_that_is_switched_off_has_no_times(own_broker, tmp_path):
    rules = [rule(when={"time": {"every": "1s"}}, enabled=False)]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        assert house.daemon.by_itself.jobs() == []


async def test_a_schedule_does_what_it_says_and_tells_its_result(own_broker, tmp_path):
    schedules = [{"id": "tick", "every": "1s", "do": [PLUG_ON]}]
    async with ruled(own_broker().port, tmp_path, schedules=schedules) as house:
        await house.until(lambda: result(house, "tick"), 15.0)
        [outcome] = [one for one in house.on(house.topic("outcome")) if one["final"]][:1]

        assert result(house, "tick") == "done"
        assert outcome["cause"] == {"kind": "schedule", "who": "tick"}


async def test_a_schedule_that_fails_says_why(own_broker, tmp_path):
    schedules = [{"id": "tick", "every": "1s", "do": [{"service": "light.turn_on", "target": "light.no"}]}]
    async with ruled(own_broker().port, tmp_path, schedules=schedules) as house:
        told = await house.until(lambda: result(house, "tick"), 15.0)

        assert told.startswith("failed")
        assert "light.no" in told


async def test_a_schedule_that_breaks_stops_no_other(own_broker, tmp_path):
    def broken(*_args, **_more):
        raise RuntimeError("somebody else's mistake")

    schedules = [
        {"id": "broken", "every": "1s", "do": [{"service": "acme.explode", "target": "light.desk"}]},
        {"id": "sound", "every": "1s", "do": [PLUG_ON]},
    ]
    async with ruled(own_broker().port, tmp_path, schedules=schedules) as house:
        house.daemon.by_itself._executor.provide_whole("acme.explode", "acme", broken, broken)
        await house.until(lambda: "broke" in (result(house, "broken") or ""), 15.0)
        done = len(commands(house))
        await house.until(lambda: len(commands(house)) > done, 15.0)

        assert result(house, "sound") == "done"
        assert house.daemon.metrics.counters.get("service.restarts", 0) == 0


async def test_rules_and_schedules_run_tasks(own_broker, tmp_path):
    files = {name: tmp_path / name for name in ("one", "two")}
    tasks = {name: {"command": ["touch", str(file)], "risk": "reversible"} for name, file in files.items()}
    schedules = [{"id": "tick", "every": "1s", "do": [{"task": "two"}]}]
    rules = [rule(do=[{"task": "one"}])]
    async with ruled(own_broker().port, tmp_path / "state", rules, tasks=tasks, schedules=schedules) as house:
        house.publish("go", "x")
        await all_of(house, "rule", 1)
        await house.until(lambda: result(house, "tick"), 15.0)

        assert (came(house), files["one"].exists()) == (["ran"], True)
        assert (result(house, "tick"), files["two"].exists()) == ("done", True)


async def test_a_task_that_fails_ends_the_run_with_its_code(own_broker, tmp_path):
    more = {"tasks": {"no": {"command": ["false"], "risk": "reversible"}}}
    async with ruled(own_broker().port, tmp_path, [rule(do=[{"task": "no"}, PLUG_ON])], **more) as house:
        house.publish("go", "x")
        await all_of(house, "rule", 1)

        assert came(house) == ["failed"]
        assert "1" in went(house)[0]["words"]
        assert commands(house) == []


async def test_what_a_schedule_missed_is_made_up_for_once_the_devices_can_be_reached(own_broker, tmp_path):
    port = own_broker().port
    at = (datetime.now().astimezone() + timedelta(seconds=2)).isoformat()
    once = {"id": "once", "at": at, "missed": "run-once", "do": [PLUG_ON]}
    async with ruled(port, tmp_path, schedules=[once]) as house:
        early = result(house, "once")
    await asyncio.sleep(3)  # the time of it passes while nobody is there
    async with ruled(port, tmp_path, schedules=[once], announce=False) as house:
        told = await house.until(lambda: result(house, "once"), 15.0)
        await house.until(lambda: commands(house))

        assert early is None
        assert told.startswith("done, late by")


@contextmanager
def program(folder, port, *rules):
    """The daemon as a process of its own, killed at the end if it still is there."""
    file = folder / "config.yaml"
    config = {
        "node": {"name": "test", "state_dir": str(folder / "state")},
        "mqtt": {"host": "127.0.0.1", "port": port},
        "health": {"announce": False},
        "automations": rules,
    }
    file.write_text(json.dumps(config))
    environment = {name: one for name, one in os.environ.items() if not name.startswith("HEARTHD_")}
    with (folder / "log").open("ab") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "agent", "run", "-c", str(file)],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield daemon
    finally:
        daemon.send_signal(signal.SIGKILL)
        daemon.wait(5)


async def an_hour_goes_by(folder):
    """What waits on disk in the state `folder` was due an hour ago."""
    async with opened(folder / "hearthd.db") as store:
        book = Schedules(store=store, clock=Clock(), zone=BERLIN, place=None, fire=asyncio.sleep)
        await book.load()
        for one in book.said():
            ago = datetime.now(UTC) - timedelta(hours=1)
            await book.at(one.spec.id, ago, one.spec.payload, policy=one.spec.policy)
        return [one.spec.id for one in book.said()]


async def test_what_is_left_after_a_delay_is_done_once_by_the_next_life_late_and_says_so(
    own_broker, ear, tmp_path
):
    port = own_broker().port
    waiting = rule(do=[PLUG_OFF, {"delay": "5m"}, PLUG_ON])
    announced(port)
    other = await ear(port)

    def told(payload):
        return [one for topic, one, _ in other.heard if topic == "plug/set" and one == payload]

    with program(tmp_path, port, waiting):
        await other.until(lambda ear: ("hearthd/test/status", b"online", False) in ear.heard, 15)
        await other.until(lambda _: other.publish("go", "x") or told(b"OFF"), 15)
        await asyncio.sleep(0.5)  # the delay is on disk a sync after the command went out
    [name] = await an_hour_goes_by(tmp_path / "state")
    async with ruled(port, tmp_path / "state", [waiting], announce=False) as house:
        said = await house.until(lambda: result(house, name), 15.0)
        await house.until(lambda: told(b"ON"), 15.0)
    async with ruled(port, tmp_path / "state", [waiting], announce=False) as house:
        await over(house)

    assert name.startswith("rest/automation/rule/rule-")
    assert said.startswith("done, late by 1 h")
    assert (len(told(b"OFF")), len(told(b"ON"))) == (1, 1)
