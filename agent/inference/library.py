"""The C interface of llama.cpp that gpt4all's library exports beside its own, as far as it is called.

The layouts are those of the `llama.h` in one wheel, so they are used with that very library and no other.
"""

import ctypes
import hashlib
import platform
import sys
from contextlib import suppress
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int8, c_int32, c_size_t, c_uint32, c_void_p
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from agent.errors import ConfigError

VERSION = "2.8.2"
SHA256 = "852cfd26592237e5cd240730cc5fcde92ff6f8cb1fad46aa47ea2ad3c9ffc8f2"
LIBRARY = "llmodel_DO_NOT_MODIFY/build/libllamamodel-mainline-kompute.so"


class ModelParameters(ctypes.Structure):
    """How a model is loaded."""

    _fields_ = (
        ("n_gpu_layers", c_int32),
        ("split_mode", c_int32),
        ("main_gpu", c_int32),
        ("tensor_split", c_void_p),
        ("rpc_servers", c_void_p),
        ("progress_callback", c_void_p),
        ("progress_callback_user_data", c_void_p),
        ("kv_overrides", c_void_p),
        ("vocab_only", c_bool),
        ("use_mmap", c_bool),
        ("use_mlock", c_bool),
        ("check_tensors", c_bool),
    )


class ContextParameters(ctypes.Structure):
    """How it is run."""

    _fields_ = (
        ("seed", c_uint32),
        ("n_ctx", c_uint32),
        ("n_batch", c_uint32),
        ("n_ubatch", c_uint32),
        ("n_seq_max", c_uint32),
        ("n_threads", c_uint32),
        ("n_threads_batch", c_uint32),
        ("rope_scaling_type", c_int32),
        ("pooling_type", c_int32),
        ("attention_type", c_int32),
        ("rope_freq_base", c_float),
        ("rope_freq_scale", c_float),
        ("yarn_ext_factor", c_float),
        ("yarn_attn_factor", c_float),
        ("yarn_beta_fast", c_float),
        ("yarn_beta_slow", c_float),
        ("yarn_orig_ctx", c_uint32),
        ("defrag_thold", c_float),
        ("cb_eval", c_void_p),
        ("cb_eval_user_data", c_void_p),
        ("type_k", c_int32),
        ("type_v", c_int32),
        ("logits_all", c_bool),
        ("embeddings", c_bool),
        ("offload_kqv", c_bool),
        ("flash_attn", c_bool),
        ("abort_callback", c_void_p),
        ("abort_callback_data", c_void_p),
    )


class Batch(ctypes.Structure):
    """Tokens that are evaluated at once."""

    _fields_ = (
        ("n_tokens", c_int32),
        ("token", POINTER(c_int32)),
        ("embd", c_void_p),
        ("pos", c_void_p),
        ("n_seq_id", c_void_p),
        ("seq_id", c_void_p),
        ("logits", POINTER(c_int8)),
        ("all_pos_0", c_int32),
        ("all_pos_1", c_int32),
        ("all_seq_id", c_int32),
    )


class Candidate(ctypes.Structure):
    """A token that may come next."""

    _fields_ = (("id", c_int32), ("logit", c_float), ("p", c_float))


class Candidates(ctypes.Structure):
    """All of them."""

    _fields_ = (("data", POINTER(Candidate)), ("size", c_size_t), ("sorted", c_bool))


_Log = ctypes.CFUNCTYPE(None, c_int32, c_char_p, c_void_p)
SILENT = _Log(lambda _level, _text, _data: None)
"""Must live as long as the library."""
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "llama_backend_init": (None,),
    "llama_log_set": (None, _Log, c_void_p),
    "llama_model_default_params": (ModelParameters,),
    "llama_context_default_params": (ContextParameters,),
    "llama_load_model_from_file": (c_void_p, c_char_p, ModelParameters),
    "llama_new_context_with_model": (c_void_p, c_void_p, ContextParameters),
    "llama_set_rng_seed": (None, c_void_p, c_uint32),
    "llama_n_vocab": (c_int32, c_void_p),
    "llama_vocab_type": (c_int32, c_void_p),
    "llama_add_bos_token": (c_int32, c_void_p),
    "llama_token_bos": (c_int32, c_void_p),
    "llama_token_is_eog": (c_bool, c_void_p, c_int32),
    "llama_token_is_control": (c_bool, c_void_p, c_int32),
    "llama_token_to_piece": (c_int32, c_void_p, c_int32, c_char_p, c_int32, c_int32, c_bool),
    "llama_tokenize_gpt4all":
        (c_int32, c_void_p, c_char_p, c_int32, POINTER(c_int32), c_int32, c_bool, c_bool, c_bool),
    "llama_kv_cache_seq_rm": (c_bool, c_void_p, c_int32, c_int32, c_int32),
    "llama_decode": (c_int32, c_void_p, Batch),
    "llama_get_logits_ith": (c_void_p, c_void_p, c_int32),
    "llama_sample_token_greedy": (c_int32, c_void_p, POINTER(Candidates)),
    "llama_sample_token": (c_int32, c_void_p, POINTER(Candidates)),
    "llama_sample_softmax": (None, c_void_p, POINTER(Candidates)),
    "llama_sample_temp": (None, c_void_p, POINTER(Candidates), c_float),
    "llama_sample_top_k": (None, c_void_p, POINTER(Candidates), c_int32, c_size_t),
    "llama_sample_top_p": (None, c_void_p, POINTER(Candidates), c_float, c_size_t),
}  # fmt: skip
"""What each returns, then what it takes."""


def not_installed() -> str:
    """Why nothing can be run where gpt4all is not installed, and what to do."""
    if sys.platform == "linux" and platform.machine() == "x86_64":
        return f"gpt4all is not installed; 'pip install gpt4all=={VERSION}' does it"
    return (
        f"there is no gpt4all for {platform.system()} on {platform.machine()}; "
        "\"pip install 'hearthd[llama]'\" brings a library that does its work; "
        "a server with OpenAI's interface can do it, too, see models.providers"
    )


def known_library() -> Path | None:
    """The library that this module knows how to call, None if there is none or another one."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    found = find_spec("gpt4all")
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    library = package / LIBRARY
    with suppress(OSError):
        versioned = (package.parent / f"gpt4all-{VERSION}.dist-info").is_dir()
        # It is compiled for processors with AVX2; on others even loading it would end the process.
        if versioned and " avx2 " in Path("/proc/cpuinfo").read_text("ascii", "replace"):
            with library.open("rb") as file:
                return library if hashlib.file_digest(file, "sha256").hexdigest() == SHA256 else None
    return None


def declared(path: Path) -> Any:
    """The library in `path`, its functions ready to be called.

    Raises:
        ConfigError: it can't be used on this machine.
    """
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ConfigError(f"gpt4all can't be used here: {error}") from None
    for name, (returned, *taken) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = returned, taken
    return library
