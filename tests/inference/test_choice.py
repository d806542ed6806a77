"""What there is to be told where no library is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
ASK = """
import sys
sys.path.insert(0, sys.argv[1])
from agent.inference.choice import missing
print(missing(sys.argv[2]))
"""


def told(library, machine):
    """What is said by a Python with nothing installed, on another kind of machine."""
    command = ["setarch", machine, sys.executable, "-S", "-c", ASK, HERE, library]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("library", ["auto", "gpt4all"])
def test_where_there_is_a_gpt4all_it_is_to_be_installed(library):
    found = told(library, "x86_64")

    assert found.startswith("gpt4all is not installed; 'pip install ")


@pytest.mark.parametrize("library", ["auto", "gpt4all"])
def test_where_there_is_none_another_library_is_to_be_installed(library):
    found = told(library, "i686")

    assert found.startswith("there is no gpt4all for Linux on i686; \"pip install 'hearthd[llama]'\" ")


@pytest.mark.parametrize("machine", ["x86_64", "i686"])
def test_the_one_that_is_asked_for_is_to_be_installed(machine):
    found = told("llama-cpp", machine)

    assert found.startswith("llama-cpp-python is not installed; \"pip install 'hearthd[llama]'\" ")
