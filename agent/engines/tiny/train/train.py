"""Training: the corpus once and again, by the clock or by steps, to be taken up where it was left."""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from agent.engines.tiny import codec
from agent.engines.tiny.train import model, tokenizer

Encoded = tuple[list[int], list[int], str]
"""Prompt, answer, source."""
BATCH_TOKENS = 2560
SHARES = {"sampled": (0.5, 0.34), "people": (0.3, 0.38), "others": (0.2, 0.28)}
"""How much of what is trained on is of which source, at the beginning and at the end: what people said, of
which there is little, counts most where the rate is low."""
PEAK = 0.02
"""The rate of the matrices, which Muon turns (Jordan et al., 2024); twice as good by the minute as AdamW."""
PEAK_OF_REST = 2e-3
LEAST = 0.005
"""The last rate, of the peak."""
WARM = 150
DROPPED = 0.05
DECAY = 0.05
PAD = 0
POOL = 6000
"""Examples out of which batches are made."""
LONGEST = 96
EARLIER = 0.2
"""The share of an earlier checkpoint in the mean of two."""


def encoded(corpus: Path, tokens: Any) -> list[Encoded]:
    """The corpus as numbers. Of an answer that is not whole, the end is left open."""
    user, intent, end = (tokens.token_to_id(one) for one in (*tokenizer.SPECIAL[2:], tokenizer.SPECIAL[1]))
    with corpus.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = [
        one.ids
        for one in tokens.encode_batch([codec.heard(row["text"]) for row in rows], add_special_tokens=False)
    ]
    told = [one.ids for one in tokens.encode_batch([row["answer"] for row in rows], add_special_tokens=False)]
    every = [
        ([user, *text, intent], [*answer, end] if row["whole"] else answer, row["source"])
        for row, text, answer in zip(rows, texts, told, strict=True)
    ]
    return [one for one in every if len(one[0]) + len(one[1]) <= LONGEST]


def batches(
    examples: list[Encoded], chance: random.Random, done: Callable[[], float]
) -> Iterator[list[Encoded]]:
    """Batches without end, of about as many tokens and of examples about as long.

    `done` is the share of the training that is over.
    """
    by_source = {name: [one for one in examples if one[2] == name] for name in SHARES}
    present = [name for name, some in by_source.items() if some]
    while True:
        shares = [first + (last - first) * done() for first, last in (SHARES[name] for name in present)]
        pool = [chance.choice(by_source[name]) for name in chance.choices(present, shares, k=POOL)]
        pool.sort(key=lambda one: len(one[0]) + len(one[1]) + chance.random())
        made: list[list[Encoded]] = [[]]
        for one in pool:
            if (len(made[-1]) + 1) * (len(one[0]) + len(one[1])) > BATCH_TOKENS:
                made.append([])
            made[-1].append(one)
        chance.shuffle(made)
        yield from made


def loss(weights: model.Weights, shape: model.Shape, batch: list[Encoded], *, device: str) -> Any:
    """The mean loss over the tokens of the answers."""
    import torch
    from torch.nn import functional

    length = max(len(prompt) + len(answer) for prompt, answer, _ in batch)
    ids = torch.full((len(batch), length), PAD, dtype=torch.long)
    wanted = torch.full((len(batch), length), -100, dtype=torch.long)
    for row, (prompt, answer, _) in enumerate(batch):
        ids[row, : len(prompt) + len(answer)] = torch.tensor(prompt + answer)
        wanted[row, len(prompt) - 1 : len(prompt) + len(answer) - 1] = torch.tensor(answer)
    ids, wanted = ids.to(device), wanted.to(device)
    with torch.autocast(device, torch.bfloat16, enabled=device != "cpu" or has_bfloat16(_cpu())):
        states = model.hidden(weights, shape, ids, dropped=DROPPED)
        chosen = wanted != -100  # noqa: PLR2004  # torch's mark for what does not count
        scores = states[chosen] @ weights["token_embd.weight"].T
    return functional.cross_entropy(scores.float(), wanted[chosen], label_smoothing=0.02)


def has_bfloat16(flags: str) -> bool:
    """Whether a CPU with these flags computes in bfloat16; others only imitate it, which takes longer."""
    return bool({"amx_bf16", "avx512_bf16", "bf16"} & set(flags.split()))


