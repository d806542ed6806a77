"""Announcements as the common firmwares and bridges publish them, and what comes of them."""

import json

import pytest

from tests.integrations.discovery.wire import Wire, discovering, step

Z2M_DEVICE = {
    "identifiers": ["zigbee2mqtt_0x001788010bcfb16f"],
    "manufacturer": "Philips",
    "model": "Hue white and color ambiance E27",
    "model_id": "929002216824",
    "name": "reading_lamp",
    "sw_version": "1.116.3",
    "via_device": "zigbee2mqtt_bridge_0x00124b0024c7a1ef",
}
Z2M = {
    "availability": [
        {"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"},
        {"topic": "zigbee2mqtt/reading_lamp/availability", "value_template": "{{ value_json.state }}"},
    ],
    "availability_mode": "all",
    "device": Z2M_DEVICE,
    "origin": {"name": "Zigbee2MQTT", "sw": "2.6.1", "url": "https://www.zigbee2mqtt.io"},
}
Z2M_LIGHT = {
    **Z2M,
    "brightness": True,
    "brightness_scale": 254,
    "command_topic": "zigbee2mqtt/reading_lamp/set",
    "default_entity_id": "light.reading_lamp",
    "effect": True,
    "effect_list": ["blink", "breathe", "okay", "colorloop", "finish_effect", "stop_effect"],
    "max_mireds": 500,
    "min_mireds": 150,
    "name": None,
    "schema": "json",
    "state_topic": "zigbee2mqtt/reading_lamp",
    "supported_color_modes": ["xy", "color_temp"],
    "unique_id": "0x001788010bcfb16f_light_zigbee2mqtt",
}
Z2M_UPDATE = {
    **Z2M,
    "default_entity_id": "update.reading_lamp",
    "device_class": "firmware",
    "entity_category": "config",
    "name": None,
    "payload_install": '{"id": "0x001788010bcfb16f"}',
    "state_topic": "zigbee2mqtt/reading_lamp",
    "unique_id": "0x001788010bcfb16f_update_zigbee2mqtt",
    "value_template": "{\"latest_version\":\"{{ value_json['update']['latest_version'] }}\","
    "\"installed_version\":\"{{ value_json['update']['installed_version'] }}\"}",
}
Z2M_LINK = {
    **Z2M,
    "enabled_by_default": True,
    "entity_category": "diagnostic",
    "icon": "mdi:signal",
    "name": "Linkquality",
    "default_entity_id": "sensor.reading_lamp_linkquality",
    "state_class": "measurement",
    "state_topic": "zigbee2mqtt/reading_lamp",
    "unique_id": "0x001788010bcfb16f_linkquality_zigbee2mqtt",
    "unit_of_measurement": "lqi",
    "value_template": "{{ value_json.linkquality }}",
}
Z2M_STATE = {
    "brightness": 254,
    "color": {"hue": 28, "saturation": 79, "x": 0.4599, "y": 0.4106},
    "color_mode": "color_temp",
    "color_temp": 370,
    "effect": None,
    "linkquality": 112,
    "power_on_behavior": "on",
    "state": "ON",
    "update": {"installed_version": 16785422, "latest_version": 16785422, "state": "idle"},
}


@pytest.fixture
async def wire():
    return Wire()


async def test_zigbee2mqtt(wire):
    discovery = await discovering(wire)
    wire.announce("light/0x001788010bcfb16f/light", Z2M_LIGHT)
    wire.announce("sensor/0x001788010bcfb16f/linkquality", Z2M_LINK)
    wire.announce("update/0x001788010bcfb16f/update", Z2M_UPDATE)
    wire.put("zigbee2mqtt/bridge/state", {"state": "online"}, retain=True)
    wire.put("zigbee2mqtt/reading_lamp/availability", {"state": "online"}, retain=True)

    wire.put("zigbee2mqtt/reading_lamp", Z2M_STATE)
    await discovery.call(step("light.turn_on", "light.reading_lamp", brightness=102, transition=2))

    lamp = wire.state("light.reading_lamp")
    assert (lamp.value, lamp.available) == ("on", True)
    assert lamp.attributes == {"brightness": 255, "color_temp_kelvin": 2702, "color_mode": "color_temp"}
    assert wire.entity("light.reading_lamp").name == "reading_lamp"
    assert wire.state("sensor.reading_lamp_linkquality").value == "112"
    assert wire.entity("sensor.reading_lamp_linkquality").category == "diagnostic"
    assert wire.state("update.reading_lamp").value == "off"
    assert wire.subscribed.count("zigbee2mqtt/reading_lamp") == 1
    ((topic, payload, _, retain),) = wire.sent
    assert (topic, retain) == ("zigbee2mqtt/reading_lamp/set", False)
    assert json.loads(payload) == {"state": "ON", "brightness": 102, "transition": 2}
    assert wire.wrong() == {}


