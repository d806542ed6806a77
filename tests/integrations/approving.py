"""A lock, the daemon and Home Assistant on one broker: the scene in which approvals are tried."""

import asyncio
import contextlib

from tests.announced import LOCK
from tests.cli.program import Program
from tests.house import living
from tests.integrations.home_assistant import HomeAssistant

OFTEN = {"health": {"interval": 1}}
APPROVE = "Approve: unlock Front Door"
DENY = "Deny: unlock Front Door"
FRONT = {"entity": "lock.front"}


def obeyed(house):
    """A lock that does what it is told."""
    previous = house.client.on_message

    def heard(client, data, message):
        previous(client, data, message)
        if message.topic == "lock/front/set":
            house.client.publish("lock/front", message.payload + b"ED", qos=1, retain=True)

    house.client.on_message = heard


class Scene:
    """A broker, and on it the daemon with a lock, and Home Assistant."""

    def __init__(self, port, folder):
        self.port = port
        self.folder = folder
        self.assistant = HomeAssistant()

    @contextlib.asynccontextmanager
    async def house(self, **policy):
        """One life of the daemon."""
        async with living(self.port, self.folder, {**OFTEN, "policy": policy}) as house:
            obeyed(house)
            house.publish("homeassistant/lock/front/config", LOCK, retain=True)
            await house.until(lambda: house.daemon.home.get("lock.front"))
            yield house

    @contextlib.asynccontextmanager
    async def both(self, **policy):
        """One life of the daemon, with Home Assistant up."""
        async with self.house(**policy) as house:
            with self.assistant.running(self.port):
                await house.until(lambda: self.assistant.shown("Pending approvals"))
                yield house

    async def shown(self, house, beginning):
        """The entity whose name begins so, once it is there."""
        return await house.until(lambda: self.assistant.shown(beginning))

    async def last_word(self, house):
        """Wait until Home Assistant knows what was announced last."""
        said = house.on("homeassistant/device/hearthd_test/config")[-1]["components"]
        there = {key: one for key, one in said.items() if set(one) != {"platform"}}
        await house.until(lambda: self.assistant.entities == there)

    async def gone(self, house, beginning):
        """Wait until no entity's name begins so."""
        await house.until(lambda: self.assistant.shown(beginning) is None)

    async def last(self, house, **wanted):
        """What the sensor's attributes tell of the last answer, once it is as `wanted`."""

        def told():
            found = self.assistant.attributes.get("hearthd_test_pending", {}).get("last") or {}
            return found if wanted.items() <= found.items() else None

        return await house.until(told)

    async def cli(self, *arguments):
        """The user of the machine itself: exit code and words of a command."""
        done = await asyncio.to_thread(Program(self.folder.parent), *arguments)
        return done.returncode, done.stdout + done.stderr


def refusals(house, verb="approve"):
    """The reasons of answers that did not count."""
    return [one["reason"] for one in house.on(house.topic("outcome")) if one["action"] == verb]


async def refusal(house, verb="approve"):
    """The reason of the newest answer that did not count."""
    return (await house.until(lambda: refusals(house, verb)))[-1]
