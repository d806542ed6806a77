"""What the health report says of models, and how the command line shows it."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from integrations.health.models import judged_models
from tests.house import living

HEARTHD = Path(sys.executable).parent / "hearthd"
PLAIN = {"reason": "", "answered": 0, "failed": 0, "restarts": 0, "load_ms": None, "memory_mb": None}


@pytest.mark.parametrize(
    ("state", "level"),
    [
        ("absent", "ok"),
        ("idle", "ok"),
        ("loading", "ok"),
        ("ready", "ok"),
        ("down", "warning"),
        ("broken", "warning"),
    ],
)
def test_only_a_model_that_should_answer_and_does_not_is_a_warning(state, level):
    told = judged_models([{"name": "big", "state": state, "constrains": None, **PLAIN}])

    assert told == {"big": {"state": state, "constrains": None, **PLAIN, "level": level}}


def test_figures_are_short():
    one = {"name": "big", "state": "ready", **PLAIN, "load_ms": 140.23456, "memory_mb": 61.50001}
    told = judged_models([one])["big"]

    assert (told["load_ms"], told["memory_mb"]) == (140.2, 61.5)


async def test_the_report_and_the_command_line_name_a_model_that_is_broken_and_why(own_broker, tmp_path):
    broken = {"kind": "gpt4all", "path": str(tmp_path / "none.gguf")}
    models = {"shipped": {"enabled": False}, "providers": {"big": broken}}
    environment = {**os.environ, "HEARTHD_NODE__STATE_DIR": str(tmp_path)}

    def shown(*more):
        command = [HEARTHD, "health", *more]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    async with living(own_broker().port, tmp_path, {"health": {"interval": 1}, "models": models}) as house:
        house.publish(house.topic("ask"), {"id": "q", "text": "could it be a little cosier somewhere"})
        await house.until(lambda: house.on(house.topic("reply")), 15)
        await house.until(
            lambda: house.on(house.topic("health"))[-1]["models"]["big"]["state"] == "broken",
        )
        whole = json.loads(await asyncio.to_thread(shown, "--json"))["models"]["big"]
        lines = (await asyncio.to_thread(shown)).splitlines()

    assert (whole["level"], whole["failed"], whole["answered"]) == ("warning", 1, 0)
    assert whole["reason"] == f"{broken['path']}: there is no such file"
    [line] = [one for one in lines if one.startswith("model big ")]
    assert line.split(maxsplit=2)[2] == f"broken: {whole['reason']}, 1 failed  warning"
