"""Weights and vocabulary to one GGUF file that gpt4all and llama.cpp load."""

import json
from pathlib import Path
from typing import Any

from agent.engines.tiny.train import model, tokenizer

NAME = "hearthd-nano"
KINDS = ("F32", "F16", "Q8_0")


def vocabulary(file: Path) -> tuple[list[str], list[str]]:
    """The tokens by id, and the merges as pairs of words."""
    data = json.loads(file.read_text(encoding="utf-8"))
    by_id = {at: token for token, at in data["model"]["vocab"].items()}
    by_id |= {one["id"]: one["content"] for one in data["added_tokens"]}
    merges = [one if isinstance(one, str) else " ".join(one) for one in data["model"]["merges"]]
    return [by_id[at] for at in range(len(by_id))], merges


def write(
    weights: model.Weights, shape: model.Shape, tokens: Path, target: Path, *, kind: str = "Q8_0"
) -> None:
    """Write the model to `target`, its matrices as `kind`.

    Every token has its type and the end its id: without them the model never stops. No token is marked as
    unused: gpt4all ends the process when one is said.
    """
    import gguf

    words, merges = vocabulary(tokens)
    writer = gguf.GGUFWriter(str(target), "llama")
    writer.add_name(NAME)
    types = {"F32": gguf.LlamaFileType.ALL_F32, "F16": gguf.LlamaFileType.MOSTLY_F16}
    writer.add_file_type(types.get(kind, gguf.LlamaFileType.MOSTLY_Q8_0))
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_freq_base(shape.theta)
    writer.add_rope_dimension_count(shape.head)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(tokenizer.PRE)
    writer.add_token_list(words)
    control = set(tokenizer.SPECIAL)
    writer.add_token_types(
        [gguf.TokenType.CONTROL if word in control else gguf.TokenType.NORMAL for word in words]
    )
    writer.add_token_merges(merges)
    pad, end, user, _ = (words.index(one) for one in tokenizer.SPECIAL)
    writer.add_bos_token_id(user)
    writer.add_eos_token_id(end)
    writer.add_pad_token_id(pad)
    writer.add_add_bos_token(False)  # noqa: FBT003  # the library's own
    writer.add_add_space_prefix(False)  # noqa: FBT003  # the library's own
    for name, one in weights.items():
        _put(writer, name, one.detach().float().cpu().numpy(), kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _put(writer: Any, name: str, values: Any, kind: str) -> None:
    """Add a tensor; what is no matrix stays as it is."""
    import gguf

    if values.ndim == 1 or kind == "F32":
        writer.add_tensor(name, values)
    elif kind == "F16":
        writer.add_tensor(name, values.astype("float16"))
    else:
        packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType[kind])
        writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType[kind])
