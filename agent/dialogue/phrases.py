"""Words by language: our own phrases, and the response templates that home-assistant-intents brings along.

Names are user text. They reach a template as values only, cleaned and cut, and are never read as one. Both
kinds are loaded when a language is first spoken, and kept.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import orjson
import yaml
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_NAME = 80
LONGEST_TEXT = 600
LONGEST_SHOWN = 6_000
LANGUAGES = ("en", "zh-CN")
"""The languages that have phrases of our own."""
Words = Mapping[str, str]


class NotRenderedError(Exception):
    """A response template lacks a value, or says nothing: other words are needed."""


_FAILURES = (
    *(NotRenderedError, TemplateError, TypeError, ValueError, KeyError),
    *(IndexError, AttributeError, ArithmeticError),
)
"""What a template raises that is given what it was not written for."""


class Phrases:
    """Our own words in one language."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        """Take the content of a phrase file."""
        self.phrases: Mapping[str, str | Words] = found["phrases"]
        self.verbs: Mapping[str, Words] = found["verbs"]
        self.nouns: Mapping[str, Words] = found["nouns"]
        self.states: Mapping[str, Words] = found["states"]
        self.units: Words = found["units"]
        self.months: tuple[str, ...] = tuple(found["months"])
        self.weekdays: tuple[str, ...] = tuple(found["weekdays"])
        self.gap: str = found["gap"]
        """What stands between two sentences, and between a number and its unit."""
        self.own_first: frozenset[str] = frozenset(found["own_first"])
        """Verbs and kinds of questions that are said in our own words even where the library has some."""

    def said(self, key: str, **values: object) -> str:
        """The phrase of that key. One that is counted takes the form that `count` asks for."""
        return chosen(self.phrases[key], values.get("count")).format_map(values)


def chosen(forms: str | Words, count: object) -> str:
    """The form of a counted word or phrase."""
    if isinstance(forms, str):
        return forms
    return forms["one" if count == 1 else "other"]


@cache
def phrases(language: str) -> Phrases:
    """Our own words in `language`, one of LANGUAGES."""
    text = files("agent.dialogue").joinpath("phrases", f"{language}.yaml").read_text(encoding="utf-8")
    return Phrases(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506  # both are safe


@cache
def languages() -> Mapping[str, str]:
    """The languages of the library by their casefolded tags."""
    from home_assistant_intents import get_languages

    return MappingProxyType({one.casefold(): one for one in get_languages()})


def spoken_language(language: str) -> str:
    """The language of the library that serves `language`, "en" where none does."""
    wanted = language.replace("_", "-").casefold()
    if wanted.partition("-")[0] == "zh" and wanted not in languages():
        return "zh-CN"
    return languages().get(wanted) or languages().get(wanted.partition("-")[0]) or "en"


@cache
def responses(language: str) -> Mapping[str, Mapping[str, str]]:
    """The response templates of `language` by intent and key; empty where there are none.

    The file of a language is read once, and nothing but these is kept of it.
    """
    from home_assistant_intents import get_intents

    found = get_intents(language, json_load=lambda file: orjson.loads(file.read()))
    return MappingProxyType(dict(found["responses"].get("intents", {})) if found else {})


# rendering ----------------------------------------------------------------------------------------------
def render(source: str, values: Mapping[str, Any]) -> str:
    """The words of a response template.

    Raises:
        NotRenderedError: it lacks a value, fails, says nothing or says too much.
    """
    parts: list[str] = []
    room = LONGEST_SHOWN
    try:
        for part in _compiled(source).generate(values):
            parts.append(part[: room + 1])
            room -= len(part)
            if room < 0:
                break
    except _FAILURES as error:
        raise NotRenderedError(str(error)) from None
    if room < 0:
        raise NotRenderedError(f"more than {LONGEST_SHOWN} characters")
    text = " ".join("".join(parts).split())
    if not any(char.isalnum() for char in text):
        raise NotRenderedError("nothing is said")
    return text


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    return _environment().from_string(source)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    # The texts are spoken, or escaped by whoever shows them.
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_told)
    # Home Assistant's templates capitalize names; the rest of a name ("TV") is to stay as it is.
    environment.filters["capitalize"] = capital
    environment.filters["float"] = _as_float
    environment.filters["int"] = _as_int
    return environment


def _as_float(value: Any, default: Any = None) -> Any:
    """Home Assistant's filter: what is no number is no nought."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return _told(default)


def _as_int(value: Any, default: Any = None) -> Any:
    return int(found) if isinstance(found := _as_float(value, default), float) else found


def _told(value: object) -> object:
    if value is None:
        raise NotRenderedError("a value is not known")
    return value


# text ---------------------------------------------------------------------------------------------------
def cleaned(text: object, most: int = LONGEST_NAME) -> str:
    """`text` on one line without control, format and private characters, cut to `most` characters."""
    plain = "".join(
        " " if char.isspace() else char
        for char in str(text)[: 4 * most]
        if char.isspace()
        or char in "\u200c\u200d"
        or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs")
    )
    return cut(" ".join(plain.split()), most)


def cut(text: str, most: int) -> str:
    """`text` in at most `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def capital(text: object) -> str:
    """`text` with its first letter in upper case."""
    plain = str(text)
    return plain[:1].upper() + plain[1:]
