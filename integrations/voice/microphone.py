"""The microphone of this machine: woken, listening, thinking, speaking.

    idle -woke-> listening -heard-> thinking -reply-> speaking -> idle, or listening if it asked something

Whoever says the wake word while we speak is listened to.
"""

import asyncio
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import structlog

from agent.api import House, Reply, Status
from integrations.voice.heard import Heard
from integrations.voice.hearing import MICROPHONE, Ear
from integrations.voice.speaking import Speaker
from integrations.voice.talking import Talking

log = structlog.get_logger(__name__)
SESSION = "voice microphone"
MOST_WAITING = 4
"""Sentences that wait while one is seen to; of more, the oldest is dropped."""
ANSWER_WITHIN = 30.0
"""Seconds that a reply may take to be spoken before its question is listened for."""
UNDERSTOOD = frozenset({Status.ACCEPTED, Status.SENT, Status.CONFIRMED, Status.PENDING})


class State(StrEnum):
    """What the microphone is doing."""

    OFF = "off"
    """There is none now."""
    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"


class Microphone:
    """Turns the ear's events of the microphone into a conversation."""

    def __init__(
        self,
        house: House,
        *,
        ear: Ear,
        talking: Talking,
        speaker: Speaker,
        area: str | None,
        answers: Callable[[Reply], list[str] | None],
    ) -> None:
        """Store what it needs.

        Args:
            house: where its state is told.
            ear: the ear.
            talking: the way into the house.
            speaker: what answers aloud.
            area: where it stands.
            answers: the few things that may be said next, None: anything.
        """
        self._house = house
        self._ear = ear
        self._talking = talking
        self._speaker = speaker
        self._area = area
        self._answers = answers
        self._heard: asyncio.Queue[Heard] = asyncio.Queue(MOST_WAITING)
        self.state = State.OFF

    # what the ear tells ---------------------------------------------------------------------------------
    def woke(self) -> None:
        """Somebody wants something: be quiet, and listen."""
        self._speaker.listening(on=True)
        self._speaker.sound("woke")
        self._become(State.LISTENING)

    def partial(self, text: str) -> None:
        """It sounds like this, up to now."""
        self._house.publish(self._house.topics("voice/partial"), {"text": text}, qos=0)

    def heard(self, heard: Heard) -> None:
        """This was said."""
        self._expect(None)
        if self._heard.full():
            self._heard.get_nowait()
            self._house.metrics.count("voice.dropped")
        self._heard.put_nowait(heard)
        self._become(State.THINKING)

    def silence(self, why: str) -> None:
        """Nothing was said, or nothing that could be understood."""
        self._expect(None)
        self._speaker.listening(on=False)
        if why == "unclear":
            self._speaker.sound("failed")
        self._become(State.IDLE)

    def there(self, *, is_: bool) -> None:
        """Whether there is a microphone now."""
        if not is_ or self.state is State.OFF:
            self._become(State.IDLE if is_ else State.OFF)

    # what the house tells -------------------------------------------------------------------------------
    def listen(self) -> None:
        """Listen now, without a wake word."""
        self.woke()
        self._ear.tell(do="listen", stream=MICROPHONE)

    def cancel(self) -> None:
        """Listen no more, and be quiet."""
        self._speaker.stop()
        self._ear.tell(do="cancel", stream=MICROPHONE)

    async def work(self) -> None:
        """See to what was said, one after the other, until cancelled."""
        while True:
            heard = await self._heard.get()
            reply = await self._talking.said(heard, area=self._area, session=SESSION, who="microphone")
            await self._answer(reply)

    async def _answer(self, reply: Reply) -> None:
        self._speaker.listening(on=False)
        acted = bool(reply.outcomes) and all(one.status in UNDERSTOOD for one in reply.outcomes)
        self._speaker.sound("understood" if acted or reply.intents or reply.expects_answer else "failed")
        if reply.text:
            self._become(State.SPEAKING)
            said = self._speaker.say(reply.text, reply.language)
            await asyncio.wait({said}, timeout=ANSWER_WITHIN)
        if self.state is not State.SPEAKING and reply.text:
            return  # somebody has woken us meanwhile
        self._become(State.IDLE)
        if reply.expects_answer:
            self._expect(self._answers(reply))
            self._ear.tell(do="listen", stream=MICROPHONE)
            self._speaker.listening(on=True)
            self._become(State.LISTENING)

    def _expect(self, phrases: list[str] | None) -> None:
        self._ear.tell(do="expect", stream=MICROPHONE, phrases=phrases)

    def _become(self, state: State) -> None:
        if state is self.state:
            return
        self.state = state
        body: Mapping[str, Any] = {"state": state.value, "area": self._area}
        self._house.tell(self._house.topics("voice/state"), body, retain=True)
