"""Runs a command that must not outlive whoever started us: `python -m agent.mqtt.leash COMMAND ...`.

The kernel tells us of our parent's death (PR_SET_PDEATHSIG); exec keeps that setting: no process is lost.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the command."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)  # it died before the setting took hold
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606  # no shell is what we want


if __name__ == "__main__":
    main()
