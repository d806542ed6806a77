"""The words of `hearthd record` and `hearthd replay`."""

import argparse
from pathlib import Path


def record_options(record: argparse.ArgumentParser) -> None:
    """What may be said to `record`."""
    record.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="the newest file (default: recordings/<node>.jsonl.gz in the state directory)",
    )
    record.add_argument(
        "--topic",
        action="append",
        default=[],
        metavar="FILTER",
        help="what to listen to (default: all but the broker's own $SYS); may be given several times",
    )
    record.add_argument(
        "--journal",
        nargs="?",
        const="rules",
        choices=("rules", "all"),
        help="the machine's journal, too: what rules of the configuration wait for (default), or all",
    )
    record.add_argument("--for", dest="duration", metavar="DURATION", help="end after this long, as in 2h30m")
    for name, default, text in (
        ("--max-size", "64M", "begin another file when this one has so many bytes"),
        ("--max-age", "1d", "or is so old"),
        ("--max-total", "1G", "delete the oldest files beyond so many bytes"),
    ):
        record.add_argument(name, default=default, metavar=default, help=f"{text} (default: {default})")


def replay_options(replay: argparse.ArgumentParser) -> None:
    """What may be said to `replay`."""
    replay.add_argument("file", type=Path, metavar="FILE", help="a recording, or the folder of one")
