"""What is measured of a model, and how many threads are recommended for it."""

import os

import pytest

from agent.errors import ConfigError
from agent.inference.bench import Bench, Bencher, Trial, best
from agent.inference.runner import Limits, Prompt
from tests.inference.toy import model_file

PROMPTS = [Prompt(said="turn on the light"), Prompt(said="what time is it")]


def trial(threads, ms):
    """A trial of which that alone matters."""
    figures = {"load_ms": 1, "memory_mb": 1, "answers": 1, "first_token_ms": 1, "p99_ms": ms}
    return Trial(threads=threads, p50_ms=ms, tokens_per_s=None, **figures)


@pytest.fixture
def _one_core():
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[-1:])
    yield
    os.sched_setaffinity(0, cores)


@pytest.mark.parametrize(
    ("times", "threads"),
    [
        ({1: 10.0}, 1),
        ({1: 10.0, 2: 5.0}, 2),
        ({1: 10.0, 2: 9.5, 4: 9.0}, 1),
        ({1: 10.0, 2: 9.5, 4: 5.0}, 4),
        ({1: 10.0, 2: 6.0, 4: 5.9}, 2),
        ({1: 10.0, 2: 5000.0}, 1),
    ],
)
def test_more_threads_are_recommended_if_they_gain_a_good_deal(times, threads):
    assert best([trial(count, ms) for count, ms in times.items()]).threads == threads


@pytest.mark.parametrize(("load", "busy"), [(0.1, False), (1.0, False), (1.3, True), (9.0, True)])
def test_a_machine_that_does_something_else_is_called_busy(load, busy):
    one = trial(1, 1.0)

    assert Bench(trials=(one,), best=one, not_tried=(), cores=4, load=load).busy is busy


@pytest.mark.usefixtures("_one_core")
async def test_every_prompt_is_asked_once_a_round(toy):
    bencher = Bencher(file=model_file(toy), prompts=PROMPTS, limits=Limits(max_tokens=5), rounds=3)
    found = await bencher.measure()

    assert [(one.threads, one.answers) for one in found.trials] == [(1, 6)]


async def test_when_the_time_is_over_it_has_one_answer_and_says_what_was_not_tried(toy):
    bencher = Bencher(file=model_file(toy), prompts=PROMPTS, limits=Limits(max_tokens=5), seconds=0)
    found = await bencher.measure()

    assert [(one.threads, one.answers) for one in found.trials] == [(1, 1)]
    assert (1, *found.not_tried)[-1] == len(os.sched_getaffinity(0))


async def test_a_model_that_can_not_be_loaded_is_an_error_with_its_reason(tmp_path):
    bencher = Bencher(file=model_file(tmp_path / "none.gguf"), prompts=PROMPTS, limits=Limits())
    with pytest.raises(ConfigError, match=r"none\.gguf: there is no such file"):
        await bencher.measure()
