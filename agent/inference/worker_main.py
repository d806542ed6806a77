"""The process around a model: `python -m agent.inference.worker_main`, one JSON object a line, both ways.

The library ends its process over a dozen ordinary faults, so it has one of its own; nothing else imports it.
Asked on standard input: `open` once, `generate`, `cancel`. Told on standard output: `opened` or `failed`,
then for each request any number of `text` and one `end`. It ends when its input does.
"""

import codecs
import contextlib
import os
import queue
import resource
import sys
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import IO, Any

import orjson

from agent.errors import ConfigError
from agent.inference.gguf import check

BATCH = 128
"""The most tokens of a prompt that the library evaluates at once."""
MARGIN = 8
"""So many tokens before its context is full the library would begin to shift, and eat the system part."""
ERROR = -1
"""What the library gives as the token where its text is an error message."""


class Model:
    """A model that is loaded, with the system part of its last prompt still evaluated."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._model = _opened(Path(asked["path"]), asked)
        self._context = int(asked["context"])
        self._templates = (asked["system_template"], asked["template"])
        self._system = ""
        self._known = 0

    def generate(self, asked: dict[str, Any], running: "Running", out: "Out") -> None:
        """Answer one request; whatever happens, it ends with one line that says so."""
        told = Told(asked, running, out, room=self._context - MARGIN)
        try:
            self._generate(asked, told)
        except _Refused as error:
            self._system = ""
            out.say(end=asked["generate"], ended="error", error=str(error))

    def _generate(self, asked: dict[str, Any], told: "Told") -> None:
        if asked["system"] != self._system or not self._system:
            self._evaluate(asked["system"], told)
        if self._known:
            self._model.context.n_past = self._known
        told.begin(self._known)
        sampling = {"temp": asked["temperature"], "top_k": 40 if asked["temperature"] else 1, "top_p": 0.95}
        self._ask(
            asked["said"], self._templates[1], told, asked["max_tokens"], reset=not self._known, **sampling
        )
        if told.overflowed:
            self._system, self._known = "", 0
        told.end(asked)

    def _evaluate(self, system: str, told: "Told") -> None:
        self._system, self._known = "", 0
        if not system:
            return
        self._ask(system, self._templates[0], told, 0, reset=True, temp=0.0, top_k=1, top_p=1.0)
        if told.stopped is None:
            self._system, self._known = system, int(self._model.context.n_past)

    def _ask(
        self, text: str, template: str, told: "Told", most: int, *, reset: bool, **sampling: float
    ) -> None:
        if told.stopped is not None:
            return
        self._model.on_prompt, self._model.on_text = told.prompt_token, told.token
        self._model.prompt_model(
            text,
            template,
            told.token,
            n_predict=most,
            n_batch=BATCH,
            repeat_penalty=1.0,
            repeat_last_n=0,
            reset_context=reset,
            special=False,
            **sampling,
        )
        if told.error:
            raise _Refused(told.error)


class Told:
    """What has come of one request so far; says when to stop, and what remains to be shown."""

    def __init__(self, asked: dict[str, Any], running: "Running", out: "Out", *, room: int) -> None:
        self.stopped: str | None = None
        self.overflowed = False
        self.error = ""
        self._number = int(asked["generate"])
        self._running = running
        self._out = out
        self._began = time.monotonic()
        self._until = self._began + asked["within"]
        self._stop: list[str] = asked["stop"]
        self._shown = bool(asked["stream"])
        self._room = room
        self._past = 0
        self._tokens = self._evaluated = 0
        self._first: float | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._sent = 0

    def begin(self, known: int) -> None:
        """The rest of the prompt comes after `known` tokens."""
        self._past = known

    def prompt_token(self, _token: int) -> bool:
        """A token of the prompt was evaluated. Whether to go on."""
        self._evaluated += 1
        self._past += 1
        if self._past >= self._room:
            self.overflowed = True
            self.error = "the prompt is too long for the context of this model"
        return not self.overflowed and self._goes_on()

    def token(self, token: int, piece: bytes) -> bool:
        """The model said a piece. Whether to go on."""
        if token == ERROR:
            self.error = piece.decode(errors="replace").removeprefix("ERROR: ").strip()
            return False
        if self._first is None:
            self._first = time.monotonic()
        self._tokens += 1
        self._past += 1
        self._text += self._decoder.decode(piece)
        ends = [at for one in self._stop if (at := self._text.find(one)) >= 0]
        if ends:
            self._text = self._text[: min(ends)]
            self.stopped = "stop"
            return False
        self._show(len(self._text) - max(map(len, self._stop), default=1) + 1)
        if self._past >= self._room:
            self.stopped = "length"
        return self._goes_on()

    def end(self, asked: dict[str, Any]) -> None:
        """Say how it ended, and what it cost."""
        if self.stopped is None:
            self.stopped = "length" if self._tokens >= asked["max_tokens"] else "stop"
        self._show(len(self._text))
        now = time.monotonic()
        self._out.say(
            end=self._number,
            ended=self.stopped,
            text=self._text,
            tokens=self._tokens,
            evaluated=self._evaluated,
            first_token_ms=None if self._first is None else (self._first - self._began) * 1e3,
            ms=(now - self._began) * 1e3,
            memory_mb=_memory_mb(),
        )

    def _goes_on(self) -> bool:
        if self.stopped is None and self._number in self._running.cancelled:
            self.stopped = "cancelled"
        if self.stopped is None and time.monotonic() > self._until:
            self.stopped = "deadline"
        return self.stopped is None

    def _show(self, up_to: int) -> None:
        if self._shown and up_to > self._sent:
            self._out.say(text=self._text[self._sent : up_to], of=self._number)
            self._sent = up_to


class Running:
    """What was asked, as a thread reads it; a cancel overtakes what waits."""

    def __init__(self, asked: IO[bytes]) -> None:
        self._asked = asked
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.cancelled: set[int] = set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            asked = self._waiting.get()
            yield asked
            self.cancelled.discard(asked.get("generate", -1))

    def _read(self) -> None:
        for line in self._asked:
            asked = orjson.loads(line)
            if "cancel" in asked:
                self.cancelled = {asked["cancel"]}
            else:
                self._waiting.put(asked)
        # Whoever asked is gone, and the main thread may be deep inside the library.
        os._exit(0)


class Out:
    """Where the lines go."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def say(self, **line: Any) -> None:
        """Write one line."""
        self._file.write(orjson.dumps(line) + b"\n")
        self._file.flush()


