"""Units of systemd for the command line: a line of `hearthd doctor`."""

import asyncio
from collections.abc import Iterator

from agent.api import Desk, Finding, TransientError
from integrations.systemd_units.connection import Connection, Signals
from integrations.systemd_units.section import Settings


def doctor(desk: Desk) -> Iterator[Finding]:
    """Whether systemd can be reached over D-Bus."""
    if not desk.enabled:
        yield Finding(what="D-Bus", ok=True, says="not needed: 'plugins: systemd_units:' is off")
        return
    config = desk.settings(Settings)
    try:
        asyncio.run(_reach(config.address))
    except TransientError as error:
        says = f"{error}; units are not watched"
        if config.allow or config.reboot:
            says = f"{error}; units are neither watched nor restarted"
        yield Finding(what="D-Bus", ok=False, says=says, needed=False)
        return
    yield Finding(what="D-Bus", ok=True, says="systemd answers")


async def _reach(address: str | None) -> None:
    connection = await Connection.open(address, Signals())
    connection.close()
    await connection.closed()
