"""Raw PCM from somewhere else over TCP: `ffmpeg ... tcp://0.0.0.0:9999?listen`, `arecord -t raw | nc -l`.

We connect, and only listen. Who connects again, and when, is the caller's matter.
"""

import contextlib
import socket
import threading
from typing import Final
from urllib.parse import urlsplit

from integrations.voice.ear.sources.conversion import checked
from integrations.voice.ear.sources.incoming import Incoming
from integrations.voice.ear.sources.source import SourceError

_CONNECT: Final = 5.0
_CHUNK: Final = 4096


class Network:
    """One connection."""

    def __init__(self, url: str, *, rate: int, channels: int) -> None:
        """Connect.

        Raises:
            SourceError: the URL is none, or nobody answers there.
        """
        self.device = f"the network microphone {url}"
        checked(rate, channels, self.device)
        host, port = _place(url)
        try:
            self._socket = socket.create_connection((host, port), timeout=_CONNECT)
        except TimeoutError:
            raise SourceError(f"{self.device} did not answer within {_CONNECT:g} s: is it on?") from None
        except socket.gaierror:
            raise SourceError(f"{self.device} is not found: no address is known for {host!r}") from None
        except OSError as error:
            raise SourceError(
                f"{self.device} cannot be reached ({error.strerror or error}): does anything listen there?"
            ) from None
        self._socket.settimeout(None)
        self._incoming = Incoming(rate=rate, channels=channels)
        self._reader = threading.Thread(target=self._receive, name="network", daemon=True)
        self._reader.start()

    @property
    def lost(self) -> int:
        """Milliseconds dropped since the last look."""
        return self._incoming.lost

    def read(self) -> bytes:
        """The next block."""
        return self._incoming.read(
            dead=lambda seconds: f"{self.device} is connected, and sent nothing for {seconds:g} s"
        )

    def close(self) -> None:
        """Hang up."""
        self._incoming.end(f"{self.device} was closed")
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(1)
        self._socket.close()

    def _receive(self) -> None:
        try:
            while came := self._socket.recv(_CHUNK):
                self._incoming.put(came)
        except OSError as error:
            self._incoming.end(f"{self.device} broke off: {error.strerror or error}")
        else:
            self._incoming.end(f"{self.device} hung up")


def _place(url: str) -> tuple[str, int]:
    """Host and port of it.

    Raises:
        SourceError: it has none.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "tcp" and parts.hostname and parts.port:
            return parts.hostname, parts.port
    except ValueError:
        pass
    raise SourceError(f"{url!r} is not where a network microphone can be: tcp://HOST:PORT is")
