"""Everything that a conversation does about time to come: set, asked back, changed, listed, taken back."""

import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from agent.core.intents import DIALOGUE, Intent, Tier, Unrecognized, Utterance, acts
from agent.dialogue.choosing import chosen
from agent.dialogue.doing import Doing, Told
from agent.dialogue.ops import Machine
from agent.dialogue.reply import speaker_of
from agent.dialogue.session import Change, Session, Wondering
from agent.dialogue.timekeeping import Kept, Services, Timekeeper
from agent.dialogue.timing import changing, setting
from agent.dialogue.timing.finding import picked
from agent.dialogue.timing.hearing import Hearing, Read
from agent.dialogue.timing.moments import WHEN
from agent.dialogue.timing.putting_off import PuttingOff
from agent.dialogue.values import Units
from agent.engines.changes import changing_it
from agent.engines.later import moment
from agent.engines.spans import slots_of, span
from agent.errors import ActionError, TransientError
from agent.home.registry import Home
from agent.runtime.clock import Clock

SETTING = frozenset({"HassStartTimer", "SetAlarm", "SetReminder", "OpsSchedule"})
NAMES = SETTING | changing.NAMES
"""The intents that are about time to come."""
_SPAN = re.compile(r"^(?:for |about |make it |let's say )+|\s*(?:please|the timer)$", re.IGNORECASE)
_TO = re.compile(r"^(?:to|that|of|about) ", re.IGNORECASE)
_STOPS = " .!。\N{FULLWIDTH EXCLAMATION MARK}"
_OFF = re.compile(
    r"^(?:please )?(?:cancel|abort|scrap|scratch|drop|forget) (?:it|that|this)\b"
    r"|^取消(?:它|这个|那个|吧|掉)?$",
    re.IGNORECASE,
)


_EVERYTHING = re.compile(
    r"^(?:please |just )*(?:cancel|delete|clear|remove|drop|scrap)"
    r" (?:everything|all|them all|all of (?:it|them))\b"
    r"|取消(?:全部|所有)|(?:全部|全|都|所有)取消",
    re.IGNORECASE,
)


