"""A Llama decoder as functions over a table of weights, named as in GGUF.

Pairs that rotate together are adjacent (x[0], x[1]), as llama.cpp wants them of `llama`: no permutation at
export. The output matrix is the embedding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Weights = dict[str, Any]
LOOKED_AT = 64
"""Tokens of which one has to be allowed; otherwise the answer ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The measures of a model; every width is a multiple of 32, as Q8_0 wants it."""

    vocabulary: int
    width: int = 256
    layers: int = 5
    heads: int = 4
    key_heads: int = 2
    hidden: int = 704
    context: int = 256
    theta: float = 10000.0
    epsilon: float = 1e-5

    @property
    def head(self) -> int:
        """The width of a head."""
        return self.width // self.heads


def fresh(shape: Shape, *, seed: int) -> Weights:
    """Weights before training."""
    import torch

    source = torch.Generator().manual_seed(seed)
    keys = shape.key_heads * shape.head
    deep = 0.02 / (2 * shape.layers) ** 0.5

    def drawn(rows: int, columns: int, spread: float = 0.02) -> Any:
        return torch.randn(rows, columns, generator=source) * spread

    weights: Weights = {
        "token_embd.weight": drawn(shape.vocabulary, shape.width),
        "output_norm.weight": torch.ones(shape.width),
    }
    for at in range(shape.layers):
        weights |= {
            f"blk.{at}.attn_norm.weight": torch.ones(shape.width),
            f"blk.{at}.attn_q.weight": drawn(shape.width, shape.width),
            f"blk.{at}.attn_k.weight": drawn(keys, shape.width),
            f"blk.{at}.attn_v.weight": drawn(keys, shape.width),
            f"blk.{at}.attn_output.weight": drawn(shape.width, shape.width, deep),
            f"blk.{at}.ffn_norm.weight": torch.ones(shape.width),
            f"blk.{at}.ffn_gate.weight": drawn(shape.hidden, shape.width),
            f"blk.{at}.ffn_up.weight": drawn(shape.hidden, shape.width),
            f"blk.{at}.ffn_down.weight": drawn(shape.width, shape.hidden, deep),
        }
    return weights


def size(weights: Weights) -> int:
    """The number of parameters."""
    return sum(int(one.numel()) for one in weights.values())


def rotation(shape: Shape, length: int, device: Any) -> tuple[Any, Any]:
    """Cosines and sines by position."""
    import torch

    steps = torch.arange(0, shape.head, 2, device=device).float() / shape.head
    angles = torch.outer(torch.arange(length, device=device).float(), shape.theta**-steps)
    return angles.cos(), angles.sin()


def hidden(weights: Weights, shape: Shape, ids: Any, *, dropped: float = 0.0) -> Any:
    """The state after the last layer for every token of `ids` (batch by length).

    `dropped` is the share of channels that each layer's step leaves out, the same ones all along an example.
    """
    import torch
    from torch.nn import functional

    batch, length = ids.shape
    turn = rotation(shape, length, ids.device)
    ahead = torch.full((length, length), float("-inf"), device=ids.device).triu(1)
    x = functional.embedding(ids, weights["token_embd.weight"])
    for at in range(shape.layers):
        layer = f"blk.{at}."
        y = _norm(x, weights[layer + "attn_norm.weight"], shape.epsilon)
        query, key, value = (
            functional.linear(y, weights[f"{layer}attn_{part}.weight"]).view(batch, length, -1, shape.head)
            for part in "qkv"
        )
        query, key = _turned(query.transpose(1, 2), *turn), _turned(key.transpose(1, 2), *turn)
        repeat = shape.heads // shape.key_heads
        key = key.repeat_interleave(repeat, 1)
        value = value.transpose(1, 2).repeat_interleave(repeat, 1)
        scores = (
            query @ key.transpose(2, 3) * shape.head**-0.5 + ahead
        )  # faster than the fused one at this length
        mixed = functional.softmax(scores, -1, dtype=scores.dtype) @ value
        mixed = mixed.transpose(1, 2).reshape(batch, length, shape.width)
        step = functional.linear(mixed, weights[layer + "attn_output.weight"])
        x = x + _thinned(step, dropped)
        y = _norm(x, weights[layer + "ffn_norm.weight"], shape.epsilon)
        gate = functional.silu(functional.linear(y, weights[layer + "ffn_gate.weight"]))
        up = functional.linear(y, weights[layer + "ffn_up.weight"])
        step = functional.linear(gate * up, weights[layer + "ffn_down.weight"])
        x = x + _thinned(step, dropped)
    return _norm(x, weights["output_norm.weight"], shape.epsilon)


def answers(
    weights: Weights,
    shape: Shape,
    prompts: list[list[int]],
    *,
    end: int,
    allows: Callable[[int, list[int]], bool],
    most: int = 64,
) -> list[list[int]]:
    """The likeliest answer to each prompt, without its end.

    `allows` says whether the answer to a prompt, by its number, may begin with these tokens; `end` is one.
    """
    import torch

    found: list[list[int]] = [[] for _ in prompts]
    by_length: dict[int, list[int]] = {}
    for at, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt), []).append(at)
    with torch.no_grad():
        for places in by_length.values():
            ids = torch.tensor([prompts[at] for at in places], device=weights["token_embd.weight"].device)
            going = set(places)
            for _ in range(most):
                last = hidden(weights, shape, ids)[:, -1]
                ranked = (last @ weights["token_embd.weight"].T).topk(LOOKED_AT).indices.tolist()
                step = []
                for at, row in zip(places, ranked, strict=True):
                    best = next((one for one in row if allows(at, [*found[at], one])), end)
                    step.append([best])
                    if best == end:
                        going.discard(at)
                    if at in going:
                        found[at].append(best)
                if not going:
                    break
                ids = torch.cat([ids, torch.tensor(step, device=ids.device)], 1)
    return found


def _norm(x: Any, weight: Any, epsilon: float) -> Any:
    from torch.nn import functional

    return functional.rms_norm(x, weight.shape, weight, epsilon)


def _thinned(step: Any, share: float) -> Any:
    from torch.nn import functional

    return functional.dropout1d(step.transpose(1, 2), share).transpose(1, 2) if share else step


def _turned(x: Any, cosine: Any, sine: Any) -> Any:
    import torch

    one, two = x[..., 0::2], x[..., 1::2]
    turned = torch.stack((one * cosine - two * sine, one * sine + two * cosine), -1)
    return turned.flatten(-2).to(x.dtype)
