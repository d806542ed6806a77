"""A model through the C interface of its library: its tokens, what is evaluated, and what may come next."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from ctypes import c_int32
from functools import partial
from math import isfinite, log
from pathlib import Path
from typing import Any, cast

from agent.errors import ConfigError
from agent.inference import library as c

BATCH = 128
"""The most tokens that are evaluated at once; between batches a request can be ended."""
LIKELY = 64
"""So many of the likeliest tokens are looked at before all are put in order."""
_SENTENCEPIECE = 1
_AS_IT_IS = False
"""No tokens put around it."""
_READ = 0x100
_view = ctypes.pythonapi.PyMemoryView_FromMemory
_view.restype, _view.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)


class Llama:
    """A model that is loaded, and what it has evaluated."""

    def __init__(self, library: Path, path: Path, *, context: int, threads: int) -> None:
        self._library = c.declared(library)
        self._library.llama_log_set(c.SILENT, None)
        self._library.llama_backend_init()
        self._model = self._library.llama_load_model_from_file(os.fsencode(path), self._of_model())
        if not self._model:
            raise ConfigError(f"{path}: can't be loaded; the file is damaged or of a kind not known here")
        settings = self._of_context(context, threads)
        self._context = self._library.llama_new_context_with_model(self._model, settings)
        if not self._context:
            raise ConfigError(f"{path}: can't be loaded with a context of {context} tokens; memory is short")
        self._library.llama_set_rng_seed(self._context, int.from_bytes(os.urandom(4)))
        self._tokens = (c_int32 * BATCH)()
        self._pieces = Pieces(partial(self._library.llama_token_to_piece, self._model))
        self._begin = self._first()
        vocabulary = self._library.llama_n_vocab(self._model)
        self.candidates = Candidates(self._library, self._context, vocabulary)
        """The tokens that could come next, after `evaluate`."""

    def tokens(self, text: str, *, after: int | None, special: bool) -> list[int]:
        """`text`, which follows the token `after`, in tokens; control tokens are read in it if `special`.

        What comes first begins with the token that the model wants there.
        """
        begin = [] if after is not None or self._begin is None else [self._begin]
        content = text.encode()
        space = after is None or self.is_control(after)
        found = (c_int32 * (len(content) + 16))()
        count = self._library.llama_tokenize_gpt4all(
            self._model,
            content,
            len(content),
            found,
            len(found),
            _AS_IT_IS,
            special,
            space,
        )
        tokens = found[: max(0, count)]
        return tokens if begin == tokens[:1] else begin + tokens

    def evaluate(self, tokens: list[int], at: int) -> None:
        """Evaluate up to BATCH tokens, the first of them at position `at`.

        Raises:
            RuntimeError: the library can't.
        """
        count = len(tokens)
        self._tokens[:count] = cast("list[c_int32 | int]", tokens)
        batch = c.Batch(n_tokens=count, token=self._tokens, all_pos_0=at, all_pos_1=1, all_seq_id=0)
        if code := self._library.llama_decode(self._context, batch):
            raise RuntimeError(f"the library could not evaluate it (code {code})")

    def forget(self, at: int) -> int:
        """Forget what was evaluated from position `at` on; how much is known then."""
        self._library.llama_kv_cache_seq_rm(self._context, 0, at, -1)
        return at

    def piece(self, token: int) -> bytes:
        """The text of a token, or a part of it: a letter may take several."""
        return self._pieces.of(token)

    def is_end(self, token: int) -> bool:
        """Whether the answer ends with it."""
        return bool(self._library.llama_token_is_eog(self._model, token))

    def is_control(self, token: int) -> bool:
        """Whether it is none of the text."""
        return bool(self._library.llama_token_is_control(self._model, token))

    def _of_model(self) -> Any:
        settings = self._library.llama_model_default_params()
        settings.n_gpu_layers = 0
        return settings

    def _of_context(self, context: int, threads: int) -> Any:
        settings = self._library.llama_context_default_params()
        settings.n_ctx = context
        settings.n_batch = settings.n_ubatch = BATCH
        settings.n_threads = settings.n_threads_batch = threads
        return settings

    def _first(self) -> int | None:
        wanted = self._library.llama_add_bos_token(self._model)
        if wanted < 0:
            wanted = self._library.llama_vocab_type(self._model) == _SENTENCEPIECE
        return self._library.llama_token_bos(self._model) if wanted else None


class Pieces:
    """The text of each token, asked of a library once. `ask` is its `llama_token_to_piece` of one model."""

    def __init__(self, ask: Callable[..., int]) -> None:
        self._ask = ask
        self._known: dict[int, bytes] = {}

    def of(self, token: int) -> bytes:
        """The bytes of a token."""
        if (known := self._known.get(token)) is not None:
            return known
        size = 64
        while True:
            room = ctypes.create_string_buffer(size)
            count = self._ask(token, room, size, 0, True)  # noqa: FBT003
            if count >= 0:
                return self._known.setdefault(token, room.raw[:count])
            size = -count


class Candidates:
    """Every token, and how likely it comes next.

    The library ranks them in an array of its own layout; what is copied into it, and how often, is most of
    what a token costs beside evaluating it.
    """

    def __init__(self, library: Any, context: int, size: int, *, layout: Any = c.Candidates) -> None:
        """`layout`: of the library's array."""
        self._library = library
        self._context = context
        self._size = size
        room = bytearray(size * ctypes.sizeof(c.Candidate))
        self._array = layout()
        self._array.data = ctypes.cast((c.Candidate * size).from_buffer(room), type(self._array.data))
        self._all = ctypes.byref(self._array)
        view = memoryview(room)
        self._ids, self._ranked, self._chances = (
            view.cast("i")[::3],
            view.cast("f")[1::3],
            view.cast("f")[2::3],
        )
        self._numbers = memoryview(b"".join(one.to_bytes(4, sys.byteorder) for one in range(size))).cast("i")
        self._logits: Any = None
        self._front = 0
        """The token that has changed places with the first."""
        self._mixed = True
        """Whether more have."""
        self._norm = 0.0

    def likeliest(self) -> int:
        """The likeliest of all.

        Raises:
            RuntimeError: there is none.
        """
        address = self._library.llama_get_logits_ith(self._context, -1)
        self._logits = _view(address, 4 * self._size, _READ).cast("f")
        self._ranked[:] = self._logits
        if self._mixed:
            self._ids[:], self._mixed = self._numbers, False
        else:
            self._ids[self._front], self._ids[0] = self._front, 0
        self._array.size, self._array.sorted = self._size, False
        self._front = best = int(self._library.llama_sample_token_greedy(self._context, self._all))
        # With the likeliest in front the library needs not sort them to say how likely each is.
        highest = self._logits[best]
        self._ids[best], self._ranked[best] = 0, self._logits[0]
        self._ids[0], self._ranked[0] = best, highest
        self._array.sorted = True
        self._library.llama_sample_softmax(self._context, self._all)
        self._norm = highest - log(self._chances[0])
        if not isfinite(self._norm):
            raise RuntimeError("the model is damaged: how likely its answers are is no number")
        return best

    def logprob(self, token: int) -> float:
        """The logarithm of how likely a token is, whatever may be chosen; after `likeliest`."""
        return float(self._logits[token] - self._norm)

    def by_likelihood(self) -> Iterator[int]:
        """All of them, the likeliest first; after `likeliest`. Some come twice."""
        self._mixed = True
        for count in (min(LIKELY, self._size), self._size):
            self._array.size, self._array.sorted = self._size, False
            self._library.llama_sample_top_k(self._context, self._all, count, 1)
            # From the first again: those that are equally likely change places.
            yield from self._ids[:count].tolist()

    def sampled(self, temperature: float) -> int:
        """One by chance; after `likeliest`."""
        self._mixed, self._array.sorted = True, False
        self._library.llama_sample_top_k(self._context, self._all, 40, 1)
        self._library.llama_sample_top_p(self._context, self._all, 0.95, 1)
        self._library.llama_sample_temp(self._context, self._all, temperature)
        return int(self._library.llama_sample_token(self._context, self._all))
