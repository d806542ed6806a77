"""A hundred commands for a house of lamps, blinds and doors, and how one knows that each was right."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ROOMS = ("kitchen", "bedroom", "bathroom", "hallway", "office", "nursery", "basement", "dining room")
NUMBERS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "eighty": 80}
DEGREES = {"eighteen": 18, "nineteen": 19, "twenty": 20, "twenty one": 21, "twenty three": 23}
COLOURS = ("red", "green", "blue", "orange", "purple", "pink")
SEED = 20_261_122


def _slug(name: str) -> str:
    return name.replace(" ", "_")


def _entities() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "id": f"light.{_slug(room)}",
            "name": f"{room} light".title(),
            "area": _slug(room),
            "state": "off",
            "attributes": {"supported_color_modes": ["hs"], "brightness": 255},
        }
        for room in ROOMS
    ]
    found += [
        {"id": "fan.office", "name": "Office Fan", "area": "office", "state": "off"},
        {"id": "switch.coffee", "name": "Coffee Machine", "area": "kitchen", "state": "off"},
        {"id": "switch.dishwasher", "name": "Dishwasher", "area": "kitchen", "state": "off"},
        {"id": "lock.front", "name": "Front Door", "area": "hallway", "state": "unlocked"},
    ]
    found += [
        {
            "id": f"cover.{_slug(room)}",
            "name": f"{room} blinds".title(),
            "area": _slug(room),
            "state": "closed",
            "attributes": {"device_class": "blind", "current_position": 0},
        }
        for room in ("bedroom", "office", "dining room")
    ]
    found.append(
        {
            "id": "climate.house",
            "name": "Thermostat",
            "area": "hallway",
            "state": "heat",
            "attributes": {"temperature": 16, "hvac_modes": ["heat", "off"], "min_temp": 5, "max_temp": 35},
        }
    )
    return found


HOUSE: Mapping[str, Any] = {
    "areas": [{"id": _slug(room), "name": room.title()} for room in ROOMS],
    "entities": _entities(),
}
States = Mapping[str, tuple[str | None, Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Command:
    """What is said, the one thing that it is about, and whether that is then as it was wanted."""

    text: str
    entity: str
    before: Mapping[str, Any]
    """What the thing is put to first, so that the command has something to do."""
    right: Callable[[str | None, Mapping[str, Any]], bool]


def commands(count: int = 100, *, seed: int = SEED) -> list[Command]:
    """Commands, no two of them alike where there are enough."""
    dice = random.Random(seed)
    found: dict[str, Command] = {}
    while len(found) < count:
        one = dice.choice(_FORMS)(dice)
        found.setdefault(one.text, one)
    return list(found.values())


def _switched(text: str, entity: str, *, on: bool) -> Command:
    wanted, other = ("on", "off") if on else ("off", "on")
    return Command(text=text, entity=entity, before={"state": other}, right=lambda state, _: state == wanted)


def _lamp(dice: random.Random) -> Command:
    room, on = dice.choice(ROOMS), dice.random() < 0.5
    word = "on" if on else "off"
    form = dice.choice(("turn {0} the {1} light", "turn the {1} light {0}", "switch {0} the {1} light"))
    return _switched(form.format(word, room), f"light.{_slug(room)}", on=on)


def _thing(dice: random.Random) -> Command:
    name, entity = dice.choice(
        (
            ("coffee machine", "switch.coffee"),
            ("dishwasher", "switch.dishwasher"),
            ("office fan", "fan.office"),
        )
    )
    on = dice.random() < 0.5
    return _switched(f"turn {'on' if on else 'off'} the {name}", entity, on=on)


def _dimmed(dice: random.Random) -> Command:
    room, word = dice.choice(ROOMS), dice.choice(list(NUMBERS))
    wanted = NUMBERS[word] * 255 / 100
    verb = dice.choice(("set", "dim"))
    return Command(
        text=f"{verb} the {room} light to {word} percent",
        entity=f"light.{_slug(room)}",
        before={"state": "on", "attributes": {"brightness": 255}},
        right=lambda state, more: state == "on" and abs((more.get("brightness") or 0) - wanted) < 3,
    )


def _coloured(dice: random.Random) -> Command:
    room, colour = dice.choice(ROOMS), dice.choice(COLOURS)
    return Command(
        text=f"make the {room} light {colour}",
        entity=f"light.{_slug(room)}",
        before={"state": "on", "attributes": {"hs_color": [60, 10]}},
        right=lambda state, more: state == "on" and more.get("hs_color") not in (None, [60, 10], (60, 10)),
    )


def _blinds(dice: random.Random) -> Command:
    room, open_ = dice.choice(("bedroom", "office", "dining room")), dice.random() < 0.5
    wanted, other = ("open", "closed") if open_ else ("closed", "open")
    return Command(
        text=f"{'open' if open_ else 'close'} the {room} blinds",
        entity=f"cover.{_slug(room)}",
        before={"state": other, "attributes": {"current_position": 0 if open_ else 100}},
        right=lambda state, _: state == wanted,
    )


def _warmth(dice: random.Random) -> Command:
    word = dice.choice(list(DEGREES))
    return Command(
        text=f"set the thermostat to {word} degrees",
        entity="climate.house",
        before={"state": "heat", "attributes": {"temperature": 16}},
        right=lambda _, more: more.get("temperature") == DEGREES[word],
    )


def _lock(_: random.Random) -> Command:
    return Command(
        text="lock the front door",
        entity="lock.front",
        before={"state": "unlocked"},
        right=lambda state, _: state == "locked",
    )


_FORMS = (*[_lamp] * 5, *[_thing] * 2, *[_dimmed] * 3, *[_coloured] * 2, *[_blinds] * 2, _warmth, _lock)
