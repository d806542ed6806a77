"""Speech to text, behind one small protocol: what was said, and how sure the engine is of each word.

A wrong text that is sure of itself is the worst that can happen here, so a recogniser tells its doubts: a
word on which its two decodings disagree has little confidence, and what it has no word for is `unknown`. The
libraries are imported where an engine is opened, and never before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Heard", "Hearing", "Recogniser", "RecogniserError", "open_recogniser"]


class RecogniserError(Exception):
    """No speech to text; its text says what is wrong, where, and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was said, as far as it was understood."""

    text: str
    """Without what is unknown; empty if nothing was understood."""
    words: tuple[tuple[str, float], ...] = ()
    """Each word of the text with the confidence in it, 0 to 1."""
    unknown: bool = False
    """Something was said that the house has no word for."""


class Hearing(Protocol):
    """One utterance while it is spoken."""

    def feed(self, pcm: bytes) -> str | None:
        """Take the next sound (16 kHz, mono, 16 bit); the text so far, if it is another than before."""

    def end(self) -> Heard:
        """Say what was said. Call it once; nothing is fed afterwards."""


class Recogniser(Protocol):
    """An engine with its model."""

    name: str
    why: str
    """One sentence: why this engine and no other."""
    words: int
    """How many words its model knows."""

    def vocabulary(self, phrases: Sequence[str], jsgf: str, names: Sequence[str]) -> dict[str, list[str]]:
        """Listen for what this house understands from now on.

        Args:
            phrases: examples of what people say, in words.
            jsgf: the same as a grammar.
            names: names of things and places.

        Returns:
            Words of names that the model doesn't know, each with spellings near it that it does.

        Raises:
            RecogniserError: the model knows next to none of the words: it is of another language.
        """

    def begin(self, only: Sequence[str] | None) -> Hearing:
        """Begin an utterance.

        Args:
            only: what may be answered to an open question; None: whatever the house understands.
        """


def open_recogniser(settings: Mapping[str, Any]) -> Recogniser:
    """Open the engine that the settings ask for.

    Args:
        settings: `engine` ("vosk", "pocketsphinx" or "auto", the default), `model` (a folder, or None),
            `language` ("en"), `small_machine` (True, False; None: what the processor says).

    Raises:
        RecogniserError: it can't be had.
    """
    engine = settings.get("engine") or "auto"
    model = settings.get("model") or None
    language = str(settings.get("language") or "en")
    english = language.lower().replace("_", "-").split("-")[0] == "en"
    why = f"engine: {engine} is set."
    if engine == "auto":
        if model is not None:
            engine, why = "vosk", f"vosk, because a model is set: {model}."
        elif english:
            engine = "pocketsphinx"
            why = (
                "pocketsphinx, because no Vosk model is set; it understands English, within a closed grammar."
            )
        else:
            raise RecogniserError(
                f"no speech to text for language {language!r}: set voice.stt.model to the folder of a"
                " Vosk model of this language (hearthd voice pull); without one only English is understood"
            )
    if engine == "vosk":
        from integrations.voice.ear.recognisers.vosk_engine import open_vosk

        return open_vosk(model, language=language, why=why, small_machine=settings.get("small_machine"))
    if engine == "pocketsphinx":
        from integrations.voice.ear.recognisers.sphinx_engine import open_sphinx

        return open_sphinx(model, language=language, why=why)
    raise RecogniserError(f"there is no engine {engine!r}: vosk, pocketsphinx or auto")
