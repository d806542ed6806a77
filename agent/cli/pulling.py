"""`hearthd model pull` and `quantize`: getting a model into the models folder, and making one smaller.

Nothing but `pull` opens a connection.
"""

import argparse
import re
import sys
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import orjson

from agent import config as configuration
from agent.cli.progress import Progress
from agent.inference.fetch import Fetcher, Wanted
from agent.inference.get import usable
from agent.inference.quantising import quantise
from agent.runtime.clock import Clock

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,127}", re.ASCII)


def folder_of(loaded: configuration.Loaded) -> Path:
    """Where models are kept."""
    return loaded.config.node.state_dir / "models"


def pull(options: argparse.Namespace) -> int:
    """Download a model into the models folder."""
    if not usable(options.url):
        return _wrong("URL: an address without a password, as in 'https://example.org/model.gguf'")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", options.sha256):
        return _wrong("--sha256: 64 hexadecimal digits, as sha256sum prints them")
    name = options.name or unquote(PurePosixPath(urlsplit(options.url).path).name)
    if not NAME.fullmatch(name):
        return _wrong(f"--name: {name!r} can't name a file here; letters, digits, '.', '_' and '-' can")
    folder = folder_of(configuration.read(options.config))
    target = folder / (name if name.endswith(".gguf") else f"{name}.gguf")
    clock = Clock()
    with Progress(target.name, clock) as progress:
        fetcher = Fetcher(clock=clock, progress=progress, told=progress.say)
        wanted = Wanted(url=options.url, sha256=options.sha256.lower(), target=target)
        come = fetcher.fetch(wanted)
    if options.json:
        size = target.stat().st_size
        told = {"file": str(target), "sha256": wanted.sha256, "bytes": size, "downloaded": come}
        print(orjson.dumps(told).decode())
    else:
        print(f"{target}{'' if come else ': was there already'}")
    return 0


def quantize(options: argparse.Namespace) -> int:
    """Make a model's weights smaller."""
    with Progress(options.target.name, Clock()) as progress:
        made = quantise(options.source, options.target, options.to, progress=progress)
    if options.json:
        told = {"file": str(options.target), "to": options.to, **asdict(made)}
        print(orjson.dumps(told).decode())
        return 0
    print(
        f"{options.target}: {made.after / 1e6:.1f} MB, was {made.before / 1e6:.1f} MB; "
        f"{made.packed} of {made.tensors} tensors are smaller"
    )
    return 0


def _wrong(text: str) -> int:
    print(text, file=sys.stderr)
    return 2
