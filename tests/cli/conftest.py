"""A simulated house to give commands to, started as people start it."""

from collections.abc import Iterator

import pytest

from tests.cli.program import Program, until
from tests.mosquitto import Mosquitto


@pytest.fixture(scope="module")
def hearthd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program, with `hearthd demo` running."""
    own = Mosquitto().start()
    program = Program(tmp_path_factory.mktemp("cli"), port=own.port)
    demo = program.daemon("demo")
    try:
        until(lambda: any(one["id"] == "weather.home" for one in program.json("devices")))
        yield program
    finally:
        demo.close()
        own.close()


@pytest.fixture
def nobody(tmp_path) -> Program:
    """The program where no daemon runs and nothing is configured."""
    return Program(tmp_path)
