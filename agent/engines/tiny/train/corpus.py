"""Data to examples: what is said, what it means, and how much of that is known."""

import json
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from agent.engines import files
from agent.engines.tiny import codec
from agent.engines.tiny.train import human
from agent.engines.tiny.train.names import Names, rooms
from agent.engines.tiny.train.sampling import Meant, Sampler, templates

FOLDER = "HEARTHD_DATA"
"""The environment variable with the folder of human utterances."""
LANGUAGES = {"en": 0.65, "zh-CN": 0.35}
_UNHEARD = {"en": 0.16, "zh-CN": 0.3}
"""How many sampled sentences are around names that are always made up, of `unheard.yaml`."""
_BEFORE = (
    *("please", "could you", "can you", "hey", "ok", "would you please", "i want you to", "um", "uh", "so"),
    *(
        "can you please",
        "hey can you",
        "i'd like you to",
        "go ahead and",
        "quickly",
        "well",
        "oh",
        "actually",
    ),
)
_OFTEN_UNHEARD = {
    "none": 5.0,
    "HassTurnOn": 2.0,
    "HassTurnOff": 2.0,
    "HassGetState": 1.5,
    "HassLightSet": 1.5,
}
_HEDGES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("hedges.yaml").read_text(encoding="utf-8"))
_AFTER = ("please", "thanks", "now", "right now", "for me", "thank you", "okay", "if you can", "will you")
_ROOMS = (*rooms("en"), *rooms("zh-CN"))
_THINGS = (
    r"(?:(?:所有|全部)?(?:灯|窗|百叶|卷帘|遮阳|风扇|电扇|吊扇|空调|暖气|地暖|照明|门锁|插座|电视|音箱)"
    r"| (?:light|lamp|fan|blind|curtain|shade|shutter|plug|switch|heater|speaker|strip|tv|radio)\b)"
)
_BETWEEN = {
    "en": (" and ", " then ", ", ", " and then ", " also ", ", and "),
    "zh-CN": ("，然后", "，", "并且", "再"),
}
_SAID_OTHERWISE = {
    **dict.fromkeys(("date", "time", "time_of_day", "every", "conversation_command", "alarm_name"), None),
    "name": "gadget",
    **{kind: kind for kind in ("area", "item", "search_query", "location", "message", "text")},
}
"""Slots whose value may be another, and of what kind it is; None: one that somebody said."""
TIMES_RESAID = 5
_IMPLIED = {"HassLightSet": "light", "HassVacuumStart": "vacuum"}
_ALONE = {"none", "Confirm", "Deny", "Cancel", "Undo", "Repeat", "Help", "HassNevermind", "HassRespond"}
_OFTEN_LOST = {"the", "a", "my", "to", "in", "of", "please"}


@dataclass(frozen=True, slots=True)
class Example:
    """An utterance as the model reads it and the answer. Not `whole`: how the answer goes on is unknown."""

    text: str
    answer: str
    whole: bool = True


def build(target: Path, *, count: int, seed: int) -> int:
    """Write `count` sampled examples and every human one to `target`; the number of lines.

    Their sources are `sampled`, `people`, and `others` for what people said that is nothing to us.
    """
    chance = random.Random(seed)  # noqa: S311  # the same corpus every time is the point
    folder = Path(os.environ[FOLDER]) if FOLDER in os.environ else None
    held = human.Held(folder) if folder else None
    lines = 0
    with target.open("w", encoding="utf-8") as out:
        for language, share in LANGUAGES.items():
            made = unheld(sampled(language, chance), language, held)
            for one in islice(made, round(count * share)):
                out.write(json.dumps({**asdict(one), "source": "sampled"}, ensure_ascii=False) + "\n")
                lines += 1
        for language in LANGUAGES if folder else ():
            people = list(unheld(from_people(folder, language, chance), language, held))  # type: ignore[arg-type]
            more = unheld(resaid(people, language, chance), language, held)
            for one in (*people, *more):
                source = "others" if one.answer == codec.NONE else "people"
                out.write(json.dumps({**asdict(one), "source": source}, ensure_ascii=False) + "\n")
                lines += 1
    return lines


