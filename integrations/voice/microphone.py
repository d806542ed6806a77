"""The microphone of this machine: woken, listening, thinking, speaking.

    idle -woke-> listening -heard-> thinking -reply-> speaking -> idle, or listening if it asked something

Whoever says the wake word while we speak is listened to.
"""

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import structlog

from agent.api import House, Reply
from integrations.voice.asked import NOBODY, Asked
from integrations.voice.heard import Heard
from integrations.voice.hearing import MICROPHONE, Ear
from integrations.voice.speaking import Speaker
from integrations.voice.talking import Talking, went_well

log = structlog.get_logger(__name__)
SESSION = "voice microphone"
MOST_WAITING = 4
"""Sentences that wait while one is seen to; of more, the oldest is dropped."""
ANSWER_WITHIN = 30.0
"""Seconds that a reply may take to be spoken before its question is listened for."""


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
    ) -> None:
        """Store what it needs.

        Args:
            house: where its state is told.
            ear: the ear.
            talking: the way into the house.
            speaker: what answers aloud.
            area: where it stands.
        """
        self._house = house
        self._ear = ear
        self._talking = talking
        self._speaker = speaker
        self._area = area
        self._heard: asyncio.Queue[tuple[Heard, Asked]] = asyncio.Queue(MOST_WAITING)
        self._asked = NOBODY
        self.state = State.OFF

    # what the ear tells ---------------------------------------------------------------------------------
    def woke(self) -> None:
        """Somebody wants something: be quiet, and listen."""
        self._begin(NOBODY)

    def partial(self, text: str) -> None:
        """It sounds like this, up to now."""
        body = {"text": text, **_named(self._asked)}
        self._house.publish(self._house.topics("voice/partial"), body, qos=0)

    def heard(self, heard: Heard) -> None:
        """This was said."""
        self._expect(None)
        if self._heard.full():
            _, dropped = self._heard.get_nowait()
            self._nothing(dropped, "dropped")
            self._house.metrics.count("voice.dropped")
        self._heard.put_nowait((heard, self._asked))
        self._asked = NOBODY
        self._become(State.THINKING)

    def silence(self, why: str) -> None:
        """Nothing was said, or nothing that could be understood."""
        self._expect(None)
        self._speaker.listening(on=False)
        if why == "unclear":
            self._speaker.sound("failed")
        self._end(why)
        self._become(State.IDLE)

    def there(self, *, is_: bool) -> None:
        """Whether there is a microphone now."""
        if not is_ and self.state is State.LISTENING:
            self._speaker.listening(on=False)
            self._end("off")
        if not is_ or self.state is State.OFF:
            self._become(State.IDLE if is_ else State.OFF)

    # what the house tells -------------------------------------------------------------------------------
    def listen(self, asked: Asked) -> None:
        """Listen now, without a wake word."""
        if self.state is State.OFF:
            self._nothing(asked, "off")
            return
        self._begin(asked)
        self._ear.tell(do="listen", stream=MICROPHONE)

    def cancel(self) -> None:
        """Listen no more, and be quiet."""
        self._speaker.stop()
        self._ear.tell(do="cancel", stream=MICROPHONE)

    async def work(self) -> None:
        """See to what was said, one after the other, until cancelled."""
        while True:
            heard, asked = await self._heard.get()
            area = asked.area or self._area
            reply = await self._talking.said(
                heard, area=area, session=SESSION, who="microphone", listen=asked.id
            )
            asked.end(heard=heard.text, reply=reply.as_json())
            await self._answer(reply, asked)

    async def _answer(self, reply: Reply, asked: Asked) -> None:
        self._speaker.listening(on=False)
        self._speaker.sound("understood" if went_well(reply) else "failed")
        if reply.text:
            self._become(State.SPEAKING)
            said = self._speaker.say(reply.text, reply.language)
            await asyncio.wait({said}, timeout=ANSWER_WITHIN)
        if self.state is not State.SPEAKING and reply.text:
            if reply.expects_answer:
                self._nothing(asked, "replaced")
            return  # somebody has woken us meanwhile
        self._become(State.IDLE)
        if reply.expects_answer:
            self._expect(self._talking.expected(SESSION))
            self._asked = asked
            self._ear.tell(do="listen", stream=MICROPHONE)
            self._speaker.listening(on=True)
            self._become(State.LISTENING)

    def _begin(self, asked: Asked) -> None:
        if asked is not self._asked:
            self._end("replaced")
        self._asked = asked
        self._speaker.listening(on=True)
        self._speaker.sound("woke")
        self._become(State.LISTENING)

    def _end(self, why: str) -> None:
        """Nothing came of what is listened to now."""
        asked, self._asked = self._asked, NOBODY
        self._nothing(asked, why)

    def _nothing(self, asked: Asked, why: str) -> None:
        asked.end(why=why)
        if asked.id or why != "replaced":
            self._house.tell(self._house.topics("voice/silence"), {"why": why, **_named(asked)})

    def _expect(self, phrases: Sequence[str] | None) -> None:
        few = None if phrases is None else list(phrases)
        self._ear.tell(do="expect", stream=MICROPHONE, phrases=few)

    def _become(self, state: State) -> None:
        if state is self.state:
            return
        self.state = state
        body: Mapping[str, Any] = {"state": state.value, "area": self._area}
        self._house.tell(self._house.topics("voice/state"), body, retain=True)


def _named(asked: Asked) -> dict[str, str]:
    return {"listen": asked.id} if asked.id else {}
