"""Downloads a model over HTTP, as far as it is the file that was meant and there is room for it.

An interrupted download goes on where it ended. The file gets its name once its SHA-256 is right and it is of
the kind that is wanted.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.errors import ConfigError, TransientError
from agent.inference.choice import reads_newer
from agent.inference.cursor import MAGIC
from agent.inference.get import NOTHING_LEFT, PARTIAL, Response, opened, place
from agent.inference.gguf import check
from agent.inference.part import Part, part_of
from agent.runtime.clock import Clock

LARGEST = 64 * 10**9
SILENCE = 30.0
"""Seconds without a byte after which a connection counts as broken."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Between attempts; they start over when one has brought a lot."""
A_LOT = 10 * 10**6
AT_ONCE = 1 << 20


def _can_be_loaded(path: Path) -> None:
    check(path, context=1, newer=reads_newer("auto"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a file has to be, besides the one that was meant."""

    name: str
    magic: bytes
    """Its first bytes."""
    check: Callable[[Path], None]
    """Raises ConfigError, one line that may begin with the path."""


GGUF = Kind(name="GGUF file", magic=MAGIC, check=_can_be_loaded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A model that is to be downloaded."""

    url: str
    sha256: str | None
    """None: whatever is at that address is taken for it."""
    target: Path
    kind: Kind = GGUF


class Fetcher:
    """Downloads models."""

    def __init__(
        self,
        *,
        clock: Clock,
        progress: Callable[[int, int | None], None],
        told: Callable[[str], None],
        largest: int = LARGEST,
        silence: float = SILENCE,
    ) -> None:
        """`progress` hears how many bytes are there, and of how many; `told` hears why it takes longer."""
        self._clock = clock
        self._progress = progress
        self._told = told
        self._largest = largest
        self._silence = silence

    def fetch(self, wanted: Wanted) -> bool:
        """Have the model at its place; False if it was there already.

        Raises:
            ConfigError: it can't be had like this; one line.
            TransientError: not now; what has come is kept, and the next call goes on from there.
        """
        if wanted.target.exists():
            with wanted.target.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == wanted.sha256:
                    return False
            raise ConfigError(f"{wanted.target}: is there already and is another file; choose another --name")
        with part_of(wanted.target, wanted.sha256 or wanted.url) as part:
            self._whole(wanted, part)
            if wanted.sha256 is not None and (found := part.digest()) != wanted.sha256:
                part.discard()
                raise ConfigError(f"{wanted.url}: is another file: its SHA-256 is {found}; it was removed")
            try:
                wanted.kind.check(part.path)
            except ConfigError as error:
                part.discard()
                why = str(error).removeprefix(f"{part.path}: ")
                raise ConfigError(f"{wanted.url}: {why}; it was removed") from None
            part.finish()
        return True

    def _whole(self, wanted: Wanted, part: Part) -> None:
        """Attempt until all of it is there."""
        pauses = iter(PAUSES)
        while True:
            before = part.size
            try:
                self._attempt(wanted, part)
            except TransientError as error:
                if part.size - before > A_LOT:
                    pauses = iter(PAUSES)
                pause = next(pauses, None)
                if pause is None:
                    kept = "what has come is kept, the same command goes on from there"
                    raise TransientError(f"{error}; given up for now; {kept}") from None
                self._told(f"{error}; trying again in {pause:g} s")
                asyncio.run(self._clock.sleep(pause))
            else:
                return

    def _attempt(self, wanted: Wanted, part: Part) -> None:
        url = wanted.url
        headers = {"Range": f"bytes={part.size}-"} if part.size else {}
        if part.size and part.version:
            headers["If-Range"] = part.version
        with opened(url, headers, silence=self._silence) as response:
            if response.status == NOTHING_LEFT:
                if response.whole != part.size:
                    part.begin(None)
                    raise TransientError(f"{place(url)} does not go on from there, so all of it comes again")
                return
            if response.status != PARTIAL or response.begins != part.size:
                if response.status == PARTIAL:
                    part.begin(None)
                    raise TransientError(f"{place(url)} goes on elsewhere, so all of it comes again")
                part.begin(response.version)
            whole = response.whole
            if whole is None and response.length is not None:
                whole = part.size + response.length
            self._fits(url, whole or 0)
            part.need_room((whole or 0) - part.size)
            self._take(wanted, part, response, whole)

    def _take(self, wanted: Wanted, part: Part, response: Response, whole: int | None) -> None:
        url, magic = wanted.url, wanted.kind.magic
        while come := response.read(AT_ONCE):
            part.add(come)
            self._fits(url, part.size)
            if not magic.startswith(part.head(len(magic))):
                part.discard()
                raise ConfigError(f"{url}: is not a {wanted.kind.name}")
            self._progress(part.size, whole)
        if whole is not None and part.size < whole:
            raise TransientError(f"{place(url)} broke off")

    def _fits(self, url: str, size: int) -> None:
        if size > self._largest:
            raise ConfigError(f"{url}: is larger than {self._largest / 1e9:.0f} GB")
