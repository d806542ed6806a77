"""The machine on the bus: measured, judged, announced, and a problem where it is not well."""

import pytest
from pydantic import ValidationError

from agent.core.telling import Question
from integrations.host.section import Settings
from tests.house import living
from tests.integration.plugins import asked

QUIET = {"ups": None, "smart": False}
CONFIG = "homeassistant/device/hearthd_test_host/config"


def values(**host):
    return {"plugins": {"host": {**QUIET, **host}}, "health": {"announce": False}}


async def report(house, count=1):
    return (await house.until(lambda: house.on(house.topic("host"))[count - 1 :]))[-1]


async def problems(house):
    return [one["problem"] for one in await asked(house, "problems") if one["source"] == "host"]


async def test_the_report_is_retained_and_has_the_envelope_of_all_messages(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path, values()) as house:
        body = await report(house)

        assert {"v", "ts", "trace", "level", "gauges"} <= set(body)
        assert body["gauges"]["memory"]["unit"] == "%"


async def test_a_threshold_that_is_crossed_is_a_problem_and_goes_away_with_it(own_broker, tmp_path):
    crossed = values(interval=1, thresholds={"memory": {"warning": 0.01, "critical": 100}})
    async with living(own_broker().port, tmp_path, crossed) as house:
        first = await report(house)
        told = [one for one in await problems(house) if "memory is" in one]
        integration = house.daemon.hosted["host"].integration
        integration.config.thresholds["memory"] = integration.config.thresholds["memory"].model_copy(
            update={"warning": 100}
        )
        await report(house, len(house.on(house.topic("host"))) + 1)

        assert (first["gauges"]["memory"]["level"], len(told)) == ("warning", 1)
        assert [one for one in await problems(house) if "memory is" in one] == []


async def test_a_threshold_for_what_is_not_measured_is_told(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path, values(thresholds={"dsik": {"warning": 1}})) as house:
        await report(house)

        assert any("nothing is measured under 'dsik'" in one for one in await problems(house))


async def test_another_daemon_understands_all_of_the_machine(own_broker, tmp_path):
    port = own_broker().port
    watcher = {"node": {"name": "watcher"}, "health": {"announce": False}}
    async with (
        living(port, tmp_path / "one", values(interval=1)) as one,
        living(port, tmp_path / "other", watcher, hear=False) as other,
    ):
        await one.until(lambda: one.on(CONFIG))
        announced = one.on(CONFIG)[-1]["components"]
        ids = {component["default_entity_id"] for component in announced.values()}
        await one.until(lambda: ids <= {entity.id for entity in other.daemon.home.entities()})

        value = await one.until(
            lambda: (
                other.daemon.home.state("sensor.test_memory_fragmentation").value
                or other.daemon.home.state("binary_sensor.test_problem").value
            )
        )

        assert value is not None
        assert await asked(one, "problems") is not None


async def test_what_health_shows_already_is_not_announced_twice(own_broker, tmp_path):
    shown = {**values(), "health": {"announce": True}}
    async with living(own_broker().port, tmp_path, shown) as house:
        await house.until(lambda: house.on(CONFIG))

        assert not {"cpu", "memory", "disk"} & set(house.on(CONFIG)[-1]["components"])


async def test_the_machine_is_not_announced_where_nobody_wants_that(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path, values(announce=False)) as house:
        await report(house)

        assert house.on(CONFIG) == []


async def test_what_is_wrong_with_the_server_is_what_is_out_of_bounds(own_broker, tmp_path):
    crossed = values(thresholds={"memory": {"warning": 0.01, "critical": 100}})
    async with living(own_broker().port, tmp_path, crossed) as house:
        await report(house)
        integration = house.daemon.hosted["host"].integration

        told = await integration.tells()["OpsDiagnose"](
            Question(intent="OpsDiagnose", slots={"subject": "server"})
        )

        assert told.sentences[0].startswith("The memory is at ") or len(told.sentences) > 1


@pytest.mark.parametrize("health", [{"enabled": False}, {"announce": False}])
async def test_where_health_announces_nothing_all_is_announced_here(own_broker, tmp_path, health):
    async with living(own_broker().port, tmp_path, {**values(), "health": health}) as house:
        await house.until(lambda: house.on(CONFIG))

        assert {"cpu", "memory", "disk", "load"} <= set(house.on(CONFIG)[-1]["components"])


async def test_every_report_has_an_id_of_its_own(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path, values(interval=1)) as house:
        await report(house, 2)

        first, second = (one["trace"] for one in house.on(house.topic("host"))[:2])
        assert first
        assert second
        assert first != second


def section(**thresholds):
    return Settings.model_validate({"thresholds": thresholds})


@pytest.mark.parametrize(
    ("thresholds", "why"),
    [
        (
            {"disk": {"warning": 95, "critical": 50}},
            "disk: critical (50) has to be above warning (95), for it is the worse one",
        ),
        (
            {"disk_srv": {"warning": 98}},
            "disk_srv: critical (97 by default) has to be above warning (98), for it is the worse one",
        ),
        (
            {"battery": {"critical": 30}},
            "battery: critical (30) has to be below warning (20 by default), for it is the worse one",
        ),
        ({"memory": {}}, "it says nothing; 'warning: 80' would be right, and null switches an edge off"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_a_mistake(thresholds, why):
    with pytest.raises(ValidationError) as caught:
        section(**thresholds)

    assert why in str(caught.value)


def test_of_a_threshold_what_is_left_out_is_as_by_default():
    found = section(disk={"warning": 80}).thresholds["disk"]

    assert (found.warning, found.critical, found.hysteresis) == (80, 97, 1)


def test_of_a_disk_what_is_left_out_is_as_for_every_disk():
    found = section(disk_srv={"warning": 60}, disk={"critical": 99}).thresholds["disk_srv"]

    assert (found.warning, found.critical) == (60, 99)


def test_an_edge_is_switched_off_with_null():
    assert section(disk={"critical": None}).thresholds["disk"].critical is None
