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
def binding():
    """Whether workers use gpt4all's own binding."""
    return False


@pytest.fixture
async def worker(toy, binding):
    """Makes workers; their processes are gone at the end of the test."""
    made = []

    def start(path=toy, **settings):
        file = model_file(path, **{"binding": binding, **settings})
        made.append(Worker("toy", file, clock=Clock()))
        return made[-1]

    yield start
    for one in made:
        await one.close()
