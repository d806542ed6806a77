"""Hearing as the daemon would, with no daemon: for whoever wants to see what the microphone hears."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.api import Desk
from integrations.voice.elsewhere import Elsewhere
from integrations.voice.hearing import MICROPHONE, Ear
from integrations.voice.models import chosen_model
from integrations.voice.opening import opening
from integrations.voice.section import Microphone, Settings
from integrations.voice.wyoming.remote import RemoteAsr

OnEvent = Callable[[Mapping[str, Any]], None]
_RESULTS = ("heard", "silence")


async def listen(
    desk: Desk, on_event: OnEvent, *, device: str | None, file: Path | None, at_once: bool
) -> None:
    """Listen until cancelled, or until a file is over; `on_event` hears what the ear tells.

    Args:
        desk: what the command line knows.
        on_event: takes what the ear tells: `ready`, `source`, `failed`, `level`, `woke`, `heard` ...
        device: a part of the name of a microphone, instead of the configured one.
        file: a WAV file, absolute, instead of a microphone.
        at_once: listen now, and again after each sentence, without a wake word.

    Raises:
        ConfigError: the configuration is wrong.
        TransientError: the ear ended by itself.
    """
    config = desk.settings(Settings)
    model = chosen_model(config.stt, desk.state_dir / "voice", desk.language)
    first = opening(config, model, desk.language)
    if device is not None or first["source"] is None:
        first["source"] = Microphone(device=device).source()
    if file is not None:
        first["source"] = {"kind": "file", "path": str(file), "paced": True}
    if at_once:
        first["wake"] = None
    trial = _Trial(config, desk.language, first, on_event)
    learning = asyncio.create_task(asyncio.to_thread(desk.hearable), name="voice.learning")
    if file is not None:
        # It is heard once: what may be said has to be known by then. A microphone's level is shown meanwhile.
        await asyncio.wait({learning})
    try:
        await trial.run(learning)
    finally:
        learning.cancel()


class _Trial:
    """One ear, from its start to the end of what there is to hear."""

    def __init__(self, config: Settings, language: str, first: Mapping[str, Any], on_event: OnEvent) -> None:
        self._on_event = on_event
        self._finite = first["source"]["kind"] == "file"
        self._at_once = first["wake"] is None
        self._ending = False
        """A file is over, and what was said in it comes yet."""
        self._heard = False
        """Nothing is missing if nothing else comes."""
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        stt, elsewhere = config.stt, None
        if stt.engine == "wyoming" and stt.url is not None:
            asr = RemoteAsr(stt.url, stt.timeout, language=language)
            elsewhere = Elsewhere(asr, once=self._once, problem=self._problem)
        self._ear = Ear(first, self._hear, elsewhere)

    async def run(self, learning: asyncio.Task[Mapping[str, Any]]) -> None:
        learning.add_done_callback(self._learn)
        work = asyncio.create_task(self._ear.work(), name="voice.ear")
        over = asyncio.create_task(self._over.wait(), name="voice.over")
        try:
            await asyncio.wait({work, over}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            for one in (work, over, *self._tasks):
                one.cancel()
                with suppress(asyncio.CancelledError):
                    await one

    def _learn(self, learning: asyncio.Task[Mapping[str, Any]]) -> None:
        if learning.cancelled():
            return
        if (error := learning.exception()) is not None:
            self._problem("vocabulary", str(error))
            return
        words = learning.result()
        self._ear.learn({key: words[key] for key in ("phrases", "jsgf", "names")})

    def _hear(self, event: Mapping[str, Any]) -> None:
        kind = event["event"]
        if kind == "ended":
            self._over.set()
            return
        # To end a stream is to be told that nothing follows.
        if not (self._ending and self._heard and kind == "silence"):
            self._on_event(event)
        self._heard = self._heard or kind == "heard"
        if kind == "ready":
            self._ear.tell(do="watch", on=True)
        if self._finite and ((kind == "source" and event["state"] == "lost") or _no_source(event)):
            self._ending = True
            self._heard = self._heard or _no_source(event)
            self._ear.tell(do="end", stream=MICROPHONE, mark=True)
        elif self._at_once and not self._ending and (kind == "ready" or kind in _RESULTS):
            self._ear.tell(do="listen", stream=MICROPHONE)

    def _once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"voice.{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _problem(self, key: str, text: str | None) -> None:
        if text is not None:
            self._on_event({"event": "failed", "what": key, "reason": text})


def _no_source(event: Mapping[str, Any]) -> bool:
    return (event["event"], event.get("what")) == ("failed", "source")
