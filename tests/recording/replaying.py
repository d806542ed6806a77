"""Recordings of a house with a lamp and somebody who walks past it, and configurations for them."""

from pathlib import Path
from typing import Any

import orjson
import yaml

from agent.cli import main
from agent.recording.format import Published, Recorded
from tests.announced import LAMP, LOCK
from tests.recording.recording import written

NODE = "test"
BEGAN = 1_795_255_200.0
"""2026-11-21 11:00 in Berlin."""
HALL = {
    "id": "hall",
    "when": {"mqtt": "hall/motion", "if": "{{ value_json.occupancy }}"},
    "do": {"service": "light.turn_on", "target": {"entity": "light.desk"}},
}


def message(after: float, topic: str, payload: Any, **more: Any) -> Published:
    """A message so many seconds after the beginning."""
    raw = payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
    return Published(time=BEGAN + after, topic=topic, payload=raw, **more)


def backlog(*states: tuple[str, str]) -> list[Published]:
    """What the broker has of a house before anything happens."""
    return [
        message(0.0, "homeassistant/light/desk/config", LAMP, retain=True),
        message(0.0, "homeassistant/lock/front/config", LOCK, retain=True),
        *(message(0.1, topic, payload, retain=True) for topic, payload in states),
    ]


def walks(*after: float) -> list[Published]:
    """Somebody walks by at those times."""
    return [message(one, "hall/motion", {"occupancy": True}) for one in after]


def outcome(after: float, who: str, action: str, target: str, status: str = "accepted") -> Published:
    """What the daemon told of a rule at that time."""
    return message(
        after,
        f"hearthd/{NODE}/outcome",
        {
            "id": f"{who}-{after}.0",
            "action": action,
            "target": target,
            "status": status,
            "final": False,
            "of": 1,
            "cause": {"kind": "automation", "who": who},
        },
    )


class Replaying:
    """A folder with a recording and configurations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "house.jsonl.gz"

    def recorded(self, *happened: Recorded) -> None:
        """Record that."""
        written(self.file, *sorted(happened, key=lambda one: one.time))

    def config(self, **sections: Any) -> Path:
        """A configuration with those sections."""
        path = self.folder / "new.yaml"
        node = {"name": "other", "state_dir": str(self.folder / "state"), "timezone": "Europe/Berlin"}
        path.write_text(yaml.safe_dump({"node": node, **sections}))
        return path

    def replay(self, capsys: Any, **sections: Any) -> tuple[int, Any]:
        """The exit code and the answer in JSON."""
        code = main(["replay", str(self.file), "-c", str(self.config(**sections)), "--json"])
        told = capsys.readouterr()
        assert not told.err
        return code, orjson.loads(told.out)


def deeds(found: Any) -> list[tuple[float, str, str, str]]:
    """When after the beginning, whose, what, with which verdict."""
    return [
        (
            round(one["time"] - BEGAN, 3),
            one["cause"]["who"],
            f"{one['action']} {one['target']}",
            one["verdict"],
        )
        for one in found
    ]
