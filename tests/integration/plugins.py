"""Integrations of a user's own, written where a user would put them, and what the daemon says of them."""

import json
import sys
from pathlib import Path

MANIFEST = {"name": "A test", "version": "1.2", "description": "It is tried out."}
BEGINNING = """
import asyncio
from agent.api import *
"""


def write(folder: Path, main: str, **manifest: object) -> Path:
    """An integration in `folder`: its code after the usual imports, and its manifest; gives the folder."""
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(BEGINNING + main)
    (folder / "manifest.json").write_text(json.dumps({"domain": folder.name, **MANIFEST, **manifest}))
    return folder


def install(site: Path, package: str, *, entry: str, version: str = "1.0") -> None:
    """What an installer leaves of a distribution in `site`: its metadata, with one entry point."""
    info = site / f"{package}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[hearthd.integrations]\n{entry}\n")


def forget(*names: str) -> None:
    """Let what was imported from `tmp_path` not stay for other tests."""
    for name in [one for one in sys.modules if one.partition(".")[0] in names]:
        del sys.modules[name]


async def asked(house, what: str, **arguments: object):
    """The daemon's answer over the bus, as the command line gets it."""
    question = f"q{len(house.heard)}"
    house.publish(house.topic("query", what), {"id": question, **arguments})
    [told] = await house.until(lambda: house.on(house.topic("answer", question)))
    return told["answer"]


async def listed(house, domain: str) -> dict[str, object]:
    """What `hearthd plugins` says of one integration."""
    return next(one for one in await asked(house, "plugins") if one["domain"] == domain)


async def listening(house, integration) -> None:
    """Wait until the broker has all that the integration subscribed so far."""
    topic = f"probe/{len(house.heard)}"
    integration.house.publish(topic, "now")
    await house.until(lambda: house.on(topic))


async def running(house, domain: str = "found"):
    """The integration of that domain, once it runs."""
    hosted = house.daemon.hosted[domain]
    await house.until(lambda: hosted.standing.life == "running")
    return hosted.integration
