"""Finding the running daemon and talking to it."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.errors import TransientError
from agent.mqtt.caller import Access, Caller, calling
from agent.mqtt.topics import Topics
from agent.runtime.key import derived
from agent.runtime.presence import Presence, find
from agent.runtime.state_dir import default_state_dir, demo_state_dir


@contextmanager
def conversation(options: argparse.Namespace) -> Iterator[Caller]:
    """A conversation with the daemon that `-c`, or the default, stands for.

    Raises:
        TransientError: none runs, or its broker cannot be reached.
    """
    state_dir, presence = _found(options.config)
    with calling(_access(presence), topics=Topics(presence.node), key=_key(state_dir)) as caller:
        yield caller


def zone_of(options: argparse.Namespace) -> tzinfo | None:
    """The zone of the house in which that daemon lives; None: that of this machine.

    Raises:
        TransientError: none runs.
    """
    named = _found(options.config)[1].timezone
    return ZoneInfo(named) if named else None


def shown(moment: str, zone: tzinfo | None) -> str:
    """A time that the daemon told, as the clock on the wall of the house shows it."""
    return f"{datetime.fromisoformat(moment).astimezone(zone):%a %Y-%m-%d %H:%M:%S %Z}"


def _found(config: Path | None) -> tuple[Path, Presence]:
    if config is None and "HEARTHD_CONFIG" not in os.environ and "HEARTHD_NODE__STATE_DIR" not in os.environ:
        places = [default_state_dir(), demo_state_dir()]
    else:
        from agent import config as configuration

        own = configuration.read(config).config.node.state_dir
        places = [own, own / "demo"]
    for place in places:
        presence = find(place)
        if presence is not None:
            return place, presence
    looked = " and ".join(str(place) for place in places)
    raise TransientError(f"no hearthd is running (looked in {looked}); start one with 'hearthd run'")


def _access(presence: Presence) -> Access:
    if presence.plain:
        return Access(host=presence.host, port=presence.port)
    from agent import config as configuration

    path = Path(presence.config) if presence.config else None
    mqtt = configuration.read(path).config.mqtt
    if mqtt is None:
        return Access(host=presence.host, port=presence.port)
    tls = mqtt.tls
    return Access(
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password=mqtt.password.get_secret_value() if mqtt.password else None,
        ca=str(tls.ca) if tls and tls.ca else None,
        certificate=str(tls.certificate) if tls and tls.certificate else None,
        key=str(tls.key) if tls and tls.key else None,
        websockets=mqtt.transport == "websockets",
    )


def _key(state_dir: Path) -> bytes | None:
    """The signing key; without it we are somebody on the bus like anybody else."""
    try:
        return derived((state_dir / "key").read_bytes(), "command line")
    except OSError:
        return None