class _Refused(Exception):  # noqa: N818  # it is an answer
    """The library did not take the prompt."""


def _opened(path: Path, asked: dict[str, Any]) -> Any:
    """The model in `path`, loaded.

    Raises:
        ConfigError: it cannot be; one line.
    """
    limit = asked["memory_limit_mb"]
    check(
        path,
        context=asked["context"],
        memory_limit=None if limit is None else limit << 20,
        sha256=asked["sha256"],
    )
    bare = _binding().LLModel

    class Opened(bare):  # type: ignore[misc,valid-type]
        """The library's own binding, with its two callbacks bare."""

        def _prompt_callback(self, token: int) -> bool:
            return bool(self.on_prompt(token))

        def _callback_decoder(self, callback: Any) -> Any:
            return callback

    try:
        model = Opened(str(path.absolute()), asked["context"], 0, "kompute")
        if not model.load_model():
            raise ConfigError(f"{path}: can't be loaded; the file is damaged or of a kind not known here")
    except (RuntimeError, ValueError) as error:
        raise ConfigError(f"{path}: can't be loaded: {_line(error)}") from None
    model.set_thread_count(asked["threads"])
    return model


def _binding() -> Any:
    """The library's binding alone: the rest of the package is for downloading models.

    Raises:
        ConfigError: it is not installed, or can't be used on this machine.
    """
    try:
        found = find_spec("gpt4all")
        if found is None:
            raise ConfigError("gpt4all is not installed; there is none for this kind of machine, perhaps")
        sys.modules["gpt4all"] = module_from_spec(found)
        return import_module("gpt4all._pyllmodel")
    except (ImportError, OSError) as error:
        raise ConfigError(f"gpt4all can't be used here: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _memory_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / (1 << 20)


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
        model = Model(next(requests)["open"])
    except ConfigError as error:
        out.say(failed=str(error))
        return
    out.say(opened=True, ms=(time.monotonic() - began) * 1e3, memory_mb=_memory_mb())
    for request in requests:
        model.generate(request, running, out)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        main()
    os._exit(0)
