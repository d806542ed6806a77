"""Programs that we start and listen to: their last words, and their end."""

import asyncio
from contextlib import suppress

LONGEST = 200
"""Characters of a complaint that are told."""


async def last_words(child: asyncio.subprocess.Process) -> str:
    """What a program complained of last, in one line; waits until it has closed its standard error."""
    said = b""
    assert child.stderr is not None  # noqa: S101  # whoever wants to know it has asked for it
    while part := await child.stderr.read(4096):
        said = (said + part)[-1000:]
    text = said.decode(errors="replace").strip()
    return text.splitlines()[-1][:LONGEST] if text else ""


async def ended(child: asyncio.subprocess.Process, *, within: float) -> None:
    """Tell a program to end, and after so many seconds end it."""
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(within):
            await child.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
