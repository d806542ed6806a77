"""Models that the tests make, and workers that run them."""

from importlib.util import find_spec

import pytest

from agent.inference.worker import Worker
from agent.runtime.clock import Clock
from tests.inference.queueing import Asked, Gate
from tests.inference.server import Peer
from tests.inference.toy import make, model_file

# Its build takes half an hour, so only those have it who want it; elsewhere there is nothing to be tested.
collect_ignore = [] if find_spec("llama_cpp") else ["test_llamacpp.py"]


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    """A model that says nonsense."""
    return make(tmp_path_factory.mktemp("model") / "toy.gguf")


@pytest.fixture
def binding():
    """Whether workers use gpt4all's own binding."""
    return False


@pytest.fixture
def library():
    """The library of the workers."""
    return "gpt4all"


@pytest.fixture
async def worker(toy, binding, library):
    """Makes workers; their processes are gone at the end of the test."""
    made = []

    def start(path=toy, **settings):
        file = model_file(path, **{"binding": binding, "library": library, **settings})
        made.append(Worker("toy", file, clock=Clock()))
        return made[-1]

    yield start
    for one in made:
        await one.close()


@pytest.fixture
async def asked():
    """Makes queues before one server."""
    gate = Gate()
    peer = Peer(gate)
    async with peer.open():
        yield lambda **settings: Asked(peer, gate, **settings)
        gate.let(100)
