"""The wake word: openWakeWord's small networks, fed only when there is something to hear.

The networks cost the same whatever they hear, so `Gated` keeps from them what doesn't stand out
from the room: in a quiet house they rest. What they missed of the moment before is given them first, so a
soft beginning is not lost.
"""

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from integrations.voice.ear.vad import Level, rms
from integrations.voice.ear.xnnpack import Faster

_BEFORE: Final = 6  # blocks given the networks first when the gate opens
_AFTER: Final = 13  # blocks of quiet until it closes: the score peaks up to 0.6 s after the word
_WINDOWS: Final = 30  # blocks of silence that fill all the networks look at
_STEP: Final = 1280


class WakeError(Exception):
    """The wake word can't be listened for; the text says why, and what would be right."""


class WakeWord(Protocol):
    """Looks for one word in one stream."""

    def feed(self, block: bytes) -> float:
        """How sure it is (0 to 1) that the word ended in or shortly before this block of 1280 samples."""

    def reset(self) -> None:
        """Forget what was heard so far, as if it had been silent for long."""

    def close(self) -> None:
        """Give back what it holds."""


def open_wake(settings: Mapping[str, Any]) -> WakeWord:
    """The detector of `settings["word"]`: a name of pyopen-wakeword's own, or the path of a `.tflite` file.

    Raises:
        WakeError: there is no such word, its file is none, or the library does not run here.
    """
    word = str(settings["word"])
    try:
        from pyopen_wakeword import Model, OpenWakeWord, OpenWakeWordFeatures

        if word.endswith(".tflite"):
            _check_file(Path(word))
            return Gated(_Networks(OpenWakeWordFeatures.from_builtin(), OpenWakeWord.from_model(word)))
        if word not in (names := [model.value for model in Model]):
            raise WakeError(
                f"there is no wake word {word!r}; there are {', '.join(sorted(names))}, or a .tflite file"
            )
        return Gated(_Networks(OpenWakeWordFeatures.from_builtin(), OpenWakeWord.from_builtin(Model(word))))
    except (ImportError, OSError, RuntimeError) as error:
        raise WakeError(
            f"pyopen-wakeword does not run here ({error}): listening starts by button only"
        ) from error


def spoken(word: str) -> str:
    """The wake word as it is said: "hey jarvis" for "hey_jarvis"."""
    return Path(word).stem.replace("_", " ").lower()


class Gated:
    """A detector that is not troubled with silence, nor with the hum of the room."""

    def __init__(self, detector: WakeWord) -> None:
        self._detector = detector
        self._level = Level(over=1.4)
        self._skipped: deque[bytes] = deque(maxlen=_BEFORE)
        self._open_for = 0

    def feed(self, block: bytes) -> float:
        """The same as of the detector within; 0 while the gate is closed."""
        if self._level.stands_out(rms(block)):
            self._open_for = _AFTER
        if not self._open_for:
            self._skipped.append(block)
            return 0.0
        self._open_for -= 1
        while self._skipped:
            self._detector.feed(self._skipped.popleft())
        return self._detector.feed(block)

    def reset(self) -> None:
        """As the detector within; the room is the same."""
        self._skipped.clear()
        self._open_for = 0
        self._detector.reset()

    def close(self) -> None:
        """Close the detector within."""
        self._detector.close()


class _Networks:
    """Both networks, and their state after silence: to fill them with it anew takes a tenth of a second."""

    def __init__(self, features: Any, word: Any) -> None:
        self._features = features
        self._word = word
        from pyopen_wakeword.openwakeword import EMB_SHAPE, MEL_SHAPE

        self._faster = Faster(features, mel_shape=MEL_SHAPE, embedding_shape=EMB_SHAPE)
        features.new_audio_samples = _WINDOWS * _STEP
        self.feed(bytes(2 * _STEP))
        # Ten seconds of audio are shifted for each block; these are all that is looked at.
        features.audio = features.audio[-4 * _STEP :].copy()
        self._quiet = (
            features.audio.copy(),
            features.mels.copy(),
            word.embeddings.copy(),
            (features.new_audio_samples, features.new_mels, word.new_embeddings),
        )

    def feed(self, block: bytes) -> float:
        return max(
            (
                score
                for found in self._features.process_streaming(block)
                for score in self._word.process_streaming(found)
            ),
            default=0.0,
        )

    def reset(self) -> None:
        audio, mels, embeddings, counts = self._quiet
        self._features.audio[:] = audio
        self._features.mels[:] = mels
        self._word.embeddings[:] = embeddings
        self._features.new_audio_samples, self._features.new_mels, self._word.new_embeddings = counts

    def close(self) -> None:
        self._features.close()
        self._word.close()
        self._faster.close()


def _check_file(path: Path) -> None:
    """The library ends the process on a file that is no network, so it never gets to see one."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise WakeError(f"the wake word's file can't be read: {error}") from error
    if head[4:] != b"TFL3":
        raise WakeError(
            f"{str(path)!r} is no TensorFlow Lite network: a wake word's file ends in .tflite and is one"
        )
