"""When a run is over, however it came to be, nothing that it started is left."""

import asyncio
import sys
from dataclasses import replace

import pytest

from agent.automations.task_runner import Command
from tests.automations.running import alive, gone, numbers, open_files, pids_in, ran, runner, shell


async def test_a_command_that_takes_too_long_is_asked_to_end():
    asked = "trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.05; done"

    result = await ran(shell(asked, timeout=1.0, stop_within=3.0))

    assert (result.timed_out, result.line, result.code) == (True, "asked", 0)


async def test_a_command_that_does_not_listen_is_killed():
    result = await ran(shell("trap '' TERM INT HUP; while :; do sleep 0.05; done", timeout=0.7))

    assert (result.timed_out, result.signal) == (True, "SIGKILL")


async def test_a_command_that_stopped_itself_is_ended():
    result = await ran(shell("kill -STOP $$", timeout=0.7))

    assert (result.timed_out, result.signal) == (True, "SIGTERM")


async def test_that_a_command_took_too_long_can_be_said():
    command = shell("sleep 60", timeout=0.5)

    assert (await ran(command)).ending(command) == "it was not done within 500ms and was stopped"


FAMILY = "sleep 98 & echo $! >> pids; (sleep 97 & echo $! >> pids); "
FAMILY += "sh -c 'trap \"\" TERM; sleep 96' & echo $! >> pids"
ESCAPED = "setsid sleep 95 & setsid sh -c 'echo $$ >> pids; trap \"\" TERM HUP; sleep 94; true' & "


async def test_after_a_timeout_no_child_is_left(tmp_path):
    result = await ran(shell(f"{FAMILY}; wait", directory=str(tmp_path), timeout=0.7))

    pids = await pids_in(tmp_path / "pids", 3)
    assert result.timed_out
    assert await gone(*pids)


async def test_a_command_that_ends_well_leaves_no_child_either(tmp_path):
    result = await ran(shell(f"{FAMILY}; exit 0", directory=str(tmp_path)))

    assert result.code == 0
    assert result.left >= 3
    assert await gone(*await pids_in(tmp_path / "pids", 3))


async def test_a_child_that_left_the_group_is_found(tmp_path):
    until_it_runs = "while [ ! -s pids ]; do sleep 0.02; done"

    result = await ran(shell(f"{ESCAPED} {until_it_runs}", directory=str(tmp_path)))

    assert result.left >= 2
    assert await gone(*await pids_in(tmp_path / "pids", 1))


async def test_a_child_that_left_the_group_and_hides_is_found_if_it_is_in_the_session(tmp_path):
    hidden = "bash -c 'set -m; env -i sleep 93 & echo $! >> pids'"

    await ran(shell(hidden, directory=str(tmp_path)))

    assert await gone(*await pids_in(tmp_path / "pids", 1))


async def test_a_child_that_keeps_the_output_open_does_not_keep_us(tmp_path):
    result = await ran(shell("sleep 92 & echo done"))

    assert result.output == "done\n"
    assert result.seconds < 5


DAEMON = """
import asyncio, sys
from agent.automations.task_runner import Command, ProcessRunner
from agent.runtime.clock import Clock
command = Command(task="t", argv=("sh", "-c", "echo $$ >> pids; exec sleep 88"), directory=sys.argv[1])
asyncio.run(ProcessRunner(clock=Clock()).run(command, lambda: None))
"""


async def test_a_command_does_not_outlive_a_daemon_that_is_killed(tmp_path):
    daemon = await asyncio.create_subprocess_exec(sys.executable, "-c", DAEMON, str(tmp_path))
    pids = await pids_in(tmp_path / "pids", 1)

    daemon.kill()
    await daemon.wait()

    assert await gone(*pids)


async def test_cancelling_a_run_leaves_nothing(tmp_path):
    command = shell(
        f"{ESCAPED} {FAMILY}; trap '' TERM; echo $$ >> pids; wait; sleep 91", directory=str(tmp_path)
    )
    running = asyncio.create_task(ran(command))
    pids = await pids_in(tmp_path / "pids", 5)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert await gone(*pids)


async def test_cancelling_a_run_twice_ends_it_at_once(tmp_path):
    deaf = shell("trap '' TERM; echo $$ >> pids; while :; do sleep 1; done", directory=str(tmp_path))
    running = asyncio.create_task(ran(replace(deaf, stop_within=60.0)))
    pids = await pids_in(tmp_path / "pids", 1)

    running.cancel()
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert await gone(*pids)


async def test_cancelling_at_any_early_moment_leaves_nothing(tmp_path):
    one = runner()
    command = shell("echo $$ >> pids; sleep 90", directory=str(tmp_path))
    for turns in (0, 1, 2, 3, 5, 8, 20):
        running = asyncio.create_task(one.run(command, lambda: None))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert await gone(*numbers(tmp_path / "pids"))


async def test_cancelling_twice_at_any_early_moment_leaves_nothing(tmp_path):
    one = runner()
    command = shell("echo $$ >> pids; sleep 90", directory=str(tmp_path))
    for turns in (0, 1, 2, 3, 5, 8, 20):
        running = asyncio.create_task(one.run(command, lambda: None))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert await gone(*numbers(tmp_path / "pids"))


async def test_runs_leave_no_file_open():
    await ran(shell("true"))
    before = open_files()

    await asyncio.gather(
        *(ran(shell("echo x")) for _ in range(5)), ran(Command(task="t", argv=("/no/such",)))
    )
    await asyncio.sleep(0)

    assert open_files() == before


async def test_a_fork_that_outlives_its_parent_is_not_alive_after_the_run(tmp_path):
    orphan = "sh -c 'sh -c \"sleep 89\" & echo $! >> pids' ; sleep 0.1"

    await ran(shell(orphan, directory=str(tmp_path)))

    pids = await pids_in(tmp_path / "pids", 1)
    assert await gone(*pids)
    assert not any(alive(pid) for pid in pids)
