"""What waits for one person, and when it may go: the rules of muting, collecting and repeating. Pure.

Everything is bounded. Times are seconds since the epoch, handed in.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from integrations.notify.letters import Bundle, Letter
from integrations.notify.note import Note
from integrations.notify.section import DAY, Recipient, Settings, Severity

MOST_WAITING = 100
MOST_BUNDLED = 20
MOST_KEYS = 500


class FullError(Exception):
    """Too much waits for this person; what came is counted."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a note: it is on its way as `letter`, or `held` back, or was said already."""

    letter: Letter | None = None
    held: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said last under a key."""

    print: str
    severity: Severity
    at: float


class Mailbox:
    """One person's."""

    def __init__(
        self,
        name: str,
        recipient: Recipient,
        settings: Settings,
        *,
        channels: Sequence[str],
        zone: tzinfo | None,
    ) -> None:
        self.name = name
        self.channels = list(channels)
        self.letters: list[Letter] = []
        self.bundle: Bundle | None = None
        self._recipient = recipient
        self._settings = settings
        self._zone = zone
        self._said: OrderedDict[str, _Said] = OrderedDict()
        self._sent: deque[float] = deque(maxlen=settings.limit.most)

    # what comes in --------------------------------------------------------------------------------------
    def unwanted(self, note: Note) -> str | None:
        """Why this person does not want `note` at all; None if he does."""
        least = self._recipient.minimum
        if self._loud(note) or note.severity.rank >= least.rank:
            return None
        return f"{self.name} wants nothing below {least}"

    def accept(self, note: Note, now: float) -> Taken:
        """Take `note`.

        Raises:
            FullError: there is no room; it is counted in what is sent next as one.
        """
        since = now
        if note.key:
            standing = self._standing(note, now)
            if standing is not None:
                return self._taken(standing, now)
            said = self._said.get(note.key)
            if said is not None and now < said.at + self._settings.updates.forget:
                if note.print == said.print:
                    return Taken(words=f"{self.name} was told the same already")
                if note.severity.rank <= said.severity.rank and not self._loud(note):
                    since = max(now, said.at + self._settings.updates.every)
        if not self._loud(note) and (held := self._held(note, now)) is not None:
            self._collect(note, *held)
            return Taken(held=True, words=f"held back for {self.name}: {held[1]}")
        if len(self.letters) >= MOST_WAITING:
            if self.bundle is None:
                self.bundle = Bundle(now + self._settings.limit.within, "too much waits")
            self.bundle.more += 1
            raise FullError(f"{len(self.letters)} messages wait for {self.name} already")
        return self._taken(self._post(note, since), now)

    # what goes out --------------------------------------------------------------------------------------
    def next_for(self, channel: str, now: float) -> Letter | None:
        """The oldest letter that may go over `channel` now."""
        return next((one for one in self.letters if channel in one.left and self._due(one, now)), None)

    def untold(self, now: float) -> list[Letter]:
        """The letters that may go now and that the bus does not have yet."""
        return [one for one in self.letters if not one.told and self._due(one, now)]

    def went(self, letter: Letter, note: Note, channel: str) -> None:
        """Note that `note` went over `channel`; what the letter says instead by now still has to."""
        if letter.note is note and channel in letter.left:
            letter.left.discard(channel)
            letter.reached += 1
            self._end(letter)

    def never(self, channel: str, reason: str) -> list[Letter]:
        """Send nothing over `channel` from now on; gives the letters that this has ended."""
        if channel in self.channels:
            self.channels.remove(channel)
        for letter in self.letters:
            if channel in letter.left:
                letter.left.discard(channel)
                letter.reason = reason
        return [letter for letter in list(self.letters) if self._end(letter)]

    def release(self, now: float) -> None:
        """Send what was collected, once its time has come."""
        self._put_right(now)
        bundle = self.bundle
        if bundle is None or bundle.until > now or len(self.letters) >= MOST_WAITING:
            return
        waits = [one for one in (self._quiet(now), self._limited(now)) if one is not None]
        if waits:
            bundle.until, bundle.why = max(waits)
            return
        self.bundle = None
        for note in bundle.notes:
            self._remember(note, now)
        self._post(bundle.note(), now)

    def too_old(self, now: float) -> list[Letter]:
        """Letters that were tried for long enough; they are not waiting any more."""
        old = [letter for letter in self.letters if now >= letter.since + self._settings.keep]
        for letter in old:
            letter.ended = True
            self.letters.remove(letter)
        return old

    def end_of_told(self, letter: Letter) -> None:
        """Note that the bus has `letter`, which may be all that it was for."""
        letter.told = True
        self._end(letter)

    # what survives --------------------------------------------------------------------------------------
    def as_json(self) -> dict[str, Any]:
        """A form that survives the store."""
        return {
            "letters": [letter.as_json() for letter in self.letters],
            "bundle": None if self.bundle is None else self.bundle.as_json(),
            "said": [[key, one.print, one.severity.value, one.at] for key, one in self._said.items()],
            "sent": list(self._sent),
        }

    def load(self, found: Mapping[str, Any]) -> None:
        """Take over what `as_json` wrote in an earlier life; channels that are gone are not waited for."""
        for one in found["letters"]:
            letter = Letter.from_json(one, channels=self.channels)
            if letter.left or not letter.told:
                self.letters.append(letter)
        self.bundle = None if found["bundle"] is None else Bundle.from_json(found["bundle"])
        for key, print_, severity, at in found["said"]:
            self._said[key] = _Said(print_, Severity(severity), at)
        self._sent.extend(found["sent"])

    # ----------------------------------------------------------------------------------------------------
    def _taken(self, letter: Letter, now: float) -> Taken:
        if letter.since > now:
            return Taken(letter, held=True, words=f"held back for {self.name}: told not long ago")
        return Taken(letter)

    def _put_right(self, now: float) -> None:
        """Mend what a clock that was put back leaves: what waits for days, and what was said tomorrow."""
        latest = now + 2 * DAY
        for letter in self.letters:
            letter.since = now if letter.since > latest else letter.since
        if self.bundle is not None and self.bundle.until > latest:
            self.bundle.until = now
        while self._sent and self._sent[-1] > latest:
            self._sent.pop()
        for key in [key for key, said in self._said.items() if said.at > latest]:
            del self._said[key]

    def _loud(self, note: Note) -> bool:
        return note.kind in self._settings.never_muted

    def _due(self, letter: Letter, now: float) -> bool:
        """Whether `letter` may go now. What has not gone when the quiet begins waits for its end."""
        quiet = None if self._loud(letter.note) else self._quiet(now)
        if quiet is not None:
            letter.since = max(letter.since, quiet[0])
        return letter.since <= now

    def _standing(self, note: Note, now: float) -> Letter | None:
        """The waiting letter of the same key, saying this now. What was collected of that key is dropped."""
        for letter in self.letters:
            if letter.note.key == note.key:
                if not note.says_the_same_as(letter.note):
                    if self._loud(note) or note.severity.rank > letter.note.severity.rank:
                        letter.since = min(letter.since, now)
                    letter.note, letter.left, letter.told = note, set(self.channels), False
                    self._remember(note, letter.since)
                return letter
        if self.bundle is not None:
            self.bundle.notes = [one for one in self.bundle.notes if one.key != note.key]
            if not self.bundle.notes and not self.bundle.more:
                self.bundle = None
        return None

    def _held(self, note: Note, now: float) -> tuple[float, str] | None:
        """Until when `note` is to be held back, and why."""
        found = [one for one in (self._quiet(now), self._limited(now)) if one is not None]
        digest = self._settings.digest
        collected = note.severity.rank <= digest.severity.rank
        if digest.every is not None and collected and (not digest.kinds or note.kind in digest.kinds):
            until = self.bundle.until if self.bundle is not None else now + digest.every
            found.append((until, "it is collected"))
        return max(found, default=None)

    def _quiet(self, now: float) -> tuple[float, str] | None:
        quiet = self._recipient.quiet
        over = quiet.over(datetime.fromtimestamp(now, UTC), self._zone) if quiet is not None else None
        return None if over is None else (over.timestamp(), f"quiet until {over:%H:%M}")

    def _limited(self, now: float) -> tuple[float, str] | None:
        limit = self._settings.limit
        while self._sent and self._sent[0] <= now - limit.within:
            self._sent.popleft()
        if len(self._sent) < limit.most:
            return None
        return self._sent[0] + limit.within, f"{limit.most} messages went lately"

    def _collect(self, note: Note, until: float, why: str) -> None:
        if self.bundle is None:
            self.bundle = Bundle(until, why, [note])
        elif len(self.bundle.notes) < MOST_BUNDLED:
            self.bundle.until = max(self.bundle.until, until)
            self.bundle.notes.append(note)
        else:
            self.bundle.more += 1

    def _post(self, note: Note, since: float) -> Letter:
        letter = Letter(note, since, set(self.channels))
        self.letters.append(letter)
        self._remember(note, since)
        if not self._loud(note):
            self._sent.append(since)
        return letter

    def _remember(self, note: Note, at: float) -> None:
        if note.key:
            self._said[note.key] = _Said(note.print, note.severity, at)
            self._said.move_to_end(note.key)
            if len(self._said) > MOST_KEYS:
                self._said.popitem(last=False)

    def _end(self, letter: Letter) -> bool:
        if letter.left or not letter.told or letter not in self.letters:
            return False
        letter.ended = True
        self.letters.remove(letter)
        return True
