"""Devices as they announce themselves in Home Assistant's MQTT form."""

LAMP = {
    "name": "Desk Lamp",
    "unique_id": "desk",
    "default_entity_id": "light.desk",
    "schema": "json",
    "command_topic": "lamp/desk/set",
    "state_topic": "lamp/desk",
    "brightness": True,
    "supported_color_modes": ["brightness"],
    "device": {"identifiers": ["desk"], "suggested_area": "Study"},
}
LOCK = {
    "name": "Front Door",
    "unique_id": "front",
    "default_entity_id": "lock.front",
    "command_topic": "lock/front/set",
    "state_topic": "lock/front",
}
