"""Open questions as parts of our device in Home Assistant: what to press, or where to type the PIN. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from agent.api import Topics
from integrations.health.slots import MOST_SLOTS

LONGEST_TEXT = 120
LONGEST_PIN = 64
LONGEST_NAME = 250
VERBS = ("approve", "deny")
_ODD = re.compile(r"[^A-Za-z0-9_.:-]")


def question_components(
    topics: Topics,
    pending: Sequence[Mapping[str, Any]],
    slots: Mapping[str, int],
    *,
    zone: tzinfo | None,
) -> dict[str, dict[str, Any]]:
    """The components for every slot; `slots`: which question is shown where.

    A button where anybody may answer, a field where the PIN is needed, nothing where only an authenticated
    person may. What is not there is said to be so, by its platform alone: Home Assistant removes an entity
    that is announced without anything else, and keeps one that is merely left out. Saying it of every slot
    each time also reaches a Home Assistant that was away when the question went.
    """
    components: dict[str, dict[str, Any]] = {
        key: {"platform": platform} for slot in range(1, MOST_SLOTS + 1) for platform, key, _ in _parts(slot)
    }
    for question in pending:
        slot = slots.get(question["id"])
        for platform, key, verb in _parts(slot) if slot is not None else ():
            if question["needs"] == {"button": "anybody", "text": "pin"}[platform]:
                components[key] = {
                    "platform": platform,
                    "name": _name(verb, question, zone=zone, pin=platform == "text"),
                    "command_topic": topics(verb),
                    "qos": 1,
                    **(_pressed(question["id"]) if platform == "button" else _typed(topics, question["id"])),
                }
    return components


def _parts(slot: int) -> Iterator[tuple[str, str, str]]:
    """Platform, key and verb of what a slot may show."""
    for verb in VERBS:
        yield "button", f"{verb}_{slot}", verb
        yield "text", f"pin_{verb}_{slot}", verb


def _pressed(question: str) -> dict[str, Any]:
    return {"payload_press": json.dumps({"id": question})}


def _typed(topics: Topics, question: str) -> dict[str, Any]:
    """What is typed reaches us alone: without a state topic Home Assistant would keep it as the state."""
    return {
        "mode": "password",
        "max": LONGEST_PIN,
        "command_template": f'{{"id": "{_escaped(question)}", "pin": {{{{ value | to_json }}}}}}',
        "state_topic": topics("pending"),
        "value_template": "{{ '' }}",
    }


def _name(verb: str, question: Mapping[str, Any], *, zone: tzinfo | None, pin: bool) -> str:
    until = datetime.fromisoformat(question["expires"]).astimezone(zone)
    text, who = question["text"][:LONGEST_TEXT], question["cause"]["who"][:LONGEST_TEXT]
    what = f"PIN to {verb}" if pin else verb.capitalize()
    return f"{what}: {text} (asked by {who}, expires {until:%H:%M})"[:LONGEST_NAME]


def _escaped(text: str) -> str:
    """`text` within quotes of JSON, with nothing in it that a template could take for its own."""
    return _ODD.sub(lambda odd: _code(odd[0]), text)


def _code(char: str) -> str:
    """One letter in JSON's code, which has two parts beyond the first 65,536 letters."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
