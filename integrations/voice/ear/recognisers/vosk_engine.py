"""Vosk: any of its models, confined to the words of the house where the model allows it.

Vosk estimates from the phrases which word follows which. Beside that grammar every utterance is decoded
freely: `agreement` says why. On a machine that isn't fast enough for both at once, the free decoding comes
after the utterance, of what was kept of it.
"""

import json
import platform
import tempfile
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from integrations.voice.ear.recognisers import Heard, Hearing, RecogniserError
from integrations.voice.ear.recognisers.agreement import UNKNOWN, Decoding, agreed, alone, answered
from integrations.voice.ear.recognisers.model_folder import ModelFolder, model_folder
from integrations.voice.ear.recognisers.spelling import known_pieces, missing, segmented, signs, written

_RATE: Final = 16_000
_SECOND: Final = 2 * _RATE
_LONGEST: Final = 15 * _SECOND
"""Bytes of an utterance that are kept for decoding it again."""
_CHEAP: Final = 0.15
"""Seconds of processor per second of sound, of one decoding, up to which two are done at once."""
_MOST_GRAMMARS: Final = 8
_UNKNOWN_SHARE: Final = 60
"""Of so many phrases, one is something unknown."""
_MOST_ABSENT: Final = 0.9
"""Of the words of the house: a small model lacks many, and still knows what is said most."""
_SMALL_MACHINE: Final = {"max-active": 3000.0, "beam": 10.0, "lattice-beam": 2.0}

_Key = tuple[str, ...] | None
"""The phrases that a decoder is confined to; None: it is free."""


def open_vosk(
    folder: str | None, *, language: str, why: str, small_machine: bool | None = None
) -> "VoskRecogniser":
    """Load a model.

    Args:
        folder: of the model.
        language: of the house.
        why: this engine.
        small_machine: search less wide, as a Raspberry Pi needs it; None: if the processor is such a one.

    Raises:
        RecogniserError: there is no such model, it isn't whole, or it is of another language.
    """
    found = model_folder(folder, language=language)
    try:
        import vosk  # type: ignore[import-untyped]
    except (ImportError, OSError) as error:
        raise RecogniserError(f"the library vosk can't be loaded: {error}") from error
    vosk.SetLogLevel(-1)
    if small_machine is None:
        small_machine = platform.machine().startswith(("arm", "aarch"))
    try:
        model = _loaded(vosk, found.path, narrow=small_machine)
        return VoskRecogniser(vosk, model, found, why=why)
    except Exception as error:  # the library raises nothing else
        raise RecogniserError(f"Vosk can't load the model {str(found.path)!r}: {error}") from error


