"""An entry of the journal: from what journalctl writes to what is looked at. Pure.

Only fields with a leading underscore are set by the journal itself. The others say what the writer wants
them to say, and are believed of nobody but the kernel and systemd.
"""

from collections.abc import Mapping
from typing import Any

import orjson

FIELDS = (
    "MESSAGE",
    "PRIORITY",
    "SYSLOG_IDENTIFIER",
    "MESSAGE_ID",
    "UNIT",
    "COREDUMP_UNIT",
    "COREDUMP_COMM",
    "HEARTHD_CANARY",
    "_SYSTEMD_UNIT",
    "_SYSTEMD_USER_UNIT",
    "_TRANSPORT",
    "_PID",
    "_UID",
    "_COMM",
    "_EXE",
    "_HOSTNAME",
)
"""What journalctl is asked for, beside cursor, times and boot, which it always tells."""
LONGEST_TEXT = 65_536
LEAST_URGENT = 7
_PRIORITIES = {str(number): number for number in range(8)}
Raw = dict[str, Any]


def parsed(line: bytes) -> Raw | None:
    """The entry in a line of `journalctl -o json`; None if it is none."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if type(found) is not dict or type(found.get("__CURSOR")) is not str:
        return None
    return found


def text_of(value: object) -> str:
    """The text of a field, which may be bytes (a list of numbers), several values (a list), or left out."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, list):
        if value and all(type(one) is int and 0 <= one <= 255 for one in value):  # noqa: PLR2004
            return bytes(value[:LONGEST_TEXT]).decode(errors="replace")
        return "\n".join(text_of(one) for one in value[:100])
    return str(value)


def micros(value: object) -> int:
    """A time stamp; 0 if it is none."""
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return 0


def priority_of(raw: Raw) -> int:
    """How bad the writer says it is: 0 is worst, 7 is for whoever looks for a mistake."""
    value = raw.get("PRIORITY")
    return _PRIORITIES.get(value, LEAST_URGENT) if type(value) is str else LEAST_URGENT


def unit_of(raw: Raw) -> str:
    """The unit that an entry is of; empty for none. Whom it is about is believed only of systemd."""
    if raw.get("_PID") == "1" and (about := raw.get("UNIT")):
        return text_of(about)
    return text_of(raw.get("_SYSTEMD_UNIT") or raw.get("_SYSTEMD_USER_UNIT"))


class Entry:
    """An entry that is looked at closely."""

    __slots__ = ("at", "message", "monotonic", "raw")

    def __init__(self, raw: Raw, message: str) -> None:
        self.raw = raw
        self.message = message
        self.at = micros(raw.get("__REALTIME_TIMESTAMP")) / 1e6
        self.monotonic = micros(raw.get("__MONOTONIC_TIMESTAMP")) / 1e6
        """Seconds since the machine was started."""

    def __getitem__(self, field: str) -> str:
        return text_of(self.raw.get(field))

    @property
    def unit(self) -> str:
        """The unit it is of; empty for none."""
        return unit_of(self.raw)

    @property
    def from_kernel(self) -> bool:
        """Whether the kernel wrote it."""
        return bool(self.raw.get("_TRANSPORT") == "kernel")

    @property
    def from_systemd(self) -> bool:
        """Whether the system's own systemd wrote it."""
        return bool(self.raw.get("_PID") == "1") and not self.from_kernel

    @property
    def writer(self) -> str:
        """Who wrote it, as far as that is known for sure: the unit, the program, the user."""
        if self.from_kernel:
            return "kernel"
        unit = text_of(self.raw.get("_SYSTEMD_UNIT"))
        program = self["_EXE"].rpartition("/")[2]
        # Whatever a person starts is in a unit of the session: the program tells more.
        if program and (not unit or unit.endswith(".scope") or unit.startswith("user@")):
            return program
        return unit or (f"user {self['_UID']}" if self["_UID"] else "somebody")

    def fields(self) -> Mapping[str, str]:
        """All of it as text, for whoever waits for it."""
        return {key: text_of(value) for key, value in self.raw.items()}
