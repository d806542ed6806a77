"""How a command that goes on is told to end."""

import asyncio
import signal


def cancelled_by_signals() -> None:
    """From now on SIGTERM and SIGINT cancel the current task; nothing else has to know of signals."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
