"""The conditions of a rule: whether they hold now, and in words what was seen either way.

A condition looks at the world as it is; it never raises, and an entity that is not there is unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import time, timedelta
from typing import Any

from agent.automations.fired import Fired
from agent.automations.if_section import WEEKDAYS, IfSection, NumericIf, StateIf, TimeIf
from agent.automations.templates import NOBODY, Templates
from agent.automations.world import (
    Checked,
    World,
    either,
    limits,
    number_of,
    reading,
    shown,
    within,
    words_of,
)
from agent.core.actions import NOTHING
from agent.mqtt.message import Message

Check = Callable[[Message, Mapping[str, Any]], Checked]


class Conditions:
    """All the conditions of one rule."""

    __slots__ = ("_check",)

    def __init__(self, sections: Sequence[IfSection], templates: Templates) -> None:
        self._check = _all([_compiled(one, templates) for one in sections])

    def check(self, fired: Fired | None = None) -> Checked:
        """Whether all hold at this moment; `fired` is what set the rule off.

        The words name the first that does not; templates of several lines are named by what they gave.
        """
        if fired is None:
            return self._check(NOBODY, NOTHING)
        return self._check(fired.message or NOBODY, fired.trigger)


def _compiled(section: IfSection, templates: Templates) -> Check:
    world = templates.world
    if section.state is not None:
        return _state(section.state, world)
    if section.numeric is not None:
        return _numeric(section.numeric, world)
    if section.time is not None:
        return _time(section.time, world)
    if section.sun is not None:
        return _sun(section.sun, world)
    if section.template is not None:
        return _template(section.template, templates)
    inner = [_compiled(one, templates) for one in section.and_ or section.or_ or section.not_]
    return _all(inner) if section.and_ else _any(inner) if section.or_ else _none(inner)


def _state(section: StateIf, world: World) -> Check:
    what, wanted = _what(section.entity, section.attribute), either(section.is_)

    def check(_message: Message, _trigger: Mapping[str, Any]) -> Checked:
        seen = reading(world.state(section.entity), section.attribute)
        if words_of(seen) in section.is_:
            return Checked(met=True, words=f"{what} was {shown(seen)}")
        return Checked(met=False, words=f"{what} was {shown(seen)}, not {wanted}")

    return check


def _numeric(section: NumericIf, world: World) -> Check:
    what, wanted = _what(section.entity, section.attribute), limits(section.above, section.below)

    def check(_message: Message, _trigger: Mapping[str, Any]) -> Checked:
        seen = reading(world.state(section.entity), section.attribute)
        number = number_of(seen)
        if number is None:
            return Checked(met=False, words=f"{what} was {shown(seen)}, which is no number")
        if within(number, section.above, section.below):
            return Checked(met=True, words=f"{what} was {number:g}")
        return Checked(met=False, words=f"{what} was {number:g}, not {wanted}")

    return check


def _time(section: TimeIf, world: World) -> Check:
    after, before = section.after, section.before
    wanted = f"between {_hour(after or time())} and {_hour(before) if before else 'midnight'}"
    days = either(section.weekdays)

    def check(_message: Message, _trigger: Mapping[str, Any]) -> Checked:
        now = world.now()
        at = now.time().replace(tzinfo=None)
        began = now
        if after is not None and before is not None and after > before:
            inside = at >= after or at < before
            began = now - timedelta(days=1) if at < before else now
        else:
            inside = (after is None or at >= after) and (before is None or at < before)
        if not inside:
            return Checked(met=False, words=f"it was {_hour(at)}, not {wanted}")
        day = WEEKDAYS[began.weekday()]
        if day not in section.weekdays:
            since = "" if began is now else ", counted from the evening before"
            return Checked(met=False, words=f"it was {day}{since}, not {days}")
        return Checked(met=True, words=f"it was {day}, {_hour(at)}")

    return check


def _sun(wanted: str, world: World) -> Check:
    def check(_message: Message, _trigger: Mapping[str, Any]) -> Checked:
        up = world.sun_is_up()
        if up is None:
            return Checked(met=False, words="where the sun stands is not known: the house has no coordinates")
        stands = "up" if up else "down"
        if stands == wanted:
            return Checked(met=True, words=f"the sun was {stands}")
        return Checked(met=False, words=f"the sun was {stands}, not {wanted}")

    return check


def _template(source: str, templates: Templates) -> Check:
    template = templates.template(source)

    def check(message: Message, trigger: Mapping[str, Any]) -> Checked:
        checked = template.check(message, trigger)
        return (
            Checked(met=True, words=template.why(message) or "its template said yes")
            if checked.met
            else checked
        )

    return check


def _all(inner: Sequence[Check]) -> Check:
    if len(inner) == 1:
        return inner[0]

    def check(message: Message, trigger: Mapping[str, Any]) -> Checked:
        words = []
        for one in inner:
            checked = one(message, trigger)
            if not checked.met:
                return checked
            words.append(checked.words)
        return Checked(met=True, words=" and ".join(words))

    return check


def _any(inner: Sequence[Check]) -> Check:
    def check(message: Message, trigger: Mapping[str, Any]) -> Checked:
        words = []
        for one in inner:
            checked = one(message, trigger)
            if checked.met:
                return checked
            words.append(checked.words)
        return Checked(met=False, words=", and ".join(words))

    return check


def _none(inner: Sequence[Check]) -> Check:
    def check(message: Message, trigger: Mapping[str, Any]) -> Checked:
        words = []
        for one in inner:
            checked = one(message, trigger)
            if checked.met:
                return Checked(met=False, words=f"{checked.words}, which must not be so")
            words.append(checked.words)
        return Checked(met=True, words=" and ".join(words))

    return check


def _what(entity: str, attribute: str | None) -> str:
    return entity if attribute is None else f"{attribute} of {entity}"


def _hour(at: time) -> str:
    return at.strftime("%H:%M")
