"""Sentence files, ours and the user's, in hassil's YAML form; one that is wrong is left out and told.

`sentences/<language>.yaml` or `sentences/<language>/*.yaml` beside the configuration, and in the folders that
`language.sentences` names.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from hassil.intents import Intents
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError

from agent.engines.shape import references
from agent.errors import ConfigError

OWN = Path(__file__).with_name("sentences")
LARGEST = 1024 * 1024
"""Bytes of a sentence file."""
FROM_THE_HOUSE = frozenset({"name", "area", "floor"})
"""Lists whose values are the names of the house."""
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def ours(language: str) -> list[dict[str, Any]]:
    """Our own sentences in a language."""
    file = OWN / f"{language}.yaml"
    return [parsed(file)] if file.exists() else []


def of_user(folders: Iterable[Path], language: str) -> list[Path]:
    """The user's sentence files in a language, in the order in which they are read."""
    files: list[Path] = []
    for folder in folders:
        files += [*sorted(folder.glob(f"{language}.yaml")), *sorted((folder / language).glob("*.yaml"))]
    return files


def languages_of_user(folders: Iterable[Path]) -> list[str]:
    """The languages in which the user has sentences."""
    found = {
        path.stem if path.is_file() else path.name
        for folder in folders
        if folder.is_dir()
        for path in folder.iterdir()
        if path.suffix == ".yaml" or path.is_dir()
    }
    return sorted(found)


def parsed(file: Path) -> dict[str, Any]:
    """What stands in a sentence file.

    Raises:
        ConfigError: it is none; file, line if there is one, what is wrong, what would be right.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise ConfigError(f"{file}: more than {LARGEST} bytes; divide it into several files")
        data = yaml.load(file.read_text(encoding="utf-8"), Loader=_YAML)  # noqa: S506  # both are safe loaders
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{file}:{line}: {error.problem}; this is no YAML") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{file}: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("intents"), dict):
        raise ConfigError(f"{file}:1: a sentence file is a mapping with 'language' and 'intents'")
    return data


def checked(file: Path, data: Mapping[str, Any], base: Mapping[str, Any]) -> None:
    """Whether every sentence of a user's file can be used beside those of `base`.

    Raises:
        ConfigError: one line for each mistake, by file and line.
    """
    mistakes = [f"{file}:{_line(file, text)}: {what}" for text, what in _mistakes(data, base)]
    if mistakes:
        raise ConfigError("\n".join(mistakes))


def _mistakes(data: Mapping[str, Any], base: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(sentence, what is wrong with it)."""
    shared = {key: {**(base.get(key) or {}), **(data.get(key) or {})} for key in ("lists", "expansion_rules")}
    try:
        known = Intents.from_dict({"language": data.get("language", "en"), "intents": {}, **shared})
    except (ParseError, KeyError, TypeError, ValueError, AttributeError) as error:
        yield "", f"its lists or rules cannot be read: {error}"
        return
    lists = FROM_THE_HOUSE | known.slot_lists.keys()
    for intent, wanted in data["intents"].items():
        blocks = wanted.get("data") if isinstance(wanted, Mapping) else None
        if not isinstance(blocks, list):
            yield str(intent), f"{intent} has no list 'data' with 'sentences'"
            continue
        for block in blocks:
            sentences = block.get("sentences") if isinstance(block, Mapping) else None
            if not isinstance(sentences, list):
                yield str(intent), f"{intent} has a block without a list of 'sentences'"
                continue
            local = {*(block.get("lists") or {}), *lists}
            rules = {**known.expansion_rules, **_rules(block)}
            for text in sentences:
                what = _mistake(str(text), rules, local)
                if what is not None:
                    yield str(text), f"sentence {str(text)!r:.120} of {intent} {what}"


def _mistake(text: str, rules: Mapping[str, Any], lists: set[str]) -> str | None:
    try:
        expression = parse_sentence(text).expression
        unknown = sorted(
            one.list_name
            for one in references(expression, rules)
            if not one.is_inline_range and one.list_name not in lists
        )
    except ParseError as error:
        return f"cannot be read: {error}"
    except KeyError as error:
        return f"uses the rule <{error.args[0]}>, which is not defined"
    except RecursionError:
        return "uses a rule that contains itself"
    return f"uses the list {{{unknown[0]}}}, which is not defined" if unknown else None


def _rules(block: Mapping[str, Any]) -> dict[str, Any]:
    found = block.get("expansion_rules") or {}
    return {name: parse_sentence(text) for name, text in found.items()}


def _line(file: Path, text: str) -> int:
    """Where `text` stands in a file, as near as its first words tell."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((at for at, line in enumerate(lines, 1) if text and text in line), 1)
