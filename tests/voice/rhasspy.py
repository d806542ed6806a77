"""A satellite of Rhasspy 2 as a peer: it sends frames of sound, and plays what it is sent."""

import asyncio
import io
import json
import wave
from collections.abc import Callable, Iterator
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.voice import speech

FRAME = 1024
"""Samples in one frame, as rhasspy-microphone-pyaudio-hermes sends them."""


def frames(pcm: bytes, *, rate: int = speech.RATE) -> Iterator[bytes]:
    """Sound as `hermes/audioServer/<siteId>/audioFrame` carries it: every frame a WAV file."""
    for start in range(0, len(pcm), 2 * FRAME):
        yield wav(pcm[start : start + 2 * FRAME], rate=rate)


def wav(pcm: bytes, *, rate: int = speech.RATE, channels: int = 1) -> bytes:
    """A WAV file in memory."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as out:
            out.setnchannels(channels)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(pcm)
        return file.getvalue()


class Satellite:
    """One site, and everything that it sees on the bus."""

    def __init__(self, port: int, site: str) -> None:
        self.site = site
        self.seen: list[tuple[str, Any]] = []
        self.plays = True
        """Whether it tells that it has played what it was sent."""
        self.played: list[bytes] = []
        self._at = 0
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _c, _d, message: self._loop.call_soon_threadsafe(self._see, message)
        self._client.on_subscribe = lambda *_: self._loop.call_soon_threadsafe(self._ready.set)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("hermes/#", qos=1)

    async def ready(self) -> None:
        """Wait until it hears the bus."""
        await self._ready.wait()

    def close(self) -> None:
        """Be gone."""
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, topic: str, body: Any, *, retain: bool = False) -> None:
        """Publish on `hermes/<topic>`."""
        payload = body if isinstance(body, bytes) else json.dumps(body)
        self._client.publish(f"hermes/{topic}", payload, qos=1, retain=retain)

    def wake(self, **more: Any) -> None:
        """Hear the wake word."""
        body = {
            "modelId": "hey_jarvis",
            "modelVersion": "",
            "modelType": "personal",
            "currentSensitivity": 0.5,
            "siteId": self.site,
            "sessionId": None,
            "sendAudioCaptured": None,
            "lang": None,
        }
        self.send("hotword/hey_jarvis/detected", body | more)

    def hear(self, pcm: bytes) -> None:
        """Send what its microphone hears."""
        for frame in frames(pcm):
            self.send(f"audioServer/{self.site}/audioFrame", frame)

    async def command(self, text: str) -> dict[str, Any]:
        """Hear the wake word and a command; gives how the session began."""
        self.wake()
        started = await self.next("dialogueManager/sessionStarted")
        await self.next("asr/startListening")
        self.hear(speech.command(text, wake=None))
        return started

    async def next(
        self, topic: str, limit: float = 15.0, *, where: Callable[[Any], bool] = lambda _: True
    ) -> Any:
        """What comes next on `hermes/<topic>`, after what this gave before."""
        async with asyncio.timeout(limit):
            while True:
                while self._at < len(self.seen):
                    found, body = self.seen[self._at]
                    self._at += 1
                    if found == topic and where(body):
                        return body
                await asyncio.sleep(0.01)

    def topics(self) -> list[str]:
        """What came so far, but for the frames and the name of what is played."""
        ours = f"audioServer/{self.site}/playBytes"
        return [ours if topic.startswith(ours) else topic for topic, _ in self.seen]

    def _see(self, message: MQTTMessage) -> None:
        topic = message.topic.removeprefix("hermes/")
        if topic.endswith("/audioFrame"):
            return
        if "/playBytes/" in topic:
            self.seen.append((topic, message.payload))
            if topic.startswith(f"audioServer/{self.site}/"):
                self._play(topic.rpartition("/")[2], message.payload)
            return
        self.seen.append((topic, json.loads(message.payload or b"null")))

    def _play(self, request: str, sound: bytes) -> None:
        self.played.append(sound)
        if self.plays:
            self.send(f"audioServer/{self.site}/playFinished", {"id": request, "sessionId": None})
