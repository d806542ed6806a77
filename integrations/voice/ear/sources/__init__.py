"""Where sound comes from: a sound card, a command, a WAV file or the network; inside it is all the same.

    open_source(settings) -> AudioSource -> blocks of 80 ms, 16 kHz, mono, s16

Nothing here needs PortAudio before a sound card is asked for.
"""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.voice.ear.sources.source import BLOCK, RATE, AudioSource, SourceError

__all__ = ["BLOCK", "RATE", "AudioSource", "SourceError", "devices", "open_source"]


def open_source(settings: Mapping[str, Any]) -> AudioSource:
    """The source that `settings` describe, open and giving sound.

    Args:
        settings: one of
            {"kind": "soundcard", "device": name or None} (and "rate", "channels": these and no others),
            {"kind": "command", "command": [...], "rate": 16000, "channels": 1},
            {"kind": "file", "path": ..., "paced": True},
            {"kind": "network", "url": "tcp://host:port", "rate": 16000, "channels": 1}.

    Raises:
        SourceError: it is missing, busy, of the wrong format, or dead.
    """
    kind = settings.get("kind")
    try:
        opener = _OPENERS[str(kind)]
    except KeyError:
        raise SourceError(
            f"there is no source of sound of the kind {kind!r}: it is one of {', '.join(_OPENERS)}"
        ) from None
    return opener(settings)


def devices() -> list[dict[str, Any]]:
    """The microphones that PortAudio offers: name, channels, rate and whether it is the default one.

    Raises:
        SourceError: PortAudio is not there, or does not answer.
    """
    from integrations.voice.ear.sources.soundcard import microphones

    return microphones()


def _soundcard(settings: Mapping[str, Any]) -> AudioSource:
    from integrations.voice.ear.sources.soundcard import Soundcard

    return Soundcard(settings.get("device"), rate=settings.get("rate"), channels=settings.get("channels"))


def _command(settings: Mapping[str, Any]) -> AudioSource:
    from integrations.voice.ear.sources.command import Command

    return Command(settings["command"], rate=settings.get("rate", RATE), channels=settings.get("channels", 1))


def _file(settings: Mapping[str, Any]) -> AudioSource:
    from integrations.voice.ear.sources.file import File

    return File(settings["path"], paced=settings.get("paced", True))


def _network(settings: Mapping[str, Any]) -> AudioSource:
    from integrations.voice.ear.sources.network import Network

    return Network(settings["url"], rate=settings.get("rate", RATE), channels=settings.get("channels", 1))


_OPENERS: Mapping[str, Callable[[Mapping[str, Any]], AudioSource]] = {
    "soundcard": _soundcard,
    "command": _command,
    "file": _file,
    "network": _network,
}
