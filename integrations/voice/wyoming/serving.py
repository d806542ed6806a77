"""One connection of a client: what it asks, and what we answer.

    describe ─▸ info                    transcribe, audio-start, audio-chunk…, audio-stop ─▸ transcript
    ping ─▸ pong                        transcript ─▸ handled | not-handled
    synthesize ─▸ audio-start…-stop     recognize ─▸ intent… | not-recognized

A `transcript` is done, with the trust of a room; what is to be recognized is only looked at.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog

from agent.api import ConfigError, Reply, Status, TransientError
from integrations.voice.parts import Hears, Talks, Understood
from integrations.voice.places import speaker_of
from integrations.voice.speaking import Voice
from integrations.voice.wyoming.events import (
    Entity,
    Error,
    Event,
    Eventable,
    Handled,
    Info,
    Intent,
    IntentsStart,
    IntentsStop,
    NotHandled,
    NotRecognized,
    Pong,
    SynthesizeStopped,
)
from integrations.voice.wyoming.lately import Lately
from integrations.voice.wyoming.transcribing import Transcribing, language_of
from integrations.voice.wyoming.uttering import MOST_TEXT, NOTHING, Sentences, events_of
from integrations.voice.wyoming.wire import Wire, WireError

log = structlog.get_logger(__name__)
MOST_SAID = 2_000
"""Letters of what somebody says."""
DONE = frozenset({Status.ACCEPTED, Status.SENT, Status.CONFIRMED, Status.PENDING})


class Connection:
    """Serves one client until it hangs up, sends nonsense, or nothing for long."""

    def __init__(
        self,
        wire: Wire,
        *,
        idle: float,
        hearing: Hears,
        talking: Talks,
        understood: Understood,
        voice: Voice | None,
        areas: Mapping[str, str],
        language: str,
        lately: Lately,
        info: Callable[[], Info],
    ) -> None:
        self._wire = wire
        self._idle = idle
        self._talking = talking
        self._understood = understood
        self._voice = voice
        self._areas = areas
        self._language = language
        self._lately = lately
        self._info = info
        self._transcribing = Transcribing(
            wire,
            hearing=hearing,
            language=language,
            lately=lately,
            expected=lambda context: talking.expected(speaker_of(context, wire.host, areas).session),
            refuse=self._refuse,
        )
        self._sentences: Sentences | None = None
        self._voice_language = language

    async def serve(self) -> None:
        """Answer until it is over."""
        try:
            while (event := await self._wire.read(within=self._idle)) is not None:
                await self._answer(event)
        except WireError as error:
            log.info("wyoming.dropped", host=self._wire.host, reason=str(error))
            with suppress(WireError):
                await self._wire.write(Error(text=str(error), code="protocol"))
        except (TransientError, ConfigError) as error:
            await self._refuse(error)
        finally:
            await self._transcribing.stop()
            await self._wire.close()

    async def _answer(self, event: Event) -> None:
        data = event.data
        match event.type:
            case "describe":
                await self._wire.write(self._info())
            case "ping":
                await self._wire.write(Pong(text=_text(data, "text", MOST_SAID) or None))
            case "transcribe" | "audio-start" | "audio-chunk" | "audio-stop":
                await self._transcribing.take(event)
            case "transcript":
                await self._say(data)
            case "recognize":
                await self._recognise(data)
            case "intent":
                await self._wire.write(NotHandled(text="send what was said, as a transcript"))
            case kind if kind.startswith("synthesize"):
                await self._speak(kind, data)
            case _:
                pass  # the protocol grows, and says that what one does not know is to be dropped

    async def _refuse(self, error: Exception) -> None:
        """Say why not, and hang up: many wait for their answer and know no `error`."""
        log.warning("wyoming.failed", host=self._wire.host, reason=str(error))
        with suppress(WireError):
            await self._wire.write(Error(text=str(error), code="unavailable"))
        self._wire.hang_up()

    # text to act ----------------------------------------------------------------------------------------
    async def _say(self, data: Mapping[str, Any]) -> None:
        text = _text(data, "text", MOST_SAID)
        context = data.get("context")
        speaker = speaker_of(context, self._wire.host, self._areas)
        reply = await self._talking.said(
            self._lately.take(text),
            area=speaker.area,
            session=speaker.session,
            who=speaker.who,
            language=language_of(data.get("language")) or "",
        )
        after = dict(context) if isinstance(context, Mapping) else {}
        after["expects_answer"] = reply.expects_answer
        answer = Handled if understood(reply) else NotHandled
        await self._wire.write(answer(text=reply.text, context=after))

    async def _recognise(self, data: Mapping[str, Any]) -> None:
        context = data.get("context")
        asked = {
            "text": _text(data, "text", MOST_SAID),
            "language": language_of(data.get("language")) or self._language,
            "area": speaker_of(context, self._wire.host, self._areas).area,
        }
        found = await self._understood(asked)
        after = dict(context) if isinstance(context, Mapping) else None
        await self._wire.write(*_recognised(found["intents"], after))

    # text to speech -------------------------------------------------------------------------------------
    async def _speak(self, kind: str, data: Mapping[str, Any]) -> None:
        match kind:
            case "synthesize" if self._sentences is None:
                self._choose_voice(data)
                await self._utter(_text(data, "text", MOST_TEXT))
            case "synthesize-start":
                self._choose_voice(data)
                self._sentences = Sentences()
            case "synthesize-chunk" if self._sentences is not None:
                for sentence in self._sentences.more(_text(data, "text", MOST_TEXT)):
                    await self._utter(sentence)
            case "synthesize-stop" if self._sentences is not None:
                for sentence in self._sentences.rest():
                    await self._utter(sentence)
                self._sentences = None
                await self._wire.write(SynthesizeStopped())
            case _:
                pass  # the whole text again, for those who do not take it in pieces

    def _choose_voice(self, data: Mapping[str, Any]) -> None:
        if data.get("text_format") not in (None, "text"):
            raise ConfigError(f"text of the format {data['text_format']!r:.40} is not spoken; 'text' is")
        voice = data.get("voice")
        wanted = language_of(voice.get("language")) if isinstance(voice, Mapping) else None
        self._voice_language = (wanted or self._language).replace("_", "-")

    async def _utter(self, text: str) -> None:
        if self._voice is None:
            raise ConfigError("this house has no voice: see 'voice: tts:' in its configuration")
        audio = NOTHING if not text.strip() else await self._voice.synthesise(text, self._voice_language)
        await self._wire.write(*events_of(audio))


def understood(reply: Reply) -> bool:
    """Whether what was said was understood, and is done as far as it can be."""
    if reply.outcomes:
        return any(one.status in DONE for one in reply.outcomes)
    return reply.understood


def _recognised(found: Sequence[Mapping[str, Any]], context: dict[str, Any] | None) -> list[Eventable]:
    if not found:
        return [NotRecognized(context=context)]
    intents: list[Eventable] = [
        Intent(
            name=one["name"],
            entities=[Entity(name=name, value=_json(value)) for name, value in one["slots"].items()],
            context=context,
        )
        for one in found
    ]
    return intents if len(intents) == 1 else [IntentsStart(context), *intents, IntentsStop()]


def _json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _text(data: Mapping[str, Any], name: str, most: int) -> str:
    text = data.get(name)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise WireError(f"its {name} is {text!r:.40}, and no text")
    if len(text) > most:
        raise WireError(f"its {name} has {len(text)} letters; {most} are possible")
    return text
