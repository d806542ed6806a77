"""A folder that is to hold a Vosk model: whether it does, whole, and of which language it says that it is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from integrations.voice.ear.recognisers import RecogniserError
from integrations.voice.ear.recognisers.kaldi_files import defect

_CODES: Final = {"cn": "zh", "ua": "uk", "kz": "kk", "ph": "tl", "jp": "ja", "vn": "vi"}
_LANGUAGES: Final = {
    "english": "en", "chinese": "zh", "mandarin": "zh", "german": "de", "french": "fr", "spanish": "es",
    "italian": "it", "portuguese": "pt", "dutch": "nl", "russian": "ru", "ukrainian": "uk", "polish": "pl",
    "turkish": "tr", "japanese": "ja", "korean": "ko", "vietnamese": "vi", "hindi": "hi", "czech": "cs",
    "swedish": "sv", "greek": "el", "arabic": "ar", "farsi": "fa", "catalan": "ca", "kazakh": "kk",
    "esperanto": "eo", "uzbek": "uz", "breton": "br", "gujarati": "gu", "tajik": "tg", "telugu": "te",
}  # fmt: skip
_COMMON: Final = {
    "en": ["on", "off", "the", "is", "what", "open", "close", "turn", "light"],
    "de": ["an", "aus", "das", "ist", "was", "die", "und", "licht", "ein"],
    "fr": ["le", "la", "est", "et", "les", "de", "un", "dans", "lumière"],
    "es": ["el", "la", "es", "y", "los", "de", "un", "en", "luz"],
    "it": ["il", "la", "è", "e", "di", "un", "in", "luce", "che"],
    "nl": ["aan", "uit", "het", "is", "wat", "de", "en", "licht", "een"],
    "zh": ["开", "关", "灯", "的", "是", "打开", "关闭", "什么", "我"],
}
"""Words that every model of a language knows, however small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """A model that is whole."""

    path: Path
    words: Mapping[str, int] = field(repr=False)
    language: str | None
    """As the model itself says; None if it doesn't."""
    grammars: bool
    """It may be told at run time what is going to be said."""
    unknown: str | None
    """Its word for a word that it doesn't know."""


def model_folder(folder: str | None, *, language: str | None) -> ModelFolder:
    """Look at the folder of a model.

    Args:
        folder: where it should be.
        language: of the house: "en", "zh-CN"; None: any will do.

    Raises:
        RecogniserError: there is none, it isn't whole, or it is of another language.
    """
    if not folder:
        raise RecogniserError(
            "engine vosk needs a model: set voice.stt.model to its folder (hearthd voice pull fetches one)"
        )
    path = Path(folder).expanduser()
    if not path.is_dir():
        wrong = "is a file, and must be a folder: unpack it" if path.exists() else "does not exist"
        raise RecogniserError(f"the Vosk model {str(path)!r} {wrong} (hearthd voice pull fetches one)")
    new = (path / "am").is_dir() or (path / "graph").is_dir()
    if not new and not (path / "final.mdl").exists():
        deeper = [p for p in sorted(path.iterdir()) if (p / "am").is_dir() or (p / "final.mdl").exists()]
        hint = f"; it is one folder further down: {str(deeper[0])!r}" if deeper else ""
        raise RecogniserError(f"{str(path)!r} holds no Vosk model (no am/final.mdl){hint}")
    graph = path / "graph" if new else path
    whole = (graph / "HCLG.fst").exists()
    _whole(path, _needed(new=new, whole=whole))
    words = _words(graph / "words.txt")
    said = _language(path)
    if language is not None:
        _right_language(path, said=said, wanted=language, words=words)
    unknown = next((w for w in ("[unk]", "<unk>", "<UNK>") if w in words), None)
    return ModelFolder(path=path, words=words, language=said, grammars=not whole, unknown=unknown)


def _needed(*, new: bool, whole: bool) -> Iterable[str]:
    graphs = ("HCLG.fst",) if whole else ("HCLr.fst", "Gr.fst", "disambig_tid.int")
    if not new:
        return ("final.mdl", "mfcc.conf", *graphs, "words.txt")
    return (
        "am/final.mdl",
        "conf/mfcc.conf",
        "conf/model.conf",
        *(f"graph/{g}" for g in (*graphs, "words.txt")),
    )


def _whole(path: Path, needed: Iterable[str]) -> None:
    wrong = [f"{name} {what}" for name in needed if (what := defect(path / name))]
    wrong += [
        f"{name} {what}"
        for name in ("graph/phones/word_boundary.int", "ivector/final.ie", "ivector/final.mat")
        if (path / name).exists() and (what := defect(path / name))
    ]
    conf = path / "conf" / "model.conf"
    if not wrong and conf.exists():
        strange = [
            t for line in conf.read_text().splitlines() if (t := line.split("#")[0].strip()) and "=" not in t
        ]
        if strange:
            wrong.append(f"conf/model.conf is cut short ({strange[0]!r})")
    if wrong:
        raise RecogniserError(
            f"the Vosk model {str(path)!r} is not whole: {'; '.join(wrong)}. Fetch it again"
            " (hearthd voice pull)"
        )


def _words(path: Path) -> dict[str, int]:
    words = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            word, _, number = line.strip().rpartition(" ")
            words[word] = int(number)
    return words


def _language(path: Path) -> str | None:
    """What the name of the folder says, or the first lines of its README."""
    named = re.match(r"vosk-model(?:-small|-tts|-big)?-([a-z]{2})\b", path.resolve().name)
    if named:
        return _CODES.get(named[1], named[1])
    for readme in ("README", "README.md", "README.txt"):
        try:
            text = (path / readme).read_text(encoding="utf-8", errors="replace")[:400]
        except OSError:
            continue
        found = [w for w in re.findall(r"[a-z]+", text.lower()) if w in _LANGUAGES]
        if found:
            return _LANGUAGES[found[0]]
    return None


def _right_language(path: Path, *, said: str | None, wanted: str, words: Mapping[str, int]) -> None:
    house = wanted.lower().replace("_", "-").split("-")[0]
    if said is not None and said != house:
        raise RecogniserError(
            f"the Vosk model {str(path)!r} is for language {said!r}, and this house speaks {wanted!r}:"
            " set voice.stt.model to a model of that language, or language to the model's"
        )
    common = _COMMON.get(house, [])
    absent = [word for word in common if word not in words]
    if len(absent) > len(common) / 2:
        raise RecogniserError(
            f"the Vosk model {str(path)!r} does not speak {wanted!r}: it lacks {', '.join(absent[:5])}"
            f" (it knows {len(words)} words)"
        )
