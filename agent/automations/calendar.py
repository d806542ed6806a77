"""When something is due: from a moment (whole seconds since the epoch) to the next one, pure.

Wall-clock times meet summer time here. Of an hour that comes twice, a line with fixed hours takes the first;
a time that is left out in spring comes when the gap is over; so each comes once on its date. A line that
fires in every hour follows the hours that really pass, both of the double one and none of the missing one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import tzlocal

from agent.automations.cron import crontab

SECOND = timedelta(seconds=1)


class Trigger(Protocol):
    """Something that comes at certain moments."""

    def after(self, moment: int) -> int | None:
        """The first moment later than `moment`; None: there is none any more."""


def house_zone(name: str | None) -> tzinfo:
    """The zone of that name, or the machine's."""
    return ZoneInfo(name) if name else tzlocal.get_localzone()


def moment_of(wall: datetime, zone: tzinfo) -> int:
    """When the clock in `zone` first shows `wall`, or jumps over it. A time with an offset says it itself."""
    if wall.tzinfo is not None:
        return int(wall.timestamp())
    first = int(wall.replace(tzinfo=zone).timestamp())
    if _wall(first, zone) == wall:
        return first
    # In a gap, fold 1 means the offset behind it and so a moment before it, fold 0 one after it.
    return _change(int(wall.replace(tzinfo=zone, fold=1).timestamp()), first, zone)


def _wall(moment: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(moment, zone).replace(tzinfo=None, fold=0)


def _offset(moment: int, zone: tzinfo) -> timedelta:
    return datetime.fromtimestamp(moment, zone).utcoffset() or timedelta()


def _change(before: int, after: int, zone: tzinfo) -> int:
    """The first moment with another offset than at `before`; at `after` there is another."""
    offset = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


@dataclass(frozen=True, slots=True)
class Cron:
    """As a crontab line says, on the wall clock of a zone."""

    line: str
    zone: tzinfo

    def after(self, moment: int) -> int | None:
        """See `Trigger`."""
        return _cron_after(self.line, self.zone, moment)


@lru_cache(maxsize=1024)
def _cron_after(line: str, zone: tzinfo, moment: int) -> int | None:
    """Ten thousand schedules have far fewer different lines."""
    lines = crontab(line)
    wall: datetime | None = _wall(moment, zone)
    if lines.every_hour:
        return _hours_after(line, zone, moment)
    while wall is not None:
        wall = lines.next(wall + SECOND)
        if wall is not None and (found := moment_of(wall, zone)) > moment:
            return found
    return None


def _hours_after(line: str, zone: tzinfo, moment: int) -> int | None:
    """Like `after`, on a clock that is not put forward or back until it really is."""
    lines = crontab(line)
    while True:
        offset = _offset(moment, zone)
        start = _wall(moment, zone)
        wall = lines.next(start + SECOND)
        if wall is None:
            return None
        found = moment + int((wall - start).total_seconds())
        if _offset(found, zone) == offset:
            return found
        moment = _change(moment, found, zone) - 1
        # From here on, as the clock will show it behind the change; that moment itself may be the one.
        changed = _wall(moment + 1, zone)
        if lines.next(changed) == changed:
            return moment + 1
        moment += 1


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again after a span, counted from `anchor`."""

    seconds: int
    anchor: int

    def after(self, moment: int) -> int | None:
        """See `Trigger`."""
        return self.anchor + max((moment - self.anchor) // self.seconds + 1, 1) * self.seconds


@dataclass(frozen=True, slots=True)
class EveryDays:
    """At a time of the wall clock, every so many `days` from the date of `first` on."""

    first: datetime
    days: int
    zone: tzinfo

    def after(self, moment: int) -> int | None:
        """See `Trigger`."""
        gone = (_wall(moment, self.zone).date() - self.first.date()).days
        step = max(gone // self.days, 0)
        while True:
            found = moment_of(self.first + timedelta(days=step * self.days), self.zone)
            if found > moment:
                return found
            step += 1


@dataclass(frozen=True, slots=True)
class Held:
    """Never, until it is given another time: what is paused."""

    def after(self, moment: int) -> int | None:  # noqa: ARG002  # the same for every moment
        """See `Trigger`."""
        return None


@dataclass(frozen=True, slots=True)
class Once:
    """At one moment."""

    moment: int

    def after(self, moment: int) -> int | None:
        """See `Trigger`."""
        return self.moment if self.moment > moment else None
