"""Text that is still being heard, told piece by piece: what was told once cannot be taken back."""


class Settling:
    """Tells of each partial text only the words that the one before had too."""

    def __init__(self) -> None:
        self._before: list[str] = []
        self._told: list[str] = []

    def more(self, partial: str) -> str:
        """What `partial` makes certain, to be added to what was told."""
        words = partial.split()
        agreed = 0
        for old, new in zip(self._before, words, strict=False):
            if old != new:
                break
            agreed += 1
        self._before = words
        # The last word may still become a longer one.
        return self._tell(words[: min(agreed, len(words) - 1)]) if words else ""

    def rest(self, text: str) -> str:
        """What is missing at the end; nothing if `text` turned out to be another than was told."""
        return self._tell(text.split())

    def _tell(self, words: list[str]) -> str:
        had = len(self._told)
        if words[:had] != self._told or len(words) <= had:
            return ""
        more = " ".join(words[had:])
        self._told = words
        return f" {more}" if had else more
