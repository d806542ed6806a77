"""A model through llama-cpp-python: for machines that gpt4all has no library for, and for newer models.

It is what agent.inference.llama is, by the interface that llama.cpp has now.
"""

import ctypes
import os
import sys
from ctypes import c_int32, c_void_p
from functools import partial
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any, cast

from agent.errors import ConfigError
from agent.inference.choice import NO_LLAMA
from agent.inference.llama import BATCH, Candidates, Pieces

_SENTENCEPIECE = 1
_ALL_FROM_THERE = -1
_AS_EVER = 0
"""No flash attention."""
_LINE = b"\n"
"""A token of its own in every vocabulary of pieces."""


class LlamaCpp:
    """A model that is loaded, and what it has evaluated: see agent.inference.llama.Llama."""

    def __init__(self, path: Path, *, context: int, threads: int, layers: int = 0) -> None:
        """Load the model in `path`, and have a GPU compute so many of its layers.

        Raises:
            ConfigError: it can't be loaded; one line.
        """
        self._c = _interface()
        self._layers = layers
        self._silent = self._c.llama_log_callback(lambda _level, _text, _data: None)
        self._c.llama_log_set(self._silent, None)
        self._c.llama_backend_init()
        self._nowhere = (c_void_p * 1)()
        self._model = self._c.llama_model_load_from_file(os.fsencode(path), self._of_model())
        if not self._model:
            raise ConfigError(f"{path}: can't be loaded; the file is damaged or of a kind not known here")
        self._context = self._c.llama_init_from_model(self._model, self._of_context(context, threads))
        if not self._context:
            raise ConfigError(f"{path}: can't be loaded with a context of {context} tokens; memory is short")
        self._vocabulary = self._c.llama_model_get_vocab(self._model)
        self._memory = self._c.llama_get_memory(self._context)
        self._tokens = (c_int32 * BATCH)()
        self._pieces = Pieces(partial(self._c.llama_token_to_piece, self._vocabulary))
        self._spaced = self._c.llama_vocab_type(self._vocabulary) == _SENTENCEPIECE
        size = self._c.llama_vocab_n_tokens(self._vocabulary)
        self.candidates = Candidates(
            _Samplers(self._c), self._context, size, layout=self._c.llama_token_data_array
        )
        """The tokens that could come next, after `evaluate`."""

    def tokens(self, text: str, *, after: int | None, special: bool) -> list[int]:
        """`text`, which follows the token `after`, in tokens; control tokens are read in it if `special`.

        What comes first begins with the token that the model wants there.
        """
        begin: list[int] = []
        if after is None and self._c.llama_vocab_get_add_bos(self._vocabulary):
            begin = [self._c.llama_vocab_bos(self._vocabulary)]
        tokens = self._read(text.encode(), special=special)
        if self._spaced and after is not None and not self.is_control(after):
            # It takes every text for the beginning of one, and puts a space there.
            line = self._read(_LINE, special=False)
            both = self._read(_LINE + text.encode(), special=special)
            if both[: len(line)] == line:
                tokens = both[len(line) :]
        return tokens if begin == tokens[:1] else begin + tokens

    def evaluate(self, tokens: list[int], at: int) -> None:
        """Evaluate up to BATCH tokens, the first of them at position `at`: where what is evaluated ends.

        Raises:
            RuntimeError: the library can't.
        """
        count = len(tokens)
        self._tokens[:count] = cast("list[c_int32 | int]", tokens)
        if code := self._c.llama_decode(self._context, self._c.llama_batch_get_one(self._tokens, count)):
            raise RuntimeError(f"the library could not evaluate it at {at} (code {code})")

    def forget(self, at: int) -> int:
        """Forget what was evaluated from position `at` on; how much is known then.

        Some kinds of models can't go back: they forget everything.
        """
        if at and self._c.llama_memory_seq_rm(self._memory, 0, at, _ALL_FROM_THERE):
            return at
        self._c.llama_memory_clear(self._memory, True)  # noqa: FBT003
        return 0

    def piece(self, token: int) -> bytes:
        """The text of a token, or a part of it: a letter may take several."""
        return self._pieces.of(token)

    def is_end(self, token: int) -> bool:
        """Whether the answer ends with it."""
        return bool(self._c.llama_vocab_is_eog(self._vocabulary, token))

    def is_control(self, token: int) -> bool:
        """Whether it is none of the text."""
        return bool(self._c.llama_vocab_is_control(self._vocabulary, token))

    def _read(self, content: bytes, *, special: bool) -> list[int]:
        found = (c_int32 * (len(content) + 16))()
        count = self._c.llama_tokenize(
            self._vocabulary,
            content,
            len(content),
            found,
            len(found),
            False,  # noqa: FBT003
            special,
        )
        return list(found[: max(0, count)])

    def _of_model(self) -> Any:
        settings = self._c.llama_model_default_params()
        settings.n_gpu_layers = self._layers
        if not self._layers:
            # A list without any: not even one that happens to be built in is looked for.
            settings.devices = ctypes.cast(self._nowhere, c_void_p)
        return settings

    def _of_context(self, context: int, threads: int) -> Any:
        settings = self._c.llama_context_default_params()
        settings.n_ctx = context
        settings.n_batch = settings.n_ubatch = BATCH
        settings.n_threads = settings.n_threads_batch = threads
        # Nearer to gpt4all's figures, on which it was settled how sure is sure enough.
        settings.flash_attn_type = _AS_EVER
        settings.offload_kqv = settings.op_offload = bool(self._layers)
        return settings


