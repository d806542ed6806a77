"""How well a reader understands what people say, on the sets that are for tuning."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from agent.core.intents import acts
from agent.engines.tiny import codec, numbers
from agent.engines.tiny.train import corpus, human
from agent.engines.tiny.train.readers import Read

COPIED = 600
"""Sentences with names that are made up for the measurement."""

_GOES_WITHOUT_SAYING = (("kind", "unit"),)
"""A service is a unit where nobody says that it is a container."""
_SAME_WORD = {"error": "err", "critical": "crit", "emergency": "emerg", "warn": "warning"}
"""Priorities of the journal, as people say them and as it writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Shares of one set; None where the set has nothing of the kind."""

    count: int
    intent: float | None
    wrong_act: float | None
    mistaken: float | None
    """Taken for any other intent, whether it acts or not."""
    exact: float | None
    unconcerned: float | None
    """The recall of what is nothing to us."""


@dataclass(frozen=True, slots=True)
class Row:
    """One set, or a part of it, and what is wanted of it."""

    name: str
    file: str
    goal: str
    chosen: Callable[[human.Said], bool] = lambda _: True


ROWS = (
    Row(
        "SLURP devel, home part",
        "slurp_devel",
        "intent ≥ 95, wrong ≤ 2",
        lambda one: one.origin.startswith("iot"),
    ),
    Row("SLURP devel, all", "slurp_devel", "intent ≥ 91, exact ≥ 78, none ≥ 98"),
    Row(
        "HWU64 valid, home part",
        "hwu64_valid",
        "intent ≥ 93, exact ≥ 85",
        lambda one: one.origin.startswith("iot"),
    ),
    Row("HWU64 valid, all", "hwu64_valid", ""),
    Row("CLINC out of scope, val", "clinc_oos_val", "none ≥ 98"),
    Row("CLINC val", "clinc_val", ""),
    Row("Snips valid", "snips_valid", ""),
    Row("OHF tests, English (model alone)", "ohf_tests_en", ""),
    Row("OHF tests, Chinese (model alone)", "ohf_tests_zh-CN", ""),
)


DRAWN = Row("our templates, drawn anew", "", "")
"""What there is without a folder of human utterances."""
MOST_DRAWN = 2000
_ANEW = 90_210
"""The seed of what is drawn; training has another."""


def drawn(*, seed: int, count: int = MOST_DRAWN) -> list[human.Said]:
    """Sentences of templates with names made up now, of which the model has not seen the most."""
    chance = random.Random(seed)  # noqa: S311  # the same every time
    found: list[human.Said] = []
    for language in corpus.LANGUAGES:
        for one in islice(corpus.sampled(language, chance), count // len(corpus.LANGUAGES)):
            meant = codec.decode(one.answer, one.text) if one.whole else ()
            if one.whole and len(meant) <= 1:
                name, slots = meant[0] if meant else (codec.NONE, {})
                found.append(human.Said(text=one.text, intent=name, slots=slots, language=language))
    return found


def table(
    folder: Path | None, readers: Mapping[str, Read], *, most: int | None = None
) -> list[tuple[Row, str, Score]]:
    """The score of every row by every reader; `most` utterances of a row, if it is given.

    Without a folder, or of sets that are not in it, there is no row; of nothing else, one of templates.
    """
    found = []
    there = [row for row in ROWS if folder is not None and (folder / f"{row.file}.jsonl").exists()]
    for row in there or (DRAWN,):
        every = drawn(seed=_ANEW) if row is DRAWN or folder is None else human.read(folder, row.file)
        said = [one for one in every if row.chosen(one)][:most]
        for name, read in readers.items():
            found.append((row, name, score(said, read)))
    return found


def score(said: Sequence[human.Said], read: Read) -> Score:
    """The score of a reader on these utterances."""
    texts = [codec.normalised(human.unwoken(one.text)) for one in said]
    return scored(said, [understood(answer, text) for answer, text in zip(read(texts), texts, strict=True)])


def scored(said: Sequence[human.Said], told: Sequence[codec.Decoded]) -> Score:
    """The score of what was understood of each of these utterances."""
    pairs = list(zip(said, told, strict=True))
    ours = [(one, got) for one, got in pairs if one.intent != codec.NONE and not one.intent.startswith("*")]
    others = [(one, got) for one, got in pairs if one.intent == codec.NONE]
    slotted = [(one, got) for one, got in ours if one.slots is not None]
    right = [accepted(one, got) for one, got in ours]
    wrong = [not accepted(one, got) and any(acts(name) for name, _ in got) for one, got in ours]
    return Score(
        count=len(said),
        intent=_mean(right),
        wrong_act=_mean(wrong),
        mistaken=_mean([bool(got) and not accepted(one, got) for one, got in ours]),
        exact=_mean([accepted(one, got) and same_slots(one.slots or {}, got[0][1]) for one, got in slotted]),
        unconcerned=_mean([not got or got[0][0] in one.also for one, got in others]),
    )


def copying(read: Read, *, seed: int) -> float:
    """The share of names, made up now, that come back exactly."""
    chance = random.Random(seed)  # noqa: S311  # the same names every time
    every = corpus.sampled("en", chance)
    named = (one for one in every if re.search(r"\|(name|area|service) ", one.answer))
    chosen = list(islice(named, COPIED))
    hits = total = 0
    for one, answer in zip(chosen, read([one.text for one in chosen]), strict=True):
        wanted = re.findall(r"\|(?:name|area|service) ([^|;]+)", one.answer)
        got = re.findall(r"\|(?:name|area|service) ([^|;]+)", answer)
        hits += sum(name in got for name in wanted)
        total += len(wanted)
    return hits / total


def understood(answer: str, text: str) -> codec.Decoded:
    """The intents of an answer; one that is rejected counts as not understood."""
    try:
        return codec.decode(answer, text)
    except codec.CodecError:
        return ()


def accepted(one: human.Said, got: codec.Decoded) -> bool:
    """Whether the intent is the one wanted, or one as good."""
    return len(got) == 1 and got[0][0] in {one.intent, *one.also}


def same_slots(wanted: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    """Whether the slots mean the same, articles, case, words for numbers and what is implied aside."""
    wanted, got = _said(wanted), _said(got)
    if wanted.keys() != got.keys():
        return False
    return all(
        _plain(got[slot]) in [_plain(one) for one in (value if isinstance(value, list) else [value])]
        for slot, value in wanted.items()
    )


def _said(slots: Mapping[str, Any]) -> dict[str, Any]:
    return {slot: value for slot, value in slots.items() if (slot, value) not in _GOES_WITHOUT_SAYING}


def _plain(value: Any) -> str:
    text = re.sub(r"^(the|my|our|an?)\s+", "", codec.normalised(str(value)))
    text = re.sub(r"\s*(%|percent)$", "", text)
    text = _SAME_WORD.get(text, text)
    number = numbers.english(text.split())
    return f"{number:g}" if number is not None else text.removesuffix(".0")


def _mean(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
