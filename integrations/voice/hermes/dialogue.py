"""The dialogue manager: who talks with whom, `hermes/dialogueManager/...`.

    detected, startSession ─▸ say ─▸ listen ─▸ take ─▸ say ─▸ ended
                               └──────── a question ───┘

There is one session at a time in each place. What it does now is one task; `continueSession`, `endSession`
and a wake word end that and begin another. What the house was told to do is not broken off by that.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

import structlog

from agent.api import ConfigError, Reply, TransientError
from integrations.voice.heard import Heard
from integrations.voice.hermes.asr import MOST_SITES, Asr
from integrations.voice.hermes.feedback import Feedback
from integrations.voice.hermes.intents import wanted
from integrations.voice.hermes.messages import (
    MOST_TEXT,
    ContinueSession,
    Detected,
    EndSession,
    Notification,
    Query,
    Say,
    StartSession,
)
from integrations.voice.hermes.nlu import Nlu, heard_of, intents_of
from integrations.voice.hermes.session import MOST_QUEUED, Place, Reason, Session
from integrations.voice.hermes.tts import Tts
from integrations.voice.hermes.wire import Wire
from integrations.voice.speaking import Sound
from integrations.voice.talking import went_well

log = structlog.get_logger(__name__)
_SESSION, _SPEAKING = "dialogueSession", "ttsSay"


class Dialogue:
    """All sessions. Its tasks run in the group that it is given."""

    def __init__(
        self,
        wire: Wire,
        tasks: asyncio.TaskGroup,
        *,
        asr: Asr,
        tts: Tts,
        nlu: Nlu,
        handle: bool,
        timeout: float,
        feedback: Feedback,
    ) -> None:
        """Store what it needs; `handle`: whether we do what is said, or others."""
        self._wire = wire
        self._tasks = tasks
        self._asr = asr
        self._tts = tts
        self._nlu = nlu
        self._handle = handle
        self._timeout = timeout
        self._feedback = feedback
        self._places: dict[str, Place] = {}
        self.sites: dict[str, None] = {}
        """Those that somebody has spoken with."""

    # what others ask for --------------------------------------------------------------------------------
    def start(self, wish: StartSession) -> None:
        """Begin a session, now, or later if its place is busy and it can wait."""
        init = wish.init
        session = Session(
            id=str(uuid4()), site=wish.site_id, text=init.text, custom_data=wish.custom_data, lang=wish.lang
        )
        if isinstance(init, Notification):
            session.notification = waits = True
        else:
            session.intent_filter = init.intent_filter
            session.send_not_recognised = init.send_intent_not_recognized
            waits = init.can_be_enqueued
        self._enter(session, waits=waits)

    async def announce(self, site: str, text: str, lang: str) -> bool:
        """Have something said in a place, when its session is over; whether that was heard."""
        session = Session(id=str(uuid4()), site=site, text=text, lang=lang, notification=True)
        session.announced = announced = asyncio.Future[bool]()
        self._enter(session, waits=True)
        return await announced

    def detected(self, wish: Detected, wakeword: str) -> None:
        """Somebody said a wake word: whatever goes on in that place is over."""
        wished = wish.session_id if self._live(wish.session_id) is None else ""
        session = Session(
            id=wished or f"{wish.site_id}-{wakeword}-{uuid4()}",
            site=wish.site_id,
            wakeword=wakeword,
            custom_data=wakeword,
            lang=wish.lang,
        )
        place = self._place(session)
        if place is None:
            return
        if place.session is None:
            self._begin(session)
        else:
            place.queue.appendleft(session)
            self._over(place.session, "abortedByUser")

    def proceed(self, wish: ContinueSession) -> None:
        """Say something in a session, and listen again."""
        session = self._live(wish.session_id)
        if session is None:
            return
        session.intent_filter = wish.intent_filter
        session.send_not_recognised = wish.send_intent_not_recognized
        session.lang = wish.lang or session.lang
        if wish.custom_data is not None:
            session.custom_data = wish.custom_data
        self._go(session, partial(self._continue, session, wish.text))

    def finish(self, wish: EndSession) -> None:
        """Say something, and end a session."""
        session = self._live(wish.session_id)
        if session is None:
            return
        if wish.custom_data is not None:
            session.custom_data = wish.custom_data
        self._go(session, partial(self._finish, session, wish.text))

    def query(self, wish: Query) -> bool:
        """Take text as what was said in its session; False if it is of no session here."""
        session = self._live(wish.session_id)
        if session is None:
            return False
        session.intent_filter = wish.intent_filter or session.intent_filter
        self._go(session, partial(self._queried, session, heard_of(wish)))
        return True

    def busy(self, site: str) -> bool:
        """Whether there is a session in that place."""
        return site in self._places

    def close(self) -> None:
        """End all sessions, so that nobody waits for us."""
        for place in [*self._places.values()]:
            while place.queue:
                place.queue.pop().over()
            if place.session is not None:
                self._over(place.session, "error")

    # what goes on ---------------------------------------------------------------------------------------
    async def _open(self, session: Session) -> None:
        heard = await self._say(session, session.text)
        if session.notification:
            session.over(heard=heard)
            self._over(session, "nominal")
        else:
            await self._listen(session)

    async def _continue(self, session: Session, text: str) -> None:
        self._quiet(session)
        self._hotword(session, on=False)
        await self._say(session, text)
        await self._listen(session)

    async def _finish(self, session: Session, text: str) -> None:
        await self._say(session, text)
        self._over(session, "nominal")

    async def _queried(self, session: Session, heard: Heard) -> None:
        self._quiet(session)
        if await self._take(session, heard):
            await self._listen(session)

    async def _listen(self, session: Session) -> None:
        """Listen, and do what is said, as long as it leads to a question."""
        goes_on = True
        while goes_on:
            # Whoever asks for certain intents has asked a question of their own.
            ours = self._handle and not session.intent_filter
            only = self._nlu.expected(session.site) if ours else None
            async with asyncio.timeout(self._timeout):
                heard = await self._asr.listen(
                    session.site,
                    session=session.id,
                    lang=session.lang,
                    opened=lambda: self._wire.tell("asr/startListening", session.listening()),
                    spoke=session.speaks,
                    only=only,
                )
            self._quiet(session)
            self._hotword(session, on=True)
            goes_on = await self._take(session, heard)
            if goes_on:
                self._hotword(session, on=False)

    async def _take(self, session: Session, heard: Heard | None) -> bool:
        """Do what was said, or let others do it; whether an answer is expected."""
        if heard is None:
            self._nlu.tell((), None, session.told())
            await self._not_recognised(session, "")
        elif not self._handle or session.intent_filter:
            # Whoever asks for certain intents is the one who knows what to do with them.
            found = await self._nlu.understood(heard.text, site=session.site, lang=session.lang)
            found = wanted(found, session.intent_filter)
            self._nlu.tell(found, heard, session.told())
            if found:
                await self._wait(session)
            else:
                await self._not_recognised(session, heard.text)
        else:
            said = self._tasks.create_task(
                self._nlu.said(heard, site=session.site, lang=session.lang),
                name=f"hermes said {session.site}",
            )
            return await self._answer(session, heard, await asyncio.shield(said))
        return False

    async def _answer(self, session: Session, heard: Heard, reply: Reply) -> bool:
        """Tell what was understood, and say the reply; whether an answer is expected."""
        asks = reply.expects_answer and not reply.outcomes
        if not asks:
            self._nlu.tell(intents_of(reply), heard, session.told())
        if not reply.understood and not asks:
            await self._not_recognised(session, heard.text, reply)
            return False
        name: Sound = "understood" if went_well(reply) else "failed"
        await self._say(session, reply.text, reply.language, first=name)
        if not reply.expects_answer:
            self._over(session, "nominal")
        return reply.expects_answer

    async def _not_recognised(self, session: Session, text: str, reply: Reply | None = None) -> None:
        if session.send_not_recognised:
            self._wire.tell("dialogueManager/intentNotRecognized", {"input": text, **session.named()})
            await self._wait(session)
            return
        if reply is not None:
            await self._say(session, reply.text, reply.language, first="failed")
        elif text or session.spoke:
            self._feedback.play(session.site, "failed")
        self._over(session, "intentNotRecognized")

    async def _wait(self, session: Session) -> None:
        """Leave it to others to go on; what they say ends this."""
        await asyncio.sleep(self._timeout)
        self._over(session, "timeout")

    async def _say(self, session: Session, text: str, lang: str = "", *, first: Sound | None = None) -> bool:
        """Have it said, after a sound; whether that was heard."""
        if not text.strip():
            self._feedback.play(session.site, first)
            return False
        wish = Say(
            text=text[:MOST_TEXT],
            site_id=session.site,
            id=str(uuid4()),
            session_id=session.id,
            lang=lang or session.lang,
        )
        self._hotword(session, on=False, reason=_SPEAKING)
        try:
            self._wire.tell("tts/say", wish.model_dump(by_alias=True))
            return await self._tts.say(wish, first=self._feedback.at(session.site, first))
        finally:
            self._hotword(session, on=True, reason=_SPEAKING)

    # their beginning and end ----------------------------------------------------------------------------
    def _enter(self, session: Session, *, waits: bool) -> None:
        """Begin it, or let it wait for its place."""
        place = self._place(session)
        if place is not None and place.session is None:
            self._begin(session)
        elif place is not None and waits and len(place.queue) < MOST_QUEUED:
            place.queue.append(session)
            self._wire.tell("dialogueManager/sessionQueued", session.named())
        else:
            session.over()
            if place is not None and waits:
                self._wire.error("dialogueManager", f"{MOST_QUEUED} sessions wait already", site=session.site)
            log.info("hermes.session_dropped", site=session.site)

    def _place(self, session: Session) -> Place | None:
        if session.site not in self._places:
            if len(self._places) >= MOST_SITES:
                self._wire.error("dialogueManager", f"{MOST_SITES} sites talk already", site=session.site)
                return None
            self._places[session.site] = Place()
        if not session.notification and len(self.sites) < MOST_SITES:
            self.sites[session.site] = None
        return self._places[session.site]

    def _live(self, session_id: str) -> Session | None:
        sessions = (place.session for place in self._places.values())
        return next((one for one in sessions if one is not None and one.id == session_id), None)

    def _begin(self, session: Session) -> None:
        self._places[session.site].session = session
        self._wire.tell("dialogueManager/sessionStarted", {**session.named(), "lang": session.lang or None})
        if not session.notification:
            self._hotword(session, on=False)
        self._feedback.play(session.site, "woke" if session.wakeword else None)
        self._go(session, partial(self._open, session))

    def _go(self, session: Session, step: Callable[[], Awaitable[None]]) -> None:
        """Let the session do this, and nothing else any more."""
        if session.task is not None:
            session.task.cancel()
        session.task = self._tasks.create_task(self._run(session, step), name=f"hermes {session.site}")

    async def _run(self, session: Session, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except TimeoutError:
            self._over(session, "timeout")
        except (ConfigError, TransientError) as error:
            self._wire.error("asr", str(error), site=session.site, session=session.id)
            self._over(session, "error")

    def _over(self, session: Session, reason: Reason) -> None:
        place = self._places.get(session.site)
        if place is None or place.session is not session:
            return
        if session.task is not None and session.task is not asyncio.current_task():
            session.task.cancel()
        session.over()
        if not session.notification:
            self._quiet(session)
        self._wire.tell(
            "dialogueManager/sessionEnded", {**session.named(), "termination": {"reason": reason}}
        )
        if place.queue:
            self._begin(place.queue.popleft())
        else:
            del self._places[session.site]
            self._hotword(session, on=True)

    def _quiet(self, session: Session) -> None:
        self._wire.tell("asr/stopListening", {"siteId": session.site, "sessionId": session.id})

    def _hotword(self, session: Session, *, on: bool, reason: str = _SESSION) -> None:
        toggle = "toggleOn" if on else "toggleOff"
        self._wire.tell(f"hotword/{toggle}", {"siteId": session.site, "reason": reason})