class VoskRecogniser:
    """A loaded model and its decoders, which are used again."""

    name = "vosk"

    def __init__(self, vosk: Any, model: Any, folder: ModelFolder, *, why: str) -> None:
        """Create; `vosk` is the library."""
        self._vosk = vosk
        self._model = model
        self._folder = folder
        self.why = (
            why if folder.grammars else f"{why} Its model takes no grammar, so it listens for everything."
        )
        self.words = len(folder.words)
        self._house: frozenset[str] = frozenset()
        self._phrases: tuple[str, ...] = ()
        self._idle: OrderedDict[_Key, list[_Decoder]] = OrderedDict()
        self.done(None, self._decoder(None))
        self._cost = 0.0

    def vocabulary(self, phrases: Sequence[str], jsgf: str, names: Sequence[str]) -> dict[str, list[str]]:  # noqa: ARG002
        """See `Recogniser`."""
        known = self._folder.words
        sentences = [segmented(phrase, known) for phrase in phrases]
        wanted = {word for sentence in sentences for word in sentence}
        absent = sorted(word for word in wanted if word not in known)
        if len(absent) > _MOST_ABSENT * len(wanted):
            raise RecogniserError(
                f"the Vosk model {str(self._folder.path)!r} knows only {len(wanted) - len(absent)} of the"
                f" {len(wanted)} words of this house (not {', '.join(absent[:5])}): another language?"
            )
        whole = tuple(piece for sentence in sentences for piece in known_pieces(sentence, known))
        self._house = frozenset(word for phrase in whole for word in phrase.split())
        self._phrases = whole
        for key in [key for key in self._idle if key is not None]:
            del self._idle[key]
        if self._confined:
            self.done(whole, self._decoder(whole))
        return missing(names, known)

    def begin(self, only: Sequence[str] | None) -> Hearing:
        """See `Recogniser`."""
        if not self._folder.grammars or (only is None and not self._confined):
            return VoskHearing(self, None, house=())
        if only is None:
            return VoskHearing(self, self._phrases, house=self._house)
        answers = tuple(" ".join(segmented(phrase, self._folder.words)) for phrase in only)
        return VoskHearing(self, answers, house=None)

    @property
    def _confined(self) -> bool:
        return self._folder.grammars and bool(self._phrases)

    @property
    def both_at_once(self) -> bool:
        """This machine is fast enough to decode twice while somebody speaks."""
        return self._cost <= _CHEAP

    def spent(self, seconds: float, *, of: float) -> None:
        """Note what a decoding has cost."""
        if of > 0:
            self._cost += 0.2 * (seconds / of - self._cost)

    def take(self, key: _Key) -> "_Decoder":
        """A decoder that is new, or as good as."""
        idle = self._idle.get(key)
        return idle.pop() if idle else self._decoder(key)

    def done(self, key: _Key, decoder: "_Decoder") -> None:
        """Take a decoder back: making one takes longer than to use it again."""
        decoder.reset()
        self._idle.setdefault(key, []).append(decoder)
        self._idle.move_to_end(key)
        for old in [key for key in self._idle if key not in {None, self._phrases}][:-_MOST_GRAMMARS]:
            del self._idle[old]

    def _decoder(self, key: _Key) -> "_Decoder":
        if key is None:
            return _Decoder(self._vosk.KaldiRecognizer(self._model, _RATE), self._folder.unknown)
        phrases = list(key)
        unknown = self._folder.unknown
        if unknown is not None:
            phrases += [unknown] * (1 + len(phrases) // _UNKNOWN_SHARE)
        grammar = json.dumps(phrases, ensure_ascii=False)
        return _Decoder(self._vosk.KaldiRecognizer(self._model, _RATE, grammar), unknown)


class VoskHearing:
    """One utterance, decoded twice: confined to `key`, and freely; freely alone where `key` is None."""

    def __init__(self, recogniser: VoskRecogniser, key: _Key, *, house: Collection[str] | None) -> None:
        """Begin; without a `house`, these are answers to a question."""
        self._recogniser = recogniser
        self._key = key
        self._house = house
        self._main = recogniser.take(key)
        self._free = recogniser.take(None) if key is not None and recogniser.both_at_once else None
        self._kept = bytearray()
        self._bytes = 0
        self._seconds = 0.0
        self._partial = ""

    def feed(self, pcm: bytes) -> str | None:
        """See `Hearing`."""
        self._bytes += len(pcm)
        began = time.thread_time()
        partial = self._main.feed(pcm)
        self._seconds += time.thread_time() - began
        if self._free is not None:
            self._free.feed(pcm)
        elif self._key is not None and len(self._kept) < _LONGEST:
            self._kept += pcm
        if partial == self._partial:
            return None
        self._partial = partial
        return partial

    def end(self) -> Heard:
        """See `Hearing`."""
        began = time.thread_time()
        decoded = self._main.end()
        self._seconds += time.thread_time() - began
        self._recogniser.spent(self._seconds, of=self._bytes / _SECOND)
        heard = self._decided(decoded)
        self._recogniser.done(self._key, self._main)
        return Heard(text=written(heard.text.split()), words=heard.words, unknown=heard.unknown)

    def _decided(self, decoded: Decoding) -> Heard:
        if self._key is None:
            return alone(decoded)
        free = self._free or self._recogniser.take(None)
        if self._free is None:
            free.feed(bytes(self._kept))
        freely = free.end()
        self._recogniser.done(None, free)
        if self._house is None:
            return answered(decoded, freely)
        return agreed(decoded, freely, house=self._house)


class _Decoder:
    """A recogniser of the library, with types."""

    def __init__(self, native: Any, unknown: str | None) -> None:
        native.SetWords(True)  # noqa: FBT003  the library's own
        self._native = native
        self._unknown = unknown
        self._words: list[tuple[str, float]] = []

    def feed(self, pcm: bytes) -> str:
        """Take sound; the text so far."""
        if self._native.AcceptWaveform(pcm):
            # It thinks that a sentence is over. What is said afterwards still belongs to the utterance.
            self._take(json.loads(self._native.Result()))
            partial = ""
        else:
            partial = str(json.loads(self._native.PartialResult()).get("partial", ""))
        said = [*(word for word, _ in self._words), *partial.split()]
        return written(word for word in said if word not in {UNKNOWN, self._unknown})

    def end(self) -> Decoding:
        """All that was said."""
        self._take(json.loads(self._native.FinalResult()))
        return Decoding(words=tuple(self._words))

    def reset(self) -> None:
        """Be as new."""
        self._native.Reset()
        self._words = []

    def _take(self, result: Mapping[str, Any]) -> None:
        for word in result.get("result", ()):
            text = str(word["word"])
            pieces = [UNKNOWN] if text == self._unknown else signs(text)
            self._words += [(piece, float(word["conf"])) for piece in pieces]


def _loaded(vosk: Any, folder: Path, *, narrow: bool) -> Any:
    conf = folder / "conf" / "model.conf"
    if not narrow or not conf.exists():
        return vosk.Model(str(folder))
    # Its flags can be set in its folder only, which isn't ours.
    with tempfile.TemporaryDirectory(prefix="hearthd-model-") as made:
        own = Path(made)
        for part in folder.iterdir():
            if part.name != "conf":
                (own / part.name).symlink_to(part.resolve())
        (own / "conf").mkdir()
        for part in conf.parent.iterdir():
            if part.name != conf.name:
                (own / "conf" / part.name).symlink_to(part.resolve())
        (own / "conf" / conf.name).write_text(narrowed(conf.read_text(encoding="utf-8")), encoding="utf-8")
        return vosk.Model(str(own))


def narrowed(conf: str) -> str:
    """A model.conf whose search is no wider than a Raspberry Pi can do while somebody speaks."""
    lines = []
    left = dict(_SMALL_MACHINE)
    for line in conf.splitlines():
        flag, _, value = line.strip().removeprefix("--").partition("=")
        limit = left.pop(flag, None)
        if limit is not None and float(value) > limit:
            lines.append(f"--{flag}={limit:g}")
        else:
            lines.append(line)
    lines += [f"--{flag}={limit:g}" for flag, limit in left.items()]
    return "\n".join(lines) + "\n"
