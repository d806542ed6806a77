"""A model of a few thousand weights that says nonsense in small letters, quickly and always the same."""

from pathlib import Path

import gguf
import numpy as np

from agent.inference.process import ModelFile

SPECIAL = ("<|pad|>", "<|bos|>", "<|end|>", "<|home|>", "<|user|>", "<|intent|>")
WIDE, LAYERS, HEADS, INNER = 64, 2, 4, 128


def _letters():
    """The 256 bytes, in the characters that GPT-2's tokenizer writes them with."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [one for one in range(256) if one not in plain]
    return [chr(one) for one in plain] + [chr(256 + at) for at in range(len(others))]


def letters(kind):
    """Tokens and their kinds, as GPT-2's tokenizer has them."""
    others = [*_letters(), "th", "he"]
    return [*SPECIAL, *others], [3] * len(SPECIAL) + [kind] * len(others)


def _pieces(kind):
    """Tokens and their kinds, as SentencePiece has them: words begin with a space."""
    parts = [f"<0x{one:02X}>" for one in range(256)]
    others = ["\u2581", "\u2581t", "\u2581th", "\u2581l", "am", "amp", "he", *map(chr, range(33, 127))]
    return [*SPECIAL, *parts, *others], [3] * len(SPECIAL) + [6] * 256 + [kind] * len(others)


def make(path: Path, *, arch="llama", without=(), context=512, kind=1, spaced=False) -> Path:
    """Write such a model to `path`, less the keys in `without`; its letters are tokens of `kind`.

    `spaced`: its words are pieces that begin with a space, as Phi's and the first Llamas' are.
    """
    rng = np.random.default_rng(7)
    tokens, types = _pieces(kind) if spaced else letters(kind)
    without = {*without, *({"pre", "merges"} if spaced else {"scores"})}
    writer = gguf.GGUFWriter(path, arch)
    keys = {
        "context": lambda: writer.add_context_length(context),
        "wide": lambda: writer.add_embedding_length(WIDE),
        "layers": lambda: writer.add_block_count(LAYERS),
        "inner": lambda: writer.add_feed_forward_length(INNER),
        "heads": lambda: writer.add_head_count(HEADS),
        "epsilon": lambda: writer.add_layer_norm_rms_eps(1e-5),
        "kind": lambda: writer.add_tokenizer_model("llama" if spaced else "gpt2"),
        "pre": lambda: writer.add_tokenizer_pre("starcoder"),
        "tokens": lambda: writer.add_token_list(tokens),
        "types": lambda: writer.add_token_types(types),
        "scores": lambda: writer.add_token_scores([-float(at) for at in range(len(tokens))]),
        "merges": lambda: writer.add_token_merges(["t h", "h e"]),
        "end": lambda: writer.add_eos_token_id(SPECIAL.index("<|end|>")),
        "begin": lambda: writer.add_bos_token_id(SPECIAL.index("<|bos|>")),
        "add_begin": lambda: writer.add_add_bos_token(value=False),
    }
    for key, add in keys.items():
        if key not in without:
            add()

    def weights(*shape):
        return rng.normal(0, 0.3, shape).astype(np.float32)

    said = np.zeros((len(tokens), WIDE), np.float32)
    rows = [tokens.index(one) for one in "abcdefghijklmnopqrstuvwxyz"]
    said[rows] = weights(len(rows), WIDE)
    writer.add_tensor("token_embd.weight", weights(len(tokens), WIDE))
    writer.add_tensor("output.weight", said)
    writer.add_tensor("output_norm.weight", np.ones(WIDE, np.float32))
    for layer in range(LAYERS):
        for name, shape in {
            "attn_q": (WIDE, WIDE),
            "attn_k": (WIDE, WIDE),
            "attn_v": (WIDE, WIDE),
            "attn_output": (WIDE, WIDE),
            "ffn_gate": (INNER, WIDE),
            "ffn_up": (INNER, WIDE),
            "ffn_down": (WIDE, INNER),
        }.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", weights(*shape))
        if arch == "qwen3":
            for name in ("attn_q_norm", "attn_k_norm"):
                writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDE // HEADS, np.float32))
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDE, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def model_file(path: Path, **settings) -> ModelFile:
    """The model in `path`, to be run with `settings`."""
    return ModelFile(path=path, **{"context": 512, **settings})
