"""The words of one room or integration: sentences by key, a YAML file for each language beside the code.

What goes into a sentence is a value and is never read as one. A language without a file is told in English.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("en", "zh-CN")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_COMMON: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "and": " and ",
        "comma": ", ",
        "days": {"one": "1 day", "other": "{count} days"},
        "hours": {"one": "1 hour", "other": "{count} hours"},
        "minutes": {"one": "1 minute", "other": "{count} minutes"},
        "seconds": {"one": "1 second", "other": "{count} seconds"},
        "parts": " and ",
    },
    "zh-CN": {
        "and": "和",
        "comma": "、",
        "days": "{count}天",
        "hours": "{count}小时",
        "minutes": "{count}分钟",
        "seconds": "{count}秒",
        "parts": "",
    },
}


class Words:
    """The words in one language."""

    def __init__(self, language: str, phrases: Mapping[str, Any]) -> None:
        self.language = language
        self._phrases = phrases

    def said(self, key: str, **values: object) -> str:
        """The phrase of that key. One that is counted takes the form that `count` asks for.

        Raises:
            KeyError: there is no such phrase, or it needs another value.
        """
        found = self._phrases[key]
        if not isinstance(found, str):
            found = found["one" if values.get("count") == 1 else "other"]
        return str(found).format_map(values)

    def word(self, key: str, otherwise: str) -> str:
        """The phrase of that key if there is one."""
        found = self._phrases.get(key)
        return found if isinstance(found, str) else otherwise

    def several(self, key: str) -> list[str]:
        """The phrases of that key, one beside the other.

        Raises:
            KeyError: there are none.
        """
        return [str(one) for one in self._phrases[key]]

    def joined(self, parts: Sequence[str]) -> str:
        """Several things in a row: "a, b and c"."""
        if len(parts) < 2:  # noqa: PLR2004  # one thing, or none
            return "".join(parts)
        return f"{self.said('comma').join(parts[:-1])}{self.said('and')}{parts[-1]}"

    def span(self, seconds: float) -> str:
        """A length of time in its two largest units, as people say it."""
        left = max(0, round(seconds))
        if left >= _MINUTE:
            left -= left % _MINUTE
        if left >= _DAY:
            left -= left % _HOUR
        found = []
        for key, size in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE), ("seconds", 1)):
            many, left = divmod(left, size)
            if many:
                found.append(self.said(key, count=many))
        return self.said("parts").join(found[:2]) or self.said("seconds", count=0)


class Wordbook:
    """The files of a folder, each read when its language is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def words(self, language: str) -> Words:
        """The words in `language`, or in English."""
        return _read(self._folder, "zh-CN" if language.casefold().startswith("zh") else "en")


@lru_cache(maxsize=32)
def _read(folder: Path, language: str) -> Words:
    text = (folder / f"{language}.yaml").read_text(encoding="utf-8")
    return Words(language, {**_COMMON[language], **yaml.safe_load(text)})
