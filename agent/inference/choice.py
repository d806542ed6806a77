"""Which library runs a model in a file: gpt4all's, or llama-cpp-python where that is installed."""

from importlib.util import find_spec
from typing import Literal

from agent.inference import llamacpp
from agent.inference.library import not_installed

Library = Literal["auto", "gpt4all", "llama-cpp"]
"""`auto`: gpt4all's where it is the known one and knows the model, otherwise llama-cpp-python."""


def reads_newer(wanted: Library) -> bool:
    """Whether models can be loaded that gpt4all's library of 2024 does not know."""
    return wanted != "gpt4all" and llamacpp.installed()


def missing(wanted: Library) -> str | None:
    """What has to be installed before any model can be run so: one line."""
    if wanted == "llama-cpp":
        return None if llamacpp.installed() else llamacpp.NEEDED
    if find_spec("gpt4all") is not None or reads_newer(wanted):
        return None
    return not_installed()
