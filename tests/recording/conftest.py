"""The program, the broker of the session, and somebody who publishes there."""

from collections.abc import Callable, Iterator

import pytest

from agent.cli import main
from tests.cli.program import Program
from tests.recording.recording import speaker


@pytest.fixture
def hearthd(tmp_path, broker) -> Program:
    """The program, with the broker of the session configured."""
    return Program(tmp_path, port=broker.port)


@pytest.fixture
def here(hearthd, capsys) -> Callable[..., tuple[int, str, str]]:
    """`hearthd record` in this process: its exit code, output and errors."""

    def record(*arguments: str) -> tuple[int, str, str]:
        code = main(["record", *arguments, "-c", str(hearthd.file)])
        return code, *capsys.readouterr()

    return record


@pytest.fixture
def mqtt(broker) -> Iterator[object]:
    with speaker(broker.port) as client:
        yield client
