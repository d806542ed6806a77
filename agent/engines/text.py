"""What is said, made fit to be read: bounded, printable, one form for each letter. Pure."""

import re
import unicodedata

from rapidfuzz.distance import OSA

from agent.core.intents import Unrecognized

MOST_CHARACTERS = 300
"""Longer than anything that is said in one breath."""
MOST_LOOKED_AT = 4 * MOST_CHARACTERS
"""With everything in it that cannot be spoken."""
_SPEAKABLE_SYMBOLS = frozenset("°%+$€£<>=|")
_SQUEEZED = re.compile(r"[\s\-_]+")
_SPACES = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[.。,，?¿？؟!¡！;；:：]+")
_NOUNS = {"en": ("light", "lights", "lamp", "lamps", "blind", "blinds", "curtain", "curtains")}
"""What things are called in templates; names of the house are compared elsewhere."""
_WORD = re.compile(r"\w+")
_BESIDE_CHARACTERS = re.compile(r"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])")
_SCRIPTS = ((re.compile(r"[\u3040-\u30ff]"), "ja"), (re.compile(r"[\u4e00-\u9fff]"), "zh-CN"))


def cleaned(text: str) -> str | Unrecognized:
    """`text` on one line without what cannot be spoken: control and format characters, emoji.

    Letters are brought to their compatibility form (NFKC, Unicode Standard Annex 15): a full-width digit is a
    digit. A text without any letter or digit, or of more than `MOST_CHARACTERS`, is refused.
    """
    if len(text) > MOST_LOOKED_AT:
        return Unrecognized(reason="too_long", text=text[:80])
    letters = []
    for char in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(char)
        if category == "Cf":
            continue
        letters.append(char if category[0] not in "CS" or char in _SPEAKABLE_SYMBOLS else " ")
    plain = _SPACES.sub(" ", "".join(letters).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).strip()
    if len(plain) > MOST_CHARACTERS:
        return Unrecognized(reason="too_long", text=plain[:80])
    if not plain:
        return Unrecognized(reason="empty" if not text.strip() else "unreadable", text=text[:80])
    if not any(char.isalnum() for char in plain):
        return Unrecognized(reason="unreadable", text=plain)
    return plain


def squeezed(text: str) -> str:
    """`text` casefolded, without spaces, hyphens, underscores and punctuation: what is compared."""
    return _PUNCTUATION.sub("", _SQUEEZED.sub("", text.casefold()))


def unspaced(text: str) -> str:
    """`text` without the spaces beside Chinese characters: recognisers set them, templates do not."""
    return _BESIDE_CHARACTERS.sub("", text)


def mended(text: str, language: str) -> str:
    """`text` with nouns that were misheard by one letter, not the first, as written: "lamb" is a lamp."""
    nouns = _NOUNS.get(language[:2], ())

    def heard(word: re.Match[str]) -> str:
        said = word[0].casefold()
        if said in nouns:
            return word[0]
        alike = (one for one in nouns if one[0] == said[0] and OSA.distance(one, said, score_cutoff=1) == 1)
        return next(alike, word[0])

    return _WORD.sub(heard, text)


def language_of(text: str, usual: str) -> str:
    """The language of `text` as far as its script tells, otherwise the `usual` one."""
    for script, language in _SCRIPTS:
        if script.search(text):
            return usual if usual[:2] in ("ja", "zh") else language
    return usual


def plain_value(value: object) -> object:
    """Whole floats as integers, texts without surrounding space: what people would write."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.strip() if isinstance(value, str) else value
