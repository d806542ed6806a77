"""Problems: the newest words for each place, counted, bounded, cleared."""

from agent.runtime.problems import LONGEST, MOST, Problems
from tests.fakes import FakeClock


def test_a_problem_says_where_what_how_often_and_when():
    clock = FakeClock()
    problems = Problems(clock=clock)
    problems.note("discovery", "lamp/desk", "it says 'ONN'")
    clock.pass_(60)
    problems.note("discovery", "lamp/desk", "it says 'OFFF'")

    assert problems.as_json() == [
        {
            "source": "discovery",
            "where": "lamp/desk",
            "problem": "it says 'OFFF'",
            "count": 2,
            "last": "2026-01-01T12:01:00+00:00",
        }
    ]


def test_the_newest_comes_first():
    problems = Problems(clock=FakeClock())
    for where in ("a", "b", "a"):
        problems.note("test", where, "wrong")

    assert [one["where"] for one in problems.as_json()] == ["a", "b"]


def test_a_cleared_problem_is_gone_and_begins_to_count_anew():
    problems = Problems(clock=FakeClock())
    problems.note("test", "a", "wrong")
    problems.note("test", "a", None)
    problems.note("test", "never", None)
    gone = problems.as_json()
    problems.note("test", "a", "wrong")

    assert gone == []
    assert [one["count"] for one in problems.as_json()] == [1]
    assert problems.total == 2


def test_two_sources_may_mean_the_same_place():
    problems = Problems(clock=FakeClock())
    problems.note("one", "a", "wrong")
    problems.note("other", "a", "wrong too")
    problems.note("one", "a", None)

    assert [one["source"] for one in problems.as_json()] == ["other"]


def test_of_too_many_the_oldest_are_forgotten():
    problems = Problems(clock=FakeClock())
    for number in range(MOST + 5):
        problems.note("test", str(number), "wrong")

    assert len(problems) == MOST
    assert problems.as_json()[-1]["where"] == "5"


def test_long_texts_and_places_are_cut():
    problems = Problems(clock=FakeClock())
    problems.note("test", "k" * 10_000, "w" * 10_000)
    problems.note("test", "k" * 10_000, "w" * 10_000)

    [one] = problems.as_json()
    assert (len(one["where"]), len(one["problem"]), one["count"]) == (LONGEST, LONGEST, 2)
