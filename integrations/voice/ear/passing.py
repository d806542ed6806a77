"""The recogniser that is none: somebody else makes text of speech, and gets each utterance as it comes."""

from collections.abc import Callable

from integrations.voice.ear.recognisers import Heard


class Passing:
    """One utterance on its way to somebody else."""

    def __init__(self, pass_on: Callable[[bytes], None]) -> None:
        """Create; `pass_on` takes the sound."""
        self._pass_on = pass_on

    def feed(self, pcm: bytes) -> str | None:
        """Hand it on; what it means is not known here."""
        self._pass_on(pcm)
        return None

    def end(self) -> Heard:
        """Nothing that we would know."""
        return Heard(text="", words=(), unknown=False)