class Keeping:
    """What is to come, in conversation."""

    def __init__(
        self,
        keeper: Timekeeper | None,
        *,
        home: Home,
        read: Read,
        doing: Doing,
        clock: Clock,
        local: Callable[[datetime], datetime],
        units: Callable[[], Units],
        services: Services,
        machine: Machine | None = None,
    ) -> None:
        """Take `keeper`: None where nobody keeps anything, which is then said."""
        self._keeper = keeper
        self._home = home
        self._read = read
        self._clock = clock
        self._local = local
        self._off = PuttingOff(
            home=home, read=read, doing=doing, units=units, services=services, machine=machine
        )

    async def take(self, intent: Intent, utterance: Utterance, session: Session, told: Told) -> bool:
        """Do what `intent` asks; False: it is not about time to come."""
        if intent.name not in NAMES:
            return False
        hearing = self._hearing(utterance, session, told)
        if hearing is None:
            told.spoken.append(speaker_of(utterance.language).said("cannot_do_yet"))
        else:
            await self._safely(self._one(intent, hearing), hearing)
        return True

    async def answered(self, utterance: Utterance, session: Session, told: Told) -> tuple[Intent, ...] | None:
        """Take `utterance` as the answer to what was lacking; None: nothing was, or it is no answer."""
        wondering = session.pop_wondering(self._clock.monotonic())
        if wondering is None:
            return await self._about_it(utterance, session, told)
        # Who answers lends nobody a higher standing, and keeps his own if it is lower.
        trust = min(utterance.trust, wondering.trust)
        hearing = self._hearing(replace(utterance, trust=trust), session, told)
        completed = None if hearing is None else await self._completed(wondering, hearing)
        if hearing is None or completed is None:
            return None
        intent, doing = completed
        await self._safely(doing, hearing)
        return (intent,)

    async def _about_it(
        self, utterance: Utterance, session: Session, told: Told
    ) -> tuple[Intent, ...] | None:
        """Change what the last turn has set: "make it 8:30"; None: that is not asked."""
        changes = session.turns[-1].changes if session.turns else ()
        hearing = self._hearing(utterance, session, told)
        if hearing is None or len(changes) != 1 or changes[0].after is None:
            return None
        last = changes[0].after
        intent = changing_it(utterance.text, utterance.language, last.kind)
        if intent is None or all(one.id != last.id for one in hearing.keeper.kept()):
            return None
        await self._safely(changing.change(intent, hearing, area_of=self._area_of, chosen=(last,)), hearing)
        return (intent,)

    async def undo(self, utterance: Utterance, session: Session, told: Told) -> bool:
        """Take back what the last turn set or changed; False: somebody else has to speak of it."""
        turn = session.last_changed()
        hearing = self._hearing(utterance, session, told)
        if turn is None or not turn.changes or hearing is None:
            return False
        await self._safely(self._take_back(turn.changes, hearing, alone=not turn.done), hearing)
        told.changes.clear()
        if turn.done:
            return False
        session.taken_back(turn)
        return True

    def takes_back(self, text: str, session: Session) -> bool:
        """Whether "cancel that" is about what the last turn has set."""
        return (
            bool(session.turns and session.turns[-1].changes) and _OFF.search(text.strip(_STOPS)) is not None
        )

    async def cancel_all(self, utterance: Utterance, session: Session, told: Told) -> bool:
        """Cancel every timer and tell what else is kept, where everything is to be cancelled.

        False: nothing is kept, or that was not said.
        """
        hearing = self._hearing(utterance, session, told)
        if hearing is None or _EVERYTHING.search(utterance.text) is None or not hearing.keeper.kept():
            return False
        await self._safely(changing.cancel_all(hearing), hearing)
        return True

    # ------------------------------------------------------------------------------------------------------
    def _hearing(self, utterance: Utterance, session: Session, told: Told) -> Hearing | None:
        if self._keeper is None:
            return None
        return Hearing(
            utterance=utterance,
            session=session,
            told=told,
            now=self._local(self._clock.now()),
            ticks=self._clock.monotonic(),
            keeper=self._keeper,
            deed=self._off.deed,
        )

    async def _one(self, intent: Intent, hearing: Hearing) -> None:
        match intent.name:
            case "HassStartTimer" if "conversation_command" not in intent.slots:
                await setting.timer(intent, hearing)
            case "SetAlarm":
                await setting.alarm(intent, hearing)
            case "SetReminder":
                await setting.reminder(intent, hearing)
            case "HassStartTimer" | "OpsSchedule":
                await self._off.take(intent, hearing)
            case _:
                await changing.change(intent, hearing, area_of=self._area_of)

    async def _safely(self, doing: Coroutine[Any, Any, None], hearing: Hearing) -> None:
        try:
            await doing
        except (ActionError, TransientError) as error:
            hearing.refuse(str(error))

    async def _completed(
        self, wondering: Wondering, hearing: Hearing
    ) -> tuple[Intent, Coroutine[Any, Any, None]] | None:
        """What is meant together with the answer, and the doing of it; None: it is no answer."""
        intent, answer = wondering.intent, hearing.utterance
        before = replace(hearing, utterance=replace(answer, text=wondering.said))
        if wondering.lacks == "target":
            options = self._targets(wondering, answer)
            only = (*wondering.only, (wondering.at, tuple(options)))
            return (intent, self._off.take(intent, before, only=only)) if options else None
        if wondering.lacks == "which":
            kept = [one for one in hearing.keeper.kept() if one.id in wondering.options]
            labels = dict(zip((one.id for one in kept), hearing.labels(kept, aloud=False), strict=True))
            read = await self._read(answer.text, answer)
            if not isinstance(read, Unrecognized) and any(one.name in SETTING for one in read):
                return None
            meant = picked(answer.text, kept, labels, now=hearing.now)
            changed = partial(changing.change, intent, hearing, area_of=self._area_of, chosen=meant)
            return (intent, changed()) if meant else None
        filled = await self._filled(wondering, answer)
        return None if filled is None else (filled, self._one(filled, before))

    async def _filled(self, wondering: Wondering, utterance: Utterance) -> Intent | None:
        """The intent with what the answer adds to it."""
        intent, text, language = wondering.intent, utterance.text, utterance.language
        if wondering.lacks == "span":
            plain = _SPAN.sub("", text.strip(_STOPS).removesuffix("后"))
            seconds = span(plain, language)
            return None if seconds is None else replace(intent, slots={**intent.slots, **slots_of(seconds)})
        if wondering.lacks == "text":
            if not _TO.match(text) and await self._commands(text, utterance):
                return None
            return replace(intent, slots={**intent.slots, "text": _TO.sub("", text.strip(_STOPS))})
        said = moment(text, language)
        if said is None:
            return None
        slots = {key: value for key, value in intent.slots.items() if key not in said}
        if "wait" in said:
            slots = {key: value for key, value in slots.items() if key not in WHEN}
        return replace(intent, slots={**slots, **said})

    async def _commands(self, text: str, utterance: Utterance) -> bool:
        """Whether `text` is a command of its own, as far as that is sure."""
        read = await self._read(text, utterance)
        if isinstance(read, Unrecognized):
            return read.reason == "unclear_change"
        return any(one.name in DIALOGUE or (one.tier is Tier.GRAMMAR and acts(one.name)) for one in read)

    def _targets(self, wondering: Wondering, utterance: Utterance) -> Sequence[str]:
        assert wondering.choice is not None  # noqa: S101  # it is asked with one
        options = wondering.choice.options
        areas = {one.id: one.name for one in self._home.areas()}
        found = chosen(
            utterance.text, utterance.language, options, area_of=lambda one: areas.get(one.area or "")
        )
        return [one.id for one in found]

    async def _take_back(self, changes: Sequence[Change], hearing: Hearing, *, alone: bool) -> None:
        gone: list[Kept] = []
        for change in reversed(changes):
            if change.before is not None:
                if (
                    change.before.left is not None
                    or change.before.due is None
                    or change.before.due > hearing.now
                ):
                    await hearing.keeper.keep(change.before)
            elif change.after is not None and await hearing.keeper.forget(change.after.id):
                gone.append(change.after)
        if not alone:
            return
        if gone:
            words = hearing.words
            aloud, shown = (
                words.said("kept_cancelled", what=words.joined(hearing.labels(gone, aloud=spoken)))
                for spoken in (True, False)
            )
            hearing.tell(words.both(aloud, shown))
        else:
            known = any(change.before is not None for change in changes)
            hearing.say("undone" if known else "nothing_to_undo")

    def _area_of(self, name: str) -> str | None:
        found = self._home.area_named(name)
        return None if found is None else found.id
