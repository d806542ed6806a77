"""200 random kills of daemon or broker under a stream of commands."""

from collections import Counter

import pytest

from tests.chaos import Chaos


@pytest.mark.bench
@pytest.mark.timeout(1500)
def test_200_kills(tmp_path):
    tally = Chaos(tmp_path, seed=7).run(rounds=200)
    ends = Counter(heard[-1] for heard in tally.statuses.values())
    print(f"\n{tally.rounds} kills, {len(tally.asked)} asked, {len(tally.executed)} executed: {dict(ends)}")
    print(f"executed twice: {len(tally.twice())} (goal 0)")
    print(f"executed late: {len(tally.late())} (goal 0)")
    print(f"asked again, because the killed broker lost the answer: {tally.asked_again}")
    print(f"accepted and forgotten: {len(tally.forgotten())} (goal 0)")

    assert tally.twice() == []
    assert tally.late() == []
    assert tally.forgotten() == []
