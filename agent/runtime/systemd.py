"""Readiness and status for systemd (sd_notify(3)); does nothing elsewhere."""

import os
import socket
import time

WITHIN = 1.0
"""Seconds for which a service manager that does not read may hold us up."""


def notify_reloading() -> None:
    """Tell the service manager that the configuration is being read; `READY=1` is the end of that."""
    # Type=notify-reload takes it only with the time.
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def notify(*lines: str) -> None:
    """Tell the service manager, e.g. `READY=1`, `STATUS=...`. Never fails."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.settimeout(WITHIN)
        try:
            channel.connect(address)
            channel.sendall("\n".join(lines).encode())
        except OSError:
            return
