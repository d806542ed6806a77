"""Phrases that the house has learned: what a model once understood costs nothing the next time.

    noted --stands for SETTLED_AFTER--> proposed ("ask") | active ("on") --find--> intents
      '--taken back--> nothing             '--accept--> active   '--taken back, forget--> nothing

A phrase replaces reading and nothing else: it has no trust of its own, and the policy decides on its intents
as on any others. What waits to stand is lost with the process; what stood is kept in the store.
"""

import secrets
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import orjson
import structlog

from agent.core.intents import Intent, Tier
from agent.dialogue.pattern import Names, Pattern, Phrase
from agent.errors import ActionError
from agent.runtime.clock import Clock
from agent.runtime.store import Store

log = structlog.get_logger(__name__)
Mode = Literal["off", "ask", "on"]
SETTLED_AFTER = 300.0
"""Seconds that a phrase has to stand without being taken back."""
EVERY = 5.0
"""Seconds between two looks at what waits."""
MOST_PHRASES = 500
MOST_WAITING = 50


class Learned:
    """What the house has learned, what it proposes, and what is still to stand."""

    def __init__(
        self, *, store: Store, clock: Clock, mode: Callable[[], Mode], vocabulary: Callable[[], Names]
    ) -> None:
        """Take `mode`, the setting as it is now, and `vocabulary`, the names of the house as they are now."""
        self._store = store
        self._clock = clock
        self._mode = mode
        self._vocabulary = vocabulary
        self._phrases: dict[str, Phrase] = {}
        self._waiting: OrderedDict[Any, tuple[Pattern, float]] = OrderedDict()
        self._changed: set[str] = set()

    async def load(self) -> None:
        """Bring back what was learned before."""
        for key, record in await self._store.write(_load):
            try:
                phrase = Phrase.of_record(key, orjson.loads(record))
            except (KeyError, TypeError, ValueError) as error:
                log.warning("phrase.skipped", id=key, reason=str(error))
            else:
                self._phrases[key] = phrase
        self._make_room(MOST_PHRASES)

    # while people speak -----------------------------------------------------------------------------------
    def find(self, text: str, language: str) -> tuple[Intent, ...] | None:
        """What `text` means by a phrase that was learned, None if there is none. Reads memory alone."""
        if self._mode() == "off":
            return None
        active = [one.pattern for one in self._phrases.values() if one.active]
        cases = self._cases(text, language, active)
        if not cases:
            return None
        # Of two that fit, the one that says more in its own words.
        pattern, intents = max(cases, key=lambda case: len(case[0].literal))
        phrase = self._of(pattern)
        if phrase is not None:
            self._use(phrase)
        return intents

    def noted(self, text: str, language: str, intents: Sequence[Intent]) -> None:
        """Take note that a model understood `text` as `intents`, and that all of it ended well.

        What is not to be learned is passed over, see agent.dialogue.generalising.
        """
        if self._mode() == "off" or not intents:
            return
        if any(one.tier not in (Tier.MODEL, Tier.PROVIDER) for one in intents):
            return
        from agent.dialogue.generalising import pattern_of

        pattern = pattern_of(text, language, intents, self._vocabulary())
        if pattern is None:
            return
        self._waiting[pattern.key] = pattern, self._clock.monotonic()
        self._waiting.move_to_end(pattern.key)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)

    def taken_back(self, text: str, language: str) -> None:
        """Forget what `text` is a case of: it was undone or denied."""
        for pattern, _ in self._cases(text, language, [one for one, _ in self._waiting.values()]):
            del self._waiting[pattern.key]
        for pattern, _ in self._cases(text, language, [one.pattern for one in self._phrases.values()]):
            phrase = self._of(pattern)
            if phrase is not None:
                self._remove(phrase)
                log.info("phrase.removed", id=phrase.id, reason="what it did was taken back")

    # as time goes by --------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Learn what has stood, and store what changed, until cancelled."""
        while True:
            await self._clock.sleep(EVERY)
            self.settle()
            self.save()

    def settle(self) -> None:
        """Learn what has stood for SETTLED_AFTER."""
        now = self._clock.monotonic()
        while self._waiting:
            pattern, since = next(iter(self._waiting.values()))
            if now - since < SETTLED_AFTER:
                return
            del self._waiting[pattern.key]
            mode = self._mode()
            if mode != "off":
                self._learn(pattern, active=mode == "on")

    def save(self) -> None:
        """Hand what changed to the store, with its next commit."""
        changed, self._changed = self._changed, set()
        rows = [(key, _packed(one) if (one := self._phrases.get(key)) else None) for key in changed]
        if rows:
            self._store.write_soon(lambda db: _save(db, rows))

    # for review -------------------------------------------------------------------------------------------
    def phrases(self) -> list[dict[str, Any]]:
        """Every phrase, the newest first, ready for JSON."""
        known = sorted(self._phrases.values(), key=lambda one: one.learned, reverse=True)
        return [one.as_json() for one in known]

    async def accept(self, phrase_id: str) -> dict[str, Any]:
        """Use a proposed phrase from now on; returns it as `phrases` does.

        Raises:
            ActionError: there is none of that id.
            TransientError: it cannot be stored now.
        """
        phrase = self._named(phrase_id)
        row = phrase.id, _packed(replace(phrase, active=True))
        await self._store.write(lambda db: _save(db, [row]))
        phrase.active = True
        log.info("phrase.accepted", id=phrase.id)
        return phrase.as_json()

    async def forget(self, phrase_id: str) -> dict[str, Any]:
        """Forget a phrase; returns what it was.

        Raises:
            ActionError: there is none of that id.
            TransientError: it cannot be stored now.
        """
        phrase = self._named(phrase_id)
        await self._store.write(lambda db: _save(db, [(phrase.id, None)]))
        self._remove(phrase)
        log.info("phrase.removed", id=phrase.id, reason="a person asked for it")
        return phrase.as_json()

    def export(self, language: str) -> str:
        """The active phrases of a language as a sentence file in hassil's form."""
        from agent.dialogue.sentence_file import sentence_file
        from agent.engines.grammar import language_known

        known = language_known(language)
        if known is None:
            raise ActionError(f"there are no sentences in the language {language!r:.40}; 'en' would be one")
        ordered = sorted(self._phrases.values(), key=lambda one: one.pattern.text)
        return sentence_file(known, (one.pattern for one in ordered if one.active))

    # inside -----------------------------------------------------------------------------------------------
    def _cases(
        self, text: str, language: str, patterns: Sequence[Pattern]
    ) -> list[tuple[Pattern, tuple[Intent, ...]]]:
        """Those of `patterns` that `text` is a case of in this house, with what it then means."""
        if not patterns:
            return []
        from agent.dialogue.generalising import heard, meant

        said = heard(text, language)
        if said is None:
            return []
        words, tag = said
        names = self._vocabulary()
        found = ((one, meant(one, words, names)) for one in patterns if one.language == tag)
        return [(one, intents) for one, intents in found if intents is not None]

    def _learn(self, pattern: Pattern, *, active: bool) -> None:
        known = self._of(pattern)
        if known is not None and (known.active or known.pattern == pattern):
            # What a person has accepted stays as it was accepted.
            known.active = known.active or active
            self._use(known)
            return
        if known is not None:
            # It means something else now: whoever accepts the old one must not get the new.
            self._remove(known)
        self._make_room(MOST_PHRASES - 1)
        phrase = Phrase(id=secrets.token_hex(4), pattern=pattern, active=active, learned=self._clock.time())
        self._phrases[phrase.id] = phrase
        self._changed.add(phrase.id)
        log.info("phrase.learned", id=phrase.id, phrase=pattern.text, active=active)

    def _use(self, phrase: Phrase) -> None:
        phrase.used += 1
        phrase.last = self._clock.time()
        self._changed.add(phrase.id)

    def _make_room(self, most: int) -> None:
        """Let go of phrases until there are `most`: proposals, then what was never used, the oldest first."""
        while len(self._phrases) > most:
            self._remove(
                min(
                    self._phrases.values(),
                    key=lambda one: (one.active, one.used > 0, one.last or one.learned),
                )
            )

    def _remove(self, phrase: Phrase) -> None:
        self._phrases.pop(phrase.id, None)
        self._changed.add(phrase.id)

    def _of(self, pattern: Pattern) -> Phrase | None:
        return next((one for one in self._phrases.values() if one.pattern.key == pattern.key), None)

    def _named(self, phrase_id: str) -> Phrase:
        phrase = self._phrases.get(phrase_id)
        if phrase is None:
            raise ActionError(f"there is no phrase {phrase_id!r:.40}; 'hearthd phrases' lists them")
        return phrase


# on disk --------------------------------------------------------------------------------------------------
def _load(db: sqlite3.Connection) -> list[tuple[str, bytes]]:
    db.execute("CREATE TABLE IF NOT EXISTS phrases (id TEXT PRIMARY KEY, record BLOB) WITHOUT ROWID")
    return db.execute("SELECT id, record FROM phrases").fetchall()


def _save(db: sqlite3.Connection, rows: Sequence[tuple[str, bytes | None]]) -> None:
    db.executemany("DELETE FROM phrases WHERE id=?", [(key,) for key, record in rows if record is None])
    db.executemany(
        "INSERT OR REPLACE INTO phrases VALUES (?, ?)", [row for row in rows if row[1] is not None]
    )


def _packed(phrase: Phrase) -> bytes:
    return orjson.dumps(phrase.as_record())
