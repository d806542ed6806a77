"""What every source of sound keeps to, and the one error it raises."""

from typing import Protocol

RATE = 16000  # samples a second, one channel, signed 16 bit, little endian: all that is heard inside
BLOCK = 2560  # bytes: 1280 samples, 80 ms


class SourceError(Exception):
    """A source cannot be opened, or was lost; its text is for the user: what, where, what would be right."""


class AudioSource(Protocol):
    """Sound as it comes in. One thread reads it; any other may close it, which ends a read that waits."""

    @property
    def device(self) -> str:
        """What is told of it."""

    @property
    def lost(self) -> int:
        """Milliseconds that were dropped since the last look, because nobody read."""

    def read(self) -> bytes:
        """The next block of `BLOCK` bytes; waits for it.

        Returns:
            b"" when it is over, which only a file ever is.

        Raises:
            SourceError: it is lost. Close it, and open it again later.
        """

    def close(self) -> None:
        """Let go of it. A second time does nothing."""
