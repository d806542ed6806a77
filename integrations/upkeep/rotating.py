"""Has logrotate rotate one log now, by the file that is configured for it, and sees whether it did."""

import asyncio
import os
import re
import shutil
import signal
from contextlib import suppress
from pathlib import Path

from agent.api import ActionError, one_line, redacted

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
LONGEST_OUTPUT = 1_000_000
_ROTATED = re.compile(rb"^(?:rotating log |copying ).{1,4096}", re.MULTILINE)
_NOTHING = re.compile(rb"^  log does not need rotating|^  empty log|does not exist -- skipping", re.MULTILINE)
_WRONG = re.compile(rb"^error: (.{1,400})", re.MULTILINE)


def obstacle(file: Path) -> str | None:
    """Why nothing can be rotated by `file`; None if it can be tried."""
    if shutil.which("logrotate", path=PATH) is None:
        return "logrotate is not there; install it"
    return None if file.is_file() else f"there is no {file}"


async def rotate(file: Path, *, state: Path, within: float) -> str:
    """Rotate, and give back what came of it in words. `state`: where logrotate notes when it did.

    Raises:
        ActionError: it did not.
    """
    program = shutil.which("logrotate", path=PATH) or "logrotate"
    process = await asyncio.create_subprocess_exec(
        *(program, "--force", "--verbose", "--state", str(state), str(file)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"LC_ALL": "C", "PATH": PATH},
        start_new_session=True,  # so that what it runs ends with it
    )
    assert process.stdout is not None  # noqa: S101  # it was asked for
    try:
        async with asyncio.timeout(within):
            written = b""
            while part := await process.stdout.read(LONGEST_OUTPUT):
                written = (written + part)[:LONGEST_OUTPUT]
            code = await process.wait()
    except TimeoutError as error:
        raise ActionError(f"logrotate was not done after {within:g} s, and was ended") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.communicate()
    wrong = _WRONG.search(written)
    if code != 0 or wrong is not None:
        why = redacted(wrong[1].decode(errors="replace")) if wrong is not None else f"exit code {code}"
        raise ActionError(f"logrotate failed: {why}")
    many = len(_ROTATED.findall(written)) - len(_NOTHING.findall(written))
    if many <= 0:
        raise ActionError("logrotate found nothing to rotate: the log is empty, or not there")
    return one_line("one log was rotated" if many == 1 else f"{many} logs were rotated", most=100)
