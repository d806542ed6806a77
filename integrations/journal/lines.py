"""Lines out of what a pipe gives, however long somebody makes one. Pure."""

LONGEST_LINE = 1 << 20
"""Bytes; a longer entry is counted and left out."""


class Lines:
    """Cuts chunks into lines."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self.too_long = 0
        """How many were left out."""
        self._longest = longest
        self._rest: list[bytes] = []
        self._held = 0
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that end in `chunk`."""
        first, newline, more = chunk.partition(b"\n")
        if not newline:
            self._hold(chunk)
            return []
        lines = more.split(b"\n")
        rest = lines.pop()
        if self._skipping:
            self._skipping = False
        elif self._held + len(first) > self._longest:
            self.too_long += 1
        else:
            lines.insert(0, b"".join((*self._rest, first)) if self._rest else first)
        self._rest, self._held = [], 0
        if rest:
            self._hold(rest)
        return lines

    def _hold(self, part: bytes) -> None:
        if self._skipping:
            return
        self._rest.append(part)
        self._held += len(part)
        if self._held > self._longest:
            self._rest, self._held = [], 0
            self._skipping = True
            self.too_long += 1
