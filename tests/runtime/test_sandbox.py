"""The door to the sandbox: what is sent in, what comes back, and what comes of it where none is.

Who answers here is the system's Python on a socket, as the socket unit starts it, but without what keeps it
in: that is proven by tests/systemd.
"""

import asyncio
import shutil
import socket
import subprocess
import threading

import pytest

from agent.runtime.clock import Clock
from agent.runtime.sandbox import LARGEST, Order, Sandbox

PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin") or "python3"


@pytest.fixture
def path(tmp_path):
    """A socket on which each connection gets a Python of its own."""
    processes = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        listening.listen()

        def serve():
            while True:
                try:
                    one, _ = listening.accept()
                except OSError:
                    return
                with one:
                    command = [PYTHON, "-I", "-S", "-B", "-"]
                    processes.append(subprocess.Popen(command, stdin=one, stdout=one, stderr=one))

        threading.Thread(target=serve, daemon=True).start()
        yield tmp_path / "socket"
        listening.shutdown(socket.SHUT_RDWR)
    for process in processes:
        process.kill()
        process.wait(5)


def run(path, python=None, **more):
    return Sandbox(clock=Clock(), path=path).run(Order(python=python, **more))


async def test_what_a_snippet_prints_comes_back(path):
    ran = await run(path, "print(2 + 2)")

    assert (ran.code, ran.output, ran.obstacle) == (0, b"4\n", None)


async def test_a_snippet_that_raises_says_why_and_where(path):
    ran = await run(path, "x = 1\nprint(x / 0)")

    assert ran.code == 1
    assert b"line 2" in ran.output
    assert b"ZeroDivisionError" in ran.output


@pytest.mark.parametrize(
    ("python", "code"),
    [("raise SystemExit(7)", 7), ("raise SystemExit", 0), ("import sys; sys.exit('no')", 1), ("def", 1)],
)
async def test_how_it_ends_is_told(path, python, code):
    assert (await run(path, python)).code == code


async def test_a_command_runs_with_its_arguments_and_variables(path):
    ran = await run(path, argv=("sh", "-c", "echo $0 $GREETING", "ada"), environment={"GREETING": "hello"})

    assert (ran.code, ran.output) == (0, b"ada hello\n")


async def test_a_command_that_is_not_there_is_told(path):
    ran = await run(path, argv=("no-such-program",))

    assert ran.code == 1
    assert b"FileNotFoundError" in ran.output


async def test_one_that_takes_too_long_is_ended(path):
    ran = await run(path, "print('begun', flush=True)\nwhile True: pass", seconds=0.5)

    assert ran.timed_out
    assert ran.output == b"begun\n"
    assert ran.seconds < 3


async def test_of_a_flood_the_beginning_is_kept(path):
    ran = await run(path, "while True: print('A' * 1000)", output=5000)

    assert len(ran.output) == 5000
    assert ran.truncated > 0
    assert not ran.timed_out


async def test_one_that_closes_its_output_is_waited_for(path):
    ran = await run(path, "import os, time; os.closerange(0, 64); time.sleep(0.3); os._exit(3)")

    assert ran.code == 3


async def test_what_is_left_behind_holds_nobody_up(path):
    ran = await run(
        path, "import os, time\nif not os.fork(): time.sleep(3)\nelse: print('gone')", seconds=2.5
    )

    assert (ran.code, ran.output) == (0, b"gone\n")
    assert ran.seconds < 2


async def test_a_sandbox_that_was_ended_from_without_is_told(path):
    ran = await run(path, "import os, signal; os.kill(os.getppid(), signal.SIGKILL)")

    assert ran.code is None
    assert "the sandbox ended it" in ran.obstacle


async def test_a_limit_is_kept(path):
    ran = await run(path, "open('/dev/null'); x = bytearray(500 << 20)", limits={"AS": 100 << 20})

    assert ran.code == 1
    assert b"MemoryError" in ran.output


async def test_no_more_run_at_a_time_than_units_are_started(path):
    sandbox, look = Sandbox(clock=Clock(), path=path), "import time; print(time.time()); time.sleep(0.3)"
    ran = await asyncio.gather(*(sandbox.run(Order(python=look)) for _ in range(3)))

    first, _, last = sorted(float(one.output) for one in ran)
    assert last - first > 0.25


async def test_what_is_too_long_is_not_sent(path):
    assert "bytes; up to" in (await run(path, "#" * LARGEST)).obstacle


async def test_where_there_is_no_sandbox_nothing_is_run(tmp_path):
    ran = await run(tmp_path / "nowhere", "print(1)")

    assert "it takes systemd" in ran.obstacle
    assert ran.code is None


async def test_an_answer_that_is_none_is_told(tmp_path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        listening.listen()

        def answer():
            with listening.accept()[0] as one:
                one.recv(1 << 20)
                one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        ran = await run(tmp_path / "socket", "print(1)")

    assert "no answer" in ran.obstacle
