"""How quick a model is on this machine, and with how many threads: measured in the process that runs it.

More threads than one pay for large models on idle machines; on busy ones they wait for each other and take a
hundred times as long. So more than one are recommended only if they gain a good deal, and the load is told.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from agent.errors import TransientError
from agent.inference.process import ModelFile
from agent.inference.runner import Generated, Limits, Prompt
from agent.inference.worker import Worker
from agent.runtime.clock import Clock

WORTH_IT = 1.15
"""How much quicker more threads must be to be recommended."""
BUSY = 0.3
"""The share of the cores that may be in use already without spoiling the figures."""
LONGEST_ANSWER = 120.0
"""Seconds that one answer may take."""
SHORTEST = 1.0
"""Seconds that every number of threads gets."""
HOPELESS = 5.0
"""How many times as long as those before it a trial may take."""
FOREVER = float("inf")
WARM_UP = 2
"""Answers that do not count."""
MOST_ANSWERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A model with a number of threads; milliseconds and megabytes."""

    threads: int
    load_ms: float
    memory_mb: float
    answers: int
    first_token_ms: float
    p50_ms: float
    p99_ms: float
    tokens_per_s: float | None
    """After the first; None where no answer had more than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """All trials of a model."""

    trials: tuple[Trial, ...]
    best: Trial
    """The one to be recommended."""
    too_slow: tuple[int, ...] = ()
    """Numbers of threads with which it had no answer in its time."""
    not_tried: tuple[int, ...] = ()
    """Numbers of threads for which no time was left."""
    cores: int
    load: float
    """How many processes wanted to run, on average over the minute before."""

    @property
    def busy(self) -> bool:
        """Whether others used so much of the machine that the figures tell little."""
        return self.load > BUSY * self.cores


@dataclass(slots=True, kw_only=True)
class Bencher:
    """Measures one model."""

    file: ModelFile
    prompts: Sequence[Prompt]
    limits: Limits
    seconds: float = 20.0
    """About how long all of it may take, if `rounds` is not given."""
    rounds: int | None = None
    """How many times each prompt is asked in each trial, unless one takes far longer than the first."""
    clock: Clock = field(default_factory=Clock)

    async def measure(self) -> Bench:
        """Try 1 thread, 2, 4 and so on up to the cores.

        Raises:
            ConfigError, TransientError: the model has no answer; one line.
        """
        cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
        counts = [*_doubling(cores)]
        began, trials, too_slow = self.clock.monotonic(), list[Trial](), list[int]()
        while counts:
            now = self.clock.monotonic()
            left = began + self.seconds - now
            if self.rounds is not None:
                # What is quick with one thread may take minutes with two, where others compute too.
                share = max(SHORTEST, HOPELESS * (now - began)) if trials else FOREVER
            elif trials and left <= 0:
                break
            else:
                share = left / len(counts)
            try:
                trials.append(await self._try(counts[0], share, first=not trials))
            except TransientError:
                if not trials:
                    raise
                too_slow.append(counts[0])
            del counts[0]
        return Bench(
            trials=tuple(trials),
            best=best(trials),
            too_slow=tuple(too_slow),
            not_tried=tuple(counts),
            cores=cores,
            load=load,
        )

    async def _try(self, threads: int, seconds: float, *, first: bool) -> Trial:
        worker = Worker(self.file.path.stem, replace(self.file, threads=threads), clock=self.clock)
        try:
            until = self.clock.monotonic() + seconds
            await worker.preload()
            loaded = worker.health()
            longest = LONGEST_ANSWER if first else max(SHORTEST, until - self.clock.monotonic())
            answers = await self._answers(worker, until, longest)
            return _trial(threads, answers, loaded.load_ms or 0.0, worker.health().memory_mb or 0.0)
        finally:
            await worker.close()

    async def _answers(self, worker: Worker, until: float, longest: float) -> Sequence[Generated]:
        limits = replace(self.limits, deadline=longest)
        most = len(self.prompts) * self.rounds if self.rounds else MOST_ANSWERS
        answers: list[Generated] = []
        for number in range(most + WARM_UP):
            if answers and self.clock.monotonic() > until:
                break
            answers.append(await worker.generate(self.prompts[number % len(self.prompts)], limits))
        # If the time is over that early, the last of those has to count.
        return answers[WARM_UP:] or answers[-1:]


def _doubling(cores: int) -> Iterable[int]:
    threads = 1
    while threads < cores:
        yield threads
        threads *= 2
    yield cores


def _trial(threads: int, answers: Sequence[Generated], load_ms: float, memory_mb: float) -> Trial:
    times = sorted(one.ms for one in answers)
    firsts = [one.first_token_ms for one in answers if one.first_token_ms is not None]
    if not firsts:
        raise TransientError("the model says nothing at all: there is nothing to measure")
    later = [(one.tokens - 1, one.ms - (one.first_token_ms or 0)) for one in answers if one.tokens > 1]
    return Trial(
        threads=threads,
        load_ms=load_ms,
        memory_mb=memory_mb,
        answers=len(answers),
        first_token_ms=median(firsts),
        p50_ms=median(times),
        p99_ms=times[min(len(times) - 1, round(0.99 * len(times)))],
        tokens_per_s=sum(n for n, _ in later) / sum(ms for _, ms in later) * 1000 if later else None,
    )


def best(trials: Sequence[Trial]) -> Trial:
    """The quickest; fewer threads where more gain little."""
    found = trials[0]
    for one in trials[1:]:
        if one.p50_ms * WORTH_IT < found.p50_ms:
            found = one
    return found
