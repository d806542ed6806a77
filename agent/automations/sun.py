"""Sunrise and sunset where the house stands, by astral."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import Enum, auto
from functools import lru_cache
from typing import Literal

from astral import Observer
from astral.sun import elevation, sunrise, sunset

SunEvent = Literal["sunrise", "sunset"]
EDGE = -0.833
"""Degrees of the sun's middle at sunrise: half its width and the bending of light (Meeus, chapter 15)."""
FARTHEST = 400
"""Days looked ahead; at the poles there is a sunset every year."""
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the house stands, in degrees: north and east are positive."""

    latitude: float
    longitude: float


def place_of(latitude: float | None, longitude: float | None) -> Place | None:
    """The place of these coordinates; None where they are not known."""
    if latitude is None or longitude is None:
        return None
    return Place(latitude=latitude, longitude=longitude)


@lru_cache(maxsize=1024)
def sun_event(event: SunEvent, day: date, place: Place) -> int | None:
    """The moment of `event` on `day` where the sun stands south at noon; None: it stays up, or down."""
    found = _asked(event, day, place)
    if found is not Lost.AT_MIDNIGHT:
        return found
    before, after = (_asked(event, day + timedelta(days=shift), place) for shift in (-1, 1))
    # Its neighbours are known, and from day to day it moves evenly to a second or two.
    return (before + after) // 2 if isinstance(before, int) and isinstance(after, int) else None


def is_up(moment: datetime, place: Place) -> bool:
    """Whether the sun's upper edge is above the horizon, as sunrise and sunset are reckoned."""
    return elevation(Observer(place.latitude, place.longitude), moment.astimezone(UTC)) > EDGE


class Lost(Enum):
    """astral cannot tell an event that has just moved over a midnight of UTC."""

    AT_MIDNIGHT = auto()


def _asked(event: SunEvent, day: date, place: Place) -> int | Lost | None:
    """What astral says; it looks between two midnights, so it is given some that are far from the event."""
    find, shift = (sunrise, 6) if event == "sunrise" else (sunset, -6)
    middle = timezone(timedelta(minutes=round(4 * place.longitude + 60 * shift)))
    try:
        return round(find(Observer(place.latitude, place.longitude), date=day, tzinfo=middle).timestamp())
    except ValueError as error:
        return Lost.AT_MIDNIGHT if str(error).startswith("Unable") else None


@dataclass(frozen=True, slots=True)
class Sun:
    """Every day with the sun, `offset` seconds after it; only on `days` of the week if there are any."""

    event: SunEvent
    offset: int
    place: Place
    zone: tzinfo
    days: tuple[int, ...] = ()

    def after(self, moment: int) -> int | None:
        """See `Trigger`. Days on which the sun does not rise or set are passed over."""
        day = datetime.fromtimestamp(moment - self.offset, self.zone).date() - timedelta(days=1)
        for _ in range(FARTHEST):
            counts = not self.days or day.weekday() in self.days
            found = sun_event(self.event, day, self.place) if counts else None
            if found is not None and found + self.offset > moment:
                return found + self.offset
            day += timedelta(days=1)
        return None

    def days_without(self, moment: int, following: int | None) -> int:
        """How many days between two moments have no such event."""
        until = following if following is not None else moment + FARTHEST * 86_400
        without = max((until - moment) // 86_400 - 1, 0)
        # That other days of the week do not count says nothing of the sun.
        return without if not self.days or without >= _WEEK else 0
