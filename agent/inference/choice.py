"""Which library runs a model in a file: gpt4all's, or llama-cpp-python where that is installed."""

from importlib.util import find_spec
from typing import Literal

Library = Literal["auto", "gpt4all", "llama-cpp"]
"""`auto`: gpt4all's where it is the known one and knows the model, otherwise llama-cpp-python."""
Gpu = Literal["none", "auto", "all"] | int
"""How many layers of a model are computed by a GPU; `auto`: all, where there is one."""
ALL_LAYERS = 999
"""More than any model has."""
NO_GPU = (
    "no GPU can be used here: gpt4all's library finds none (it needs a Vulkan driver, or CUDA's libraries: "
    "\"pip install 'gpt4all[cuda]'\"); llama-cpp-python finds one if it was built for it; "
    "'gpu: none' computes without"
)
NO_LLAMA = (
    "llama-cpp-python is not installed; \"pip install 'hearthd[llama]'\" builds it, which takes a while"
)


def reads_newer(wanted: Library) -> bool:
    """Whether models can be loaded that gpt4all's library of 2024 does not know."""
    return wanted != "gpt4all" and find_spec("llama_cpp") is not None


def layers_of(gpu: Gpu) -> int:
    """How many layers a GPU is to compute at most."""
    return gpu if isinstance(gpu, int) else 0 if gpu == "none" else ALL_LAYERS


def missing(wanted: Library) -> str | None:
    """What has to be installed before any model can be run so: one line. None: nothing."""
    if reads_newer(wanted):
        return None
    if wanted == "llama-cpp":
        return NO_LLAMA
    from agent.inference.library import not_installed

    return not_installed() if find_spec("gpt4all") is None else None
