"""Models that the tests make, and workers that run them."""

import pytest

from agent.inference.worker import Worker
from agent.runtime.clock import Clock
from tests.inference.toy import make, model_file


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    """A model that says nonsense."""
    return make(tmp_path_factory.mktemp("model") / "toy.gguf")


@pytest.fixture
async def worker(toy):
    """Makes workers; their processes are gone at the end of the test."""
    made = []

    def start(path=toy, **settings):
        made.append(Worker("toy", model_file(path, **settings), clock=Clock()))
        return made[-1]

    yield start
    for one in made:
        await one.close()
