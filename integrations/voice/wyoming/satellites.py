"""A satellite that we connect to, as Home Assistant would: it listens and plays, and we do the rest.

describe, run-satellite ─▸        ◂─ info, run-pipeline, audio-chunk…
transcribe, voice-*, transcript, synthesize, audio-* ─▸        ◂─ played
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog

from agent.api import ConfigError, TransientError
from integrations.voice.parts import Hears, Talks
from integrations.voice.places import area_of
from integrations.voice.speaking import Voice
from integrations.voice.wyoming.events import (
    Describe,
    Event,
    PauseSatellite,
    Ping,
    PipelineStage,
    Pong,
    RunPipeline,
    RunSatellite,
)
from integrations.voice.wyoming.mouth import Mouth
from integrations.voice.wyoming.pipelines import Pipeline
from integrations.voice.wyoming.section import WyomingSatellite, host_and_port
from integrations.voice.wyoming.wire import Wire, WireError

log = structlog.get_logger(__name__)
CONNECTS_WITHIN = 10.0
PING_EVERY = 5.0
SILENT = 20.0
"""Seconds without any event, not even the answer to a ping, after which a satellite is gone."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
GOOD_BYE = 1.0
FREE_WITHIN = 20.0
"""Seconds that an announcement waits for the end of what is being said there."""
LOOKS_EVERY = 0.1
_AFTER_DETECTION = RunPipeline(start_stage=PipelineStage.ASR, end_stage=PipelineStage.TTS)


