"""The one place where voice is put together."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from typing_extensions import override

from agent.api import (
    EntityAdded,
    EntityRemoved,
    Event,
    House,
    Integration,
    Message,
    Rang,
    Reply,
    Wordbook,
)
from integrations.voice.announcing import Announcing
from integrations.voice.asked import Asked
from integrations.voice.elsewhere import Elsewhere
from integrations.voice.heard import Heard
from integrations.voice.hearing import MICROPHONE, Ear
from integrations.voice.hermes.base_station import Hermes
from integrations.voice.microphone import Microphone
from integrations.voice.models import chosen_model
from integrations.voice.opening import opening
from integrations.voice.places import Areas
from integrations.voice.section import Settings
from integrations.voice.speaking import Speaker, open_voice
from integrations.voice.talking import Talking
from integrations.voice.wyoming.remote import RemoteAsr
from integrations.voice.wyoming.server import WyomingServer

log = structlog.get_logger(__name__)
WORDS = Wordbook(Path(__file__).parent / "words")
SETTLED_AFTER = 5.0
"""Seconds without a new thing in the house after which its names are told to the ear."""
LOOKS_AGAIN = 60.0
"""Seconds after which other tasks or sentences are noticed, of which nobody tells."""
MOST_TEXT = 2_000
HEARD_WITHIN = 60.0
"""Seconds in which whoever asked to be listened to is told what came of it."""


class Voice(Integration[Settings]):
    """Publishes `.../voice/state`, `partial`, `heard` and `silence`; obeys `listen`, `cancel` and `say`."""

    Config = Settings
    listens = (EntityAdded, EntityRemoved, Rang)

    def __init__(self, config: Settings, house: House) -> None:
        super().__init__(config, house)
        self._facts: dict[str, Any] = {}
        self._wrong: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._language = "en"

    @override
    async def init(self) -> None:
        house, config = self.house, self.config
        self._language = await house.ask("language", {})
        folder = house.state_dir / "voice"
        model = await asyncio.to_thread(chosen_model, config.stt, folder, self._language)
        self._ear = Ear(opening(config, model, self._language), self._hear, self._elsewhere())
        voice = open_voice(config.tts, monotonic=house.clock.monotonic, problem=house.problem)
        self._speaker = Speaker(
            config.speaker,
            voice,
            now=house.clock.now,
            zone=house.zone,
            problem=house.problem,
            on_speaking=lambda on: self._ear.tell(do="mute", stream=MICROPHONE, on=on),
        )
        talking = Talking(house, sure=config.sure, now=house.clock.now, answers=_answers)
        self._microphone = Microphone(
            house,
            ear=self._ear,
            talking=talking,
            speaker=self._speaker,
            area=config.area,
        )
        self._announcing = Announcing(house, self._speaker, area=config.area)
        for name, work in {
            "ear": self._ear.work,
            "speaker": self._speaker.work,
            "microphone": self._microphone.work,
            "vocabulary": self._keep_words,
        }.items():
            house.run(name, work)
        areas = Areas(config.areas, house.areas)
        if config.hermes.enabled:
            hermes = Hermes(
                config.hermes,
                house,
                hearing=self._ear,
                talking=talking,
                voice=voice,
                areas=areas,
                language=self._language,
            )
            house.run("hermes", hermes.work)
            self._announcing.also(hermes.places)
        if config.wyoming.enabled or config.wyoming.satellites:
            wyoming = WyomingServer(
                config.wyoming,
                hearing=self._ear,
                talking=talking,
                understood=lambda asked: house.ask("understood", asked),
                voice=voice,
                areas=areas,
                language=self._language,
            )
            house.run("wyoming", wyoming.serve)
            self._announcing.also(wyoming.places)
        for topic, handler in (
            (house.topics("voice/listen"), lambda message: self._microphone.listen(Asked.by(message))),
            (house.topics("voice/cancel"), lambda _: self._microphone.cancel()),
            (house.topics("voice/say"), self._say),
        ):
            house.subscribe(topic, _fresh(handler), qos=1, every=True)

    @override
    async def process(self, event: Event) -> None:
        if not isinstance(event, Rang):
            self._changed.set()
        elif self.config.announce:
            telling = self._announcing.announce(
                event.text, event.language, session=event.session, area=event.area
            )
            self.house.once("announcing", telling)

    @override
    def answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        return {"voice": lambda _: self._told(), "listen": self._listen}

    def _told(self) -> dict[str, Any]:
        return {"state": self._microphone.state.value, **self._facts, "wrong": dict(self._wrong)}

    async def _listen(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Listen as `.../voice/listen` does, and tell what came of it: `heard` and `reply`, or `why` not."""
        asked = Asked.of(arguments, waits=True)
        assert asked.came is not None  # noqa: S101  # it was asked for
        self._microphone.listen(asked)
        try:
            async with asyncio.timeout(HEARD_WITHIN):
                return await asked.came
        except TimeoutError:
            return {"why": "late"}

    def _elsewhere(self) -> Elsewhere | None:
        """Who makes text of speech instead of the ear."""
        stt = self.config.stt
        if stt.engine != "wyoming" or stt.url is None:
            return None
        asr = RemoteAsr(stt.url, stt.timeout, language=self._language)
        return Elsewhere(asr, once=self.house.once, problem=self.house.problem)

    # what the ear tells ---------------------------------------------------------------------------------
    def _hear(self, event: Mapping[str, Any]) -> None:
        kind = event["event"]
        if kind in {"woke", "partial", "heard", "silence"}:
            self._of_microphone(kind, event)
        elif kind in {"ready", "memory"}:
            self._facts |= {key: value for key, value in event.items() if key != "event"}
        elif kind == "source":
            self._source(event)
        elif kind == "vocabulary":
            self._missing(event["missing"])
        elif kind == "overrun":
            self.house.metrics.count("voice.overrun_ms", event["lost_ms"])
        elif kind == "failed":
            log.warning("voice.failed", what=event["what"], reason=event["reason"])
            self._problem(event["what"], event["reason"])
        if kind == "ended":
            self._wrong.clear()
        if kind == "ended" or (kind, event.get("what")) == ("failed", "source"):
            self._microphone.there(is_=False)
        if kind == "ready":
            log.info("ear.opened", **self._facts)

    def _of_microphone(self, kind: str, event: Mapping[str, Any]) -> None:
        if kind == "woke":
            self._microphone.woke()
        elif kind == "partial":
            self._microphone.partial(event["text"])
        elif kind == "silence":
            self._microphone.silence(event["why"])
        else:
            self.house.metrics.observe("voice.heard_ms", event["ms"])
            self._microphone.heard(Heard.of(event))

    def _source(self, event: Mapping[str, Any]) -> None:
        is_open = event["state"] == "open"
        self._facts["microphone"] = event["device"]
        log.info(
            "microphone.changed", state=event["state"], device=event["device"], reason=event.get("reason")
        )
        self._problem("source", None if is_open else event["reason"] or None)
        self._microphone.there(is_=is_open)

    def _problem(self, key: str, text: str | None) -> None:
        self._wrong.pop(key, None)
        if text is not None:
            self._wrong[key] = text
        self.house.problem(key, text)

    def _missing(self, missing: Mapping[str, list[str]]) -> None:
        """Names that can't be heard, told once as long as they are the same."""
        self._facts["missing"] = missing
        if not missing:
            self.house.problem("vocabulary", None)
            return
        words = (f"{word!r}{f' (it has {near[0]!r})' if near else ''}" for word, near in missing.items())
        text = f"the speech model does not know {', '.join(words)}; an alias that it knows would be heard"
        self.house.problem("vocabulary", text)

    # what the house tells -------------------------------------------------------------------------------
    async def _keep_words(self) -> None:
        """Tell the ear what may be said, whenever that has changed."""
        # Whoever speaks first should not wait until sentences are loaded.
        await self.house.ask("understood", {"text": "yes", "language": self._language})
        known: Mapping[str, Any] = {}
        while True:
            self._changed.clear()
            found = await self.house.ask("hearable", {"language": self._language})
            if found != known:
                known = found
                self._ear.learn({key: found[key] for key in ("phrases", "jsgf", "names")})
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKS_AGAIN):
                    await self._changed.wait()
                    await self.house.clock.sleep(SETTLED_AFTER)

    def _say(self, message: Message) -> None:
        try:
            found = message.json()
        except ValueError:
            found = message.payload.decode(errors="replace")
        body = found if isinstance(found, dict) else {"text": found}
        text, language = body.get("text"), body.get("language") or self._language
        if isinstance(text, str) and isinstance(language, str):
            self._speaker.say(text[:MOST_TEXT], language, announcement=True)


def _answers(reply: Reply) -> list[str] | None:
    return WORDS.words(reply.language).several("answers") if reply.yes_or_no else None


def _fresh(handler: Callable[[Message], None]) -> Callable[[Message], None]:
    """`handler` for what is said now: a retained message is nobody's wish of this moment."""
    return lambda message: None if message.retain else handler(message)
