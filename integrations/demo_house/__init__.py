"""A simulated house: a peer, not a shortcut. It speaks MQTT as any device does and shares nothing else.

Every entity announces itself, keeps its state, obeys on its topics below `demo-house/<entity id>/`, and
misbehaves when told to.
"""

import asyncio
import json
from pathlib import Path
from random import Random

import structlog
from pydantic import Field
from typing_extensions import override

from agent.api import (
    BrokerConnected,
    Event,
    House,
    HouseFaults,
    Integration,
    Message,
    Section,
    read_house,
)
from integrations.demo_house.announce import config, says
from integrations.demo_house.device import Change, Device, made

log = structlog.get_logger(__name__)
DEFAULT = Path(__file__).parent / "default.yaml"
LARGEST = 64 * 1024
GONE = "unavailable"


class Settings(Section):
    """The `plugins.demo_house` section."""

    house: Path | None = None
    """The house file; null: the house that comes with hearthd."""
    prefix: str = Field(default="demo-house", pattern=r"^[^+#]+$")
    """Where the devices' own topics lie."""
    discovery_prefix: str = "homeassistant"
    """Where the devices announce themselves."""
    seed: int = 1
    """What the faults' dice begin with."""
    travel_time: float = Field(default=0.3, ge=0, le=600)
    """Seconds a cover takes from end to end; other moves take one step of it."""


