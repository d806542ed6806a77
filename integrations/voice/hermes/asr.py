"""Speech to text for satellites: `hermes/asr/...` and the audio frames of whoever is listened to.

A satellite's sound is subscribed to only while somebody listens to it: some send it day and night.
"""

from collections.abc import Callable, Sequence

from integrations.voice.heard import Heard
from integrations.voice.hermes.frames import Frames
from integrations.voice.hermes.wire import Wire
from integrations.voice.parts import Hears

MOST_SITES = 64


class Asr:
    """Listens to one thing at a time in each place."""

    def __init__(self, wire: Wire, hearing: Hears) -> None:
        self._wire = wire
        self._hearing = hearing
        self._open: dict[str, Frames] = {}

    async def listen(
        self,
        site: str,
        *,
        session: str,
        whole: bool = False,
        lang: str = "",
        opened: Callable[[], None] = lambda: None,
        spoke: Callable[[], None] | None = None,
        only: Sequence[str] | None = None,
    ) -> Heard | None:
        """What is said at `site` next; None if that is nothing that could be understood.

        Whoever listened there before gets what was said up to now.

        Args:
            site: where.
            session: what it is for; told to whoever wants to know.
            whole: all that comes until `stop` is one thing that is said; otherwise the first pause ends it.
            lang: the language that a session says it is in.
            opened: is called as soon as sound that is sent is heard.
            spoke: is called when somebody begins to speak.
            only: the few things that may be said, None: whatever the house understands.

        Raises:
            TransientError: the ear is not there.
        """
        self.stop(site)
        frames, refused = Frames(), False

        def put(wav: bytes) -> None:
            nonlocal refused
            try:
                frames.put(wav)
            except ValueError as error:
                if not refused:
                    refused = True
                    self._wire.error("asr", str(error), site=site, session=session, context="audioFrame")

        if site not in self._open and len(self._open) >= MOST_SITES:
            self._wire.error("asr", f"{MOST_SITES} sites are listened to already", site=site, session=session)
            return None
        self._open[site] = frames
        unsubscribe = self._wire.listen(f"audioServer/{site}/audioFrame", put)
        opened()
        try:
            heard = await self._hearing.transcribe(frames.pieces(), whole=whole, on_speech=spoke, only=only)
        finally:
            unsubscribe()
            self._wire.dropped(frames.dropped)
            if self._open.get(site) is frames:
                del self._open[site]
        self._wire.tell(
            "asr/textCaptured",
            {
                "text": heard.text if heard is not None else "",
                "likelihood": round(heard.confidence, 3) if heard is not None else 0.0,
                "seconds": round(frames.seconds, 3),
                "siteId": site,
                "sessionId": session or None,
                "asrTokens": None if heard is None else [tokens_of(heard)],
                "lang": lang or None,
            },
        )
        return heard

    def listens(self, site: str) -> bool:
        """Whether somebody is listened to there."""
        return site in self._open

    def stop(self, site: str) -> None:
        """What was said up to now is all that is said."""
        if site in self._open:
            self._open[site].end()


def tokens_of(heard: Heard) -> list[dict[str, object]]:
    """The words of `heard`, where they stand in its text, and how sure they are."""
    words = heard.words or tuple((word, heard.confidence) for word in heard.text.split())
    tokens: list[dict[str, object]] = []
    at = 0
    for word, confidence in words:
        start = heard.text.find(word, at)
        if start < 0:
            continue
        at = start + len(word)
        sure = round(confidence, 3)
        tokens.append({"value": word, "confidence": sure, "rangeStart": start, "rangeEnd": at, "time": None})
    return tokens
