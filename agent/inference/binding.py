"""A model through gpt4all's own binding, for libraries that agent.inference.llama does not know.

It says nothing of how likely its answers are, and can't be kept to a form.
"""

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any

from agent.errors import ConfigError
from agent.inference.choice import layers_of
from agent.inference.library import not_installed
from agent.inference.told import RefusedError, Told

BATCH = 128
"""The most tokens of a prompt that the library evaluates at once."""
MARGIN = 8
"""So many tokens before its context is full the library would begin to shift, and eat the system part."""
ERROR = -1
"""What the library gives as the token where its text is an error message."""


class Bound:
    """A model that is loaded, with the system part of its last prompt still evaluated."""

    constrains = False

    def __init__(self, asked: dict[str, Any]) -> None:
        """Load the model that `asked` names.

        Raises:
            ConfigError: it can't be loaded; one line.
        """
        self._model = _opened(Path(asked["path"]), asked, layers_of(asked["gpu"]))
        self._room = int(asked["context"]) - MARGIN
        self._templates = (asked["system_template"], asked["template"])
        self._system = ""
        self._known = 0

    def generate(self, asked: dict[str, Any], told: Told) -> None:
        """Answer a request.

        Raises:
            RefusedError: there is no answer.
        """
        heard = _Heard(told, self._room)
        try:
            if asked["system"] != self._system or not self._system:
                self._evaluate(asked["system"], heard)
            if self._known:
                self._model.context.n_past = self._known
            heard.past = self._known
            sampling = {
                "temp": asked["temperature"],
                "top_k": 40 if asked["temperature"] else 1,
                "top_p": 0.95,
            }
            most = asked["max_tokens"]
            self._ask(asked["said"], self._templates[1], heard, most, reset=not self._known, **sampling)
        except RefusedError:
            self._system, self._known = "", 0
            raise

    def _evaluate(self, system: str, heard: "_Heard") -> None:
        self._system, self._known = "", 0
        if not system:
            return
        self._ask(system, self._templates[0], heard, 0, reset=True, temp=0.0, top_k=1, top_p=1.0)
        if heard.told.stopped is None:
            self._system, self._known = system, int(self._model.context.n_past)

    def _ask(
        self, text: str, template: str, heard: "_Heard", most: int, *, reset: bool, **sampling: float
    ) -> None:
        if heard.told.stopped is not None:
            return
        self._model.on_prompt = heard.prompt_token
        self._model.prompt_model(
            text,
            template,
            heard.token,
            n_predict=most,
            n_batch=BATCH,
            repeat_penalty=1.0,
            repeat_last_n=0,
            reset_context=reset,
            special=False,
            **sampling,
        )
        if heard.error:
            raise RefusedError(heard.error)


class _Heard:
    """What the library says while it works."""

    def __init__(self, told: Told, room: int) -> None:
        self.told = told
        self.past = 0
        """How many tokens are evaluated."""
        self.error = ""
        self._room = room

    def prompt_token(self, _token: int) -> bool:
        """A token of the prompt was evaluated. Whether to go on."""
        self.told.evaluated += 1
        self.past += 1
        if self.past >= self._room:
            self.error = "the prompt is too long for the context of this model"
        return not self.error and self.told.goes_on()

    def token(self, token: int, piece: bytes) -> bool:
        """The model said a piece. Whether to go on."""
        if token == ERROR:
            self.error = piece.decode(errors="replace").removeprefix("ERROR: ").strip()
            return False
        self.past += 1
        goes_on = self.told.piece(piece)
        if goes_on and self.past >= self._room:
            self.told.stopped = "length"
        return self.told.stopped is None


def gpu_kinds() -> tuple[str, ...]:
    """The ways in which it can use a GPU of this machine, the better first; none where there is none."""
    try:
        found = [one.partition(":")[0] for one in _binding().LLModel.list_gpus()]
    except (ConfigError, ValueError, OSError):
        return ()
    return tuple(sorted(set(found)))


def _opened(path: Path, asked: dict[str, Any], layers: int) -> Any:
    kinds = gpu_kinds() if layers else ()
    bare = _binding().LLModel

    class Opened(bare):  # type: ignore[misc,valid-type]
        """The library's own binding, with its two callbacks bare."""

        def _prompt_callback(self, token: int) -> bool:
            return bool(self.on_prompt(token))

        def _callback_decoder(self, callback: Any) -> Any:
            return callback

    try:
        model = Opened(
            str(path.absolute()), asked["context"], layers if kinds else 0, kinds[0] if kinds else "kompute"
        )
        if kinds:
            model.init_gpu("cuda" if kinds[0] == "cuda" else "gpu")
        if not model.load_model():
            raise ConfigError(f"{path}: can't be loaded; the file is damaged or of a kind not known here")
    except (RuntimeError, ValueError) as error:
        raise ConfigError(f"{path}: can't be loaded: {_line(error)}") from None
    model.set_thread_count(asked["threads"])
    return model


def _binding() -> Any:
    """The library's binding alone: the rest of the package is for downloading models.

    Raises:
        ConfigError: it is not installed, or can't be used on this machine.
    """
    try:
        found = find_spec("gpt4all")
        if found is None:
            raise ConfigError(not_installed())
        sys.modules["gpt4all"] = module_from_spec(found)
        return import_module("gpt4all._pyllmodel")
    except (ImportError, OSError) as error:
        raise ConfigError(f"gpt4all can't be used here: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
