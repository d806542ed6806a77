"""The ear's own source of sound: read in a thread of its own, and opened again whenever it was lost."""

import threading
from collections.abc import Mapping
from typing import Any, Final

from integrations.voice.ear.inbox import MICROPHONE, Inbox
from integrations.voice.ear.sources import AudioSource, SourceError, open_source
from integrations.voice.ear.utterance import Tell

_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 30.0


class Microphone:
    """Puts the sound of a source into the inbox, from `start` to `close`."""

    def __init__(self, settings: Mapping[str, Any], *, inbox: Inbox, tell: Tell) -> None:
        """Create.

        Args:
            settings: of the source.
            inbox: takes its sound as stream 0, and the command `over` when it ended or was lost.
            tell: takes `source` and `failed`.
        """
        self._settings = settings
        self._inbox = inbox
        self._tell = tell
        self._closing = threading.Event()
        self._source: AudioSource | None = None
        self._told: str | None = None

    def start(self) -> None:
        """Begin, and return at once."""
        threading.Thread(target=self._run, name="microphone", daemon=True).start()

    def close(self) -> None:
        """Let go of the source."""
        self._closing.set()
        if (source := self._source) is not None:
            source.close()

    def _run(self) -> None:
        wait = _FIRST_WAIT
        while not self._closing.is_set():
            try:
                source = open_source(self._settings)
            except SourceError as error:
                self._fail(str(error))
            else:
                came, lost = self._read(source)
                if not lost:
                    return
                if came:
                    wait = _FIRST_WAIT
            self._closing.wait(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _read(self, source: AudioSource) -> tuple[bool, bool]:
        """Read until it is over, lost or closed: whether any sound came, and whether it was lost."""
        self._source = source
        came = False
        reason = ""
        try:
            while (block := source.read()) and not self._closing.is_set():
                if not came:
                    self._told = None
                    self._tell("source", state="open", device=source.device, reason="")
                came = True
                self._inbox.sound(MICROPHONE, block)
                if lost := source.lost:
                    self._inbox.lose(lost)
        except SourceError as error:
            reason = str(error)
        finally:
            self._source = None
            source.close()
        if self._closing.is_set():
            return came, False
        if came:
            self._inbox.command({"do": "over", "lost": bool(reason)})
            self._tell("source", state="lost", device=source.device, reason=reason or "it is over")
        else:
            self._fail(reason or f"there is no sound in {source.device}")
        return came, bool(reason)

    def _fail(self, reason: str) -> None:
        """Tell once what keeps it from being opened, not at each attempt."""
        if reason != self._told:
            self._told = reason
            self._tell("failed", what="source", reason=reason)
