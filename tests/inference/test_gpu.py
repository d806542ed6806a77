"""A model whose layers a GPU may compute: where there is none, one clear line, or none is used."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from agent.errors import ConfigError
from agent.inference.choice import layers_of
from agent.inference.section import FileConfig
from tests.inference.asking import LIGHT, SHORT

LOOKING = """
from agent.inference.binding import gpu_kinds
from agent.inference.llamacpp import has_gpu
raise SystemExit(bool(gpu_kinds()) or has_gpu())
"""


@pytest.fixture(scope="module")
def _without_gpu():
    # The libraries are looked at where they can't disturb other tests.
    if subprocess.run([sys.executable, "-c", LOOKING], check=False, capture_output=True).returncode:
        pytest.skip("there is a GPU here")


@pytest.mark.usefixtures("_without_gpu")
@pytest.mark.parametrize("gpu", ["all", 12])
async def test_a_gpu_that_is_asked_for_and_not_there_is_one_clear_line(worker, gpu):
    one = worker(gpu=gpu)

    with pytest.raises(ConfigError, match=r"no GPU can be used here: .*'gpu: none' computes without"):
        await one.generate(LIGHT, SHORT)
    assert one.health().state == "broken"


@pytest.mark.usefixtures("_without_gpu")
async def test_auto_computes_without_where_there_is_none(worker):
    plain, auto = worker(), worker(gpu="auto")

    assert (await auto.generate(LIGHT, SHORT)).text == (await plain.generate(LIGHT, SHORT)).text


@pytest.mark.parametrize(("gpu", "layers"), [("none", 0), ("auto", 999), ("all", 999), (12, 12)])
def test_a_number_is_how_many_layers_it_computes(gpu, layers):
    assert layers_of(gpu) == layers


@pytest.mark.parametrize("gpu", ["none", "auto", "all", 12])
def test_the_configuration_of_a_model_says_what_a_gpu_computes(gpu):
    config = FileConfig(kind="gpt4all", path="/m.gguf", gpu=gpu)

    assert config.file.gpu == gpu


@pytest.mark.parametrize("gpu", ["some", 0, -1, 1.5])
def test_nothing_else_can_be_said_of_it(gpu):
    with pytest.raises(ValidationError):
        FileConfig(kind="gpt4all", path="/m.gguf", gpu=gpu)
