"""The simulated devices, one module for each kind of behaviour, and which class a domain has."""

from collections.abc import Mapping

from integrations.demo_house.devices.air import Fan, Humidifier
from integrations.demo_house.devices.device import Device
from integrations.demo_house.devices.guard import AlarmPanel, Lock
from integrations.demo_house.devices.heating import Climate, WaterHeater
from integrations.demo_house.devices.inputs import Button, Number, Scene, Select, Text
from integrations.demo_house.devices.light import Light
from integrations.demo_house.devices.moving import Cover, Valve
from integrations.demo_house.devices.observed import BinarySensor, Sensor
from integrations.demo_house.devices.robots import LawnMower, Vacuum
from integrations.demo_house.devices.spoken import MediaPlayer, Script, Todo, Weather
from integrations.demo_house.devices.switched import Siren, Switch

DEVICES: Mapping[str, type[Device]] = {
    "alarm_control_panel": AlarmPanel,
    "binary_sensor": BinarySensor,
    "button": Button,
    "climate": Climate,
    "cover": Cover,
    "fan": Fan,
    "humidifier": Humidifier,
    "lawn_mower": LawnMower,
    "light": Light,
    "lock": Lock,
    "media_player": MediaPlayer,
    "number": Number,
    "scene": Scene,
    "script": Script,
    "select": Select,
    "sensor": Sensor,
    "siren": Siren,
    "switch": Switch,
    "text": Text,
    "todo": Todo,
    "vacuum": Vacuum,
    "valve": Valve,
    "water_heater": WaterHeater,
    "weather": Weather,
}
