"""Makes the labelled journals in corpus/: `python -m tests.journal.corpus_making`.

Each file is one journal. Its first line says which faults it holds, and at which line (from 1, without the
heading) each can be known. The texts are those that kernel, systemd and programs write.
"""

import json
import random
from pathlib import Path
from uuid import UUID

from tests.journal import corpus_machine, corpus_network, corpus_services, corpus_unusual
from tests.journal.corpus_noise import NOISE, background
from tests.journal.reading import BEGAN

FOLDER = Path(__file__).parent / "corpus"
BOOTED = 86_400.0
"""Seconds for which the machine has been up."""
MACHINE = UUID(int=0x5678).hex


def journal(name: str, story: list, faults: list, *, uptime: float = BOOTED, quiet: bool = False) -> str:
    """The lines of one file. A story has lines of (seconds, fields); a fault is known by a text in one.

    `quiet`: nobody else writes meanwhile.
    """
    dice = random.Random(name)
    lines, wanted = [], []
    moment, boots = 0.0, 0
    with_noise = []
    for after, fields in story:
        more = dice.choice((0, 0, 1, 2)) if faults and not quiet else 0
        with_noise += [(min(after, 0.2) * dice.random(), background(dice)) for _ in range(more)]
        with_noise.append((after, fields))
    if faults and not quiet:
        with_noise += [(dice.random() * 3, background(dice)) for _ in range(5)]
    left = [dict(one) for one in faults]
    for number, (after, told) in enumerate(with_noise, 1):
        moment += after
        fields = dict(told)
        if fields.pop("reboot", None):
            boots, uptime = boots + 1, -moment + 5.0
        jump = fields.pop("jump", 0.0)
        at = BEGAN + moment + jump
        entry = {
            "__CURSOR": f"s={UUID(int=1).hex};i={number:x};b={UUID(int=boots + 1).hex}",
            "__REALTIME_TIMESTAMP": str(round(at * 1e6)),
            "__MONOTONIC_TIMESTAMP": str(round((uptime + moment) * 1e6)),
            "_BOOT_ID": UUID(int=boots + 1).hex,
            "_MACHINE_ID": MACHINE,
            "_HOSTNAME": "pi",
            **fields,
        }
        for fault in left:
            if fault.get("line") is None and fault["at"] in str(fields.get("MESSAGE", "")):
                fault["left"] = fault.get("left", fault.get("times", 1)) - 1
                if fault["left"] == 0:
                    fault["line"] = number
        lines.append(json.dumps(entry, ensure_ascii=False))
    for fault in left:
        assert fault.get("line"), (name, fault)
        wanted.append({"kind": fault["kind"], "about": fault.get("about", ""), "line": fault["line"]})
    return "\n".join((json.dumps({"name": name, "faults": wanted}), *lines)) + "\n"


def made() -> dict[str, str]:
    """Every file of the corpus, by its name."""
    found = {
        f"{name}.jsonl": journal(name, story, faults, **more)
        for name, (story, faults, more) in {
            **corpus_machine.FAULTS,
            **corpus_services.FAULTS,
            **corpus_network.FAULTS,
            **corpus_unusual.FAULTS,
        }.items()
    }
    found |= {f"noise-{name}.jsonl": journal(f"noise-{name}", story, []) for name, story in NOISE.items()}
    return found


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.jsonl"):
        old.unlink()
    for file, text in made().items():
        (FOLDER / file).write_text(text)
