"""The machine's journal: followed without gaps, told to whoever waits for it, searched for what is wrong."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from typing_extensions import override

from agent.api import Doer, EntryFilter, Event, House, Integration, JournalWritten, Message, Own, UnitChanged
from agent.api import Teller as Asked
from integrations.journal.answering import Answering, in_words
from integrations.journal.canary import Watchman
from integrations.journal.entry import Entry, Raw
from integrations.journal.following import Follower, Place
from integrations.journal.incident import Incident
from integrations.journal.muting import Muting
from integrations.journal.proposing import Proposer
from integrations.journal.section import Settings
from integrations.journal.telling import Teller
from integrations.journal.vacuuming import Vacuuming
from integrations.journal.watch import Watch

log = structlog.get_logger(__name__)
FLUSH_EVERY = 0.25
SAVE_EVERY = 1.0
LEARNED_EVERY = 600.0


class Journal(Integration[Settings]):
    """Follows the journal, and keeps the book of incidents."""

    Config = Settings
    listens = (UnitChanged,)

    def __init__(self, config: Settings, house: House) -> None:
        super().__init__(config, house)
        self._watch = Watch(config, tell=self._tell, canary=self._canary, pid=os.getpid())
        self._vacuuming = Vacuuming(house, config.vacuum, config.directory)
        self._proposer = Proposer(house, config, self._vacuuming.remedy())
        self._teller = Teller(house, config, self._watch.book, self._proposer)
        self._answering = Answering(
            config, house, open_ones=self._worst_first, obstructed=lambda: self._follower.obstructed
        )
        self._muting = Muting(house, self._watch, self._changed)
        self._awaited: tuple[EntryFilter, ...] | None = None
        self._replayed = True
        self._saved: Place | None = None
        self._unsaved = False

    @override
    async def init(self) -> None:
        stored = await self.house.store.get("state") or {}
        learned = await self.house.store.get("learned") or {}
        place = Place.from_json(stored.get("place")) if isinstance(stored, dict) else None
        self._watch.load(stored)
        if isinstance(learned, dict):
            self._watch.templates.load(learned.get("templates"))
            self._watch.sentinel.load(learned.get("sources"))
        self._saved = place
        self._follower = Follower(
            house=self.house, place=place, directory=self.config.directory, problem=self._problem
        )
        self._watchman = Watchman(
            house=self.house,
            section=self.config.canary,
            moved=lambda: self._watch.entries,
            deaf=self._follower.restart,
            able=lambda: not self._follower.obstructed,
        )
        self._listen()
        self._teller.resume()
        self.house.subscribe(self.house.topics("incident", "+"), self._found, qos=1)
        self.house.metrics.gauge("journal.incidents", lambda: len(self._watch.book.open))
        self.house.metrics.gauge("journal.entries", lambda: self._watch.entries)
        self.house.run("follow", self._follow)
        self.house.run("flush", self._keep_told)
        self.house.run("save", self._keep_saved)
        if self.config.canary.every:
            self.house.run("canary", self._watchman.keep_watch)

    @override
    async def process(self, event: Event) -> None:
        """A unit whose trouble we know may be seen to run, or to be stopped, where no entry says so."""
        if isinstance(event, UnitChanged) and event.new in ("active", "inactive"):
            self._watch.unit_is_well(event.unit, self.house.clock.time())

    @override
    async def shutdown(self) -> None:
        if hasattr(self, "_follower"):
            self._save()
            self._save_learned()

    @override
    def answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        return {
            "incidents": self._incidents,
            "ignores": lambda _: self._watch.ignores.listed(),
            "journal": self._answering.some,
        }

    @override
    def tells(self) -> Mapping[str, Asked]:
        return self._answering.tells()

    @override
    def whole(self) -> Mapping[str, tuple[Own, Doer]]:
        return {**self._muting.whole(), **self._vacuuming.whole()}

    # what comes -----------------------------------------------------------------------------------------
    async def _follow(self) -> None:
        await self._follower.follow(self._handle)

    def _handle(self, batch: Sequence[Raw], *, replayed: bool) -> None:
        self._replayed = replayed
        if self.house.awaited_entries() is not self._awaited:
            self._listen()
        self._watch.take(batch)

    def _listen(self) -> None:
        """Let through what rules and settings wait for; of it every field is read."""
        self._awaited = self.house.awaited_entries()
        filters = (*self._awaited, *(one.as_filter() for one in self.config.tell.values()))
        self._watch.wait_for(filters)
        self._follower.ask_for(everything=bool(filters))

    def _tell(self, entry: Entry) -> None:
        at = datetime.fromtimestamp(entry.at, UTC)
        self.house.emit(JournalWritten(at=at, fields=entry.fields(), replayed=self._replayed))
        self.house.metrics.count("journal.told")

    def _canary(self, text: str) -> bool:
        return self._watchman.hear(text)

    def _found(self, message: Message) -> None:
        """Take away what an earlier life has left on the bus."""
        key = message.topic.rpartition("/")[2]
        if message.retain and message.payload and key not in self._watch.book.open:
            self.house.publish(message.topic, b"", retain=True)

    # what goes ------------------------------------------------------------------------------------------
    async def _keep_told(self) -> None:
        """Tell what has changed; of the past only what is still so once we have caught up."""
        while True:
            await self.house.clock.sleep(FLUSH_EVERY)
            if self._awaited is not self.house.awaited_entries():
                self._listen()
            if not self._follower.behind:
                self._watch.book.sweep(self.house.clock.time())
                await self._look_for_help()
                self._unsaved = self._unsaved or bool(self._watch.book.changed)
                self._teller.flush()

    async def _look_for_help(self) -> None:
        """Before anything is told, see what may be done about it; if that changed, tell anew what is open."""
        book = self._watch.book
        if (book.open or book.changed) and await self._proposer.look():
            for key in book.open:
                book.changed.setdefault(key, False)

    async def _keep_saved(self) -> None:
        since = self.house.clock.monotonic()
        while True:
            await self.house.clock.sleep(SAVE_EVERY)
            self._save()
            if self.house.clock.monotonic() - since > LEARNED_EVERY:
                since = self.house.clock.monotonic()
                self._save_learned()

    def _save(self) -> None:
        """Write down where we are, together with what was made of everything up to there."""
        place = self._follower.place
        if place != self._saved or self._unsaved:
            self._saved, self._unsaved = place, False
            self.house.store.put("state", {"place": place.as_json(), **self._watch.as_json()})

    def _save_learned(self) -> None:
        learned = {
            "templates": self._watch.templates.as_json(),
            "sources": self._watch.sentinel.as_json(),
        }
        self.house.store.put("learned", learned)

    def _changed(self) -> None:
        self._unsaved = True

    def _problem(self, text: str | None) -> None:
        self.house.problem("journal", text)

    def _incidents(self, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The open ones, the worst first; with `closed` also those that are over.

        With a `language` each is also told in it: all of it, and what of that may be spoken.
        """
        language = arguments.get("language")
        listed = [
            {**self._teller.body(one), "open": True, **in_words(one, language)} for one in self._worst_first()
        ]
        if arguments.get("closed"):
            over = sorted(self._watch.book.closed.values(), key=lambda one: -one.last)
            listed += [
                {**one.body(), "open": False, "ended": one.ended, **in_words(one, language)} for one in over
            ]
        return listed

    def _worst_first(self) -> list[Incident]:
        found = self._watch.book.open.values()
        return sorted(found, key=lambda one: (-one.severity.rank, -one.last))


INTEGRATION = Journal
