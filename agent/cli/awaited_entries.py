"""Which entries of the journal a recording is to have, so that the rules can be tried on it later."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from agent.automations.fired import Fired
from agent.automations.machine_triggers import JournalTrigger, fits
from agent.automations.when_section import JournalWhen, UnitWhen, WhenSection
from agent.config import Loaded
from agent.core.events import JournalWritten
from agent.errors import ConfigError
from agent.recording.machine import turn_of

_SOMETIME = datetime.fromtimestamp(0, UTC)


def wanted_entries(loaded: Loaded, *, everything: bool) -> Callable[[Mapping[str, str]], bool]:
    """What says of an entry whether it is wanted: all are, or those that rules of `loaded` wait for.

    Templates are not asked: they may be others when it is replayed.

    Raises:
        ConfigError: no rule waits for any.
    """
    if everything:
        return lambda _: True
    awaited: Sequence[WhenSection] = [
        when for rule in loaded.config.automations if rule.enabled for when in rule.when
    ]
    entries = [JournalTrigger(one.journal) for one in awaited if isinstance(one.journal, JournalWhen)]
    units = [one.unit for one in awaited if isinstance(one.unit, UnitWhen)]
    if not entries and not units:
        raise ConfigError(
            "--journal: no rule waits for the journal or for a unit; '--journal all' would record all of it"
        )

    def wanted(fields: Mapping[str, str]) -> bool:
        turn = turn_of(fields)
        if turn is not None and any(fits(one.name, turn[0]) for one in units):
            return True
        entry = JournalWritten(at=_SOMETIME, fields=fields)
        return any(isinstance(one.see(entry), Fired) for one in entries)

    return wanted
