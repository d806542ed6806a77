"""Who writes into the journals of the corpus, with the fields that the journal itself adds."""

from typing import Any


def kernel(message: str, *, priority: int = 4, after: float = 0.01) -> tuple[float, dict[str, Any]]:
    """The kernel."""
    return after, {
        "MESSAGE": message,
        "PRIORITY": str(priority),
        "SYSLOG_IDENTIFIER": "kernel",
        "SYSLOG_FACILITY": "0",
        "_TRANSPORT": "kernel",
    }


def systemd(
    message: str, unit: str = "", *, priority: int = 6, after: float = 0.05, **more: str
) -> tuple[float, dict[str, Any]]:
    """systemd, about a unit."""
    unit = unit or message.partition(":")[0]
    return after, {
        "MESSAGE": message,
        "PRIORITY": str(priority),
        "SYSLOG_IDENTIFIER": "systemd",
        "_TRANSPORT": "journal",
        "_PID": "1",
        "_UID": "0",
        "_COMM": "systemd",
        "_EXE": "/usr/lib/systemd/systemd",
        "_SYSTEMD_UNIT": "init.scope",
        "UNIT": unit,
        **more,
    }


def service(
    unit: str,
    message: Any,
    *,
    priority: int = 6,
    after: float = 0.5,
    pid: int = 700,
    uid: int = 0,
    **more: Any,
) -> tuple[float, dict[str, Any]]:
    """A service."""
    name = unit.partition(".")[0].partition("@")[0]
    known = {"ssh": ("sshd", "/usr/sbin/sshd")}.get(name, (name, f"/usr/bin/{name}"))
    return after, {
        "MESSAGE": message,
        "PRIORITY": str(priority),
        "SYSLOG_IDENTIFIER": known[0],
        "_TRANSPORT": "syslog",
        "_PID": str(pid),
        "_UID": str(uid),
        "_COMM": known[0],
        "_EXE": known[1],
        "_SYSTEMD_UNIT": unit,
        **more,
    }


def person(
    message: str, *, program: str = "logger", identifier: str = "ada", after: float = 0.5, **more: str
) -> tuple[float, dict[str, Any]]:
    """Somebody at a terminal, who may call himself anything."""
    return after, {
        "MESSAGE": message,
        "PRIORITY": "5",
        "SYSLOG_IDENTIFIER": identifier,
        "_TRANSPORT": "syslog",
        "_PID": "4242",
        "_UID": "1000",
        "_COMM": program,
        "_EXE": f"/usr/bin/{program}",
        "_SYSTEMD_UNIT": "session-3.scope",
        **more,
    }
