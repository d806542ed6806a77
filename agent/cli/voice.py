"""`hearthd voice`: which microphones and models there are, what is heard, and getting a model.

What the commands take stands here, so that help needs no integration; all else is in the integration.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def add(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the parser; `add` adds one."""
    text = "voice: the microphones and models that there are, what is heard, getting a model"
    among = commands.add_parser("voice", help=text, description=text).add_subparsers(
        metavar="COMMAND", required=True
    )
    add("list", list_voice, "the microphones, and the models for speech to text", among)
    test = add("test", test_voice, "show what is heard: level, wake word, text; until Ctrl-C", among)
    test.add_argument("--device", metavar="NAME", help="a part of the name of a microphone")
    test.add_argument("--file", type=Path, metavar="WAV", help="hear this file instead of a microphone")
    test.add_argument("--seconds", type=float, metavar="N", help="end after so long")
    test.add_argument("--now", action="store_true", help="listen at once, without the wake word")
    listen = add("listen", listen_now, "listen now, as if the wake word had been said, and do it", among)
    listen.add_argument("--area", metavar="AREA", help="the area it is said in (default: the microphone's)")
    listen.add_argument(
        "--wait", type=float, default=30.0, metavar="SECONDS", help="how long to wait for what comes next"
    )
    pull = add("pull", pull_model, "download a model of Vosk into the folder of voice models", among)
    pull.add_argument("model", metavar="NAME|URL", help="a name of 'hearthd voice list', or an address")
    pull.add_argument("--sha256", metavar="HEX", help="the checksum of the archive")
    pull.add_argument(
        "--trust-address", action="store_true", help="without a checksum, believe whatever is there"
    )


def list_voice(options: argparse.Namespace) -> int:
    """Print the microphones and models."""
    from agent.cli.looking import print_table

    found = _voice(options, lambda voice, desk: voice.listed(desk))
    if options.json:
        return print_table(options, found, [], nothing="")
    print("microphones")
    rows = [
        (f"  {one['name']}", f"{one['rate']} Hz, {one['channels']} channels", "default" * one["default"])
        for one in found["microphones"]
    ]
    print_table(options, found, rows, nothing=f"  {found['problem'] or 'there is none'}")
    print("models")
    models = [
        (
            f"  {one['name']}",
            one["language"] or "",
            f"{one['size_mb']} MB",
            one["state"] + ", its checksum is not known" * (one["checksum"] is False),
        )
        for one in found["models"]
    ]
    return print_table(options, found, models, nothing="  there is none")


def test_voice(options: argparse.Namespace) -> int:
    """Show what is heard; 1 if there was no sound at all."""
    from agent.cli.hearing import hear

    if options.seconds is not None and options.seconds <= 0:
        print("--seconds: more than 0", file=sys.stderr)
        return 2
    if options.file is not None and options.device is not None:
        print("--file or --device, not both", file=sys.stderr)
        return 2
    if options.file is not None and not options.file.is_file():
        print(f"{options.file}: there is no such file", file=sys.stderr)
        return 1
    file = None if options.file is None else options.file.absolute()

    def heard(voice: Any, desk: Any) -> int:
        def listen(on_event: Callable[[Mapping[str, Any]], None]) -> Any:
            return voice.listen(desk, on_event, device=options.device, file=file, at_once=options.now)

        return hear(listen, seconds=options.seconds, as_json=options.json)

    return int(_voice(options, heard))


def listen_now(options: argparse.Namespace) -> int:
    """Have the running daemon listen, and print what it heard and answered."""
    from agent.cli.pushing import push

    if options.wait <= 0:
        print("--wait: more than 0", file=sys.stderr)
        return 2
    return push(options)


def pull_model(options: argparse.Namespace) -> int:
    """Download a model."""
    import orjson

    came = _voice(
        options,
        lambda voice, desk: voice.pull(
            desk, options.model, sha256=options.sha256, trusting=options.trust_address
        ),
    )
    if options.json:
        told = {
            "name": came.name,
            "folder": str(came.folder),
            "language": came.language,
            "sha256": came.sha256,
            "downloaded": came.come,
        }
        print(orjson.dumps(told).decode())
    elif came.come:
        print(f"{came.folder}: {came.language or 'of an unknown language'}; SHA-256 {came.sha256}")
    else:
        print(f"{came.folder}: was there already")
    return 0


def _voice(options: argparse.Namespace, do: Callable[[Any, Any], Any]) -> Any:
    from agent.cli.desk import offered
    from agent.cli.quiet import quietly

    quietly()
    return do(*offered("voice", options))
