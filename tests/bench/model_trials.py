"""What the shipped model costs, and what becomes of requests when its process or its file fails."""

import asyncio
import os
import random
import signal
import struct
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from agent.engines.tiny import codec
from agent.engines.tiny.engine import FORM
from agent.errors import ConfigError, TransientError
from agent.inference.models import Models
from agent.inference.runner import Limits, Prompt
from agent.inference.section import ModelsConfig
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from tests.bench.understanding import Tiers
from tests.inference.toy import make

GRACE = 0.5
"""Seconds after its deadline from which on an answer counts as late."""
MOST_BETWEEN = 20
"""Answers between two kills."""
TICK = 0.005


@dataclass(slots=True)
class Taken:
    """What so many sentences took."""

    wall: list[float] = field(default_factory=list)
    """Milliseconds of each, in their order."""
    seconds: float = 0.0
    worker_cpu: float = 0.0
    own_cpu: float = 0.0


async def timed(opened: Tiers, sentences: Sequence[tuple[str, str]]) -> Taken:
    """Have the model read them, one after the other, none from memory."""
    taken, worker = Taken(), psutil.Process(opened.runner.pid)
    own, theirs, began = time.process_time(), _cpu(worker), time.perf_counter()
    for text, language in sentences:
        started = time.perf_counter()
        await opened.tiny.read(text, language)
        taken.wall.append((time.perf_counter() - started) * 1000)
    taken.seconds = time.perf_counter() - began
    taken.own_cpu, taken.worker_cpu = time.process_time() - own, _cpu(worker) - theirs
    return taken


def resident(pid: int) -> float:
    """Megabytes of a process."""
    return psutil.Process(pid).memory_info().rss / 1e6


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


# a process that is killed ----------------------------------------------------------------------------------
@dataclass(slots=True)
class Killed:
    """What became of the requests while the process was killed again and again."""

    kills: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    """`answered`, `failed`, `late`, and the text of anything that must not be."""
    reasons: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    lags: list[float] = field(default_factory=list)
    """Milliseconds that the event loop was late."""


async def killing(models: Models, *, kills: int, at_once: int, seed: int) -> Killed:
    """Ask without pause, and kill the process whenever it has answered a few times again."""
    found, chance, over = Killed(), random.Random(seed), asyncio.Event()
    runner: Any = models._served["shipped"].runner
    await runner.preload()

    async def kill() -> None:
        while found.kills < kills:
            enough = runner.health().answered + chance.randint(1, MOST_BETWEEN)
            while runner.pid is None or runner.health().answered < enough:
                await asyncio.sleep(0.001)
            await asyncio.sleep(chance.random() * 0.01)
            with suppress(ProcessLookupError, TypeError):
                os.kill(runner.pid, signal.SIGKILL)
                found.kills += 1
        over.set()

    async def ask(who: int) -> None:
        limits, number = models.limits("shipped"), 0
        while not over.is_set():
            number += 1
            said = codec.heard(f"turn on lamp {number} of person {who}")
            await _noted(found, models, Prompt(said=said, form=FORM), limits)

    async def tick() -> None:
        while not over.is_set():
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            found.lags.append((time.perf_counter() - began - TICK) * 1000)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(kill())
        tasks.create_task(tick())
        for who in range(at_once):
            tasks.create_task(ask(who))
    found.lags.sort()
    return found


async def _noted(found: Killed, models: Models, prompt: Prompt, limits: Limits) -> None:
    began, end = time.monotonic(), "answered"
    try:
        await models.ask("shipped", prompt, limits)
    except (TransientError, ConfigError) as error:
        end = "failed"
        found.reasons[str(error)] += 1
    took = time.monotonic() - began
    found.slowest = max(found.slowest, took)
    found.ends["late" if took > limits.deadline + GRACE else end] += 1


# a file that is none ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fault:
    """What is said of a bad file, and who answered instead."""

    message: str
    answered_by: str
    seconds: float


def _corrupt(content: bytes) -> bytes:
    """A length in the head that says nonsense."""
    at = content.index(b"tokenizer.ggml.tokens")
    return content[: at - 8] + struct.pack("<Q", 1 << 40) + content[at:]


def _twice(content: bytes) -> bytes:
    """One bit of one token: there are two of another then."""
    one = struct.pack("<Q", 1)
    return content.replace(one + b"8", one + b"9", 1)


FAULTS: Mapping[str, Callable[[bytes], bytes] | None] = {
    "missing": None,
    "corrupt head": _corrupt,
    "corrupt vocabulary": _twice,
    "truncated": lambda content: content[: len(content) // 2],
    "not a GGUF": lambda content: b"\0" * len(content),
    "empty": lambda _: b"",
    "other than its checksum": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
}
"""By what is wrong: how the content of a good file becomes such a one."""


async def faulty(good: Path, folder: Path) -> Mapping[str, Fault]:
    """What is said of each bad file, made of the `good` one, where another model is there to answer."""
    following = make(folder / "next.gguf")
    found: dict[str, Fault] = {}
    for name, spoilt in FAULTS.items():
        path = folder / f"{name.replace(' ', '-')}.gguf"
        _spoil(good, path, spoilt)
        settings = {"sha256": "0" * 64} if name == "other than its checksum" else {}
        found[name] = await _replaced(path, following, settings)
    other = make(folder / "other.gguf", arch="qwen3")
    found["wrong architecture"] = await _replaced(other, following, {})
    small = {"memory_limit_mb": 64, "context": 131_072}
    found["above its memory limit"] = await _replaced(good, following, small)
    return found


def _spoil(good: Path, path: Path, spoilt: Callable[[bytes], bytes] | None) -> None:
    if spoilt is not None:
        path.write_bytes(spoilt(good.read_bytes()))


async def _replaced(path: Path, following: Path, settings: Mapping[str, Any]) -> Fault:
    providers = {
        "bad": {"kind": "gpt4all", "path": str(path), "context": 512, **settings},
        "next": {"kind": "gpt4all", "path": str(following), "context": 512},
    }
    config = ModelsConfig.model_validate({"providers": providers, "primary": "bad", "fallback": ["next"]})
    models = Models(config, clock=Clock(), metrics=Metrics())
    began = time.monotonic()
    try:
        answer = await models.ask("intent", Prompt(said="hello"), Limits(max_tokens=8, deadline=10.0))
        answered_by = answer.model
    except (TransientError, ConfigError) as error:
        answered_by = f"nobody: {error}"
    took = time.monotonic() - began
    reason = next(one.reason for one in models.health() if one.name == "bad")
    await models.close()
    return Fault(reason.replace(f"{path.parent}/", ""), answered_by, took)
