"""One run of a satellite's pipeline: wake word ▸ text ▸ reply ▸ speech, as far as it wants."""

import asyncio
from contextlib import suppress
from typing import Any

import structlog

from agent.api import ConfigError, Reply, TransientError
from integrations.voice.heard import Heard
from integrations.voice.parts import Hears, Talks
from integrations.voice.speaking import Voice
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
from integrations.voice.wyoming.uttering import events_of
from integrations.voice.wyoming.wire import Wire

log = structlog.get_logger(__name__)
PLAYS_LATE = 3.0
"""Seconds after the end of a reply in which its satellite may say that it was played."""
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
        self._feed: Feed | None = None
        self._played = asyncio.Event()
        self.task: asyncio.Task[Any] | None = None
        """What runs it."""
        self._open()

    async def hear(self, event: Event) -> None:
        """Take an `audio-chunk`; between two runs nobody listens.

        Raises:
            WireError: it is no sound that we know.
        """
        if self._feed is not None:
            await self._feed.put(event)

    async def heard(self) -> None:
        """There is no more sound."""
        if self._feed is not None:
            await self._feed.end()

    def played(self) -> None:
        """The reply was played."""
        self._played.set()

    async def run(self) -> None:
        """Do what is wanted.

        Raises:
            WireError: the satellite is gone.
        """
        while True:
            failed = not await self._once()
            if not self._wanted.restart_on_end:
                return
            if failed:
                await asyncio.sleep(BETWEEN_FAILURES)
            self._open()

    def _open(self) -> None:
        self._feed = Feed(endless=self._wanted.start_stage is PipelineStage.WAKE)
        self._played.clear()

    async def _once(self) -> bool:
        stage = self._wanted.start_stage
        if stage not in {PipelineStage.WAKE, PipelineStage.ASR}:
            await self._wire.write(
                Error(text=f"a pipeline begins with wake or asr, not {stage.value}", code="stage")
            )
            return False
        try:
            heard = await self._listen(wake=stage is PipelineStage.WAKE)
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
        hearing = asyncio.create_task(
            self._hearing.transcribe(
                feed.pieces(),
                on_partial=lambda _: told.put_nowait(VoiceStarted(timestamp=_ms(feed))),
                whole=False,
                **({"on_woke": lambda word: told.put_nowait(Detection(word, _ms(feed)))} if wake else {}),
            ),
            name="wyoming hearing",
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
            return None
        await self._wire.write(
            VoiceStopped(timestamp=_ms(feed)), Transcript(heard.text, language=self._language)
        )
        return heard

    async def _answer(self, heard: Heard) -> None:
        last = self._wanted.end_stage
        if last in {PipelineStage.WAKE, PipelineStage.ASR}:
            return
        reply = await self._talking.said(
            heard, area=self._area, session=f"wyoming {self._who}", who=self._who, language=self._language
        )
        if last is PipelineStage.TTS and reply.text and self._voice is not None:
            await self._speak(reply, self._voice)
        if reply.expects_answer and self._may_trigger and not self._wanted.restart_on_end:
            await self._wire.write(_AGAIN)

    async def _speak(self, reply: Reply, voice: Voice) -> None:
        await self._wire.write(Synthesize(reply.text, voice=SynthesizeVoice(language=reply.language)))
        audio = await voice.synthesise(reply.text, reply.language)
        await self._wire.write(*events_of(audio))
        with suppress(TimeoutError):
            async with asyncio.timeout(audio.seconds + PLAYS_LATE):
                await self._played.wait()


def _ms(feed: Feed) -> int:
    return round(1000 * feed.seconds)
