"""Kinds of things as people speak of them: "lights", "the blinds", "doors", "everything". Pure.

A kind is a domain and maybe a device class. What belongs to it is wider than Home Assistant's own words: a
switch called "Kitchen Light" is a light to whoever lives there, and a window is open where a contact says so.
"""

import re
from dataclasses import dataclass

from agent.core.home import Entity
from agent.core.intents import Intent
from agent.home.fuzzy import words_of


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things."""

    domain: str
    device_class: str | None = None

    @property
    def key(self) -> str:
        """The word of Home Assistant for it."""
        return self.device_class or self.domain


_SAID: dict[Kind, str] = {
    Kind(
        "light"
    ): "light|lamp|bulb|lighting|灯|灯光|电灯|照明|licht|lampe|leuchte|lumière|lampada|luce|luz|lámpara",
    Kind("switch"): "switch|开关|schalter",
    Kind("switch", "outlet"): "outlet|socket|plug|插座|steckdose",
    Kind("fan"): "fan|ventilator|风扇|电扇|吊扇|lüfter|ventilateur|ventilador",
    Kind("lock"): "lock|door lock|锁|门锁|schloss",
    Kind(
        "climate"
    ): "thermostat|heating|heater|radiator|air conditioner|air conditioning|ac|空调|暖气|heizung",
    Kind("humidifier"): "humidifier|dehumidifier|加湿器|除湿机",
    Kind("water_heater"): "water heater|boiler|热水器",
    Kind("media_player"): "music|player|media player|speaker|radio|stereo|音响|音箱|播放器|音乐|lautsprecher",
    Kind("media_player", "tv"): "tv|television|telly|电视|电视机|fernseher",
    Kind("vacuum"): "vacuum|vacuum cleaner|robot vacuum|robot|hoover|扫地机|扫地机器人|吸尘器|staubsauger",
    Kind("lawn_mower"): "mower|lawn mower|lawnmower|割草机|rasenmäher",
    Kind("alarm_control_panel"): "alarm|alarm system|security system|警报|安防|alarmanlage",
    Kind("siren"): "siren|警笛|警报器|sirene",
    Kind("valve"): "valve|阀|阀门|ventil",
    Kind("weather"): "weather|天气|wetter",
    Kind("todo"): "list|to do list|shopping list|groceries|清单|列表|购物清单|liste",
    Kind("cover", "awning"): "awning|遮阳篷|markise",
    Kind("cover", "blind"): "blind|百叶窗|jalousie",
    Kind("cover", "curtain"): "curtain|drape|窗帘|vorhang|vorhänge",
    Kind("cover", "door"): "door|门|大门|tür",
    Kind("cover", "garage"): "garage|garage door|车库门|车库|garagentor",
    Kind("cover", "gate"): "gate|闸门|tor",
    Kind("cover", "shade"): "shade|卷帘",
    Kind("cover", "shutter"): "shutter|百叶|rollladen|rolladen",
    Kind("cover", "window"): "window|窗|窗户|fenster",
    Kind("cover"): "cover",
    Kind("sensor"): "sensor|传感器",
}
NOUNS: dict[tuple[str, ...], Kind] = {
    words_of(noun): kind for kind, nouns in _SAID.items() for noun in nouns.split("|")
}
"""Kinds by the words of what people call them."""
LONGEST_NOUN = max(len(words) for words in NOUNS)
SWITCHED_TOGETHER = frozenset({"light", "switch", "fan", "media_player", "humidifier", "siren"})
"""What "everything" is: never what opens, heats, guards, drives about or only happens once."""
_ALSO = {"light": {Kind("light")}, "fan": {Kind("fan")}}
_COVERS = frozenset(kind.device_class for kind in _SAID if kind.domain == "cover")
_WITH_CLASS = {
    "outlet": ("switch",),
    "tv": ("media_player",),
    "speaker": ("media_player",),
    "water": ("valve",),
}
_IN_FRONT_OF_WINDOWS = frozenset({"blind", "curtain", "shade", "shutter"})
_IN_PLACE_OF = {
    **{one: _IN_FRONT_OF_WINDOWS - {one} for one in _IN_FRONT_OF_WINDOWS},
    "door": frozenset({"garage", "gate"}),
    "garage": frozenset({"door", "gate"}),
    "gate": frozenset({"garage"}),
}
_CONTACTS = {
    "door": frozenset({"door", "garage_door", "opening"}),
    "window": frozenset({"window", "opening"}),
    "garage": frozenset({"garage_door"}),
    "gate": frozenset({"opening"}),
}
_OF_CONTACTS = {"door": "door", "garage_door": "garage", "window": "window"}
_LOCKING = re.compile(
    r"\b(?:un|re)?lock(?:s|ed|ing)?\b|\b(?:un)?bolt\b|\bsecure\b|锁|施錠|解錠|鍵|ロック|잠[가그금]"
    r"|(?:ent|ver|auf|ab|zu)(?:zu)?(?:ge)?(?:sperr|rieg(?:el|l)|schl[io][eßs])|verrouill|(?:des)?bloque|cerradura|s?blocca"
    r"|(?:ver|ont)grendel|op slot|за(?:блокир|пер|при)|от(?:при|опр)|замо?к|(?:za|od)(?:blokuj|rygluj)",
    re.IGNORECASE,
)


def speaks_of_locking(intent: Intent) -> bool:
    """Whether locking or unlocking is meant, not opening, closing or switching; without words it may be."""
    if (
        intent.response == "lock"
        or intent.domains == {"lock"}
        or "lock" in listed(intent.slots.get("domain"))
    ):
        return True
    text = intent.text.casefold()
    for name in listed(intent.slots.get("name")):
        text = text.replace(name.casefold(), " ")
    return not intent.text or _LOCKING.search(text) is not None


def listed(slot: object) -> tuple[str, ...]:
    """A slot that holds one word, several or nothing, as words."""
    if slot is None or slot == "":
        return ()
    if isinstance(slot, list | tuple | set | frozenset):
        return tuple(str(one) for one in slot)
    return (str(slot),)


def kind_called(words: tuple[str, ...]) -> Kind | None:
    """The kind that these words are the name of."""
    return NOUNS.get(words)


def kinds_of_class(device_class: str, domains: tuple[str, ...]) -> tuple[Kind, ...]:
    """The kinds of a device class in `domains`, or in those that have it."""
    if not domains:
        domains = _WITH_CLASS.get(
            device_class, ("cover",) if device_class in _COVERS else ("binary_sensor", "sensor")
        )
    return tuple(Kind(one, device_class) for one in domains)


def belonging(entity: Entity, kind: Kind, *, asking: bool) -> int:
    """How well `entity` belongs to `kind`: 2 it is one, 1 it stands in where there is none, 0 not at all."""
    if entity.domain == kind.domain:
        rank = _by_class(entity, kind)
        # "Is any door open?" is told of the garage door too.
        return 2 if asking and rank and kind.device_class == "door" else rank
    if kind.device_class is None and entity.domain == "switch" and kind.domain in _ALSO:
        return 2 if _called(entity, _ALSO[kind.domain]) else 0
    if asking and kind.domain == "cover" and entity.domain == "binary_sensor":
        return 2 if entity.device_class in _CONTACTS.get(kind.device_class or "", ()) else 0
    if asking and kind.domain == "binary_sensor" and entity.domain == "cover" and kind.device_class:
        return 2 if entity.device_class == _OF_CONTACTS.get(kind.device_class) else 0
    if asking and kind == Kind("climate") and entity.domain == "sensor":
        return 1 if entity.device_class == "temperature" else 0
    return 0


def _by_class(entity: Entity, kind: Kind) -> int:
    wanted = kind.device_class
    if wanted is None or entity.device_class == wanted or kind.domain == "lock":
        return 2
    if entity.device_class is None and _called(entity, {kind}):
        return 2
    if entity.device_class in _IN_PLACE_OF.get(wanted, ()) or kind.domain == "media_player":
        return 1
    return 0


def _called(entity: Entity, kinds: set[Kind]) -> bool:
    """Whether a name of `entity` says that it is one of `kinds`: "Garage Door" is a garage, not a door."""
    for name in entity.names:
        words = words_of(name)
        ends = (NOUNS.get(words[start:]) for start in range(max(0, len(words) - LONGEST_NOUN), len(words)))
        said = next((kind for kind in ends if kind), None)
        if said in kinds or (said is None and any(NOUNS.get((word,)) in kinds for word in words)):
            return True
    return False
