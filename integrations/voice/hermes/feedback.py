"""Short sounds at satellites: that it woke, understood, or failed."""

from integrations.voice.hermes.asr import MOST_SITES
from integrations.voice.hermes.tts import Tts
from integrations.voice.speaking import Sound


class Feedback:
    """Plays them where they are wanted."""

    def __init__(self, tts: Tts, *, wanted: bool) -> None:
        self._tts = tts
        self._wanted = wanted
        self._quiet: set[str] = set()

    def switch(self, site: str, *, on: bool) -> None:
        """A site wants sounds, or none."""
        if on:
            self._quiet.discard(site)
        elif len(self._quiet) < MOST_SITES:
            self._quiet.add(site)

    def at(self, site: str, name: Sound | None) -> Sound | None:
        """The sound, if it is to be heard there."""
        return name if self._wanted and site not in self._quiet else None

    def play(self, site: str, name: Sound | None) -> None:
        """Have it played, if it is to be heard there."""
        if (heard := self.at(site, name)) is not None:
            self._tts.sound(site, heard)
