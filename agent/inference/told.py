"""What has come of one request in the worker process: when to stop, what to show, and how it ended."""

import codecs
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import orjson


class RefusedError(Exception):
    """A request that can't be answered; one line."""


class Out:
    """Where the lines go."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def say(self, **line: Any) -> None:
        """Write one line."""
        self._file.write(orjson.dumps(line) + b"\n")
        self._file.flush()


class Told:
    """What has come of one request so far."""

    def __init__(self, asked: dict[str, Any], out: Out, *, cancelled: Callable[[int], bool]) -> None:
        self.stopped: str | None = None
        self.tokens = 0
        """How many the model said."""
        self.evaluated = 0
        """How many of the prompt were evaluated for it."""
        self.logprobs: list[float] | None = None
        self._number = int(asked["generate"])
        self._most = int(asked["max_tokens"])
        self._stop: list[str] = asked["stop"]
        self._tail = max(map(len, self._stop), default=1) - 1
        self._shown = bool(asked["stream"])
        self._out = out
        self._cancelled = cancelled
        self._began = time.monotonic()
        self.until = self._began + asked["within"]
        self._first: float | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._sent = 0

    @property
    def full(self) -> bool:
        """Whether it may say no more."""
        return self.tokens >= self._most

    def piece(self, piece: bytes) -> bool:
        """The model said it. Whether to go on."""
        if self._first is None:
            self._first = time.monotonic()
        self.tokens += 1
        self._text += self._decoder.decode(piece)
        ends = [at for one in self._stop if (at := self._text.find(one)) >= 0]
        if ends:
            self._text = self._text[: min(ends)]
            self.stopped = "stop"
            return False
        self._show(len(self._text) - self._tail)
        return self.goes_on()

    def goes_on(self) -> bool:
        """Whether nobody has ended it, and there is time."""
        if self.stopped is None and self._cancelled(self._number):
            self.stopped = "cancelled"
        if self.stopped is None and time.monotonic() > self.until:
            self.stopped = "deadline"
        return self.stopped is None

    def end(self) -> None:
        """Say how it ended, and what it cost."""
        if self.stopped is None:
            self.stopped = "length" if self.full else "stop"
        self._show(len(self._text))
        now = time.monotonic()
        self._out.say(
            end=self._number,
            ended=self.stopped,
            text=self._text,
            tokens=self.tokens,
            evaluated=self.evaluated,
            first_token_ms=None if self._first is None else (self._first - self._began) * 1e3,
            ms=(now - self._began) * 1e3,
            logprobs=self.logprobs,
            memory_mb=memory_mb(),
        )

    def refuse(self, why: str) -> None:
        """Say that there is no answer."""
        self._out.say(end=self._number, ended="error", error=why)

    def _show(self, up_to: int) -> None:
        if self._shown and up_to > self._sent:
            self._out.say(text=self._text[self._sent : up_to], of=self._number)
            self._sent = up_to


def memory_mb() -> float:
    """What this process takes now."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / (1 << 20)
