"""pocketsphinx: people's English, within the grammar of the house, with the model that is in its wheel.

Whatever is said, it hears a sentence of the grammar. So beside it a second decoder hears nothing but sounds:
where those fit much better than the words do, the words are doubtful.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from integrations.voice.ear.recognisers import Heard, Hearing, RecogniserError
from integrations.voice.ear.recognisers.spelling import missing

_HOUSE: Final = "house"
_LONGEST: Final = 15 * 32_000
"""Bytes of an utterance that are kept."""
_MOST_QUESTIONS: Final = 8
_WORD_FITS: Final = (-75.0, 15.0)
"""By how much a word fits worse than sounds (per frame) at a confidence of 0.5, and how fast that falls."""
_ALL_FITS: Final = (-50.0, 6.0)
"""The same of all words together."""
_HEARD_SOMETHING_ELSE: Final = 0.35
_SOUNDS: Final = {
    "tion": "SH AH N", "igh": "AY", "ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "ck": "K", "qu": "K W",
    "ng": "NG", "wh": "W", "ee": "IY", "ea": "IY", "oo": "UW", "ou": "AW", "ow": "OW", "ai": "EY", "ay": "EY",
    "oi": "OY", "oy": "OY", "ar": "AA R", "er": "ER", "ir": "ER", "ur": "ER", "or": "AO R", "au": "AO",
    "aw": "AO", "ie": "IY", "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH",
    "i": "IH", "j": "JH",
    "k": "K", "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T",
    "u": "AH", "v": "V", "w": "W", "x": "K S", "y": "IY", "z": "Z",
}  # fmt: skip
_PARTS: Final = "|".join(sorted(_SOUNDS, key=len, reverse=True))


def open_sphinx(model: str | None, *, language: str, why: str) -> "SphinxRecogniser":
    """Open it.

    Raises:
        RecogniserError: of another language or model than its own, or the library is missing.
    """
    if language.lower().replace("_", "-").split("-")[0] != "en":
        raise RecogniserError(
            f"pocketsphinx understands English only, and this house speaks {language!r}: set"
            " voice.stt.engine to vosk and voice.stt.model to a model of that language"
        )
    if model is not None:
        raise RecogniserError(
            f"pocketsphinx brings its own model and can't use {model!r}: leave voice.stt.model out,"
            " or set voice.stt.engine to vosk"
        )
    try:
        import pocketsphinx  # type: ignore[import-untyped]
    except (ImportError, OSError) as error:
        raise RecogniserError(f"the library pocketsphinx can't be loaded: {error}") from error
    try:
        return SphinxRecogniser(pocketsphinx, why=why)
    except (RuntimeError, ValueError, OSError) as error:
        raise RecogniserError(f"pocketsphinx can't load its own model: {error}; install it again") from error


class SphinxRecogniser:
    """Decoders with one model; there are as many as utterances at the same time."""

    name = "pocketsphinx"

    def __init__(self, pocketsphinx: Any, *, why: str) -> None:
        """Create; `pocketsphinx` is the library."""
        self._library = pocketsphinx
        self.why = why
        self._dictionary = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
        with self._dictionary.open("rb") as lines:
            self.words = sum(1 for line in lines if b"(" not in line.split(b" ", 1)[0])
        self._jsgf = ""
        self._said: dict[str, str] = {}
        self._idle = [_Pair(self)]

    def vocabulary(self, phrases: Sequence[str], jsgf: str, names: Sequence[str]) -> dict[str, list[str]]:
        """See `Recogniser`."""
        pair = self._idle[0] if self._idle else _Pair(self)
        decoder = pair.words
        grammar = jsgf or grammar_of(phrases)
        spoken = set(tokens(grammar))
        spoken.update(word for name in names for word in name.lower().split())
        strange = sorted(word for word in spoken if word in self._said or decoder.lookup_word(word) is None)
        if len(strange) > len(spoken) / 2:
            raise RecogniserError(
                f"pocketsphinx knows only {len(spoken) - len(strange)} of the {len(spoken)} words of this"
                f" house (not {', '.join(strange[:5])}): it understands English only"
            )
        composed = {word: how for word in strange if (how := _composed(word, decoder))}
        # The grammar as a whole is refused for a word without sounds.
        said = {word: composed.get(word) or spelt(word) for word in strange}
        try:
            pair.learn(grammar, said)
        except ValueError as error:
            raise RecogniserError(f"pocketsphinx can't read the grammar of this house: {error}") from error
        self._said, self._jsgf = said, grammar
        self._idle[:] = [pair]
        wanted = {word for name in names for word in name.lower().split()} & set(strange) - set(composed)
        return missing(wanted, self._known()) if wanted else {}

    def begin(self, only: Sequence[str] | None) -> Hearing:
        """See `Recogniser`."""
        pair = self._idle.pop() if self._idle else _Pair(self)
        return _SphinxHearing(self, pair, only)

    def prepared(self) -> tuple[Any, Any]:
        """Decoders of words and of sounds."""
        library = self._library
        words = library.Decoder(lm=None, loglevel="FATAL", bestpath=False, samprate=16000)
        sounds = library.Decoder(
            lm=None,
            allphone=library.get_model_path("en-us/en-us-phone.lm.bin"),
            loglevel="FATAL",
            bestpath=False,
            samprate=16000,
            beam=1e-20,
            pbeam=1e-20,
            lw=2.0,
        )
        return words, sounds

    def done(self, pair: "_Pair") -> None:
        """Take decoders back, unless the house has changed meanwhile."""
        if pair.jsgf == self._jsgf:
            self._idle.append(pair)

    @property
    def jsgf(self) -> str:
        """The grammar of the house; empty before the first."""
        return self._jsgf

    @property
    def said(self) -> Mapping[str, str]:
        """How words of the house are said that are in no dictionary."""
        return self._said

    def _known(self) -> Mapping[str, int]:
        with self._dictionary.open(encoding="utf-8") as lines:
            return {line.split(" ", 1)[0]: 0 for line in lines}


class _Pair:
    """A decoder of words and one of sounds."""

    def __init__(self, recogniser: SphinxRecogniser) -> None:
        self.words, self.sounds = recogniser.prepared()
        self.jsgf = ""
        self._questions: list[tuple[str, ...]] = []
        if recogniser.jsgf:
            self.learn(recogniser.jsgf, recogniser.said)

    def learn(self, jsgf: str, said: Mapping[str, str]) -> None:
        """Listen for this house; `said` is how words are said that are in no dictionary."""
        for word, sounds in said.items():
            if self.words.lookup_word(word) is None:
                self.words.add_word(word, sounds, True)  # noqa: FBT003  the library's own
        self.words.add_jsgf_string(_HOUSE, jsgf)
        self.jsgf = jsgf

    def listen(self, only: Sequence[str] | None) -> bool:
        """Listen for the house, or for some answers; False if there is nothing that could be said."""
        search = _HOUSE if self.jsgf else ""
        if only is not None:
            search = self._question(tuple(only))
        if not search:
            return False
        self.words.activate_search(search)
        return True

    def decoded(self, pcm: bytes) -> Heard:
        """What was said."""
        for decoder in (self.words, self.sounds):
            decoder.start_utt()
            decoder.process_raw(pcm, full_utt=True)
            decoder.end_utt()
        if self.words.hyp() is None:
            return Heard(text="")
        return _weighed(tuple(self.words.seg()), _per_frame(self.sounds))

    def _question(self, answers: tuple[str, ...]) -> str:
        speakable = [a for a in answers if a and all(self.words.lookup_word(w) for w in a.lower().split())]
        if not speakable:
            return ""
        name = f"question-{hash(answers)}"
        if answers not in self._questions:
            self.words.add_jsgf_string(name, grammar_of(speakable))
            self._questions.append(answers)
            if len(self._questions) > _MOST_QUESTIONS:
                self.words.remove_search(f"question-{hash(self._questions.pop(0))}")
        return name


class _SphinxHearing:
    """One utterance. It is decoded when it is over: levelled as a whole, twice as many are understood."""

    def __init__(self, recogniser: SphinxRecogniser, pair: _Pair, only: Sequence[str] | None) -> None:
        self._recogniser = recogniser
        self._pair = pair
        self._listens = pair.listen(only)
        self._kept = bytearray()

    def feed(self, pcm: bytes) -> str | None:
        """See `Hearing`."""
        if len(self._kept) < _LONGEST:
            self._kept += pcm
        return None

    def end(self) -> Heard:
        """See `Hearing`."""
        heard = Heard(text="")
        if self._listens and self._kept:
            heard = self._pair.decoded(bytes(self._kept))
        self._recogniser.done(self._pair)
        return heard


def _weighed(segments: Iterable[Any], sounds: Mapping[int, float]) -> Heard:
    words: list[tuple[str, float]] = []
    total = frames = 0.0
    for segment in segments:
        if segment.word.startswith(("<", "(", "[")):
            continue
        heard = [sounds[f] for f in range(segment.start_frame, segment.end_frame + 1) if f in sounds]
        worse = _score(segment) - sum(heard)
        words.append((re.sub(r"\(\d+\)$", "", segment.word), worse / max(1, len(heard))))
        total += worse
        frames += len(heard)
    if not words:
        return Heard(text="")
    at_most = _sure(total / max(1.0, frames), _ALL_FITS)
    if at_most < _HEARD_SOMETHING_ELSE:
        return Heard(text="", unknown=True)
    sure = tuple((word, round(min(at_most, _sure(fit, _WORD_FITS)), 4)) for word, fit in words)
    return Heard(text=" ".join(word for word, _ in sure), words=sure)


def _per_frame(decoder: Any) -> dict[int, float]:
    """How well the best sound fits, of each frame."""
    fits: dict[int, float] = {}
    if decoder.hyp() is None:
        return fits
    for segment in decoder.seg():
        first, last = segment.start_frame, segment.end_frame
        fits.update(dict.fromkeys(range(first, last + 1), _score(segment) / (last - first + 1)))
    return fits


def _score(segment: Any) -> float:
    """Its acoustic score, as the library counts it inside: in steps of the logarithm to 1.0001."""
    return math.log(max(segment.ascore, 1e-300)) / math.log(1.0001)


def _sure(fit: float, of: tuple[float, float]) -> float:
    middle, width = of
    return 1 / (1 + math.exp(-(fit - middle) / width))


def _composed(word: str, decoder: Any) -> str:
    """How a word is said that consists of known ones: "livingroom", "grandma's"; empty if it doesn't."""
    if word.endswith("'s") and (said := decoder.lookup_word(word[:-2])):
        return f"{said} Z"
    for at in range(len(word) - 3, 2, -1):
        first, second = decoder.lookup_word(word[:at]), decoder.lookup_word(word[at:])
        if first and second:
            return f"{first} {second}"
    return ""


def grammar_of(phrases: Iterable[str]) -> str:
    """A grammar of nothing but these."""
    said = " | ".join(dict.fromkeys(re.sub(r"[^\w' -]", " ", phrase.lower()).strip() for phrase in phrases))
    return f"#JSGF V1.0;\ngrammar said;\npublic <said> = {said};\n"


def tokens(jsgf: str) -> Iterator[str]:
    """The words of a grammar."""
    for rule in re.findall(r"=([^;]*);", jsgf):
        yield from re.findall(r"[^\s()\[\]|*+]+", re.sub(r"<[^>]*>|/[\d.]+/|\{[^}]*\}", " ", rule))


def spelt(word: str) -> str:
    """The sounds of a word that no dictionary has, about as its letters are read."""
    sounds = [_SOUNDS[part] for part in re.findall(_PARTS, word.lower())]
    return " ".join(sounds) or "AH"
