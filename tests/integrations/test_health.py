"""How the daemon and its machine are: measured, judged by thresholds, published, shown."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from agent.levels import Level, Threshold, level_of, worst
from integrations.health import Settings
from integrations.health.sampling import Sampler
from tests.announced import LOCK
from tests.house import living

HEARTHD = Path(sys.executable).parent / "hearthd"
UNMEASURED = "nothing is measured: the integration health is switched off"
OFTEN = {"health": {"interval": 1}}


async def health_of(house, count=1):
    """The newest health report, once there were `count`."""
    return (await house.until(lambda: house.on(house.topic("health"))[count - 1 :]))[-1]


# the report ---------------------------------------------------------------------------------------------
async def test_the_report_is_there_for_whoever_comes_later(own_broker, tmp_path, ear):
    port = own_broker().port
    async with living(port, tmp_path) as house:
        await health_of(house)
        late = await ear(port)

        await late.until(lambda ear: [one for one in ear.heard if one[0] == house.topic("health")])
        [(_, payload, retained)] = [one for one in late.heard if one[0] == house.topic("health")]
        assert retained
        assert orjson.loads(payload)["level"] in ("ok", "warning", "critical")


async def test_every_gauge_has_a_value_a_unit_and_a_level(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path) as house:
        gauges = (await health_of(house))["gauges"]

        assert {"rss", "memory", "disk", "loop_lag", "mqtt_waiting_out", "action_pending"} <= set(gauges)
        assert {name for name, one in gauges.items() if not {"value", "unit", "level"} <= set(one)} == set()
        assert (gauges["rss"]["unit"], gauges["rss"]["warning"], gauges["rss"]["critical"]) == (
            "MB",
            250,
            500,
        )


async def test_histograms_and_counters_show_what_was_done(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path, OFTEN) as house:
        plug = {**LOCK, "default_entity_id": "switch.plug", "command_topic": "plug/set"}
        house.publish("homeassistant/switch/plug/config", {**plug, "state_topic": None})
        await house.until(lambda: house.daemon.home.get("switch.plug"))
        await house.ended(await house.do("switch.turn_on", {"entity": "switch.plug"}))
        told = await health_of(house, len(house.on(house.topic("health"))) + 1)

        assert told["histograms"]["action.sent_ms"]["count"] == 1
        assert 0 < told["histograms"]["action.sent_ms"]["p50"] <= told["histograms"]["action.sent_ms"]["max"]
        assert told["counters"]["bus.commands"] == 1
        assert told["gauges"]["message_rate"]["value"] > 0


async def test_it_is_measured_again_after_every_interval(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path, OFTEN) as house:
        await health_of(house, 3)

        first, second, third = (one["ts"] for one in house.on(house.topic("health"))[:3])
        assert first < second < third


# levels -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("limits", "level"),
    [
        ({"warning": 1, "critical": 1_000_000}, "warning"),
        ({"warning": 1, "critical": 2}, "critical"),
        ({"warning": 1_000_000, "critical": None}, "ok"),
        ({"warning": None, "critical": 1_000_000, "below": True}, "critical"),
        ({"warning": None, "critical": None}, "ok"),
    ],
)
async def test_a_configured_threshold_decides_the_level(own_broker, tmp_path, limits, level):
    values = {"health": {"thresholds": {"rss": limits}}}
    async with living(own_broker().port, tmp_path, values) as house:
        told = await health_of(house)

        assert told["gauges"]["rss"]["level"] == level
        assert told["level"] == max(
            (one["level"] for one in told["gauges"].values()), key=["ok", "warning", "critical"].index
        )


async def test_a_threshold_for_what_is_not_measured_is_a_problem_that_names_what_is(own_broker, tmp_path):
    values = {"health": {"thresholds": {"dsk": {"warning": 80}, "temperature": {"warning": 70}}}}
    async with living(own_broker().port, tmp_path, values) as house:
        await health_of(house)
        house.publish(house.topic("query", "problems"), {"id": "q"})
        [told] = await house.until(lambda: house.on(house.topic("answer", "q")))

        [problem] = told["answer"]
        assert (problem["source"], problem["where"]) == ("health", "thresholds.dsk")
        assert problem["problem"].startswith("nothing is measured under 'dsk'; there are action_in_flight")


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ((79, 80, 79, 75, 74), ("ok", "warning", "warning", "warning", "ok")),
        ((90, 86, 84, 74), ("critical", "critical", "warning", "ok")),
        ((79, 81, 91, 50), ("ok", "warning", "critical", "ok")),
    ],
)
def test_a_level_once_reached_is_kept_until_the_value_has_come_back_by_the_hysteresis(values, levels):
    threshold, level, seen = Threshold(warning=80, critical=90, hysteresis=5), Level.OK, []
    for value in values:
        level = level_of(value, threshold, level)
        seen.append(level.value)

    assert tuple(seen) == levels


def test_where_low_is_bad_the_levels_are_upside_down():
    threshold = Threshold(warning=20, critical=5, below=True, hysteresis=1)

    assert [level_of(value, threshold, Level.OK).value for value in (30, 20, 5)] == [
        "ok",
        "warning",
        "critical",
    ]
    assert level_of(5.5, threshold, Level.CRITICAL) is Level.CRITICAL
    assert level_of(6.5, threshold, Level.CRITICAL) is Level.WARNING


def test_the_worst_level_counts():
    assert worst([Level.OK, Level.CRITICAL, Level.WARNING]) is Level.CRITICAL
    assert worst([]) is Level.OK


def test_what_cannot_be_read_on_this_machine_is_left_out(tmp_path):
    sampled = Sampler(disks={"there": tmp_path, "gone": tmp_path / "nowhere"}).sample()

    assert "gone" not in sampled
    assert 0 <= sampled["there"].value <= 100


# the command line ---------------------------------------------------------------------------------------
async def test_the_command_line_shows_the_last_report(own_broker, tmp_path):
    values = {"health": {"thresholds": {"rss": {"warning": 1, "critical": 1_000_000}}}}
    environment = {**os.environ, "HEARTHD_NODE__STATE_DIR": str(tmp_path)}

    def shown(*more):
        command = [HEARTHD, "health", *more]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    async with living(own_broker().port, tmp_path, values) as house:
        told = await health_of(house)
        text = (await asyncio.to_thread(shown)).splitlines()
        whole = json.loads(await asyncio.to_thread(shown, "--json"))

    assert text[0] == f"level: {told['level']}"
    [rss] = [line.split() for line in text if line.startswith("rss ")]
    assert (rss[2], rss[3]) == ("MB", "warning")
    assert set(whole["gauges"]) == set(told["gauges"])


# switched off -------------------------------------------------------------------------------------------
async def test_a_daemon_that_does_not_measure_itself_is_well_as_long_as_it_answers(own_broker, tmp_path):
    environment = {**os.environ, "HEARTHD_NODE__STATE_DIR": str(tmp_path)}

    def shown():
        return subprocess.run(
            [HEARTHD, "health"], env=environment, capture_output=True, text=True, check=False
        )

    async with living(own_broker().port, tmp_path, {"health": {"enabled": False}}):
        ran = await asyncio.to_thread(shown)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"level: ok\n{UNMEASURED}\n", "")


async def test_the_first_report_tells_no_nonsense_of_the_processor(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path) as house:
        gauges = (await health_of(house))["gauges"]

        assert gauges["process_cpu"]["value"] <= 105 * (os.cpu_count() or 1)


def test_thresholds_of_health_keep_what_is_left_out():
    found = Settings.model_validate({"thresholds": {"disk": {"warning": 80}}}).thresholds["disk"]

    assert (found.warning, found.critical) == (80, 97)