@cache
def _cpu() -> str:
    """The flags of this CPU, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((one.partition(":")[2] for one in lines if one.lower().startswith(("flags", "features"))), "")


def fit(
    corpus: Path, vocabulary: Path, folder: Path, *, minutes: float, seed: int, told: Callable[[str], object]
) -> Path:
    """Train for `minutes` of work, counting those before an interruption; the file of the checkpoint."""
    import torch

    torch.manual_seed(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokens = tokenizer.load(vocabulary)
    examples = encoded(corpus, tokens)
    shape = model.Shape(vocabulary=tokens.get_vocab_size())
    file = folder / "checkpoint.pt"
    state: dict[str, Any] = {"step": 0, "spent": 0.0, "weights": model.fresh(shape, seed=seed)}
    if file.exists():
        state = torch.load(file, map_location=device)
    weights = {name: one.to(device).requires_grad_() for name, one in state["weights"].items()}
    optimizers = _optimizers(weights)
    if "optimizers" in state:
        for optimizer, before in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(before)
    chance = random.Random(seed + state["step"])  # noqa: S311  # the same order every time is the point
    told(f"{len(examples)} examples, {model.size(weights) / 1e6:.2f} M parameters, {device}")
    begun: float = time.monotonic() - state["spent"]
    step, mean = state["step"], None

    def done() -> float:
        return (time.monotonic() - begun) / (60 * minutes)

    for batch in batches(examples, chance, done):
        spent, over = time.monotonic() - begun, done()
        if over >= 1:
            break
        rate = max(LEAST, min(1.0, (step + 1) / WARM) * (1 - over))
        one = loss(weights, shape, batch, device=device)
        one.backward()
        torch.nn.utils.clip_grad_norm_(weights.values(), 1.0)
        _step(optimizers, rate)
        step += 1
        mean = one.item() if mean is None else 0.98 * mean + 0.02 * one.item()
        if step % 50 == 0:
            told(f"step {step}  {spent:.0f} s  loss {mean:.4f}  rate {rate:.3f}")
        if step % 200 == 0:
            _save(file, weights, optimizers, shape, step=step, spent=spent)
    _save(file, weights, optimizers, shape, step=step, spent=time.monotonic() - begun)
    return file


def _optimizers(weights: model.Weights) -> list[Any]:
    """Muon for the matrices between the layers, AdamW for the rest."""
    import torch

    table = weights["token_embd.weight"]
    matrices = [one for one in weights.values() if one.dim() > 1 and one is not table]
    norms = [one for one in weights.values() if one.dim() == 1]
    groups: list[dict[str, Any]] = [
        {"params": [table], "weight_decay": DECAY / 5, "initial": PEAK_OF_REST},
        {"params": norms, "weight_decay": 0.0, "initial": PEAK_OF_REST},
    ]
    return [
        torch.optim.Muon(
            [{"params": matrices, "initial": PEAK}], weight_decay=DECAY, adjust_lr_fn="original"
        ),
        torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True),
    ]


def _step(optimizers: Sequence[Any], rate: float) -> None:
    """One step at a share of the peak rate."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["initial"] * rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def average(file: Path, earlier: Path, share: float = EARLIER) -> None:
    """Mix `share` of the checkpoint `earlier` into the weights of `file`, which keeps the rest of its own.

    The mean of two states of one training does what both do well (Wortsman et al., 2022).
    """
    import torch

    state, before = (torch.load(one, map_location="cpu") for one in (file, earlier))
    state["weights"] = {
        name: torch.lerp(one, before["weights"][name], share) for name, one in state["weights"].items()
    }
    torch.save(state, file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)


def load(file: Path) -> tuple[model.Weights, model.Shape]:
    """Weights and shape of a checkpoint."""
    import torch

    state = torch.load(file, map_location="cpu")
    return state["weights"], model.Shape(**state["shape"])


def _save(
    file: Path,
    weights: model.Weights,
    optimizers: Sequence[Any],
    shape: model.Shape,
    *,
    step: int,
    spent: float,
) -> None:
    """Whole or not at all: an interruption leaves the checkpoint before."""
    import torch

    state = {
        "step": step,
        "spent": spent,
        "shape": asdict(shape),
        "weights": {name: one.detach().cpu() for name, one in weights.items()},
        "optimizers": [one.state_dict() for one in optimizers],
    }
    torch.save(state, file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)
