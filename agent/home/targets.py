"""From an intent to the entities it is about, or to a question, or to an honest "there is none". Pure.

| said | means |
|---|---|
| a name | what is called so: exactly, else in other words, else misheard; in the place that is said |
| a name of several | what the intent can act on; of these what is here; otherwise it is asked which |
| a name that is a kind ("the kitchen lights") | the kind, in that place |
| an area, a floor | nothing outside it, and no more when nothing is in it |
| a kind, no place, the speaker's area has some | those of that area: a hard filter |
| ... and has none, or is unknown | the only one in the house; the thermostat of this floor; else a question |
| ... with "all", or with a plural where no area is known | all of them in the house |
| "here" | the speaker's area and no other; where that is not known, never more than the only one |
| "everywhere", "in the house" | the house, from wherever it is said |
| several fit, one is meant | a question; in an area the one that is called like it ("the kitchen light") |
| "everything" | what is switched: no covers, locks, valves, alarms, heating, scenes |
| "except ..." | these are left out; one in another room shows that the house was meant |
| "which", "any", "how many" | the house, unless a place is said: asks are not acts |

An unknown name, area, floor or exception is `Missing`, with the nearest; so is a kind that is not there. Only
what is exposed and part of daily life (neither setting nor diagnosis) is ever found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agent.core.home import Entity
from agent.core.intents import ASKING, Choice, Intent, Missing
from agent.home.fuzzy import SURE, words_of
from agent.home.kinds import SWITCHED_TOGETHER, Kind, belonging, kinds_of_class, listed, speaks_of_locking
from agent.home.named import called, left_out, likest, said_kind, says_shopping, shopping, speakable
from agent.home.places import Place, counts, means_all, means_everywhere, means_here, place_of
from agent.home.registry import Home

Found = tuple[Entity, ...] | Choice | Missing
_ONCE = frozenset({"scene", "button"})
_ON_OFF = SWITCHED_TOGETHER | {
    *("cover", "valve", "lock", "climate", "water_heater", "vacuum", "lawn_mower", "script"),
    "alarm_control_panel",
}
_MEDIA = ("Pause", "Unpause", "Next", "Previous", "PlayerMute", "PlayerUnmute", "SearchAndPlay")
_OF_ONE_DOMAIN: Mapping[str, tuple[str, ...]] = {
    "light": ("HassLightSet",),
    "fan": ("HassFanSetSpeed",),
    "climate": ("HassClimateSetFanMode",),
    "media_player": (*(f"HassMedia{verb}" for verb in _MEDIA), "HassSetVolume", "HassSetVolumeRelative"),
    "vacuum": ("HassVacuumStart", "HassVacuumReturnToBase", "HassVacuumCleanArea"),
    "lawn_mower": ("HassLawnMowerStartMowing", "HassLawnMowerDock"),
    "todo": (
        *(f"Hass{kind}List{verb}Item" for kind in ("", "Shopping") for verb in ("Add", "Remove", "Complete")),
        "GetListItems",
    ),
    "weather": ("HassGetWeather",),
}
REACH: Mapping[str, frozenset[str]] = {
    "HassTurnOn": _ON_OFF | _ONCE,
    "HassTurnOff": _ON_OFF,
    "HassToggle": SWITCHED_TOGETHER | {"cover", "valve"},
    "HassSetPosition": frozenset({"cover", "valve"}),
    "HassStopMoving": frozenset({"cover", "valve", "vacuum", "lawn_mower"}),
    "HassClimateSetTemperature": frozenset({"climate", "water_heater"}),
    "HassClimateGetTemperature": frozenset({"climate", "water_heater", "sensor", "weather"}),
    "HassGetState": frozenset(),
    **{name: frozenset({domain}) for domain, names in _OF_ONE_DOMAIN.items() for name in names},
}
"""The domains that an intent is about; empty: any. An intent that is not here has no entities."""
_IMPLIED: Mapping[str, tuple[Kind, ...]] = {
    **{name: (Kind(domain),) for domain, names in _OF_ONE_DOMAIN.items() for name in names},
    "HassSetPosition": (Kind("cover"),),
    "HassStopMoving": (Kind("cover"), Kind("valve")),
    "HassClimateSetTemperature": (Kind("climate"),),
    "HassClimateGetTemperature": (Kind("climate"),),
}
_SWITCHING = ("HassTurnOn", "HassTurnOff", "HassToggle")
_SERVES_A_FLOOR = frozenset({"climate", "water_heater", "vacuum", "lawn_mower", "humidifier"})
_SHOWN_BY = {
    **dict.fromkeys(("locked", "unlocked", "locking", "unlocking"), frozenset({"lock"})),
    **dict.fromkeys(("open", "closed", "opening", "closing"), frozenset({"cover", "valve", "binary_sensor"})),
}
_EVERYTHING = tuple(map(Kind, sorted(SWITCHED_TOGETHER)))
_OPENING = (Kind("cover"), Kind("valve"), Kind("cover", "door"), Kind("cover", "window"))
_ANYTHING: Mapping[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("on", "off"), _EVERYTHING),
    **dict.fromkeys(("open", "closed", "opening", "closing"), _OPENING),
    **dict.fromkeys(("locked", "unlocked"), (Kind("lock"),)),
    "playing": (Kind("media_player"),),
}
"""What a question is about that names no thing, only a state: "what is on", "is anything open"."""


def find_targets(intent: Intent, home: Home, *, area: str | None) -> Found:
    """The entities that `intent` is about, in the order of the registry.

    `area` is the id of the speaker's area, None if it is not known. An intent that has no entities (a timer,
    a question about the time) is about none.
    """
    if intent.name not in REACH:
        return ()
    place = place_of(intent, home)
    if isinstance(place, Missing):
        return place
    if intent.name == "HassVacuumCleanArea":
        # The area is where to clean, not where the robot stands: the nearest one goes.
        area = min(place.areas) if place.areas else area
        place, intent = Place(), replace(intent, here=False)
    entities = speakable(home)
    out = left_out(intent, entities, home)
    if isinstance(out, Missing):
        return out
    if out and not place and any(one.area != area for one in entities if one.id in out):
        area = None
    return _Search(intent, home, place, area, [one for one in entities if one.id not in out]).found()


@dataclass(frozen=True, slots=True)
class _Search:
    """One intent on its way to its entities."""

    intent: Intent
    home: Home
    place: Place
    area: str | None
    entities: Sequence[Entity]

    def found(self) -> Found:
        """What the intent is about."""
        names = listed(self.intent.slots.get("name"))
        if not names:
            return self._of_kind(self._kinds(), self.place)
        union: dict[str, Entity] = {}
        for name in names:
            part = self._named(name)
            if not isinstance(part, tuple):
                return part
            union |= {one.id: one for one in part}
        return tuple(union.values())

    # by name --------------------------------------------------------------------------------------------
    def _named(self, said: str) -> Found:
        named = called(said, self.entities, self.home)
        group = said_kind(said, self.home)
        exact = bool(named) and named[0][1] > 99  # noqa: PLR2004  # letter for letter
        if group is not None and self.intent.every and not exact:
            return self._of_kind((group[0],), group[1].within(self.place))
        inside = [(one, score) for one, score in named if self.place.holds(one, self.home)]
        for sure in (True, False):
            level = [(one, score) for one, score in inside if (score >= SURE) is sure]
            level = [(one, score) for one, score in level if self._reaches(one)] or level
            if level:
                best = max(score for _, score in level)
                return self._narrowed(said, [one for one, score in level if score == best])
        if group is not None:
            return self._of_kind((group[0],), group[1].within(self.place))
        return self._unknown(said, self.place)

    def _narrowed(self, said: str, found: list[Entity]) -> Found:
        """Those of one name that are meant."""
        intent = self.intent
        shown_by = _SHOWN_BY.get(str(intent.slots.get("state")), frozenset())
        found = [one for one in found if one.domain in shown_by] or found
        if intent.domains:
            found = [one for one in found if one.domain in intent.domains] or found
        if intent.name in _SWITCHING and intent.text:
            locking = speaks_of_locking(intent)
            found = [one for one in found if (one.domain == "lock") is locking] or found
        if self.area is not None and not self.place and not means_everywhere(intent):
            here = [one for one in found if one.area == self.area]
            if not here and means_here(intent):
                return self._unknown(said, self._around())
            found = here or found
        return self._decided(found, every=intent.every)

    def _unknown(self, said: str, place: Place) -> Missing:
        known = [one for one in self.entities if place.holds(one, self.home)]
        return Missing(kind="name", said=said, near=likest(said, known), where=place.called)

    # by kind --------------------------------------------------------------------------------------------
    def _kinds(self) -> tuple[Kind, ...]:
        slots, intent = self.intent.slots, self.intent
        domains, classes = listed(slots.get("domain")), listed(slots.get("device_class"))
        switching = intent.name in _SWITCHING
        if switching and intent.text and domains in ((), ("cover",)) and speaks_of_locking(intent):
            return (Kind("lock"),)
        if classes:
            return tuple(kind for one in classes for kind in kinds_of_class(one, domains))
        if domains:
            return tuple(map(Kind, domains))
        if not switching:
            asked = _ANYTHING.get(str(slots.get("state")), ()) if intent.name == "HassGetState" else ()
            return _IMPLIED.get(intent.name, asked)
        if intent.every:
            return _EVERYTHING
        return (Kind("light"),) if self.place or intent.here else ()

    def _of_kind(self, kinds: tuple[Kind, ...], place: Place) -> Found:
        if not kinds:
            return Missing(kind="name", said="")
        intent, asking = self.intent, self.intent.name in ASKING
        fits = {
            one.id: max(belonging(one, kind, asking=asking) for kind in kinds)
            for one in self.entities
            if place.holds(one, self.home)
        }
        if not place and not means_everywhere(intent):
            # The curtains of this room are "the blinds" here, whatever there is elsewhere.
            local = {one.id: fits[one.id] for one in self.entities if one.area == self.area and fits[one.id]}
            fits = local if local and self.area is not None and not asking else fits
        best = max(fits.values(), default=0)
        found = [one for one in self.entities if best and fits.get(one.id) == best]
        found = [one for one in found if self._reaches(one)] or found
        if best == 1 and kinds[0].device_class == "door" and intent.name in _SWITCHING and not intent.every:
            # Nobody who says "open the door" means the garage for sure while there is a door with a lock.
            found += [one for one in self.entities if one.domain == "lock" and place.holds(one, self.home)]
        if kinds == (Kind("todo"),):
            found = shopping(found) or ([] if says_shopping(intent) else found)
        where = place
        if not place:
            near = self._nearby(found)
            if isinstance(near, Choice):
                return near
            found, where = near, self._around() if means_here(intent) else place
        if not found:
            said = "device" if kinds == _EVERYTHING else kinds[0].key
            return Missing(kind="device", said=said, where=where.called)
        # "Turn on the kitchen" is no single thing, and neither is "which lights are on".
        named = listed(intent.slots.get("domain")) or listed(intent.slots.get("name"))
        whole = intent.name == "HassGetState" or (intent.name in _SWITCHING and not named)
        return self._decided(found, every=intent.every or whole, kind=kinds[0], place=place)

    def _nearby(self, found: list[Entity]) -> list[Entity] | Choice:
        """Those of a kind that are meant where no place is said."""
        intent, here_said = self.intent, means_here(self.intent)
        counted = intent.name == "HassGetState" and counts(intent) and not here_said
        if means_everywhere(intent) or counted:
            return found
        here = [one for one in found if one.area == self.area and self.area is not None]
        if here or (self.area is not None and here_said):
            return here
        if len(found) <= 1 or intent.name == "HassGetState":
            return found
        around = self._around()
        floor = next((one.floor for one in self.home.areas() if one.id == self.area), None)
        same = [one for one in found if one.domain in _SERVES_A_FLOOR and self.home.floor_of(one) == floor]
        if around and floor is not None and len(same) == 1:
            return same
        plural = intent.every and self.area is None and intent.language.startswith("en")
        if (means_all(intent) or plural) and not here_said:
            return found
        decided = self._decided(found, every=False)
        return decided if isinstance(decided, Choice) else list(decided)

    def _around(self) -> Place:
        """The speaker's area."""
        known = next((one for one in self.home.areas() if one.id == self.area), None)
        return Place(areas=frozenset({known.id}), called=known.name) if known else Place()

    # deciding -------------------------------------------------------------------------------------------
    def _reaches(self, entity: Entity) -> bool:
        reach = REACH[self.intent.name]
        return not reach or entity.domain in reach

    def _decided(
        self, found: Sequence[Entity], *, every: bool, kind: Kind | None = None, place: Place | None = None
    ) -> tuple[Entity, ...] | Choice:
        """All of `found`, the one of them that is meant, or the question which."""
        unclear = place is not None and place.either and len({one.area for one in found}) > 1
        if unclear and self.area in {one.area for one in found}:
            found, unclear = [one for one in found if one.area == self.area], False
        if (every and not unclear) or len(found) == 1:
            return tuple(found)
        if self.intent.name == "HassGetWeather":
            return tuple(found[:1])
        for narrower in (self._playing(found), _called_like(found, kind, place)):
            if len(narrower) == 1:
                return tuple(narrower)
        return Choice(intent=self.intent, options=tuple(found))

    def _playing(self, found: Sequence[Entity]) -> list[Entity]:
        """The players that have something to pause, to skip or to turn down."""
        wanted = "paused" if self.intent.name == "HassMediaUnpause" else "playing"
        players = [one for one in found if one.domain == "media_player"]
        if self.intent.name in (*_SWITCHING, "HassMediaSearchAndPlay"):
            return []
        return [one for one in players if self.home.state(one.id).value == wanted]


def _called_like(found: Sequence[Entity], kind: Kind | None, place: Place | None) -> list[Entity]:
    """The one that is called by its place and kind, as a person would say both."""
    if kind is None or place is None or place.called is None or kind.device_class is not None:
        return []
    wanted = sorted(words_of(f"{place.called} {kind.key}"))
    return [one for one in found if any(sorted(words_of(name)) == wanted for name in one.names)]
