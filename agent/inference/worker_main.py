"""The process around a model: `python -m agent.inference.worker_main`, one JSON object a line, both ways.

The library ends its process over a dozen ordinary faults, so it has one of its own; nothing else imports it.
Asked on standard input: `open` once, `generate`, `cancel`. Told on standard output: `opened` or `failed`,
then for each request any number of `text` and one `end`. It ends when its input does.
"""

import contextlib
import os
import queue
import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from agent.errors import ConfigError
from agent.inference.binding import Bound, gpu_kinds
from agent.inference.choice import NO_GPU, Library, layers_of, missing, reads_newer
from agent.inference.decoding import Direct
from agent.inference.gguf import check
from agent.inference.library import known_library
from agent.inference.llama import Llama
from agent.inference.llamacpp import LlamaCpp, has_gpu
from agent.inference.told import Out, RefusedError, Told, memory_mb


class Running:
    """What was asked, as a thread reads it; a cancel overtakes what waits."""

    def __init__(self, asked: IO[bytes]) -> None:
        self._asked = asked
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            asked = self._waiting.get()
            yield asked
            self._cancelled.discard(asked.get("generate", -1))

    def cancelled(self, number: int) -> bool:
        """Whether a request is not wanted any more."""
        return number in self._cancelled

    def _read(self) -> None:
        for line in self._asked:
            asked = orjson.loads(line)
            if "cancel" in asked:
                self._cancelled = {asked["cancel"]}
            else:
                self._waiting.put(asked)
        # Whoever asked is gone, and the main thread may be deep inside the library.
        os._exit(0)


def opened(asked: dict[str, Any]) -> Direct | Bound:
    """The model that is asked for, loaded.

    Raises:
        ConfigError: it cannot be; one line.
    """
    limit = asked["memory_limit_mb"]
    wanted: Library = asked["library"]
    path, size = Path(asked["path"]), {"context": asked["context"], "threads": asked["threads"]}
    found = check(
        path,
        context=asked["context"],
        memory_limit=None if limit is None else limit << 20,
        sha256=asked["sha256"],
        newer=reads_newer(wanted),
    )
    if (why := missing(wanted)) is not None:
        raise ConfigError(why)
    if (layers := layers_of(asked["gpu"])) > 0:
        if reads_newer(wanted) and has_gpu():
            return Direct(LlamaCpp(path, layers=layers, **size), asked)
        if wanted != "llama-cpp" and not found.newer and gpu_kinds():
            return Bound(asked)
        if asked["gpu"] != "auto":
            raise ConfigError(f"{path}: {NO_GPU}")
    if asked["binding"]:
        return Bound(asked)
    known = None if found.newer or wanted == "llama-cpp" else known_library()
    if known is not None:
        return Direct(Llama(known, path, **size), asked)
    return Direct(LlamaCpp(path, **size), asked) if reads_newer(wanted) else Bound(asked)


def answer(model: Direct | Bound, asked: dict[str, Any], running: Running, out: Out) -> None:
    """Answer one request; whatever comes of it, it ends with one line that says so."""
    told = Told(asked, out, cancelled=running.cancelled)
    try:
        model.generate(asked, told)
    except RefusedError as error:
        told.refuse(str(error))
    else:
        told.end()


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Our two pipes, out of the library's reach: what it prints goes nowhere."""
    asked, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for known in (0, 1, 2):
        os.dup2(nowhere, known)
    return asked, told


def main() -> None:
    """Open the model that the first line names, then answer the others until there are no more."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked, told = _own_pipes()
    out, running = Out(told), Running(asked)
    requests = iter(running)
    began = time.monotonic()
    try:
        model = opened(next(requests)["open"])
    except ConfigError as error:
        out.say(failed=str(error))
        return
    took = (time.monotonic() - began) * 1e3
    out.say(opened=True, ms=took, memory_mb=memory_mb(), constrains=model.constrains)
    for request in requests:
        answer(model, request, running, out)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        main()
    os._exit(0)
