"""Whose an entity is: nobody announces, reports or removes one of another integration."""

import pytest

from tests.house import living
from tests.integration.plugins import listed, running, write

PLUG = {"name": "Plug", "unique_id": "plug", "default_entity_id": "switch.plug", "command_topic": "plug/set"}
CLAIMING = """
class Claiming(Integration):
    async def init(self):
        self.house.subscribe("found/claim", self.claim)
    def claim(self, message):
        {claim}
        self.house.publish("found/claimed", "yes")
INTEGRATION = Claiming
"""


@pytest.mark.parametrize(
    "claim",
    [
        "self.house.add_entity(Entity(id='switch.plug', name='Mine', owner=self.house.owner))",
        "self.house.add_entity(Entity(id='switch.other', name='Theirs', owner='discovery'))",
        "self.house.report('switch.plug', 'on')",
        "self.house.set_available('switch.plug', False)",
        "self.house.remove_entity('switch.plug')",
    ],
    ids=["add", "add for another", "report", "set available", "remove"],
)
async def test_nobody_speaks_for_an_entity_of_another(own_broker, tmp_path, claim):
    write(tmp_path / "plugins" / "found", CLAIMING.format(claim=claim))
    async with living(own_broker().port, tmp_path) as house:
        await running(house)
        house.publish("homeassistant/switch/plug/config", PLUG)
        plug = await house.until(lambda: house.daemon.home.get("switch.plug"))
        before = house.daemon.home.state("switch.plug")
        house.publish("found/claim", "now")
        await house.until(lambda: house.daemon.metrics.counters.get("mqtt.handler_failures"))

        assert house.daemon.home.get("switch.plug") == plug
        assert house.daemon.home.state("switch.plug") == before
        assert house.daemon.home.get("switch.other") is None
        assert house.on("found/claimed") == []


async def test_an_init_that_claims_an_entity_of_another_fails_naming_both(own_broker, tmp_path):
    claim = "class Claiming(Integration):\n    async def init(self):\n        self.house.add_entity("
    claim += "Entity(id='light.one', name='One', owner=self.house.owner))\nINTEGRATION = Claiming\n"
    write(tmp_path / "plugins" / "first", claim)
    write(tmp_path / "plugins" / "second", claim)
    async with living(own_broker().port, tmp_path) as house:
        told = [await listed(house, name) for name in ("first", "second")]

        [failed] = [one for one in told if one["status"] == "failed"]
        [owner] = [one["domain"] for one in told if one["status"] == "running"]
        wrong = f"'light.one' of {failed['domain']} is already an entity of {owner}"
        assert failed["reason"] == f"{wrong}; give one of the two another id"


async def test_a_device_that_asks_for_the_id_of_an_integrations_entity_gets_another(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class First(Integration):
    async def init(self):
        self.house.add_entity(Entity(id="switch.plug", name="Mine", owner=self.house.owner))
INTEGRATION = First
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        house.publish("homeassistant/switch/plug/config", PLUG)
        await house.until(lambda: house.daemon.home.get("switch.plug_2"))

        assert house.daemon.home.get("switch.plug").owner == "found"
