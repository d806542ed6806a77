"""The training, as far as it runs without its libraries: what it computes in, what it needs to be given."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.engines.tiny.train import evaluate
from agent.engines.tiny.train.train import has_bfloat16


def run(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.engines.tiny.train", *words, "--folder", str(folder)]
    return subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


@pytest.mark.parametrize(
    ("flags", "has"),
    [
        (" fpu sse4_2 avx2 avx512f avx512_bf16", True),
        (" fpu avx512f amx_bf16 amx_tile", True),
        (" fpu sse4_2 avx2 avx512f", False),
        ("", False),
    ],
)
def test_a_cpu_computes_in_bfloat16_only_where_it_can(flags: str, has: bool) -> None:  # noqa: FBT001
    assert has_bfloat16(flags) is has


def test_examples_are_made_of_what_the_project_holds_where_no_folder_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "corpus", "--examples", "100")

    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "corpus.jsonl").read_text("utf-8").splitlines()) == 100
    assert "the model learns from templates alone" in done.stdout


def test_a_folder_without_the_hashes_of_what_is_kept_apart_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "corpus", HEARTHD_DATA=str(tmp_path))

    assert done.returncode == 2
    assert "there is no held_hashes.txt" in done.stderr


def test_without_a_folder_the_table_is_of_templates_that_are_drawn_anew() -> None:
    rows = evaluate.table(None, {"silent": lambda texts: ["none"] * len(texts)}, most=50)

    assert [(row.name, score.count) for row, _, score in rows] == [("our templates, drawn anew", 50)]
