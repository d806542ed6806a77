"""The machine on the bus: measured, judged, announced, and a problem where it is not well."""

from agent.core.telling import Question
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
    async with living(own_broker().port, tmp_path, values()) as house:
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