def resaid(people: Sequence[Example], language: str, chance: random.Random) -> Iterator[Example]:
    """What people said with other names, items, dates ... in their places, and worn or dressed."""
    names = Names(chance, language)
    meant = {one: codec.decode(one.answer, one.text) for one in people if one.whole}
    said: dict[str, list[str]] = {}
    for intents in meant.values():
        for slot, value in ((slot, value) for _, slots in intents for slot, value in slots.items()):
            if slot in _SAID_OTHERWISE:
                said.setdefault(slot, []).append(str(value))
    for one, intents in meant.items():
        for _ in range(TIMES_RESAID if intents and any(intents[0][1]) else 1):
            text, slots = one.text, dict(intents[0][1]) if intents else {}
            for slot in _SAID_OTHERWISE.keys() & slots.keys():
                value, kind = str(slots[slot]), _SAID_OTHERWISE[slot]
                other = names.one(kind) if kind and chance.random() < 0.6 else chance.choice(said[slot])  # noqa: PLR2004  # a share
                if text.count(value) == 1 and chance.random() < 0.8:  # noqa: PLR2004  # a share
                    text, slots[slot] = text.replace(value, other), other
            changed = chance.choices((_kept, _dressed, _worn), (0.6, 0.2, 0.2))[0]
            text = changed(text, language, chance)
            again = _example(text, [(name, slots) for name, _ in intents])
            if again is not None and again.text != one.text and not _undecided(text, ("", slots)):
                yield again


def unheld(examples: Iterator[Example], language: str, held: human.Held | None) -> Iterator[Example]:
    """The examples that do not stand in the sets that are kept apart."""
    return (one for one in examples if held is None or (language, one.text) not in held)


def from_people(folder: Path, language: str, chance: random.Random) -> Iterator[Example]:
    """What people said, once each; what stands in several sets counts once in each."""
    for name, share in human.TRAINING.items():
        for one in human.read(folder, name):
            if one.language != language or chance.random() > share:
                continue
            told = human.answer(one)
            if told is not None:
                yield Example(codec.normalised(human.unwoken(one.text)), *told)


def sampled(language: str, chance: random.Random) -> Iterator[Example]:
    """Sentences without end: of templates and of paraphrases, alone and several in one breath."""
    folder = Path(__file__).with_name("phrases") / language
    phrases = sorted(one for one in folder.glob("*.yaml") if one.stem != "unheard")
    free = Sampler(*map(files.parsed, phrases), language=language, chance=chance).draw()
    made_up = files.parsed(folder / "unheard.yaml")
    unheard = Sampler(made_up, language=language, chance=chance, often=_OFTEN_UNHEARD).draw()
    strict = templates(language, chance).draw()
    shapes: list[tuple[float, Callable[[str, Meant], tuple[str, list[Meant]]]]] = [
        (0.35, lambda text, meant: (text, [meant])),
        (0.30, lambda text, meant: (_dressed(text, language, chance), [meant])),
        (0.20, lambda text, meant: (_worn(text, language, chance), [meant])),
        (
            0.15,
            lambda text, meant: _joined(text, meant, next(_actions(free, strict, chance)), language, chance),
        ),
    ]
    weights = [share for share, _ in shapes]
    while True:
        known = free if chance.random() < 0.45 else strict  # noqa: PLR2004  # a share
        text, meant = next(unheard if chance.random() < _UNHEARD[language] else known)
        _, shape = chance.choices(shapes, weights)[0]
        if (meant[0] in _ALONE and shape is shapes[-1][1]) or _undecided(text, meant):
            continue
        example = _example(*shape(text, meant))
        if example is not None:
            yield example


