"""What was heard lately: an assistant hands the text back that it got from us, without how sure it is."""

import asyncio
from collections import OrderedDict

from integrations.voice.heard import Heard

MOST = 16
LASTS = 60.0
"""Seconds in which the text comes back."""


class Lately:
    """The last things that were heard for somebody else, by their text."""

    def __init__(self) -> None:
        self._heard: OrderedDict[str, tuple[float, Heard]] = OrderedDict()

    def put(self, heard: Heard) -> None:
        """Remember `heard`."""
        self._heard[heard.text] = (_now() + LASTS, heard)
        self._heard.move_to_end(heard.text)
        while len(self._heard) > MOST:
            self._heard.popitem(last=False)

    def take(self, text: str) -> Heard:
        """`text` as it was heard; typed text, which is what it says for sure, if it was not."""
        until, heard = self._heard.pop(text, (0.0, None))
        return heard if heard is not None and _now() < until else Heard(text=text)


def _now() -> float:
    return asyncio.get_running_loop().time()
