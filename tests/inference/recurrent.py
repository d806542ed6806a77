"""A model without attention, which can't go back to an earlier point of what it has evaluated."""

from pathlib import Path

import gguf
import numpy as np

from tests.inference.toy import SPECIAL, letters

WIDE, INNER, STATES, STEPS, KERNEL, LAYERS = 64, 128, 16, 4, 4, 2


def make(path: Path) -> Path:
    """Write such a model to `path`. It says nonsense."""
    rng = np.random.default_rng(3)
    tokens, types = letters(1)
    writer = gguf.GGUFWriter(path, "mamba")
    writer.add_context_length(512)
    writer.add_embedding_length(WIDE)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_ssm_conv_kernel(KERNEL)
    writer.add_ssm_inner_size(INNER)
    writer.add_ssm_state_size(STATES)
    writer.add_ssm_time_step_rank(STEPS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("starcoder")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(["t h", "h e"])
    writer.add_eos_token_id(SPECIAL.index("<|end|>"))
    writer.add_bos_token_id(SPECIAL.index("<|bos|>"))

    def weights(*shape):
        return rng.normal(0, 0.3, shape).astype(np.float32)

    writer.add_tensor("token_embd.weight", weights(len(tokens), WIDE))
    writer.add_tensor("output_norm.weight", np.ones(WIDE, np.float32))
    writer.add_tensor("output.weight", weights(len(tokens), WIDE))
    for layer in range(LAYERS):
        for name, shape in {
            "ssm_in.weight": (2 * INNER, WIDE),
            "ssm_conv1d.weight": (INNER, KERNEL),
            "ssm_conv1d.bias": (INNER,),
            "ssm_x.weight": (STEPS + 2 * STATES, INNER),
            "ssm_dt.weight": (INNER, STEPS),
            "ssm_dt.bias": (INNER,),
            "ssm_d": (INNER,),
            "ssm_out.weight": (WIDE, INNER),
        }.items():
            writer.add_tensor(f"blk.{layer}.{name}", weights(*shape))
        writer.add_tensor(f"blk.{layer}.ssm_a", -np.abs(weights(INNER, STATES)))
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", np.ones(WIDE, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
