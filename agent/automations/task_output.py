"""What a process writes, kept within bounds: the beginning, the end, and how much there was in all."""

import asyncio
import os
import re

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Kept:
    """The first and the last bytes of what is added, each half of `most`."""

    def __init__(self, most: int) -> None:
        self.total = 0
        self._first = most - most // 2
        self._last = most // 2
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, data: bytes) -> None:
        """Take what came next."""
        self.total += len(data)
        room = self._first - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if not data or not self._last:
            return
        self._tail += data[-self._last :]
        if len(self._tail) > 2 * self._last:
            del self._tail[: -self._last]

    @property
    def head(self) -> bytes:
        """The beginning."""
        return bytes(self._head)

    @property
    def tail(self) -> bytes:
        """What of the end is not in the beginning."""
        return bytes(self._tail[-self._last :]) if self._last else b""

    @property
    def truncated(self) -> int:
        """How many bytes between the two were not kept."""
        return self.total - len(self._head) - len(self.tail)


class Outlet:
    """Our end of a pipe: collects until nobody writes any more. Whoever makes one must `close` it."""

    def __init__(self, reading: int, *, most: int) -> None:
        self.kept = Kept(most)
        self.ended = asyncio.Event()
        self._reading: int | None = reading
        self._loop = asyncio.get_running_loop()
        os.set_blocking(reading, False)
        self._loop.add_reader(reading, self._read)

    def close(self) -> None:
        """Read no more; whoever still writes is told that nobody listens."""
        if self._reading is not None:
            self._loop.remove_reader(self._reading)
            os.close(self._reading)
            self._reading = None
            self.ended.set()

    def _read(self) -> None:
        if self._reading is None:
            return
        try:
            data = os.read(self._reading, 262_144)
        except BlockingIOError:
            return
        if data:
            self.kept.add(data)
        else:
            self.close()


def seen(raw: bytes) -> str:
    """Bytes of unknown making as text that does no harm on a screen: no colours, nothing unseen."""
    text = _ESCAPES.sub("", raw.decode("utf-8", "replace"))
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def last_line(text: str, *, most: int = 200) -> str:
    """The last line that says something, printable throughout."""
    lines = (line.strip() for line in reversed(text.split("\n")))
    line = next((line for line in lines if line), "")[:most].replace("\t", " ")
    return "".join(one if one.isprintable() else "\ufffd" for one in line)
