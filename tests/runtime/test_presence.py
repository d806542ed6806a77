"""How the daemon is found, and how two of them keep off one state directory."""

import json
import multiprocessing
import os
import stat
import subprocess
import sys

import pytest

from agent.errors import ConfigError
from agent.runtime.presence import FILE, Presence, claimed, find

HERE = Presence(node="test", host="127.0.0.1", port=1883, plain=True, config=None)


def test_a_daemon_is_found_while_it_runs_and_not_after(tmp_path):
    with HERE.written(tmp_path):
        found = find(tmp_path)

    assert found == Presence(
        node="test", host="127.0.0.1", port=1883, plain=True, config=None, pid=os.getpid()
    )
    assert find(tmp_path) is None


def test_a_daemon_that_was_killed_is_not_found(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "pass"]) as dead:
        dead.wait()
    told = {"node": "test", "host": "h", "port": 1, "plain": True, "config": None, "pid": dead.pid}
    (tmp_path / FILE).write_text(json.dumps(told))

    assert find(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"node": 1}', '{"pid": "x", "unknown": 1}', "\xff"])
def test_what_is_no_presence_is_nobody(tmp_path, text):
    (tmp_path / FILE).write_bytes(text.encode("latin-1"))

    assert find(tmp_path) is None


def test_where_no_daemon_ever_ran_none_is_found(tmp_path):
    assert find(tmp_path / "nowhere") is None


def test_a_claimed_directory_is_for_our_user_alone(tmp_path):
    with claimed(tmp_path / "deep" / "state"):
        rights = stat.S_IMODE((tmp_path / "deep" / "state").stat().st_mode)

    assert rights == 0o700


def test_a_second_daemon_is_told_what_to_do(tmp_path):
    with claimed(tmp_path), pytest.raises(ConfigError) as told, claimed(tmp_path):
        pass

    assert str(told.value) == (
        f"another hearthd runs in {tmp_path}; stop it, or give this one its own node.state_dir"
    )


def test_what_was_claimed_is_free_again_afterwards(tmp_path):
    with claimed(tmp_path):
        pass
    with claimed(tmp_path):
        free = True

    assert free


def _claim_and_die(state_dir, ready):
    with claimed(state_dir):
        ready.set()
        os._exit(9)


def test_a_killed_daemon_leaves_nothing_claimed(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    process = spawn.Process(target=_claim_and_die, args=(tmp_path, ready))
    process.start()
    assert ready.wait(10)
    process.join(10)

    with claimed(tmp_path):
        assert process.exitcode == 9


def test_a_directory_that_cannot_be_made_is_told_with_what_to_do(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(
        ConfigError, match=r"file/state cannot be used: .*; set node\.state_dir to one that can"
    ):
        claimed(tmp_path / "file" / "state").__enter__()
