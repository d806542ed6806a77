"""Installations of hearthd that lack something or are damaged, as others have them."""

import os
import shutil
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.cli.program import ROOT


def installed(folder: Path, *, without: Sequence[str] = (), copied: bool = False) -> Path:
    """The Python of an environment with all that ours has, but `without` those packages.

    With `copied`, hearthd itself is a copy, at `package_of` that Python, that may be damaged.
    """
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    packages = _packages(python)
    left_out = (*without, *(("_editable_impl_hearthd",) if copied else ()))
    for one in Path(sysconfig.get_path("purelib")).iterdir():
        if not one.name.startswith(left_out):
            (packages / one.name).symlink_to(one)
    if copied:
        for package in ("agent", "integrations"):
            ignored = shutil.ignore_patterns("__pycache__", "train")
            shutil.copytree(ROOT / package, packages / package, ignore=ignored, copy_function=os.symlink)
    return python


def package_of(python: Path) -> Path:
    """Where its copy of the package `agent` is."""
    return _packages(python) / "agent"


def _packages(python: Path) -> Path:
    [found] = python.parents[1].glob("lib/python*/site-packages")
    return found