TASMOTA = {
    "name": "Kettle",
    "stat_t": "~stat/RESULT",
    "avty_t": "~tele/LWT",
    "pl_avail": "Online",
    "pl_not_avail": "Offline",
    "cmd_t": "~cmnd/POWER",
    "val_tpl": "{{value_json.POWER}}",
    "pl_off": "OFF",
    "pl_on": "ON",
    "uniq_id": "6F3A1C_RL_1",
    "dev": {
        "ids": ["6F3A1C"],
        "name": "Kettle",
        "mdl": "Gosund SP1",
        "sw": "9.5.0(tasmota)",
        "mf": "Tasmota",
    },
    "~": "tasmota_6F3A1C/",
}
TASMOTA_POWER = {
    "name": "ENERGY Power",
    "stat_t": "tasmota_6F3A1C/tele/SENSOR",
    "avty_t": "tasmota_6F3A1C/tele/LWT",
    "pl_avail": "Online",
    "pl_not_avail": "Offline",
    "uniq_id": "6F3A1C_ENERGY_Power",
    "dev": {"ids": ["6F3A1C"]},
    "unit_of_meas": "W",
    "dev_cla": "power",
    "frc_upd": True,
    "val_tpl": "{{value_json['ENERGY']['Power']}}",
}


async def test_tasmota(wire):
    discovery = await discovering(wire)
    wire.announce("switch/6F3A1C_RL_1", TASMOTA)
    wire.announce("sensor/6F3A1C_ENERGY_Power", TASMOTA_POWER)

    wire.put("tasmota_6F3A1C/tele/LWT", "Online", retain=True)
    wire.put("tasmota_6F3A1C/stat/RESULT", {"POWER": "ON"})
    wire.put("tasmota_6F3A1C/tele/SENSOR", {"Time": "2026-06-01T12:00:00", "ENERGY": {"Power": 1890}})
    await discovery.call(step("switch.turn_off", "switch.kettle"))

    assert (wire.state("switch.kettle").value, wire.state("switch.kettle").available) == ("on", True)
    assert wire.state("sensor.kettle_energy_power").value == "1890"
    assert wire.sent == [("tasmota_6F3A1C/cmnd/POWER", "OFF", 0, False)]


ESPHOME_COVER = {
    "name": "Blind",
    "pos_t": "bedroom-blind/cover/blind/position/state",
    "set_pos_t": "bedroom-blind/cover/blind/position/command",
    "cmd_t": "bedroom-blind/cover/blind/command",
    "stat_t": "bedroom-blind/cover/blind/state",
    "avty_t": "bedroom-blind/status",
    "uniq_id": "ESPcoverblind",
    "dev_cla": "blind",
    "dev": {
        "ids": "c45bbe6a1f20",
        "name": "Bedroom Blind",
        "sw": "esphome v2025.9.1",
        "mdl": "esp32dev",
        "mf": "espressif",
        "sa": "Bedroom",
    },
}
ESPHOME_LIGHT = {
    "schema": "json",
    "clrm": True,
    "sup_clrm": ["rgb"],
    "brightness": True,
    "effect": True,
    "effect_list": ["None", "Rainbow"],
    "name": "Strip",
    "stat_t": "bedroom-blind/light/strip/state",
    "cmd_t": "bedroom-blind/light/strip/command",
    "avty_t": "bedroom-blind/status",
    "uniq_id": "ESPlightstrip",
    "dev": ESPHOME_COVER["dev"],
}


