"""Nothing happens twice, late or in silence, whoever is killed when. More rounds: `make bench`."""

from tests.chaos import Chaos


def test_a_few_random_kills_leave_nothing_doubled_late_or_forgotten(tmp_path):
    tally = Chaos(tmp_path, seed=1).run(rounds=6)

    assert len(tally.executed) > 10
    assert tally.twice() == []
    assert tally.late() == []
    assert tally.forgotten() == []
