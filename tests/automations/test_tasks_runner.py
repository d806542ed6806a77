"""Running commands: whatever they do is a result."""

import signal
from dataclasses import replace

import pytest

from agent.automations.task_runner import PATH, Command
from tests.automations.running import ran, script, shell

MASKS = ("SigIgn", "SigBlk", "SigCgt")


# how it ended -----------------------------------------------------------------------------------------------
async def test_what_a_command_writes_and_its_exit_code_are_the_result():
    result = await ran(shell("echo one; echo two >&2; exit 3"))

    assert (result.code, result.signal, result.output, result.line) == (3, None, "one\ntwo\n", "two")


async def test_it_is_told_that_a_command_runs_once_it_does():
    told = []

    await ran(shell("true"), lambda: told.append("started"))

    assert told == ["started"]


async def test_a_signal_that_ended_a_command_is_named():
    result = await ran(shell("kill -SEGV $$"))

    assert (result.code, result.signal) == (None, "SIGSEGV")


async def test_how_a_run_ended_can_be_said():
    command = shell("exit 3")

    assert (await ran(command)).ending(command).startswith("exit code 3 after ")


# what is in the way -----------------------------------------------------------------------------------------
async def test_a_program_that_is_not_there_is_a_reason():
    told = []

    result = await ran(Command(task="t", argv=("no-such-program",)), lambda: told.append("started"))

    assert (result.obstacle, told) == (f"there is no program 'no-such-program' in {PATH}", [])


async def test_a_path_where_no_program_is_is_a_reason():
    result = await ran(Command(task="t", argv=("/no/such",)))

    assert result.obstacle == "there is no program '/no/such'"


async def test_a_file_that_may_not_be_run_is_a_reason(tmp_path):
    (tmp_path / "text").write_text("#!/bin/sh\n")

    result = await ran(Command(task="t", argv=(str(tmp_path / "text"),)))

    assert "cannot be run" in result.obstacle


@pytest.mark.parametrize(
    ("text", "reason"), [("no program\n", "Exec format error"), ("#!/no/such\n", "No such file")]
)
async def test_a_file_that_is_no_program_is_a_reason(tmp_path, text, reason):
    told = []
    path = script(tmp_path, text)

    result = await ran(Command(task="t", argv=(path,)), lambda: told.append("started"))

    assert result.obstacle.startswith(f"{path} cannot be run: {reason}")
    assert told == []


async def test_a_directory_that_is_not_there_is_a_reason():
    result = await ran(shell("true", directory="/no/such"))

    assert result.obstacle == "it cannot run in /no/such: No such file or directory"


async def test_more_arguments_than_the_system_takes_are_a_reason():
    result = await ran(Command(task="t", argv=("true", "x" * 3_000_000)))

    assert "too long" in result.obstacle


# what it gets -----------------------------------------------------------------------------------------------
async def test_a_command_gets_nothing_of_our_environment_but_what_it_should():
    found = (await ran(shell("exec env", environment={"MINE": "yes"}))).output.splitlines()

    names = {line.partition("=")[0] for line in found} - {"PWD", "OLDPWD", "SHLVL", "_"}
    assert names == {"PATH", "HOME", "LANG", "MINE", "HEARTHD_TASK"}
    assert {f"PATH={PATH}", "HOME=/nowhere", "MINE=yes"} <= set(found)


async def test_a_command_gets_no_more_where_there_is_no_locale():
    found = (await ran(Command(task="t", argv=("env",)), environment={})).output.splitlines()

    assert {line.partition("=")[0] for line in found} == {"PATH", "HEARTHD_TASK"}


async def test_a_command_has_no_input():
    assert (await ran(Command(task="t", argv=("cat",)))).code == 0


async def test_a_command_gets_no_file_of_ours():
    found = await ran(Command(task="t", argv=("ls", "/proc/self/fd")))

    assert found.output.split() == ["0", "1", "2", "3"]  # the last one is ls looking


async def test_a_command_begins_with_no_signal_ignored_or_blocked():
    found = (await ran(Command(task="t", argv=("cat", "/proc/self/status")))).output

    ours = sum(1 << (one - 1) for one in signal.valid_signals())  # the others are the C library's own
    rows = [line.split() for line in found.splitlines() if line[:6] in MASKS]
    masks = {name: int(mask, 16) & ours for name, mask in rows}
    assert masks == dict.fromkeys((f"{mask}:" for mask in MASKS), 0)


async def test_only_the_user_can_read_what_a_command_writes(tmp_path):
    await ran(shell("echo secret > file", directory=str(tmp_path)))

    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


async def test_a_command_runs_in_its_directory(tmp_path):
    assert (await ran(shell("pwd -P", directory=str(tmp_path)))).line == str(tmp_path.resolve())


async def test_arguments_arrive_as_they_are():
    argv = ("printf", "<%s>", "", "a b", "$(id)", "`id`", ";", "*", "'", '"', "\\", "{x}", "é", "%s")

    result = await ran(Command(task="t", argv=argv))

    assert result.output == "".join(f"<{one}>" for one in argv[2:])


@pytest.mark.parametrize(
    ("limits", "asked", "seen"),
    [
        ({"NOFILE": 33}, "ulimit -n", "33"),
        ({"AS": 512 << 20}, "ulimit -v", str(512 << 10)),
        ({"CPU": 7}, "echo $(ulimit -St) $(ulimit -Ht)", "7 8"),
        ({}, "ulimit -c", "0"),
    ],
)
async def test_a_command_is_limited(limits, asked, seen):
    assert (await ran(shell(asked, limits=limits))).line == seen


async def test_a_command_that_writes_too_large_a_file_is_ended(tmp_path):
    large = shell("head -c 3000000 /dev/zero > file; ls -l file", directory=str(tmp_path))

    result = await ran(replace(large, limits={"FSIZE": 1 << 20}))

    assert " 1048576 " in result.output


async def test_a_command_yields_as_much_as_it_should():
    assert (await ran(shell("nice", nice=19))).line == "19"


# what it writes ---------------------------------------------------------------------------------------------
async def test_a_flood_is_kept_within_bounds_and_does_not_block_the_command():
    flood = "echo first; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last"

    result = await ran(shell(flood, output=1000))

    assert (result.code, result.line, result.head[:6]) == (0, "last", "first\n")
    assert len(result.head) + len(result.tail) == 1000
    assert result.truncated == 100_000_000 + len("first\n\nlast\n") - 1000


async def test_bytes_that_are_no_text_are_taken():
    result = await ran(shell(r"printf '\377\376a\000b\n\033[31mred\033[0m\033]0;title\007 \r\n'"))

    assert result.output == "\ufffd\ufffdab\nred \n"


async def test_a_character_cut_in_two_is_taken():
    result = await ran(shell("printf 'aééa'", output=4))

    assert (result.head, result.tail) == ("a\ufffd", "\ufffda")


async def test_nothing_is_kept_where_nothing_is_to_be():
    result = await ran(shell("echo much", output=0))

    assert (result.code, result.head, result.tail, result.truncated) == (0, "", "", 5)


async def test_a_command_that_closes_its_output_is_waited_for():
    result = await ran(shell("exec >&- 2>&-; sleep 0.2; exit 4"))

    assert result.code == 4
