"""500 kills in a virtual month: nothing lost, nothing doubled, what was missed handled as its policy says."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.automations.mortality import Month, expected


@pytest.mark.parametrize("seed", [1, 2])
async def test_500_kills_in_a_month_lose_and_double_nothing(tmp_path, seed):
    month = Month(tmp_path, seed=seed, kills=250)
    await month.run()
    due = expected(month.start.timestamp(), month.alive[-1][1] - 3600)

    assert month.killed >= 500
    assert month.doubled() == []
    assert month.lost(due) == []


def test_a_killed_process_goes_on_where_it_was(tmp_path):
    chance = random.Random(5)
    said = []
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.automations.victim", tmp_path / "state.db"],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            text=True,
        ) as process:
            said += [process.stdout.readline().split() for _ in range(chance.randint(1, 3))]
            process.kill()
            said += [line.split() for line in process.stdout]
    times = sorted({int(time) for _, _, time in said})
    fresh = [name for how, name, _ in said if how == "fresh"]

    assert times == list(range(times[0], times[-1] + 1))
    assert len(fresh) == len(set(fresh))
    assert {name for how, name, _ in said if how == "again"} <= set(fresh)
