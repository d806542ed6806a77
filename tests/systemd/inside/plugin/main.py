"""An integration as bad as one can be: it hangs the whole daemon, or crashes it."""

import ctypes
import time

from typing_extensions import override

from agent.api import Integration, Message, Section


class Faults(Integration[Section]):
    """Breaks the daemon when it is told to."""

    @override
    async def init(self) -> None:
        self.house.subscribe("faults/hang", hang)
        self.house.subscribe("faults/crash", crash)


def hang(_: Message) -> None:
    """Hold up the event loop for good."""
    time.sleep(3600)


def crash(_: Message) -> None:
    """Read where nothing is."""
    ctypes.string_at(0)


INTEGRATION = Faults
