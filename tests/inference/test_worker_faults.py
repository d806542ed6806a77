"""A process that fails, or is made to: a clear line, a new process, and never more than the deadline."""

import asyncio
import contextlib
import math
import os
import signal
import struct
import subprocess
import sys
import time

import psutil
import pytest

from agent.errors import ConfigError, TransientError
from agent.inference.runner import Limits, Prompt
from tests.inference.asking import LIGHT, SHORT, begun
from tests.inference.toy import make

ORPHAN = """
import asyncio, pathlib, sys
from agent.inference.process import ModelFile
from agent.inference.worker import Worker
from agent.runtime.clock import Clock

async def main():
    one = Worker("toy", ModelFile(path=pathlib.Path(sys.argv[1]), context=512), clock=Clock())
    await one.preload()
    print(one.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_it_does_not_outlive_a_daemon_that_is_killed(toy):
    with subprocess.Popen([sys.executable, "-c", ORPHAN, toy], stdout=subprocess.PIPE, text=True) as daemon:
        lines = iter(daemon.stdout.readline, "")
        child = psutil.Process(int(next(line for line in lines if line.strip().isdigit())))

        daemon.kill()

    with contextlib.suppress(psutil.NoSuchProcess):
        child.wait(timeout=5)
    assert not child.is_running()


# a process that fails --------------------------------------------------------------------------------------
async def test_one_that_was_killed_while_idle_is_not_noticed_by_who_asks_next(worker):
    one = worker()
    await one.preload()

    os.kill(one.pid, signal.SIGKILL)

    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert one.health().restarts == 1


async def test_one_that_is_killed_over_a_request_is_asked_once_more(worker):
    one = worker(context=32_768)
    await one.preload()
    task = asyncio.create_task(one.generate(LIGHT, Limits(max_tokens=2000, deadline=10)))
    await asyncio.sleep(0)

    os.kill(one.pid, signal.SIGKILL)

    assert (await task).tokens == 2000


async def test_one_that_is_killed_after_it_said_something_is_not_asked_again(worker):
    one = worker(context=32_768)
    task = await begun(one)

    os.kill(one.pid, signal.SIGKILL)

    with pytest.raises(TransientError, match=r"toy stopped working \(SIGKILL\)"):
        await task


async def test_one_that_hangs_costs_a_deadline_and_is_replaced(worker):
    one = worker()
    await one.preload()
    hung = one.pid
    os.kill(hung, signal.SIGSTOP)

    with pytest.raises(TransientError, match=r"no answer within 0\.2 s"):
        await one.generate(LIGHT, Limits(deadline=0.2))

    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert not psutil.pid_exists(hung)


async def test_one_that_hangs_is_ended_though_nobody_asks_for_anything_more(worker):
    one = worker()
    await one.preload()
    hung = one.pid
    os.kill(hung, signal.SIGSTOP)
    with pytest.raises(TransientError):
        await one.generate(LIGHT, Limits(deadline=0.1))

    async with asyncio.timeout(5):
        while psutil.pid_exists(hung):
            await one.tend()
            await asyncio.sleep(0.01)

    assert one.health().reason == "did not react"


async def test_a_process_that_reacts_in_time_is_left_alone(worker):
    one = worker(context=32_768)
    task, pid = await begun(one), one.pid
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with asyncio.timeout(5):
        while one.health().restarts == 0 and one._owed is not None:
            await one.tend()
            await asyncio.sleep(0.01)

    assert one.pid == pid


async def test_one_that_hangs_while_it_loads_is_replaced(worker):
    one = worker(load_within=0.5)
    task = asyncio.create_task(one.generate(LIGHT, SHORT))
    while one.pid is None:
        await asyncio.sleep(0)
    hung = one.pid

    os.kill(hung, signal.SIGSTOP)

    assert (await task).tokens == 20
    assert one.health().restarts == 1
    assert not psutil.pid_exists(hung)


async def test_killed_again_and_again_under_load_every_request_is_answered_in_time(worker):
    one, kills, slowest = worker(), 15, 0.0
    await one.preload()

    async def kill():
        for _ in range(kills):
            answered = one.health().answered
            while one.pid is None or one.health().answered == answered:
                await asyncio.sleep(0.003)
            os.kill(one.pid, signal.SIGKILL)

    killing, asked = asyncio.create_task(kill()), 0
    while not killing.done():
        asked, began = asked + 1, time.monotonic()
        await one.generate(Prompt(said=f"lamp {asked}"), Limits(max_tokens=100, deadline=5))
        slowest = max(slowest, time.monotonic() - began)

    assert one.health().restarts in (kills, kills - 1)
    assert one.health().answered == asked
    assert slowest < 5


async def test_a_question_that_kills_it_each_time_fails_clearly(worker, tmp_path):
    one = worker(make(tmp_path / "poison.gguf", kind=5), binding=True)

    with pytest.raises(TransientError, match=r"toy stopped working \(SIGABRT\)"):
        await one.generate(LIGHT, SHORT)

    assert (one.health().state, one.health().restarts) == ("down", 2)


async def test_after_several_deaths_in_a_row_it_is_left_alone_for_a_while(worker, tmp_path):
    one = worker(make(tmp_path / "poison.gguf", kind=5), binding=True)
    for _ in range(2):
        with pytest.raises(TransientError):
            await one.generate(LIGHT, SHORT)

    with pytest.raises(TransientError, match=r"stopped working \(SIGABRT\); it is tried again in \d"):
        await one.generate(LIGHT, Limits(deadline=0.1))


async def test_tokens_without_text_are_an_answer_without_text(worker, tmp_path):
    found = await worker(make(tmp_path / "poison.gguf", kind=5)).generate(LIGHT, SHORT)

    assert (found.text, found.tokens, found.ended) == ("", 20, "length")


# a file that is none ---------------------------------------------------------------------------------------
def _broken(toy, path, fault):
    content = toy.read_bytes()
    match fault:
        case "missing":
            return path
        case "other":
            return make(path, arch="qwen3")
        case "merges":
            return make(path, without={"merges"})
        case "corrupt":
            # One bit of one token: there are two of another then, which the library ends the process over.
            content = content.replace(struct.pack("<Q", 1) + b"8", struct.pack("<Q", 1) + b"9", 1)
        case "truncated":
            content = content[: len(content) // 2]
    path.write_bytes(content)
    return path


FAULTS = {
    "missing": "there is no such file",
    "truncated": r"is cut off: \d+ bytes of \d+",
    "other": r"is a model of architecture 'qwen3'; .* can be loaded, others with hearthd\[llama\]",
    "merges": "can't be loaded; the file is damaged or of a kind not known here",
    "corrupt": r"can't be loaded; it is damaged \(SIGABRT in the library\)",
}


@pytest.mark.parametrize("binding", [False, True], ids=["library", "binding"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_bad_file_is_one_clear_message_to_its_owner(worker, toy, tmp_path, fault):
    one = worker(_broken(toy, tmp_path / "bad.gguf", fault))

    with pytest.raises(ConfigError, match=rf"^{tmp_path}/bad\.gguf: {FAULTS[fault]}$") as told:
        await one.generate(LIGHT, SHORT)

    assert (one.health().state, one.health().reason) == ("broken", str(told.value))


async def test_a_model_whose_weights_are_no_numbers_is_said_to_be_damaged(worker, toy, tmp_path):
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(toy.read_bytes()[:-256] + struct.pack("<f", math.nan) * 64)

    with pytest.raises(TransientError, match="toy: the model is damaged"):
        await worker(damaged).generate(LIGHT, SHORT)


async def test_a_model_above_its_memory_limit_is_not_loaded(worker):
    with pytest.raises(ConfigError, match=r"takes about 56 MB of memory .*; the limit is 48 MB"):
        await worker(memory_limit_mb=48, context=32_768).generate(LIGHT, SHORT)


async def test_another_file_than_the_one_that_was_meant_is_not_loaded(worker):
    with pytest.raises(ConfigError, match="SHA-256"):
        await worker(sha256="0" * 64).generate(LIGHT, SHORT)


async def test_a_bad_file_is_not_tried_again_until_it_changes(worker, toy, tmp_path):
    path = tmp_path / "new.gguf"
    one = worker(path)
    for _ in range(2):
        with pytest.raises(ConfigError):
            await one.generate(LIGHT, SHORT)

    path.write_bytes(toy.read_bytes())

    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert one.health().state == "ready"