class _Samplers:
    """What agent.inference.llama.Candidates asks for, as it is called now."""

    def __init__(self, c: Any) -> None:
        self._c = c
        self._greedy = c.llama_sampler_init_greedy()
        self._chance = c.llama_sampler_init_dist(int.from_bytes(os.urandom(4)))

    def llama_get_logits_ith(self, context: Any, at: int) -> int | None:
        return ctypes.cast(self._c.llama_get_logits_ith(context, at), c_void_p).value

    def llama_sample_token_greedy(self, _context: Any, all_: Any) -> int:
        return self._taken(self._greedy, all_)

    def llama_sample_softmax(self, _context: Any, all_: Any) -> None:
        # By the way it takes one by chance.
        self._c.llama_sampler_apply(self._chance, all_)

    def llama_sample_token(self, _context: Any, all_: Any) -> int:
        return self._taken(self._chance, all_)

    def llama_sample_temp(self, _context: Any, all_: Any, temperature: float) -> None:
        self._once(self._c.llama_sampler_init_temp(temperature), all_)

    def llama_sample_top_k(self, _context: Any, all_: Any, count: int, _least: int) -> None:
        self._once(self._c.llama_sampler_init_top_k(count), all_)

    def llama_sample_top_p(self, _context: Any, all_: Any, share: float, least: int) -> None:
        self._once(self._c.llama_sampler_init_top_p(share, least), all_)

    def _taken(self, sampler: Any, all_: Any) -> int:
        self._c.llama_sampler_apply(sampler, all_)
        array = all_._obj  # noqa: SLF001  # how ctypes calls what it refers to
        return int(array.data[array.selected].id)

    def _once(self, sampler: Any, all_: Any) -> None:
        self._c.llama_sampler_apply(sampler, all_)
        self._c.llama_sampler_free(sampler)


def has_gpu() -> bool:
    """Whether it was built for a GPU, and is installed at all."""
    try:
        return bool(_interface().llama_supports_gpu_offload())
    except ConfigError:
        return False


def _interface() -> Any:
    """The library's functions alone: the rest of the package wants numpy and more.

    Raises:
        ConfigError: it is not installed, or can't be used on this machine.
    """
    found = find_spec("llama_cpp")
    if found is None:
        raise ConfigError(NO_LLAMA)
    sys.modules["llama_cpp"] = module_from_spec(found)
    try:
        return import_module("llama_cpp.llama_cpp")
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        line = " ".join(str(error).split())[:200]
        raise ConfigError(f"llama-cpp-python can't be used here: {line}") from None
