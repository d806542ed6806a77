"""One run of a satellite's pipeline: wake word ▸ text ▸ reply ▸ speech, as far as it wants."""

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Any

import structlog

from agent.api import ConfigError, Reply, TransientError
from integrations.voice.heard import Heard
from integrations.voice.parts import Hears, Talks
from integrations.voice.speaking import Audio, Sound, Voice, sound, sounding
from integrations.voice.talking import went_well
from integrations.voice.wyoming.events import (
    Detect,
    Detection,
    Error,
    Event,
    PipelineStage,
    RunPipeline,
    Synthesize,
    SynthesizeVoice,
    Transcribe,
    Transcript,
    VoiceStarted,
    VoiceStopped,
)
from integrations.voice.wyoming.feed import Feed
from integrations.voice.wyoming.mouth import SOUND_LATE, Mouth
from integrations.voice.wyoming.wire import Wire

log = structlog.get_logger(__name__)
BETWEEN_FAILURES = 3.0
"""Seconds before a pipeline that failed and is to start again does so."""
_AGAIN = RunPipeline(start_stage=PipelineStage.ASR, end_stage=PipelineStage.TTS)


class Pipeline:
    """Hears, does and answers once, or again and again where the satellite always sends."""

    def __init__(
        self,
        wire: Wire,
        wanted: RunPipeline,
        *,
        hearing: Hears,
        talking: Talks,
        voice: Voice | None,
        area: str | None,
        who: str,
        language: str,
        may_trigger: bool,
        mouth: Mouth,
        sounds: Collection[Sound] = (),
    ) -> None:
        self._wire = wire
        self._wanted = wanted
        self._hearing = hearing
        self._talking = talking
        self._voice = voice
        self._area = area
        self._who = who
        self._language = language
        self._may_trigger = may_trigger
        self._mouth = mouth
        self._acts = wanted.end_stage not in {PipelineStage.WAKE, PipelineStage.ASR}
        self._plays = wanted.end_stage is PipelineStage.TTS
        self._sounds = sounds if self._plays else ()
        self._session = f"wyoming {who}"
        self._feed: Feed | None = None
        self._asked = False
        """Whether what is said next is an answer, for which nobody has to say the wake word."""
        self._waiting = False
        """Whether it waits for the wake word."""
        self.busy = False
        """Whether somebody speaks, or is being answered."""
        self.task: asyncio.Task[Any] | None = None
        """What runs it."""
        self._open()

    async def hear(self, event: Event) -> None:
        """Take an `audio-chunk`; between two runs nobody listens, and our own voice wakes us at most.

        Raises:
            WireError: it is no sound that we know.
        """
        if self._feed is not None and (self._waiting or not self._mouth.announces):
            await self._feed.put(event)

    async def heard(self) -> None:
        """There is no more sound."""
        if self._feed is not None:
            await self._feed.end()

    async def run(self) -> None:
        """Do what is wanted.

        Raises:
            WireError: the satellite is gone.
        """
        while True:
            try:
                failed = not await self._once()
            finally:
                self.busy = False
            if not self._wanted.restart_on_end:
                return
            if failed:
                await asyncio.sleep(BETWEEN_FAILURES)
            self._open()

    def _open(self) -> None:
        self._waiting = self._wanted.start_stage is PipelineStage.WAKE and not self._asked
        self._feed = Feed(endless=self._waiting)
        # One that always sends is only heard as soon as somebody speaks.
        self.busy = not self._waiting and (self._asked or not self._wanted.restart_on_end)
        self._asked = False

    async def _once(self) -> bool:
        stage = self._wanted.start_stage
        if stage not in {PipelineStage.WAKE, PipelineStage.ASR}:
            await self._wire.write(
                Error(text=f"a pipeline begins with wake or asr, not {stage.value}", code="stage")
            )
            return False
        try:
            heard = await self._listen(wake=self._waiting)
            if heard is not None:
                await self._answer(heard)
        except (TransientError, ConfigError) as error:
            log.warning("wyoming.pipeline_failed", satellite=self._who, reason=str(error))
            await self._wire.write(Error(text=str(error), code="unavailable"))
            return False
        return True

    async def _listen(self, *, wake: bool) -> Heard | None:
        feed = self._feed
        assert feed is not None  # noqa: S101  # it is opened before every run
        told: asyncio.Queue[Detection | VoiceStarted | None] = asyncio.Queue()

        def woke(word: str) -> None:
            self._waiting, self.busy = False, True
            told.put_nowait(Detection(word, _ms(feed)))

        def speaks() -> None:
            self.busy = True
            told.put_nowait(VoiceStarted(timestamp=_ms(feed)))

        listening = partial(self._hearing.transcribe, feed.pieces(), on_speech=speaks, whole=False)
        only = self._talking.expected(self._session) if self._acts and not wake else None
        hearing = asyncio.create_task(
            listening(on_woke=woke) if wake else listening(only=only), name="wyoming hearing"
        )
        hearing.add_done_callback(lambda _: told.put_nowait(None))
        try:
            await self._wire.write(Detect() if wake else Transcribe(language=self._language))
            began = False
            while (event := await told.get()) is not None:
                if isinstance(event, Detection):
                    await self._wire.write(event, Transcribe(language=self._language))
                elif not began:
                    began = True
                    await self._wire.write(event)
            heard = await hearing
        finally:
            # What is said from here on is no part of it, and may be our own voice.
            self._feed = None
            feed.leave()
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        if heard is None:
            await self._wire.write(Error(text="nothing was understood", code="stt-no-text-recognized"))
            if began and "failed" in self._sounds:
                await self._mouth.play(sound("failed"), late=SOUND_LATE)
            return None
        await self._wire.write(
            VoiceStopped(timestamp=_ms(feed)), Transcript(heard.text, language=self._language)
        )
        return heard

    async def _answer(self, heard: Heard) -> None:
        if not self._acts:
            return
        reply = await self._talking.said(
            heard, area=self._area, session=self._session, who=self._who, language=self._language
        )
        name: Sound = "understood" if went_well(reply) else "failed"
        if self._plays and reply.text and self._voice is not None:
            audio = await self._spoken(reply, self._voice)
            await self._mouth.play(sounding(name, audio) if name in self._sounds else audio)
        elif name in self._sounds:
            await self._mouth.play(sound(name), late=SOUND_LATE)
        self._asked = reply.expects_answer
        if reply.expects_answer and self._may_trigger and not self._wanted.restart_on_end:
            await self._wire.write(_AGAIN)

    async def _spoken(self, reply: Reply, voice: Voice) -> Audio:
        await self._wire.write(Synthesize(reply.text, voice=SynthesizeVoice(language=reply.language)))
        return await voice.synthesise(reply.text, reply.language)


def _ms(feed: Feed) -> int:
    return round(1000 * feed.seconds)