def _undecided(text: str, meant: Meant) -> bool:
    """Whether a name right before a thing may be that of a room or, more likely, a part of the thing's."""
    area = str(meant[1].get("area", ""))
    return bool(area and not area.endswith(_ROOMS) and re.search(re.escape(area) + _THINGS, text))


def _actions(
    free: Iterator[tuple[str, Meant]], strict: Iterator[tuple[str, Meant]], chance: random.Random
) -> Iterator[tuple[str, Meant]]:
    while True:
        text, meant = next(free if chance.random() < 0.5 else strict)  # noqa: PLR2004  # a coin
        if meant[0] not in _ALONE:
            yield text, meant


def _example(text: str, meant: list[Meant]) -> Example | None:
    """None if the sentence does not say what it means, so that nobody could tell."""
    text = codec.normalised(text)
    intents = [
        (name, {k: codec.normalised(v) if isinstance(v, str) else v for k, v in _meant(name, slots).items()})
        for name, slots in meant
        if name != codec.NONE
    ]
    try:
        answer = codec.encode(intents)
        codec.decode(answer, text)
    except codec.CodecError:
        return None
    return Example(text, answer) if text else None


def _meant(name: str, slots: dict[str, Any]) -> dict[str, Any]:
    """The slots without a domain that goes without saying: people's sets have none, some templates have."""
    implied = slots.get("domain") == _IMPLIED.get(name, "")
    return {slot: value for slot, value in slots.items() if slot != "domain" or not implied}


def _kept(text: str, _language: str, _chance: random.Random) -> str:
    return text


def _dressed(text: str, language: str, chance: random.Random) -> str:
    if language != "en":
        hedges = _HEDGES[language]
        return f"{chance.choice(hedges['before'])}{text}{chance.choice(hedges['after'])}"
    before = chance.choice(_BEFORE) if chance.random() < 0.7 else ""  # noqa: PLR2004  # a share
    after = chance.choice(_AFTER) if not before or chance.random() < 0.25 else ""  # noqa: PLR2004  # a share
    return f"{before} {text} {after}"


def _worn(text: str, language: str, chance: random.Random) -> str:
    """As a recogniser hears it: small words lost, one said twice, a false start, one taken for another."""
    if language != "en":
        return _misheard(_chinese_worn(text, chance), language, chance)
    words = text.split()
    if len(words) < 3:  # noqa: PLR2004  # nothing to lose
        return text
    words = [word for word in words if word not in _OFTEN_LOST or chance.random() < 0.6]  # noqa: PLR2004  # a share
    draw = chance.random()
    if words and draw < 0.12:  # noqa: PLR2004  # a share
        words.insert(0, words[0])
    elif draw < 0.25:  # noqa: PLR2004  # a share
        words.insert(0, chance.choice(("uh", "um", "er", "i mean", "no wait", "let me see")))
    return _misheard(" ".join(words), language, chance)


def _chinese_worn(text: str, chance: random.Random) -> str:
    draw = chance.random()
    if draw < 0.25:  # noqa: PLR2004  # a share
        return chance.choice(("呃", "嗯", "那个", "就是", "不对", "等等", "我想想")) + text
    if draw < 0.4:  # noqa: PLR2004  # a share
        return text[:1] + text
    return re.sub("^(请|帮我|麻烦|把)", "", text)


def _misheard(text: str, language: str, chance: random.Random) -> str:
    """At times with one word taken for another that sounds the same."""
    apart = r"\b" if language == "en" else ""
    misheard = _HEDGES["misheard"][language]
    heard = [word for word in misheard if re.search(f"{apart}{word}{apart}", text)]
    if not heard or chance.random() < 0.75:  # noqa: PLR2004  # a share
        return text
    word = chance.choice(heard)
    return re.sub(f"{apart}{word}{apart}", misheard[word], text, count=1)


def _joined(
    text: str, meant: Meant, other: tuple[str, Meant], language: str, chance: random.Random
) -> tuple[str, list[Meant]]:
    return f"{text}{chance.choice(_BETWEEN[language])}{other[0]}", [meant, other[1]]
