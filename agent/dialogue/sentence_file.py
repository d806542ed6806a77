"""Learned phrases as a sentence file in hassil's YAML form, as it is loaded from `sentences/`. Pure.

A phrase whose meaning such a file cannot hold (several intents, "all" that is not said) is left out.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from agent.core.intents import Intent
from agent.dialogue.pattern import KINDS, Pattern, place
from agent.engines.quantity import means_every

_LETS_IN = ("door", "garage", "gate")
_SOMETHING = "x"
_HEAD = """\
# Phrases that this house learned, as `hearthd phrases export` gave them. Beside the configuration, as
# sentences/{language}.yaml or sentences/{language}/learned.yaml, they are sentences of your own.
"""


def sentence_file(language: str, patterns: Iterable[Pattern]) -> str:
    """The sentence file of the `patterns` in `language`, a tag of the library."""
    intents: dict[str, dict[str, list[dict[str, Any]]]] = {}
    left_out = 0
    for pattern in patterns:
        if pattern.language != language:
            continue
        if not _can_be_told(pattern):
            left_out += 1
            continue
        (intent,) = pattern.intents
        intents.setdefault(intent.name, {"data": []})["data"].append(_block(pattern, intent))
    head = _HEAD.format(language=language)
    if left_out:
        head += f"# Left out, as no sentence file can say what they mean: {left_out}.\n"
    told = {"language": language, "intents": intents}
    return head + yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=110)


def _can_be_told(pattern: Pattern) -> bool:
    """Whether the grammar would understand from words alone what the pattern means."""
    if len(pattern.intents) != 1:
        return False
    (intent,) = pattern.intents
    if (intent.here and "area" in intent.slots) or (intent.domains and "name" not in intent.slots):
        return False
    text, slots = pattern.text, dict(intent.slots)
    for kind in KINDS:
        text = text.replace(place(kind), _SOMETHING)
    if "name" in slots:
        # As the grammar does, it is left aside; no other word may be taken for it.
        text, slots["name"] = text.replace(_SOMETHING, " "), _SOMETHING
    return means_every(text, pattern.language, slots) is intent.every


def _block(pattern: Pattern, intent: Intent) -> dict[str, Any]:
    block: dict[str, Any] = {"sentences": [pattern.text]}
    slots = {slot: value for slot, value in intent.slots.items() if slot not in KINDS}
    if slots:
        block["slots"] = slots
    requires: dict[str, Any] = {}
    if "name" in intent.slots:
        requires["domain"] = sorted(intent.domains)
        if "cover" in intent.domains:
            block["excludes_context"] = {"device_class": list(_LETS_IN)}
    if intent.here:
        requires["area"] = {"slot": True}
    if requires:
        block["requires_context"] = requires
    if intent.response is not None:
        block["response"] = intent.response
    return block
