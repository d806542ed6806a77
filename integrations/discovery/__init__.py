"""Learns devices that announce themselves over Home Assistant MQTT discovery, and does what they can do."""

import re
from datetime import timedelta

from pydantic import Field
from typing_extensions import override

from agent.api import (
    Action,
    ActionError,
    Event,
    House,
    Integration,
    Message,
    MessageRefused,
    Section,
    Step,
    Trust,
    provides,
)
from integrations.discovery.catalogue import Catalogue
from integrations.discovery.ids import Ids
from integrations.discovery.listening import Listening
from integrations.discovery.speaking import Speaking
from integrations.discovery.templates import Templates
from integrations.discovery.timers import Timers

WRITTEN_WITHIN = 1.0
"""Seconds within which ids that were fought over are stored, all at once."""
LIFE = 10.0
"""Seconds a command to a device may take on its way if its action sets no limit."""
_VERBS = {
    "alarm_control_panel": (
        "alarm_disarm alarm_arm_home alarm_arm_away alarm_arm_night alarm_arm_vacation"
        " alarm_arm_custom_bypass alarm_trigger"
    ),
    "button": "press",
    "climate": (
        "turn_on turn_off set_hvac_mode set_temperature set_fan_mode set_swing_mode"
        " set_preset_mode set_humidity"
    ),
    "cover": (
        "open_cover close_cover stop_cover toggle set_cover_position"
        " open_cover_tilt close_cover_tilt stop_cover_tilt set_cover_tilt_position"
    ),
    "fan": "turn_on turn_off toggle set_percentage set_preset_mode oscillate set_direction",
    "humidifier": "turn_on turn_off toggle set_humidity set_mode",
    "lawn_mower": "start_mowing pause dock",
    "light": "turn_on turn_off toggle",
    "lock": "lock unlock open",
    "media_player": (
        "turn_on turn_off toggle media_play media_pause media_play_pause media_stop media_next_track"
        " media_previous_track volume_set volume_mute volume_up volume_down select_source play_media"
    ),
    "number": "set_value",
    "scene": "turn_on",
    "script": "turn_on turn_off",
    "select": "select_option",
    "siren": "turn_on turn_off toggle",
    "switch": "turn_on turn_off toggle",
    "text": "set_value",
    "todo": "add_item remove_item update_item",
    "vacuum": "start pause stop return_to_base clean_spot locate set_fan_speed",
    "valve": "open_valve close_valve stop_valve toggle set_valve_position",
    "water_heater": "turn_on turn_off set_temperature set_operation_mode",
}
SERVICES = tuple(f"{domain}.{verb}" for domain, verbs in _VERBS.items() for verb in verbs.split())
"""Everything that some announced entity can do."""


class Settings(Section):
    """The `discovery:` section."""

    prefix: str = Field(default="homeassistant", pattern=r"^[^+#/\x00][^+#\x00]*[^+#/\x00]$")
    """The topic under which devices announce themselves."""


class Discovery(Integration[Settings]):
    """Takes announcements, states and availability in, and commands out."""

    Config = Settings
    listens = (MessageRefused,)

    def __init__(self, config: Settings, house: House) -> None:
        super().__init__(config, house)
        self.timers = Timers(house)
        self._catalogue: Catalogue | None = None
        self._ids = Ids({}, free=self._free)
        self._unwritten = False
        self._own = _own_objects(house.topics.node)

    @override
    async def init(self) -> None:
        house = self.house
        self._ids = Ids(await house.store.get("ids", {}), free=self._free)
        listening = Listening(house)
        self._catalogue = Catalogue(
            house,
            prefix=self.config.prefix,
            templates=Templates(now=house.clock.now),
            listening=listening,
            speaking=Speaking(house, self.timers),
            ids=self._ids,
        )
        house.metrics.gauge("discovery.entities", self._catalogue.__len__)
        house.metrics.gauge("discovery.topics", listening.__len__)
        house.run("timers", self.timers.run)
        for levels in ("+/+", "+/+/+"):
            house.subscribe(f"{self.config.prefix}/{levels}/config", self._announced, qos=1, every=True)

    @override
    async def process(self, event: Event) -> None:
        if self._catalogue is not None and isinstance(event, MessageRefused):
            self._catalogue.refuse(event.topic, event.reason)

    @override
    async def shutdown(self) -> None:
        self._write()
        if self._catalogue is not None:
            self._catalogue.close()

    @provides(*SERVICES)
    async def call(self, step: Step) -> None:
        """Send the commands that carry out `step`; a device that reports nothing is taken to obey."""
        one = None if self._catalogue is None else self._catalogue.entity(step.entity)
        if one is None or self._catalogue is None:
            raise ActionError(f"{step.entity} is not announced any more")
        commands, assumption = one.perform(step.service, step.data)
        if not _may_open(step.action):
            for command in commands:
                if (opened := self._catalogue.openings.opened_by(command, one.entity)) is not None:
                    raise ActionError(
                        f"{one.entity.name} was announced with a command that opens {opened};"
                        " say that instead"
                    )
        for command in commands:
            self.house.command(
                command.topic, command.payload, qos=command.qos, retain=command.retain, ttl=self._left(step)
            )
        if assumption is not None:
            self._catalogue.assume(one, assumption)

    def _announced(self, message: Message) -> None:
        if self._catalogue is None or message.topic.rpartition("/")[0].rpartition("/")[2] in self._own:
            return
        self._catalogue.hear(message)
        if self._ids.changed:
            self._ids.changed = False
            if not self._unwritten:
                self._unwritten = True
                self.timers.set("ids", WRITTEN_WITHIN, self._write)

    def _write(self) -> None:
        if self._unwritten:
            self._unwritten = False
            self.house.store.put("ids", self._ids.remembered)

    def _free(self, entity_id: str) -> bool:
        holder = self.house.entity(entity_id)
        return holder is None or holder.owner == self.house.owner

    def _left(self, step: Step) -> float:
        """Seconds that a command of `step` has left to live."""
        action = step.action
        if action.ttl is None:
            return LIFE
        left = (action.born + timedelta(seconds=action.ttl) - self.house.clock.now()).total_seconds()
        return left if left > 0 else LIFE  # it was approved later than it was asked


def _may_open(action: Action) -> bool:
    """Whether who asks need not be asked back when something is opened."""
    set_off = action.trigger is not None and action.trigger < Trust.SYSTEM
    return action.trust >= Trust.HUMAN and not set_off


def _own_objects(node: str) -> frozenset[str]:
    """The object ids under which we announce ourselves and the machine we run on: no things of the house."""
    names = (f"hearthd_{node}", "hearthd_" + re.sub(r"[^a-zA-Z0-9_-]", "_", node))
    return frozenset(f"{name}{part}" for name in names for part in ("", "_host"))


INTEGRATION = Discovery
