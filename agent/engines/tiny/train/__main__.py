"""`python -m agent.engines.tiny.train`: the steps from data to model, all of them or those that are named."""

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agent.engines.tiny import codec
from agent.engines.tiny.train import (
    calibrate,
    card,
    corpus,
    evaluate,
    export,
    human,
    model,
    readers,
    tokenizer,
    train,
)

STEPS = ("corpus", "tokenizer", "train", "average", "export", "calibrate", "evaluate")
SEED = 1
LARGEST = 16_000_000
"""Bytes of a model that may be shipped."""
_PARTS_OF_SAMPLED = 4
"""The vocabulary is learnt of every fourth sampled example, and of all that people said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the pipeline in a folder."""

    folder: Path
    target: Path
    examples: int
    minutes: float
    threads: int
    earlier: Path | None = None
    """A checkpoint of the same training, before it was taken up with other examples."""
    share: float = train.EARLIER
    """How much of it is in the mean."""
    told: Callable[[str], object] = field(default=lambda text: sys.stdout.write(f"{text}\n"))

    @property
    def corpus_file(self) -> Path:
        """The examples."""
        return self.folder / "corpus.jsonl"

    @property
    def tokens_file(self) -> Path:
        """The vocabulary."""
        return self.folder / "tokens.json"

    def corpus(self) -> None:
        """Write the examples."""
        self.told(f"{corpus.build(self.corpus_file, count=self.examples, seed=SEED)} examples")

    def tokenizer(self) -> None:
        """Learn the vocabulary."""
        with self.corpus_file.open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        chosen = [
            one for at, one in enumerate(rows) if one["source"] != "sampled" or not at % _PARTS_OF_SAMPLED
        ]
        tokenizer.train(
            (text for one in chosen for text in (codec.heard(one["text"]), one["answer"])), self.tokens_file
        )

    def train(self) -> None:
        """Train, or go on training."""
        import torch

        torch.set_num_threads(self.threads)
        train.fit(
            self.corpus_file, self.tokens_file, self.folder, minutes=self.minutes, seed=SEED, told=self.told
        )

    def average(self) -> None:
        """Mix in the weights of the earlier checkpoint, if there is one."""
        if self.earlier is not None:
            train.average(self.folder / "checkpoint.pt", self.earlier, self.share)

    def export(self) -> None:
        """Write the model file, unless it is too big to be shipped."""
        weights, shape = train.load(self.folder / "checkpoint.pt")
        made = self.folder / self.target.name
        export.write(weights, shape, self.tokens_file, made)
        if made.stat().st_size > LARGEST:
            raise SystemExit(f"{made}: {made.stat().st_size} bytes, at most {LARGEST} are shipped")
        self.target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, self.target)
        self.told(f"{self.target}: {self.target.stat().st_size / 1e6:.2f} MB")

    def calibrate(self) -> None:
        """Find how sure the model has to be."""
        self.told(str(calibrate.calibrate(self.target, _people())))

    def evaluate(self) -> None:
        """Print the table and write the card."""
        weights, shape = train.load(self.folder / "checkpoint.pt")
        took: list[float] = []
        by_name = {
            "float": readers.of_weights(weights, shape, self.tokens_file),
            "shipped": readers.of_file(self.target, took),
            "SVM": readers.floor(self.corpus_file, seed=SEED),
        }
        rows = evaluate.table(_people(), by_name)
        took.sort()
        size = self.target.stat().st_size
        remarks = [
            f"made-up names copied: {100 * evaluate.copying(by_name['shipped'], seed=SEED + 1):.1f} %",
            f"quantised / float: {100 * kept(rows):.2f} %",
            f"one thread: p50 {took[len(took) // 2]:.1f} ms, p99 {took[len(took) * 99 // 100]:.1f} ms",
        ]
        self.told(card.lines(rows) + "\n".join(remarks))
        with self.corpus_file.open(encoding="utf-8") as lines:
            examples = sum(1 for _ in lines)
        card.write(
            self.target.with_suffix(".md"),
            rows,
            name=export.NAME,
            parameters=model.size(weights),
            size=size,
            minutes=self.minutes,
            examples=examples,
            machine=f"{self.threads} of {os.cpu_count()} cores ({platform.machine()})",
            remarks=remarks,
        )


def kept(rows: list[tuple[evaluate.Row, str, evaluate.Score]]) -> float:
    """What of the accuracy is left after quantising."""
    sums = {"float": 0.0, "shipped": 0.0}
    for _, name, one in rows:
        if name in sums:
            sums[name] += sum(
                share * one.count for share in (one.intent, one.unconcerned) if share is not None
            )
    return sums["shipped"] / sums["float"] if sums["float"] else 1.0


def _people() -> Path | None:
    """The folder of what people said."""
    return Path(os.environ[corpus.FOLDER]) if corpus.FOLDER in os.environ else None


def main() -> None:
    """Run the steps."""
    parser = argparse.ArgumentParser(prog="python -m agent.engines.tiny.train", description=__doc__)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(STEPS)}; none: all")
    parser.add_argument("--folder", type=Path, required=True, help="where the steps leave what they make")
    parser.add_argument("--target", type=Path, default=Path(__file__).parents[1] / f"{export.NAME}.gguf")
    parser.add_argument("--examples", type=int, default=400_000, help="sampled ones")
    parser.add_argument("--minutes", type=float, default=90.0, help="of training")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--earlier", type=Path, help="a checkpoint to average with, of the same training")
    parser.add_argument("--share", type=float, default=train.EARLIER, help="of that in the mean")
    chosen = parser.parse_args()
    unknown = set(chosen.steps) - set(STEPS)
    if unknown:
        parser.error(f"no such step: {', '.join(sorted(unknown))}")
    people = _people()
    if people is None:
        sys.stdout.write(
            f"{corpus.FOLDER} names no folder of human utterances: the model learns from templates alone, and"
            " understands far fewer people\n"
        )
    elif not (people / human.HELD).is_file():
        parser.error(f"{corpus.FOLDER}: there is no {human.HELD} in {people}")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    run = Run(
        folder=chosen.folder,
        target=chosen.target,
        examples=chosen.examples,
        minutes=chosen.minutes,
        threads=chosen.threads,
        earlier=chosen.earlier,
        share=chosen.share,
    )
    for step in chosen.steps or STEPS:
        run.told(f"-- {step}")
        getattr(run, step)()


if __name__ == "__main__":
    main()
