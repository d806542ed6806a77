"""A simulated house: a peer, not a shortcut. It speaks MQTT as any device does and shares nothing else.

Every entity announces itself, keeps its state, obeys on its topics below `demo-house/<entity id>/`, and
misbehaves when told to.
"""

import asyncio
import json
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from random import SystemRandom

import structlog
from pydantic import Field, ValidationError
from typing_extensions import override

from agent.api import (
    BrokerConnected,
    ConfigError,
    Event,
    House,
    HouseFaults,
    Integration,
    Message,
    Section,
    read_house,
)
from integrations.demo_house.announce import config
from integrations.demo_house.device import STATELESS, Change, Device, made
from integrations.demo_house.faults import Faults
from integrations.demo_house.obeying import DOMAINS, UNCHANGED, obey
from integrations.demo_house.posting import Post
from integrations.demo_house.saying import says

log = structlog.get_logger(__name__)
DEFAULT = Path(__file__).parent / "default.yaml"
LARGEST = 64 * 1024
NONSENSE = (ValueError, KeyError, TypeError, AttributeError)
"""What a device of impossible attributes leads to."""
GONE = "unavailable"
BIRTH = (1.0, 5.0)
"""Seconds, from and to, after which we announce ourselves to a Home Assistant that has just come up."""


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
        self._faults: dict[str, Faults] = {}
        self._journeys: dict[str, int] = {}
        self._gone: set[str] = set()
        self._being_born = False
        self._post = Post(
            house, marker=f"{settings.prefix}/round", announces=self._announces, says=self._says
        )

    @override
    async def init(self) -> None:
        await asyncio.to_thread(self._move_in, self.config.house or DEFAULT)
        self._post.withdraw(
            set(map(str, await self.house.store.get("announced", []))) - set(map(self._topic, self._devices))
        )
        self.house.store.put("announced", [self._topic(key) for key in self._devices])
        base = self.config.prefix
        self.house.subscribe(f"{base}/+/set/+", self._command, qos=1, every=True)
        self.house.subscribe(f"{base}/+/set-up", self._set_up, qos=1, every=True)
        self.house.subscribe(f"{base}/+/faults", self._misbehave, qos=1, every=True)
        self.house.subscribe(f"{self.config.discovery_prefix}/status", self._birth, qos=1)
        self.house.publish(f"{base}/available", "online", retain=True)
        self._post.start()
        self._post.announce(self._devices)

    @override
    async def process(self, event: Event) -> None:
        self._post.announce(self._devices)

    @override
    async def shutdown(self) -> None:
        self.house.publish(f"{self.config.prefix}/available", "offline", retain=True)

    def _move_in(self, file: Path) -> None:
        """Read the house file and make its devices: a moment's work for a large house."""
        found = read_house(file)
        for entity in found.entities:
            if entity.domain not in DOMAINS:
                raise ConfigError(f"{file}: {entity.id} is none of what is simulated: {', '.join(DOMAINS)}")
        self._areas = {area.id: area.name for area in found.areas}
        self._devices = {entity.id: made(entity) for entity in found.entities}
        for key in found.faults:
            if key != "*" and key not in self._devices:
                raise ConfigError(f"{file}: faults: {self._unknown(key)}")
        for key in self._devices:
            try:
                self._announces(key), self._says(key)
            except NONSENSE as error:
                raise ConfigError(f"{file}: {key} cannot be as it is described: {error!r}") from error
        everywhere = found.faults.get("*", HouseFaults())
        self._faults = {key: Faults(key, seed=self.config.seed) for key in self._devices}
        for key, faults in self._faults.items():
            faults.set(found.faults.get(key, everywhere))
        self._gone = {key for key, faults in self._faults.items() if faults.configured.unavailable}

    # out ------------------------------------------------------------------------------------------------
    def _announces(self, key: str) -> Mapping[str, str]:
        """What makes a device known, by topic."""
        device, prefix = self._devices[key], self.config.prefix
        area = self._areas.get(device.entity.area or "")
        announced = config(device, base=f"{prefix}/{key}", house=f"{prefix}/available", area=area)
        return {self._topic(key): json.dumps(announced)}

    def _says(self, key: str) -> Mapping[str, str]:
        """How a device is, by topic."""
        base = f"{self.config.prefix}/{key}"
        told = {f"{base}/available": "offline" if key in self._gone else "online"}
        for level, payload in says(self._devices[key]).items():
            told[f"{base}/{level}"] = payload if isinstance(payload, str) else json.dumps(payload)
        return told

    def _topic(self, key: str) -> str:
        domain, _, name = key.partition(".")
        return f"{self.config.discovery_prefix}/{domain}/demo_{domain}_{name}/config"

    # in -------------------------------------------------------------------------------------------------
    def _command(self, message: Message) -> None:
        """Obey, unless a fault says otherwise. A retained command is old: no device should follow it."""
        levels = message.topic.split("/")
        device = self._devices.get(levels[-3])
        if device is None or message.retain or len(message.payload) > LARGEST:
            return
        key = device.entity.id
        fate = self._faults[key].fate()
        if key in self._gone or fate.drop:
            return
        try:
            steps = obey(device, levels[-1], message.text())
        except NONSENSE as error:
            log.info("demo_house.command_refused", entity=key, reason=str(error))
            return
        if fate.reject:
            steps = UNCHANGED
        self._journeys[key] = journey = self._journeys.get(key, 0) + 1
        if fate.delay == 0 and len(steps) == 1:
            self._change(device, steps[0])
        else:
            self.house.once("move", self._move(device, list(steps), fate.delay, journey))

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
        if device.domain in STATELESS:
            device.apply((None, {"presses": int(device.attributes.get("presses", 0)) + 1}))
        self._post.report(device.entity.id)
        if device.domain in ("scene", "script"):
            self._set_others(device)

    def _set_others(self, device: Device) -> None:
        """A scene or script puts the entities it lists into their states."""
        wanted = device.attributes.get("entities")
        for key, state in wanted.items() if isinstance(wanted, dict) else ():
            other = self._devices.get(str(key))
            if other is not None and other is not device:
                other.apply((str(state), {}))
                self._post.report(other.entity.id)

    def _set_up(self, message: Message) -> None:
        """Be in a state at once: `{"state", "attributes"}`."""
        key, asked = self._meant(message)
        if key is None or asked is None:
            return
        device, state, attributes = self._devices[key], asked.get("state"), asked.get("attributes")
        self._journeys[key] = self._journeys.get(key, 0) + 1
        if state == GONE:
            self._gone.add(key)
        else:
            before = device.state, device.attributes
            device.apply(
                (None if state is None else str(state), attributes if isinstance(attributes, dict) else {})
            )
            try:
                self._says(key)
            except NONSENSE as error:
                device.state, device.attributes = before
                self.house.problem(message.topic, f"{key} cannot be like that: {error!r}")
                return
            self._gone.discard(key)
        self._post.report(key)

    def _misbehave(self, message: Message) -> None:
        """Take other faults: `{"drop", "reject", "delay", "unavailable"}`."""
        key, asked = self._meant(message)
        if key is None or asked is None:
            return
        try:
            faults = HouseFaults.model_validate(asked)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            self.house.problem(message.topic, wrong)
            return
        self._faults[key].set(faults)
        if faults.unavailable:
            self._gone.add(key)
        else:
            self._gone.discard(key)
        self._post.report(key)

    def _meant(self, message: Message) -> tuple[str | None, dict[str, object] | None]:
        """The device and the object that a message of ours names; what is wrong with it is a problem."""
        key = message.topic.split("/")[-2]
        if not message.payload:
            self.house.problem(message.topic, None)
        elif message.retain:
            self.house.problem(
                message.topic, "it is retained: it would count at every start; publish without"
            )
        elif len(message.payload) > LARGEST:
            self.house.problem(
                message.topic, f"it has {len(message.payload)} bytes; up to {LARGEST} would do"
            )
        elif key not in self._devices:
            self.house.problem(message.topic, self._unknown(key))
        else:
            try:
                found = message.json()
            except ValueError as error:
                self.house.problem(message.topic, f"it is not JSON: {error}")
                return None, None
            if isinstance(found, dict):
                self.house.problem(message.topic, None)
                return key, found
            self.house.problem(message.topic, f"it is {found!r:.80}; a JSON object would be right")
        return None, None

    def _unknown(self, key: str) -> str:
        near = get_close_matches(key, self._devices, n=1)
        return f"there is no {key!r:.80} in the house" + (f"; did you mean {near[0]!r}?" if near else "")

    def _birth(self, message: Message) -> None:
        """Home Assistant came up: announce everything again, not in the same moment as all others."""
        if message.payload == b"online" and not message.retain and not self._being_born:
            self._being_born = True
            self.house.once("birth", self._announce_later())

    async def _announce_later(self) -> None:
        await self.house.clock.sleep(SystemRandom().uniform(*BIRTH))
        self._being_born = False
        self._post.announce(self._devices)


INTEGRATION = DemoHouse