class Satellite:
    """One satellite, connected again as often as it is lost."""

    def __init__(
        self,
        settings: WyomingSatellite,
        *,
        hearing: Hears,
        talking: Talks,
        voice: Voice | None,
        areas: Mapping[str, str],
        language: str,
    ) -> None:
        self._settings = settings
        self._hearing = hearing
        self._talking = talking
        self._voice = voice
        self._areas = areas
        self._language = language
        self._told_area: str | None = None
        self._may_trigger = False
        self._woken = False
        self._pipeline: Pipeline | None = None
        self._mouth: Mouth | None = None
        self._was_there = False

    @property
    def session(self) -> str:
        """The conversation that people have with it."""
        return f"wyoming {self._settings.name}"

    @property
    def area(self) -> str | None:
        """Where it stands: as configured for it, by its name, or as it tells of itself."""
        if self._settings.area is not None:
            return self._settings.area
        names = (self._settings.name, *([self._told_area] if self._told_area else []))
        return area_of(names, self._areas)

    async def announce(self, text: str, language: str) -> bool:
        """Have something said there, when nobody is speaking with it; whether that was heard."""
        if self._voice is None or self._mouth is None or self._mouth.plays is False:
            return False
        try:
            audio = await self._voice.synthesise(text, language)
            mouth = await self._free()
            if mouth is None:
                return False
            # Of one that is known to play it is believed, also if it does not say so this time.
            return await mouth.announce(audio) or (mouth.plays is True and mouth is self._mouth)
        except (ConfigError, TransientError, TimeoutError, WireError) as error:
            log.warning("wyoming.not_announced", satellite=self._settings.name, reason=repr(error)[:200])
            return False

    async def _free(self) -> Mouth | None:
        """Its loudspeaker, when nobody is speaking with it; None: it is gone.

        Raises:
            TimeoutError: somebody is, for long.
        """
        async with asyncio.timeout(FREE_WITHIN):
            while self._pipeline is not None and self._pipeline.busy:  # noqa: ASYNC110  # not urgent
                await asyncio.sleep(LOOKS_EVERY)
        return self._mouth

    async def work(self) -> None:
        """Be connected until cancelled."""
        pause, told = FIRST_PAUSE, ""
        while True:
            reason = await self._connection()
            if self._was_there:
                pause, told = FIRST_PAUSE, ""
            if reason != told:
                log.warning("wyoming.satellite_lost", satellite=self._settings.name, reason=reason)
                told = reason
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _connection(self) -> str:
        """One connection, to its end; the reason why it ended."""
        self._was_there = False
        host, port = host_and_port(self._settings.url)
        try:
            wire = await Wire.connected(host, port, within=CONNECTS_WITHIN)
        except TimeoutError:
            return f"{host}:{port} does not answer"
        except OSError as error:
            return f"{host}:{port} is not there: {error.strerror or error}"
        reason = "it hung up"
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read(wire, group), name="wyoming satellite reading")
                pinging = group.create_task(_ping(wire), name="wyoming satellite pinging")
                await reading
                pinging.cancel()
                self._end_pipeline()
        except* WireError as errors:
            reason = str(errors.exceptions[0])
        finally:
            self._mouth = None
            with suppress(WireError, TimeoutError):
                async with asyncio.timeout(GOOD_BYE):
                    await wire.write(PauseSatellite())
            await wire.close()
        return reason

    async def _read(self, wire: Wire, group: asyncio.TaskGroup) -> None:
        self._pipeline, self._woken, self._may_trigger, self._told_area = None, False, False, None
        self._mouth = Mouth(wire)
        await wire.write(Describe(), RunSatellite())
        while (event := await wire.read(within=SILENT)) is not None:
            if not self._was_there:
                self._was_there = True
                log.info("wyoming.satellite_connected", satellite=self._settings.name, host=wire.host)
            await self._take(event, wire, group)

    async def _take(self, event: Event, wire: Wire, group: asyncio.TaskGroup) -> None:
        match event.type:
            case "ping":
                text = event.data.get("text")
                await wire.write(Pong(text=text if isinstance(text, str) else None))
            case "info":
                self._learn(event)
            case "detection":
                self._woken = True
            case "run-pipeline":
                self._run(_wanted(event), wire, group)
            case "audio-chunk" if self._woken and self._pipeline is None:
                # Some say that they were woken, and just begin to send.
                self._run(_AFTER_DETECTION, wire, group)
                await self._pass_on(event)
            case _:
                await self._pass_on(event)

    async def _pass_on(self, event: Event) -> None:
        if event.type == "played" and self._mouth is not None:
            self._mouth.played()
        elif event.type == "audio-chunk" and self._pipeline is not None:
            await self._pipeline.hear(event)
        elif event.type == "audio-stop" and self._pipeline is not None:
            await self._pipeline.heard()

    def _learn(self, event: Event) -> None:
        satellite = event.data.get("satellite")
        if isinstance(satellite, Mapping):
            area = satellite.get("area")
            self._told_area = area if isinstance(area, str) and area else None
            self._may_trigger = satellite.get("supports_trigger") is True

    def _run(self, wanted: RunPipeline, wire: Wire, group: asyncio.TaskGroup) -> None:
        self._end_pipeline()
        self._woken = False
        mouth = self._mouth
        assert mouth is not None  # noqa: S101  # it came with the connection
        mouth.plays = wanted.end_stage is PipelineStage.TTS
        if not wanted.restart_on_end:
            # Somebody has woken it, and wants to be heard whatever else is.
            mouth.announces = False
        pipeline = self._pipeline = Pipeline(
            wire,
            wanted,
            hearing=self._hearing,
            talking=self._talking,
            voice=self._voice,
            area=self.area,
            who=self._settings.name,
            language=self._language,
            may_trigger=self._may_trigger,
            mouth=mouth,
            sounds=self._settings.sounds,
        )
        pipeline.task = group.create_task(self._see_through(pipeline), name="wyoming pipeline")

    async def _see_through(self, pipeline: Pipeline) -> None:
        try:
            await pipeline.run()
        finally:
            if self._pipeline is pipeline:
                self._pipeline = None

    def _end_pipeline(self) -> None:
        if self._pipeline is not None and self._pipeline.task is not None:
            self._pipeline.task.cancel()
        self._pipeline = None


async def _ping(wire: Wire) -> None:
    while True:
        await asyncio.sleep(PING_EVERY)
        await wire.write(Ping())


def _wanted(event: Event) -> RunPipeline:
    try:
        return RunPipeline.from_event(event)
    except (LookupError, ValueError, TypeError) as error:
        raise WireError(f"its run-pipeline says {event.data!r:.200}: {error!r:.100}") from None