class DemoHouse(Integration[Settings]):
    """Announces the devices of a house file and plays them."""

    Config = Settings
    listens = (BrokerConnected,)

    def __init__(self, settings: Settings, house: House) -> None:
        super().__init__(settings, house)
        self._devices: dict[str, Device] = {}
        self._faults: dict[str, HouseFaults] = {}
        self._journeys: dict[str, int] = {}
        self._gone: set[str] = set()
        self._dice = Random(settings.seed)  # noqa: S311  # faults are to repeat, not to surprise

    @override
    async def init(self) -> None:
        found = await asyncio.to_thread(read_house, self.config.house or DEFAULT)
        self._areas = {area.id: area.name for area in found.areas}
        self._devices = {entity.id: made(entity) for entity in found.entities}
        everywhere = found.faults.get("*", HouseFaults())
        self._faults = {key: found.faults.get(key, everywhere) for key in self._devices}
        self._gone = {key for key, faults in self._faults.items() if faults.unavailable}
        for topic in set(await self.house.store.get("announced", [])) - set(map(self._topic, self._devices)):
            self.house.publish(str(topic), b"", retain=True)
        self.house.store.put("announced", [self._topic(key) for key in self._devices])
        base = self.config.prefix
        self.house.subscribe(f"{base}/+/set/+", self._command, qos=1, every=True)
        self.house.subscribe(f"{base}/+/set-up", self._set_up, qos=1, every=True)
        self.house.subscribe(f"{base}/+/faults", self._misbehave, qos=1, every=True)
        self.house.subscribe(f"{self.config.discovery_prefix}/status", self._birth, qos=1)
        self._announce()

    @override
    async def process(self, event: Event) -> None:
        self._announce()

    @override
    async def shutdown(self) -> None:
        for key in self._devices:
            self.house.publish(f"{self._base(key)}/available", "offline", retain=True)

    # out ------------------------------------------------------------------------------------------------
    def _announce(self) -> None:
        for key, device in self._devices.items():
            area = self._areas.get(device.entity.area or "")
            self.house.publish(self._topic(key), config(device, base=self._base(key), area=area), retain=True)
            self._publish(device)

    def _publish(self, device: Device) -> None:
        key = device.entity.id
        base = self._base(key)
        here = "offline" if key in self._gone else "online"
        self.house.publish(f"{base}/available", here, retain=True)
        for level, payload in says(device).items():
            text = payload if isinstance(payload, str) else json.dumps(payload)
            self.house.publish(f"{base}/{level}", text, retain=True)

    # in -------------------------------------------------------------------------------------------------
    def _command(self, message: Message) -> None:
        """Obey, unless a fault says otherwise. A retained command is old: no device should follow it."""
        levels = message.topic.split("/")
        device = self._devices.get(levels[-3])
        if device is None or message.retain or len(message.payload) > LARGEST:
            return
        key = device.entity.id
        faults = self._faults[key]
        if key in self._gone or self._dice.random() < faults.drop:
            return
        try:
            steps = device.obey(levels[-1], message.text())
        except (ValueError, KeyError, TypeError) as error:
            log.info("demo_house.command_refused", entity=key, reason=str(error))
            return
        if self._dice.random() < faults.reject:
            steps = [(None, {})]
        self._journeys[key] = journey = self._journeys.get(key, 0) + 1
        delay = faults.delay if isinstance(faults.delay, float | int) else self._dice.uniform(*faults.delay)
        if delay == 0 and len(steps) == 1:
            self._change(device, steps[0])
        else:
            self.house.once("move", self._move(device, list(steps), delay, journey))

    async def _move(self, device: Device, steps: list[Change], delay: float, journey: int) -> None:
        """Go step by step; a newer command ends the journey."""
        await self.house.clock.sleep(delay)
        pause = self.config.travel_time / max(len(steps) - 1, 1)
        for number, step in enumerate(steps):
            if self._journeys[device.entity.id] != journey:
                return
            self._change(device, step)
            if number + 1 < len(steps):
                await self.house.clock.sleep(pause)

    def _change(self, device: Device, change: Change) -> None:
        device.apply(change)
        if device.domain in ("button", "scene"):
            presses = int(device.attributes.get("presses", 0)) + 1
            device.apply((None, {"presses": presses}))
            self.house.publish(f"{self._base(device.entity.id)}/presses", str(presses), retain=True)
        self._publish(device)
        if device.domain in ("scene", "script"):
            self._set_others(device)

    def _set_others(self, device: Device) -> None:
        """A scene or script puts the entities it lists into their states."""
        wanted = device.attributes.get("entities")
        for key, state in wanted.items() if isinstance(wanted, dict) else ():
            other = self._devices.get(str(key))
            if other is not None and other is not device:
                other.apply((str(state), {}))
                self._publish(other)

    def _set_up(self, message: Message) -> None:
        """Be in a state at once: `{"state", "attributes"}`."""
        asked, device = _object(message), self._devices.get(message.topic.split("/")[-2])
        if device is None or asked is None or message.retain:
            return
        key, state, attributes = device.entity.id, asked.get("state"), asked.get("attributes")
        self._journeys[key] = self._journeys.get(key, 0) + 1
        if state == GONE:
            self._gone.add(key)
        else:
            self._gone.discard(key)
            device.apply(
                (None if state is None else str(state), attributes if isinstance(attributes, dict) else {})
            )
        self._publish(device)

    def _misbehave(self, message: Message) -> None:
        """Take other faults: `{"drop", "delay", "reject", "unavailable"}`."""
        asked, key = _object(message), message.topic.split("/")[-2]
        if asked is None or message.retain or key not in self._devices:
            return
        try:
            self._faults[key] = faults = HouseFaults.model_validate(asked)
        except ValueError as error:
            log.warning("demo_house.faults_refused", entity=key, reason=str(error))
            return
        if faults.unavailable:
            self._gone.add(key)
        else:
            self._gone.discard(key)
        self._publish(self._devices[key])

    def _birth(self, message: Message) -> None:
        if message.payload == b"online" and not message.retain:
            self._announce()

    def _base(self, key: str) -> str:
        return f"{self.config.prefix}/{key}"

    def _topic(self, key: str) -> str:
        domain, _, name = key.partition(".")
        return f"{self.config.discovery_prefix}/{domain}/demo_{domain}_{name}/config"


def _object(message: Message) -> dict[str, object] | None:
    try:
        found = message.json()
    except ValueError as error:
        log.warning("demo_house.message_refused", topic=message.topic, reason=str(error))
        return None
    return found if isinstance(found, dict) and len(message.payload) <= LARGEST else None


INTEGRATION = DemoHouse
