"""What people said, read from the folder that `HEARTHD_DATA` names. None of it is part of the project."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.engines.tiny import codec, schema

TRAINING: Mapping[str, float] = {
    "massive_en_train": 1.0,
    "hwu64_train": 1.0,
    "clinc_train": 1.0,
    "clinc_oos_train": 1.0,
    "snips_train": 0.35,
    "nl2bash": 0.1,
    "alp_device_actions": 0.6,
    "alp_device_actions_v2": 0.6,
    "homellm_specific_en": 1.0,
    "homellm_templated_en": 1.0,
    "homellm_status_en": 1.0,
    "ovos_diagnostics": 1.0,
}
"""Sets to train on, and the share of each; what is tuned on is left out."""
HELD = "held_hashes.txt"
_WAKE = re.compile(
    r"^(?:(?:ok|okay|hey|hi|hello)\s+)?(?:olly|ollie|alexa|siri|google|computer|jarvis)\b\s*"
    r"|\s*\b(?:olly|ollie|alexa|siri|google)$"
)
_ONCE_MORE = 2


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance. `slots` is None where the source has none or not all; `also` are intents as good."""

    text: str
    intent: str
    slots: Mapping[str, Any] | None
    also: tuple[str, ...] = ()
    origin: str = ""
    language: str = "en"


def read(folder: Path, name: str) -> Iterator[Said]:
    """The utterances of a set, in English and Chinese."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["lang"] in {"en", "zh-CN"}:
                yield Said(
                    text=row["utterance"],
                    intent=row["intent"],
                    slots=None if row.get("slots_partial") else row["slots"],
                    also=tuple(row.get("alt", ())),
                    origin=row.get("orig", ""),
                    language=row["lang"],
                )


def answer(one: Said) -> tuple[str, bool] | None:
    """What the model shall answer, and whether that is all of it; None: nothing to be learnt from.

    Without slots only the name of the intent is known, and nothing may be concluded about the rest.
    """
    intent = _intent(one)
    if intent == codec.NONE:
        # What some sets call a matter of calendars is a reminder here; its slots are not told.
        reminding = next((name for name in one.also if "remind" in one.text and "Reminder" in name), None)
        return (codec.NONE, True) if reminding is None else (reminding, False)
    if intent not in schema.INTENTS:
        return None
    name = intent.removeprefix("Hass")
    if one.slots is None:
        return name, False
    text, slots = codec.normalised(one.text), {}
    for slot, value in one.slots.items():
        said = _as_slot(slot, value, text)
        if said is not None:
            slots[slot] = said
    return codec.encode([(intent, slots)]), True


class Held:
    """The utterances that stand in sets kept apart: nothing of theirs is trained on."""

    def __init__(self, folder: Path) -> None:
        """Read the hashes."""
        self._hashes = frozenset((folder / HELD).read_text(encoding="ascii").split())

    def __contains__(self, said: tuple[str, str]) -> bool:
        """Whether (language, text) is one of them."""
        language, text = said
        key = f"{language}|{loose(text)}".encode()
        return hashlib.sha256(key).hexdigest()[:16] in self._hashes


def loose(text: str) -> str:
    """A text without what does not tell two apart: marks, wake words, politeness."""
    text = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
    text = re.sub(r"[^\w\s%'.:/-]", " ", text)
    text = re.sub(r"[.:](?!\d)|(?<!\w)['-]|['-](?!\w)", " ", text)
    text = " ".join(text.split())
    for _ in range(_ONCE_MORE):
        text = _WAKE.sub("", text).strip()
    return " ".join(re.sub(r"\b(please|could you|can you|would you|kindly)\b", " ", text).split())


def unwoken(text: str) -> str:
    """A text without the word that wakes an assistant."""
    return _WAKE.sub("", text.lower()).strip() or text


def _intent(one: Said) -> str:
    """The intent, where a source lumps two together: the one that the words say."""
    words = set(re.findall(r"[a-z]+", one.text.lower()))
    if one.intent == "HassGetCurrentTime" and "HassGetCurrentDate" in one.also:
        return (
            "HassGetCurrentDate" if words & {"date", "day", "month"} and "time" not in words else one.intent
        )
    if one.origin in {"shopping_list_update", "todo_list_update"}:
        if words & {"add", "put", "include"}:
            return one.intent
        return "HassListRemoveItem" if words & {"remove", "delete", "off", "erase"} else ""
    if one.origin in {"alarm", "timer"}:
        return one.intent if words & {"set", "wake", "create", "start", "add", "make"} else ""
    if one.origin == "change_volume":
        return "" if any(letter.isdigit() for letter in one.text) else one.intent
    return one.intent


def _as_slot(slot: str, value: Any, text: str) -> Any:
    for one in value if isinstance(value, list) else [value]:
        said = codec.normalised(one) if isinstance(one, str) else one
        try:
            codec.decode(codec.encode([("HassTurnOn", {slot: said})]), text)
        except codec.CodecError:
            continue
        return said
    return None
