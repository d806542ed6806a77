"""What happens by time and on request: states expire, commands go out, silent devices are believed."""

import asyncio

import pytest

from agent.api import ActionError, TransientError
from tests.integrations.discovery.wire import Wire, discovering, step

SENSOR = {"name": "Meter", "uniq_id": "1", "stat_t": "meter", "val_tpl": "{{ value_json.x }}"}
SWITCH = {"name": "Plug", "uniq_id": "2", "stat_t": "plug", "cmd_t": "plug/set"}


async def test_a_sensor_expires_and_comes_back():
    wire = Wire()
    discovery = await discovering(wire)
    wire.announce("sensor/a", {**SENSOR, "exp_aft": 60})
    wire.put("meter", {"x": 1})

    wire.clock.seconds += 61
    discovery.timers.fire()
    gone = wire.state("sensor.meter").available
    wire.put("meter", {"x": 2})

    assert gone is False
    assert wire.state("sensor.meter").available is None


async def test_each_message_moves_the_end():
    wire = Wire()
    discovery = await discovering(wire)
    wire.announce("sensor/a", {**SENSOR, "exp_aft": 60})
    for _ in range(3):
        wire.put("meter", {"x": 1})
        wire.clock.seconds += 40
        discovery.timers.fire()

    assert wire.state("sensor.meter").available is None


async def test_a_motion_is_over_by_itself():
    wire = Wire()
    discovery = await discovering(wire)
    wire.announce("binary_sensor/m", {"name": "Motion", "stat_t": "m", "off_dly": 5})
    wire.put("m", "ON")

    wire.clock.seconds += 6
    discovery.timers.fire()

    assert wire.state("binary_sensor.motion").value == "off"


async def test_what_is_due_is_done_when_it_is_due():
    wire = Wire()
    await discovering(wire)
    wire.announce("binary_sensor/m", {"name": "Motion", "stat_t": "m", "off_dly": 5})
    work = asyncio.create_task(wire.work["timers"]())
    wire.put("m", "ON")
    before = wire.clock.seconds

    for _ in range(12):
        await asyncio.sleep(0)
    work.cancel()

    assert wire.state("binary_sensor.motion").value == "off"
    assert wire.clock.seconds - before >= 5


async def test_a_service_goes_out_as_a_command():
    wire = Wire()
    discovery = await discovering(wire)
    wire.announce("switch/plug", SWITCH)

    await discovery.call(step("switch.turn_on", "switch.plug"))

    assert wire.sent == [("plug/set", "ON", 0, False)]
    assert wire.state("switch.plug").value is None


async def test_an_optimistic_entity_reports_an_assumption():
    wire = Wire()
    discovery = await discovering(wire)
    wire.announce("switch/plug", {"name": "Plug", "cmd_t": "plug/set"})

    await discovery.call(step("switch.turn_on", "switch.plug"))

    assert wire.reports == [("switch.plug", "on", False, False)]
    assert wire.state("switch.plug").attributes == {"assumed_state": True}


async def test_nothing_is_assumed_while_the_broker_is_away():
    wire = Wire()
    discovery = await discovering(wire)
    wire.announce("switch/plug", {"name": "Plug", "cmd_t": "plug/set"})
    wire.up = False

    with pytest.raises(TransientError):
        await discovery.call(step("switch.turn_on", "switch.plug"))

    assert wire.state("switch.plug").value is None


async def test_what_is_no_more_cannot_be_asked():
    wire = Wire()
    discovery = await discovering(wire)

    with pytest.raises(ActionError, match="not announced"):
        await discovery.call(step("switch.turn_on", "switch.plug"))
