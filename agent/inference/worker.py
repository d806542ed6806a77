"""A model in a GGUF file, run by a process of its own: a crash, a hang or a leak costs a restart, no more.

The process is started by the first request, or by `preload`; each request does its own talking with it, one
at a time. What is late is cancelled; what does not even heed that is killed.
"""

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog

from agent.errors import ConfigError, TransientError
from agent.inference.process import DiedError, ModelFile, Process, ending
from agent.inference.runner import Generated, Health, Limits, OnText, Prompt, State
from agent.runtime.clock import Clock

log = structlog.get_logger(__name__)
DELAYS = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
"""Pauses before a new process, after so many deaths without an answer between them."""
GRACE = 0.5
"""How long after its cancellation a request may still go on before the process counts as hung."""
DAMAGED = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
"""The ends that a library comes to over a bad file."""


class Worker:
    """A runner: see agent.inference.runner."""

    def __init__(self, name: str, file: ModelFile, *, clock: Clock) -> None:
        self.name = name
        self._file = file
        self._clock = clock
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._opening: float | None = None
        """Until when the model may load, while it does."""
        self._owed: tuple[int, float] | None = None
        """The request that was cancelled and has not ended yet, and until when it may take to."""
        self._number = 0
        self._deaths = 0
        self._not_before = 0.0
        self._last_used = clock.monotonic()
        self._broken: tuple[str, object] | None = None
        self._down = ""
        self._closed = False
        self._answered = self._failed = self._restarts = 0
        self._load_ms: float | None = None
        self._memory_mb: float | None = None
        self._constrains: bool | None = None

    # asking -------------------------------------------------------------------------------------------------
    async def generate(self, prompt: Prompt, limits: Limits, on_text: OnText | None = None) -> Generated:
        """Have the model continue `prompt`: see Runner. Asked once more if the process dies over it."""
        asked = _plain(prompt)
        until = self._clock.monotonic() + limits.deadline
        try:
            async with asyncio.timeout(limits.deadline), self._turn:
                found = await self._in_turn(asked, limits, on_text, until)
        except TimeoutError:
            self._failed += 1
            raise TransientError(
                f"{self.name} gave no answer within {round(limits.deadline, 1):g} s"
            ) from None
        except (TransientError, ConfigError):
            self._failed += 1
            raise
        self._answered += 1
        return found

    async def preload(self) -> None:
        """Load the model now, so that the first request does not wait for it.

        Raises:
            TransientError, ConfigError: it can't be loaded.
        """
        async with self._turn:
            try:
                await self._ready(self._clock.monotonic() + self._file.load_within)
            except DiedError:
                raise TransientError(f"{self.name} {self._down}") from None

    async def unload(self, *, unused_for: float = 0.0) -> bool:
        """End the process if nobody asked anything for so long; the next request starts another."""
        if self._turn.locked() or self._process is None:
            return False
        if self._clock.monotonic() - self._last_used < unused_for:
            return False
        async with self._turn:
            await self._end()
        return True

    async def tend(self) -> None:
        """End the process if it hangs, though nobody asks for anything."""
        if self._turn.locked() or self._process is None or self._owed is None:
            return
        if self._clock.monotonic() > self._owed[1]:
            async with self._turn:
                with suppress(DiedError):
                    await self._settled(self._process, *self._owed)

    def health(self) -> Health:
        """How it is."""
        state, reason = self._state()
        return Health(
            name=self.name,
            state=state,
            reason=reason,
            answered=self._answered,
            failed=self._failed,
            restarts=self._restarts,
            load_ms=self._load_ms,
            memory_mb=self._memory_mb if state == "ready" else None,
            constrains=self._constrains,
        )

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        return self._process.pid if self._process is not None and self._process.alive else None

    async def close(self) -> None:
        """End the process. What is still asked fails at once."""
        self._closed = True
        if self._process is not None:
            self._process.kill()
        async with self._turn:
            await self._end()

    # a request ----------------------------------------------------------------------------------------------
    async def _in_turn(
        self, asked: Mapping[str, str | None], limits: Limits, on_text: OnText | None, until: float
    ) -> Generated:
        shown = _Shown(on_text)
        for again in (True, False):
            try:
                process = await self._ready(until)
                return await self._exchange(process, asked, limits, shown, until)
            except DiedError:
                if not again or shown.any or self._closed:
                    break
        raise TransientError(f"{self.name} {'is being closed' if self._closed else self._down}")

    async def _exchange(
        self,
        process: Process,
        asked: Mapping[str, str | None],
        limits: Limits,
        shown: "_Shown",
        until: float,
    ) -> Generated:
        self._number += 1
        number, began = self._number, self._clock.monotonic()
        self._owed = (number, until + GRACE)
        process.say(
            generate=number,
            **asked,
            max_tokens=limits.max_tokens,
            temperature=limits.temperature,
            stop=[one for one in limits.stop if one],
            within=max(0.0, until - began),
            stream=shown.wanted,
        )
        line: Mapping[str, Any] = {}
        try:
            while (line := await self._line(process)).get("end") != number:
                if line.get("of") == number:
                    shown.show(line["text"])
        finally:
            if line.get("end") != number and process.alive:
                self._owed = (number, self._clock.monotonic() + GRACE)
                process.say(cancel=number)
        self._owed, self._last_used, self._deaths = None, self._clock.monotonic(), 0
        self._memory_mb = line.get("memory_mb", self._memory_mb)
        if line["ended"] == "deadline":
            raise TimeoutError
        if line["ended"] not in ("stop", "length"):
            raise TransientError(f"{self.name}: {line.get('error', 'was cancelled')}")
        await self._keep_small()
        return Generated(
            text=line["text"],
            model=self.name,
            ended=line["ended"],
            tokens=line["tokens"],
            evaluated=line["evaluated"],
            first_token_ms=line["first_token_ms"],
            ms=(self._clock.monotonic() - began) * 1e3,
            logprobs=None if line["logprobs"] is None else tuple(line["logprobs"]),
        )

    async def _keep_small(self) -> None:
        """A process that has grown past its limit is ended; the next request starts another."""
        limit = self._file.memory_limit_mb
        if limit is not None and self._memory_mb is not None and self._memory_mb > limit:
            log.warning("model.recycled", model=self.name, memory_mb=round(self._memory_mb), limit_mb=limit)
            self._restarts += 1
            await self._end()

    # the process --------------------------------------------------------------------------------------------
    async def _ready(self, until: float) -> Process:
        """A process with the model loaded and nothing else to do."""
        process = self._process
        if process is not None and not process.alive:
            await self._died(process)
            process = None
        if process is None:
            process = await self._start(until)
        if self._opening is not None:
            await self._opened(process, self._opening)
        if self._owed is not None:
            await self._settled(process, *self._owed)
        return process

    async def _start(self, until: float) -> Process:
        if self._closed:
            raise TransientError(f"{self.name} is being closed")
        if self._broken is not None:
            why, stamp = self._broken
            if stamp == self._stamp():
                raise ConfigError(why)
            self._broken = None
        now = self._clock.monotonic()
        if self._not_before > until:
            raise TransientError(
                f"{self.name} {self._down}; it is tried again in {self._not_before - now:.1f} s"
            )
        if self._not_before > now:
            await self._clock.sleep(self._not_before - now)
        self._opening, self._owed = self._clock.monotonic() + self._file.load_within, None
        self._process = process = await Process.started(self._file)
        return process

    async def _opened(self, process: Process, until: float) -> None:
        began = until - self._file.load_within
        try:
            async with asyncio.timeout(max(0.0, until - self._clock.monotonic())):
                line = await self._line(process)
        except TimeoutError:
            await self._died(process, f"did not load within {self._file.load_within:g} s")
            raise DiedError from None
        if "failed" in line:
            await self._end()
            self._give_up(line["failed"])
        self._opening, self._down = None, ""
        self._load_ms, self._memory_mb = (self._clock.monotonic() - began) * 1e3, line["memory_mb"]
        self._constrains, self._last_used = line["constrains"], self._clock.monotonic()
        log.info("model.loaded", model=self.name, ms=round(self._load_ms))

    async def _settled(self, process: Process, number: int, until: float) -> None:
        """Wait for the end of a request that was cancelled."""
        try:
            async with asyncio.timeout(max(0.0, until - self._clock.monotonic())):
                while (await self._line(process)).get("end") != number:
                    pass
        except TimeoutError:
            await self._died(process, "did not react")
            raise DiedError from None
        self._owed = None

    async def _line(self, process: Process) -> Mapping[str, Any]:
        try:
            return await process.line()
        except DiedError:
            await self._died(process)
            raise

    async def _died(self, process: Process, why: str | None = None) -> None:
        """Note the end of `process`, which is killed if it still lives."""
        if process is not self._process:
            return
        opening = self._opening is not None
        code = await self._end(killed=why is not None)
        if self._closed:
            return
        how = ending(code)
        self._down = why or f"stopped working ({how})"
        self._deaths += 1
        self._restarts += 1
        self._not_before = self._clock.monotonic() + DELAYS[min(self._deaths, len(DELAYS)) - 1]
        log.warning("model.died", model=self.name, reason=self._down, deaths=self._deaths)
        if opening and why is None and -code in DAMAGED:
            self._give_up(f"{self._file.path}: can't be loaded; it is damaged ({how} in the library)")

    def _give_up(self, why: str) -> None:
        self._broken = (why, self._stamp())
        log.error("model.refused", model=self.name, reason=why)
        raise ConfigError(why)

    async def _end(self, *, killed: bool = True) -> int:
        """End the process, and return how it ended."""
        process = self._process
        self._opening = self._owed = None
        if process is None:
            return 0
        code = await process.end(killed=killed)
        self._process = None
        return code

    def _stamp(self) -> object:
        """Changes when the file does."""
        try:
            found = self._file.path.stat()
        except OSError as error:
            return error.errno
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def _state(self) -> tuple[State, str]:
        if self._broken is not None:
            return "broken", self._broken[0]
        if self._process is None or not self._process.alive:
            return ("down", self._down) if self._down else ("idle", "")
        return ("ready", "") if self._opening is None else ("loading", "")


class _Shown:
    """Hands on text as it comes, and knows whether any was."""

    def __init__(self, on_text: OnText | None) -> None:
        self._on_text = on_text
        self.wanted = on_text is not None
        self.any = False

    def show(self, text: str) -> None:
        self.any = True
        if self._on_text is not None:
            self._on_text(text)


def _plain(prompt: Prompt) -> dict[str, str | None]:
    """The prompt as the library can take it: it stops at a NUL, and dies over nothing at all."""
    said, system = (_text(one.replace("\0", " ")) for one in (prompt.said, prompt.system))
    if not said.strip():
        raise TransientError("there is nothing to say to a model")
    return {"said": said, "system": system, "form": prompt.form}


def _text(text: str) -> str:
    return text.encode(errors="replace").decode()