async def test_esphome(wire):
    discovery = await discovering(wire)
    wire.announce("cover/bedroom-blind/blind", ESPHOME_COVER)
    wire.announce("light/bedroom-blind/strip", ESPHOME_LIGHT)

    wire.put("bedroom-blind/status", "online", retain=True)
    wire.put("bedroom-blind/cover/blind/position/state", "40")
    wire.put("bedroom-blind/cover/blind/state", "open")
    wire.put(
        "bedroom-blind/light/strip/state",
        {
            "effect": "None",
            "color_mode": "rgb",
            "state": "ON",
            "brightness": 255,
            "color": {"r": 255, "g": 0, "b": 0},
        },
    )
    await discovery.call(step("cover.set_cover_position", "cover.bedroom_blind_blind", position=75))

    blind = wire.state("cover.bedroom_blind_blind")
    assert (blind.value, blind.attributes) == ("open", {"current_position": 40})
    assert [area.name for area in wire.home.areas()] == ["Bedroom"]
    assert wire.state("light.bedroom_blind_strip").attributes["rgb_color"] == [255, 0, 0]
    assert wire.sent == [("bedroom-blind/cover/blind/position/command", "75", 0, False)]


SHELLY = {
    "name": "Boiler",
    "~": "shellies/shellyem3-8CAAB5",
    "command_topic": "~/relay/0/command",
    "state_topic": "~/relay/0",
    "payload_off": "off",
    "payload_on": "on",
    "availability_topic": "~/online",
    "payload_available": "true",
    "payload_not_available": "false",
    "unique_id": "shellyem3-8CAAB5-relay-0",
    "qos": "0",
    "device": {
        "connections": [["mac", "8CAAB5"]],
        "name": "Boiler",
        "manufacturer": "Shelly",
        "model": "EM3",
    },
}
SHELLY_BLU = {
    "dev": {"cns": [["mac", "7c:c6:b6:00:00:01"]], "ids": ["7cc6b6"], "name": "Front Door", "mf": "Shelly"},
    "o": {"name": "shelly-bthome", "sw": "1.0"},
    "stat_t": "shelly/ble/7cc6b6",
    "exp_aft": 7200,
    "cmps": {
        "window": {
            "p": "binary_sensor",
            "dev_cla": "door",
            "val_tpl": "{{ 'ON' if value_json.window == 1 else 'OFF' }}",
            "uniq_id": "7cc6b6-window",
        },
        "battery": {
            "p": "sensor",
            "dev_cla": "battery",
            "unit_of_meas": "%",
            "ent_cat": "diagnostic",
            "val_tpl": "{{ value_json.battery | is_defined }}",
            "uniq_id": "7cc6b6-battery",
        },
    },
}


async def test_shelly(wire):
    discovery = await discovering(wire)
    wire.announce("switch/shellyem3-8CAAB5/relay0", SHELLY)

    wire.put("shellies/shellyem3-8CAAB5/online", "true", retain=True)
    wire.put("shellies/shellyem3-8CAAB5/relay/0", "off")
    await discovery.call(step("switch.toggle", "switch.boiler"))

    assert (wire.state("switch.boiler").value, wire.state("switch.boiler").available) == ("off", True)
    assert wire.sent == [("shellies/shellyem3-8CAAB5/relay/0/command", "on", 0, False)]


async def test_a_bundle_of_one_device(wire):
    await discovering(wire)
    wire.announce("device/7cc6b6", SHELLY_BLU)

    wire.put("shelly/ble/7cc6b6", {"window": 1, "battery": 97})
    wire.put("shelly/ble/7cc6b6", {"window": 0})

    assert wire.state("binary_sensor.front_door_door").value == "off"
    assert wire.state("sensor.front_door_battery").value == "97"
    assert wire.entity("binary_sensor.front_door_door").device == "Front Door"
    assert wire.wrong() == {}


async def test_a_home_made_media_player(wire):
    discovery = await discovering(wire)
    wire.announce(
        "media_player/radio",
        {
            "name": "Radio",
            "unique_id": "radio",
            "default_entity_id": "media_player.radio",
            "state_topic": "demo/radio",
            "value_template": "{{ value_json.state }}",
            "json_attributes_topic": "demo/radio/attributes",
            "command_topic": "demo/radio/set",
            "source_list": ["FM", "Net"],
        },
    )

    wire.put("demo/radio", {"state": "playing"})
    wire.put("demo/radio/attributes", {"volume_level": 0.4, "source": "FM"})
    await discovery.call(step("media_player.volume_set", "media_player.radio", volume_level=0.5))

    radio = wire.state("media_player.radio")
    assert (radio.value, radio.attributes) == ("playing", {"volume_level": 0.4, "source": "FM"})
    assert wire.sent == [("demo/radio/set", '{"service":"volume_set","data":{"volume_level":0.5}}', 0, False)]
