"""The base station that satellites of Rhasspy 2 look for: all of Hermes on one broker."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from agent.api import House, TransientError
from integrations.voice.hermes import messages
from integrations.voice.hermes.asr import MOST_SITES, Asr
from integrations.voice.hermes.dialogue import Dialogue
from integrations.voice.hermes.feedback import Feedback
from integrations.voice.hermes.nlu import Nlu
from integrations.voice.hermes.section import HermesSettings
from integrations.voice.hermes.sites import Site, sites_of
from integrations.voice.hermes.tts import Tts
from integrations.voice.hermes.wire import Wire
from integrations.voice.parts import Hears, Talks
from integrations.voice.speaking import Voice

MOST_QUERIES = 16
"""Questions without a session that are answered at a time."""


class Hermes:
    """Speech to text, understanding, dialogue and text to speech for satellites."""

    def __init__(
        self,
        settings: HermesSettings,
        house: House,
        *,
        hearing: Hears,
        talking: Talks,
        voice: Voice | None,
        areas: Mapping[str, str],
        language: str,
    ) -> None:
        """Store what it needs.

        Args:
            settings: how long sessions last, and who does what is said.
            house: the bus.
            hearing: speech to text.
            talking: the way into the house.
            voice: text to speech, None: the house has no voice.
            areas: the areas of satellites, by the name of their site.
            language: that of the house.
        """
        self._settings = settings
        self._house = house
        self._hearing = hearing
        self._talking = talking
        self._voice = voice
        self._areas = areas
        self._language = language
        self._dialogue: Dialogue | None = None

    def places(self, session: str) -> Sequence[Site]:
        """The sites that can be told to say something, among them that of the conversation."""
        if self._dialogue is None or self._voice is None:
            return ()
        return sites_of(self._dialogue, session, self._areas)

    async def work(self) -> None:
        """Serve satellites until cancelled."""
        wire = Wire(self._house)
        async with asyncio.TaskGroup() as tasks:
            asr = Asr(wire, self._hearing)
            tts = Tts(wire, self._voice, language=self._language)
            nlu = Nlu(wire, self._house, self._talking, areas=self._areas, language=self._language)
            feedback = Feedback(tts, wanted=self._settings.sounds)
            self._dialogue = dialogue = Dialogue(
                wire,
                tasks,
                asr=asr,
                tts=tts,
                nlu=nlu,
                handle=self._settings.handle,
                timeout=self._settings.timeout,
                feedback=feedback,
            )
            try:
                _hear(wire, dialogue)
                for on, name in ((True, "toggleOn"), (False, "toggleOff")):
                    wire.hear(f"feedback/sound/{name}", messages.Feedback, _switch(feedback, on=on))
                _Alone(
                    wire, tasks, dialogue, asr=asr, tts=tts, nlu=nlu, timeout=self._settings.timeout
                ).hear()
                await asyncio.get_running_loop().create_future()
            finally:
                self._dialogue = None
                wire.close()
                dialogue.close()


def _switch(feedback: Feedback, *, on: bool) -> Callable[[messages.Feedback, str], None]:
    return lambda one, _: feedback.switch(one.site_id, on=on)


def _hear(wire: Wire, dialogue: Dialogue) -> None:
    """What is for the dialogue manager."""
    wire.hear("hotword/+/detected", messages.Detected, dialogue.detected)
    wire.hear("dialogueManager/startSession", messages.StartSession, lambda one, _: dialogue.start(one))
    wire.hear(
        "dialogueManager/continueSession", messages.ContinueSession, lambda one, _: dialogue.proceed(one)
    )
    wire.hear("dialogueManager/endSession", messages.EndSession, lambda one, _: dialogue.finish(one))


class _Alone:
    """The services that others may use without a session."""

    def __init__(
        self,
        wire: Wire,
        tasks: asyncio.TaskGroup,
        dialogue: Dialogue,
        *,
        asr: Asr,
        tts: Tts,
        nlu: Nlu,
        timeout: float,
    ) -> None:
        self._wire = wire
        self._tasks = tasks
        self._dialogue = dialogue
        self._asr = asr
        self._tts = tts
        self._nlu = nlu
        self._timeout = timeout
        self._queries = 0
        self._listening = 0

    def hear(self) -> None:
        """Begin."""
        self._wire.hear("asr/startListening", messages.StartListening, self._start)
        self._wire.hear(
            "asr/stopListening", messages.StopListening, lambda one, _: self._asr.stop(one.site_id)
        )
        self._wire.hear("nlu/query", messages.Query, self._query)
        self._wire.hear("tts/say", messages.Say, self._say)
        self._wire.hear(
            "audioServer/+/playFinished",
            messages.PlayFinished,
            lambda one, site: self._tts.finished(site, one.id),
        )

    def _start(self, wish: messages.StartListening, _: str) -> None:
        # A session listens by itself, and when it wants to.
        if self._dialogue.busy(wish.site_id):
            return
        if self._listening >= MOST_SITES:
            self._failed("asr", f"{MOST_SITES} sites are listened to already", wish)
            return
        self._listening += 1
        self._tasks.create_task(self._listen(wish), name=f"hermes listening {wish.site_id}")

    async def _listen(self, wish: messages.StartListening) -> None:
        try:
            async with asyncio.timeout(self._timeout if wish.stop_on_silence else None):
                await self._asr.listen(
                    wish.site_id, session=wish.session_id, whole=not wish.stop_on_silence, lang=wish.lang
                )
        except TimeoutError:
            self._failed("asr", f"nothing was heard within {self._timeout:g} s", wish)
        except TransientError as error:
            self._failed("asr", str(error), wish)
        finally:
            self._listening -= 1

    def _query(self, wish: messages.Query, _: str) -> None:
        if self._dialogue.query(wish):
            return
        if self._queries >= MOST_QUERIES:
            self._failed("nlu", f"{MOST_QUERIES} questions are being answered", wish)
            return
        self._queries += 1
        self._tasks.create_task(self._answer(wish), name=f"hermes query {wish.site_id}")

    async def _answer(self, wish: messages.Query) -> None:
        try:
            await self._nlu.query(wish)
        finally:
            self._queries -= 1

    def _say(self, wish: messages.Say, _: str) -> None:
        self._tasks.create_task(self._tts.say(wish), name=f"hermes say {wish.site_id}")

    def _failed(self, part: str, reason: str, wish: messages.StartListening | messages.Query) -> None:
        self._wire.error(part, reason, site=wish.site_id, session=wish.session_id)
