"""The example to copy works as it stands, from a drop-in folder; a broken neighbour does not disturb it."""

import shutil
from pathlib import Path

from tests.house import living

BLUEPRINT = Path(__file__).parent.parent.parent / "integrations" / "_blueprint"
SETTINGS = {"plugins": {"blueprint": {"enabled": True, "lamps": {"lamp/desk": "Desk Lamp"}}}}


def test_the_blueprint_is_under_fifty_lines():
    assert len((BLUEPRINT / "main.py").read_text().splitlines()) < 50


async def test_a_drop_in_copy_of_the_blueprint_switches_a_lamp(own_broker, tmp_path):
    shutil.copytree(BLUEPRINT, tmp_path / "plugins" / "blueprint")
    async with living(own_broker().port, tmp_path, SETTINGS) as house:
        previous = house.client.on_message

        def lamp(client, data, message):
            previous(client, data, message)
            if message.topic == "lamp/desk/set":
                client.publish("lamp/desk/state", message.payload, qos=1, retain=True)

        house.client.on_message = lamp
        action = await house.do("light.turn_on", {"entity": "light.lamp_desk"})

        assert await house.statuses(action) == ["accepted", "sent", "confirmed"]


async def test_a_broken_integration_is_shown_with_its_reason_and_the_rest_goes_on(own_broker, tmp_path):
    broken = tmp_path / "plugins" / "broken"
    shutil.copytree(BLUEPRINT, broken)
    (broken / "manifest.json").write_text(
        '{"domain": "broken", "name": "Broken", "version": "1", "description": "-"}'
    )
    (broken / "main.py").write_text("raise ZeroDivisionError('on purpose')\n")
    async with living(own_broker().port, tmp_path) as house:
        hosted = house.daemon.hosted

        assert "ZeroDivisionError: on purpose" in hosted["broken"].standing.reason
        assert hosted["discovery"].standing.life == "running"
