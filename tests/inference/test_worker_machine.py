"""A worker on machines as they are: no home, an unknown user, signals, little memory, calls in any order."""

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from agent.errors import TransientError
from agent.inference.runner import Limits, Prompt
from tests.inference.asking import LIGHT, SHORT, begun
from tests.inference.forms import Swells, named

NOBODY = ("unshare", "--user", "--map-user=54321")
"""Makes a process one of a user whom /etc/passwd does not know."""
ASK = """
import asyncio, json, os, pathlib, pwd, sys
from agent.inference.process import ModelFile
from agent.inference.runner import Limits, Prompt
from agent.inference.worker import Worker
from agent.runtime.clock import Clock

async def main():
    path, binding = pathlib.Path(sys.argv[1]), sys.argv[2] == "binding"
    file = ModelFile(path=path, context=512, library="gpt4all", binding=binding)
    one = Worker("toy", file, clock=Clock())
    found = await one.generate(Prompt(said="turn on the light"), Limits(max_tokens=20))
    await one.close()
    known = any(user.pw_uid == os.getuid() for user in pwd.getpwall())
    print(json.dumps({"tokens": found.tokens, "restarts": one.health().restarts, "known": known}))

asyncio.run(main())
"""


def asked(toy, binding, *, before=(), **environment):
    """What came of a worker that a process of its own started, with nothing but `environment`."""
    done = subprocess.run(
        [*before, sys.executable, "-c", ASK, str(toy), "binding" if binding else "library"],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def can_be_nobody():
    if shutil.which(NOBODY[0]) is None:
        return False
    return subprocess.run([*NOBODY, "true"], check=False, capture_output=True).returncode == 0


# users without a home --------------------------------------------------------------------------------------
@pytest.mark.parametrize("binding", [False, True], ids=["library", "binding"])
@pytest.mark.skipif(not can_be_nobody(), reason="no user namespaces here")
def test_without_a_home_and_as_an_unknown_user_it_answers(toy, binding):
    found = asked(toy, binding, before=NOBODY)

    assert found == {"tokens": 20, "restarts": 0, "known": False}


@pytest.mark.parametrize("binding", [False, True], ids=["library", "binding"])
def test_nothing_is_written_to_the_home_of_its_user(toy, binding, tmp_path):
    asked(toy, binding, HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache"))

    assert list(tmp_path.iterdir()) == []


# signals ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("binding", [False, True], ids=["library", "binding"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_over_a_request_ends_the_process_and_the_request_is_asked_once_more(worker, number):
    one = worker(context=32_768)
    await one.preload()
    task = asyncio.create_task(one.generate(LIGHT, Limits(max_tokens=2000, deadline=10)))
    await asyncio.sleep(0)

    os.kill(one.pid, number)

    assert (await task).tokens == 2000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_while_it_is_idle_is_not_noticed_by_who_asks_next(worker, number):
    one = worker()
    await one.preload()

    os.kill(one.pid, number)

    assert (await one.generate(LIGHT, SHORT)).tokens == 20


# memory ----------------------------------------------------------------------------------------------------
async def test_one_that_has_grown_past_its_limit_is_ended_after_its_answer(worker):
    one = worker(memory_limit_mb=64)
    found = await one.generate(replace(LIGHT, form=named(Swells)), SHORT)

    assert found.text in Swells.answers
    assert (one.pid, one.health().restarts) == (None, 1)


async def test_who_asks_after_that_is_answered_by_a_small_one(worker):
    one = worker(memory_limit_mb=64)
    await one.generate(replace(LIGHT, form=named(Swells)), SHORT)

    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert one.health().memory_mb < 64


async def test_one_below_its_limit_stays(worker):
    one = worker(memory_limit_mb=64)
    await one.generate(LIGHT, SHORT)
    pid = one.pid
    await one.generate(LIGHT, SHORT)

    assert (one.pid, one.health().restarts) == (pid, 0)


# what is evaluated -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("binding", [False, True], ids=["library", "binding"])
async def test_no_order_of_prompts_leads_beyond_what_is_evaluated(worker, binding):
    one, chance = worker(), random.Random(7)
    for _ in range(60):
        system = "study: lamp, fan; " * chance.choice([0, 1, 8, 20])
        said = "turn on " * chance.choice([1, 2, 30, 80])
        # What is too long for the context is refused, which may come between any two.
        with contextlib.suppress(TransientError):
            await one.generate(Prompt(said=said, system=system), Limits(max_tokens=chance.choice([0, 1, 20])))

    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert one.health().restarts == 0


@pytest.mark.parametrize("binding", [False, True], ids=["library", "binding"])
async def test_a_system_part_that_was_cancelled_half_way_is_evaluated_anew(worker, binding):
    system = "study: lamp, fan; " * 1500
    one = worker(context=32_768)
    await one.preload()
    task = asyncio.create_task(one.generate(Prompt(said="hi", system=system), SHORT))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    expected = await worker(context=32_768).generate(Prompt(said="hi", system="bath: heater"), SHORT)
    assert (await one.generate(Prompt(said="hi", system="bath: heater"), SHORT)).text == expected.text
    assert one.health().restarts == 0


async def test_a_request_that_is_under_way_is_ended_with_its_process(worker):
    one = worker(context=32_768)
    task = await begun(one)
    os.kill(one.pid, signal.SIGTERM)

    with pytest.raises(TransientError, match=r"toy stopped working \(SIGTERM\)"):
        await task
