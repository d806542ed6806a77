"""One utterance about what is to come: who said it, what time it is, what is answered, what was changed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Literal

from agent.core.intents import Choice, Intent, Unrecognized, Utterance
from agent.dialogue.doing import Told
from agent.dialogue.session import ANSWERED_WITHIN, Change, Session, Wondering
from agent.dialogue.timekeeping import LONGEST_SAID, Kept, Kind, Timekeeper, When
from agent.dialogue.timing.moments import UnclearError, when_of
from agent.dialogue.timing.words import TimeWords, time_words
from agent.dialogue.wording import Spoken

Lacks = Literal["span", "time", "text", "which", "target"]
Read = Callable[[str, Utterance], Awaitable[tuple[Intent, ...] | Unrecognized]]
"""What a command within an utterance asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """An utterance on its way. `now` is on the clock of the house, `ticks` on the one that never jumps."""

    utterance: Utterance
    session: Session
    told: Told
    now: datetime
    ticks: float
    keeper: Timekeeper
    deed: Callable[[Kept, str], str]
    """What a command does, in a language, as the house is now; empty where that cannot be told."""

    @property
    def words(self) -> TimeWords:
        """The words of the speaker's language."""
        return time_words(self.utterance.language)

    # answering --------------------------------------------------------------------------------------------
    def say(self, key: str, **values: object) -> None:
        """Answer with a phrase."""
        self.tell(self.words.spoken(self.words.said(key, **values)))

    def tell(self, spoken: Spoken) -> None:
        """Answer."""
        self.told.spoken.append(spoken)

    def refuse(self, reason: str) -> None:
        """Tell why it is not done."""
        words = self.words
        self.tell(
            words.both(
                words.said("refused", reason=words.reason(reason, aloud=True)),
                words.said("refused", reason=words.reason(reason, aloud=False)),
            )
        )

    def wonder(
        self,
        intent: Intent,
        lacks: Lacks,
        *,
        options: Sequence[Kept] = (),
        choice: Choice | None = None,
        at: int = 0,
        only: tuple[tuple[int, tuple[str, ...]], ...] = (),
    ) -> None:
        """Have the next utterance complete `intent`."""
        self.session.wondering = Wondering(
            intent=intent,
            lacks=lacks,
            said=self.utterance.text,
            trust=self.utterance.trust,
            expires=self.ticks + ANSWERED_WITHIN,
            options=tuple(one.id for one in options),
            choice=choice,
            at=at,
            only=only,
        )
        self.told.asks = True

    def unclear(self, error: UnclearError, intent: Intent) -> None:
        """Tell what is wrong with a time, or ask for it."""
        aloud, shown = (
            self.words.said(
                error.key,
                **{
                    key: self.words.moment(value, self.now, aloud=spoken)
                    if isinstance(value, datetime)
                    else value
                    for key, value in error.values.items()
                },
            )
            for spoken in (True, False)
        )
        self.tell(self.words.both(aloud, shown))
        if error.asks:
            self.wonder(intent, "time")

    def when(self, intent: Intent, *, morning: bool = False) -> When | None:
        """When the slots of `intent` say, see `when_of`; None: what is wrong with that was told."""
        try:
            return when_of(
                intent.slots,
                self.utterance.language,
                now=self.now,
                following=self.keeper.next_of,
                morning=morning,
            )
        except UnclearError as error:
            self.unclear(error, intent)
            return None

    def ask_which(self, intent: Intent, options: Sequence[Kept]) -> None:
        """Ask which of `options` is meant."""
        self.tell(
            self.words.both(
                self.words.said(
                    "which_one", options=self.words.joined(self.labels(options, aloud=True), last="or")
                ),
                self.words.said(
                    "which_one", options=self.words.joined(self.labels(options, aloud=False), last="or")
                ),
            )
        )
        self.wonder(intent, "which", options=options)

    def labels(self, kept: Sequence[Kept], *, aloud: bool) -> list[str]:
        """What each of `kept` is called."""
        return [
            self.words.label(
                one,
                kept,
                self.now,
                deed=self.deed(one, self.utterance.language) if one.kind == "command" else "",
                aloud=aloud,
            )
            for one in kept
        ]

    # keeping ----------------------------------------------------------------------------------------------
    def of(self, kind: Kind) -> tuple[Kept, ...]:
        """What is kept of that kind."""
        return tuple(one for one in self.keeper.kept() if one.kind == kind)

    def fresh(self, kind: Kind, when: When, *, said: str | None = None) -> Kept:
        """Something new of this speaker. The same utterance, heard again, is the same thing."""
        one, words = self.utterance, said or self.utterance.text
        seed = f"{one.id}\0{words}\0{len(self.told.changes)}".encode()
        return Kept(
            id=f"{kind}-{blake2b(seed, digest_size=5).hexdigest()}",
            kind=kind,
            when=when,
            area=one.area,
            session=one.session[:LONGEST_SAID],
            language=one.language,
            who=one.cause.who,
            trust=int(one.trust),
            channel=one.channel,
            said=words[:LONGEST_SAID],
            trace=one.trace,
        )

    async def keep(self, one: Kept, *, before: Kept | None = None) -> Kept:
        """Keep `one`, and remember what it was `before`.

        Raises:
            ActionError: there is too much already.
            TransientError: it cannot be stored.
        """
        kept = await self.keeper.keep(one)
        self.told.changes.append(Change(before=before, after=kept))
        return kept

    async def forget(self, one: Kept) -> None:
        """Let `one` not come.

        Raises:
            TransientError: it cannot be stored.
        """
        if await self.keeper.forget(one.id):
            self.told.changes.append(Change(before=one, after=None))

    def twin(self, one: Kept) -> None:
        """Tell that the same is there already."""
        aloud, shown = (self.labels([one], aloud=spoken)[0] for spoken in (True, False))
        self.tell(
            self.words.both(
                self.words.said("kept_there", what=aloud), self.words.said("kept_there", what=shown)
            )
        )

    def told_when(self, one: Kept, *, aloud: bool) -> str:
        """When `one` comes."""
        due = None if one.due is None else one.due.astimezone(self.now.tzinfo)
        return self.words.when(one.when, due, self.now, aloud=aloud)

    def twice(self, key: str, one: Kept, **values: object) -> None:
        """Answer with a phrase that has a `when` in it: in words for the ear, in digits for the screen."""
        aloud, shown = (
            self.words.said(key, when=self.told_when(one, aloud=spoken), **values) for spoken in (True, False)
        )
        self.tell(self.words.both(aloud, shown))
