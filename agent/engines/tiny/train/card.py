"""The model card: what the weights were made of, how well they do, where they end."""

from collections.abc import Sequence
from pathlib import Path

from agent.engines.tiny.train.evaluate import Row, Score

_HEAD = """# {name}

Free phrasing to intents: a Llama decoder of {parameters:.1f} M parameters, made from nothing, Q8_0,
{megabytes:.1f} MB. It reads `<|user|>utterance<|intent|>` and writes what
`agent/engines/tiny/codec.py` describes. English and Chinese.

Weights: Apache-2.0. Trained for {minutes:.0f} minutes on {machine}, {examples} examples.
`make model` makes it again.

| set | reader | n | intent | wrong act | exact | none recalled | goal |
|---|---|---|---|---|---|---|---|
"""
_TAIL = """
{remarks}

## Data

| set | licence | address |
|---|---|---|
| home-assistant-intents | Apache-2.0, CC-BY-4.0 | https://github.com/OHF-Voice/intents |
| our sentences and phrases | that of this project | `agent/engines/sentences`, `agent/engines/tiny/train` |
| SLURP | CC-BY-4.0 | https://github.com/pswietojanski/slurp |
| MASSIVE en-US | CC-BY-4.0 | https://github.com/alexa/massive |
| HWU64 | CC-BY-4.0 | https://github.com/xliuhw/NLU-Evaluation-Data |
| CLINC150 | CC-BY-3.0 | https://github.com/clinc/oos-eval |
| Snips 2017 | CC0-1.0 | https://github.com/sonos/nlu-benchmark |
| home-llm | MIT | https://github.com/acon96/home-llm |
| device-actions | Apache-2.0 | https://github.com/allenporter |
| NL2Bash | MIT | https://github.com/TellinaTool/nl2bash |
| OVOS diagnostics | Apache-2.0 | https://github.com/OpenVoiceOS/ovos-skill-diagnostics |

## Limits

It knows no names of a house: it copies what was said, and resolving it is the daemon's. An answer that names
what was not said is rejected. What it was not trained on (other languages, long stories, several questions at
once) it may take for something else; nothing that can do harm may rest on it without being asked back.
"""


def write(
    target: Path,
    rows: Sequence[tuple[Row, str, Score]],
    *,
    name: str,
    parameters: int,
    size: int,
    minutes: float,
    examples: int,
    machine: str,
    remarks: Sequence[str],
) -> None:
    """Write the card of a model to `target`."""
    head = _HEAD.format(
        name=name,
        parameters=parameters / 1e6,
        megabytes=size / 1e6,
        minutes=minutes,
        machine=machine,
        examples=examples,
    )
    tail = _TAIL.format(remarks="\n".join(f"- {one}" for one in remarks))
    target.write_text(head + lines(rows) + tail, encoding="utf-8")


def lines(rows: Sequence[tuple[Row, str, Score]]) -> str:
    """The table's rows."""
    return "".join(
        f"| {row.name} | {reader} | {one.count} | {_percent(one.intent)} | {_percent(one.wrong_act)} | "
        f"{_percent(one.exact)} | {_percent(one.unconcerned)} | {row.goal} |\n"
        for row, reader, one in rows
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
