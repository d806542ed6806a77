"""A change of an entity as a trigger: news only, crossings only, and for as long as was asked."""

from dataclasses import dataclass, replace
from typing import Any

from agent.automations.fired import Answer, Fired, Lasting, NotFired
from agent.automations.templates import NOBODY, Template, typed
from agent.automations.when_section import StateWhen
from agent.automations.world import (
    NO_VALUE,
    UNAVAILABLE,
    UNKNOWN,
    either,
    limits,
    number_of,
    reading,
    shown,
    within,
    words_of,
)
from agent.core.actions import Trust
from agent.core.events import StateChanged
from agent.core.home import State
from agent.durations import told


@dataclass(frozen=True, slots=True)
class StateTrigger:
    """Fires when one of its entities changes as described."""

    section: StateWhen
    template: Template | None = None

    def see(self, event: StateChanged, /, *, echo: bool = False) -> Answer:
        """What a change of one of its entities means to it; `echo`: our own command brought it about."""
        old, new = self._seen(event.old), self._seen(event.new)
        answer = self._changed(event, old, new, echo=echo)
        if answer is not None:
            return answer
        reason = self._unwanted(event, old, new)
        if reason is not None:
            return NotFired(reason, ends=not self._still_so(new))
        fired = self._fired(event, old, new)
        if self.template is not None:
            checked = self.template.check(NOBODY, fired.trigger)
            if not checked.met:
                return NotFired(checked.words, ends=True)
            fired = replace(fired, trust=min(fired.trust, self.template.trust(NOBODY)))
        if self.section.for_ is None:
            return fired
        words = f"{fired.words} and stayed so for {told(self.section.for_)}"
        return Lasting(subject=event.entity, seconds=self.section.for_, fired=replace(fired, words=words))

    def _seen(self, state: State) -> Any:
        if self.section.attribute is None and state.stale:
            return UNKNOWN  # what it was just now is not known; this is from before the last restart
        return reading(state, self.section.attribute)

    def _changed(self, event: StateChanged, old: Any, new: Any, *, echo: bool) -> NotFired | None:
        """Why this is no change at all."""
        what = self._what(event.entity)
        if old == new:
            return NotFired(f"{what} stayed {shown(new)}")
        # That a device went away is told by the broker for it, and is never a value that was kept.
        asked_away = UNAVAILABLE in (*(self.section.to or ()), *(self.section.from_ or ()))
        went_away = event.old.available is not None and event.old.available != event.new.available
        if event.replayed and not (asked_away and went_away):
            return NotFired(
                f"{what} was told again ({shown(new)}), which is no news", ends=not self._still_so(new)
            )
        if echo or event.cause:
            return NotFired(
                f"{what} went to {shown(new)} because we told it to", ends=not self._still_so(new)
            )
        return None

    def _unwanted(self, event: StateChanged, old: Any, new: Any) -> str | None:  # noqa: PLR0911  # one each
        """Why this change is not the one that is awaited."""
        section, what = self.section, self._what(event.entity)
        before, after = words_of(old), words_of(new)
        if section.from_ is not None and before not in section.from_:
            return f"{what} was {shown(old)} before, not {either(section.from_)}"
        if old is None and section.attribute is not None:
            return f"{what} was not known before; it was given now ({shown(new)})"
        if before in NO_VALUE and section.from_ is None:
            return f"{what} was {before} before; a value that comes back is no change"
        if section.above is not None or section.below is not None:
            return self._uncrossed(what, old, new)
        if section.to is not None:
            return None if after in section.to else f"{what} was {shown(new)}, not {either(section.to)}"
        if new is None or (after in NO_VALUE and section.from_ is None):
            return f"{what} became {shown(new)}, which is no value"
        return None

    def _uncrossed(self, what: str, old: Any, new: Any) -> str | None:
        above, below = self.section.above, self.section.below
        wanted = limits(above, below)
        now, before = number_of(new), number_of(old)
        if now is None:
            return f"{what} was {shown(new)}, which is no number"
        if not within(now, above, below):
            return f"{what} was {now:g}, not {wanted}"
        if before is not None and within(before, above, below):
            return f"{what} was {now:g}, and {wanted} already before ({before:g})"
        if before is None and words_of(old) not in (self.section.from_ or ()):
            return f"{what} was {shown(old)} before, which is no number to come from"
        return None

    def _still_so(self, new: Any) -> bool:
        """Whether what is waited for to last goes on: a number within its limits still is."""
        section = self.section
        if section.above is None and section.below is None:
            return False
        number = number_of(new)
        return number is not None and within(number, section.above, section.below)

    def _what(self, entity: str) -> str:
        return entity if self.section.attribute is None else f"{self.section.attribute} of {entity}"

    def _fired(self, event: StateChanged, old: Any, new: Any) -> Fired:
        section, what = self.section, self._what(event.entity)
        chosen = section.to is not None or section.above is not None or section.below is not None
        trusted = chosen or typed(new)
        return Fired(
            trust=Trust.DEVICE if trusted else Trust.HOSTILE,
            words=f"{what} went from {shown(old)} to {shown(new)}",
            trigger={
                "platform": "state",
                "entity_id": event.entity,
                "from_state": _as_seen(event.old, event.entity),
                "to_state": _as_seen(event.new, event.entity),
                "for": section.for_,
            },
        )


def _as_seen(state: State, entity: str) -> dict[str, Any]:
    return {"entity_id": entity, "state": reading(state, None), "attributes": state.attributes}
