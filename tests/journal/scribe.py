"""Real journal files without a journald: written by systemd-journal-remote, read by the real journalctl."""

import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from uuid import UUID

import pytest

REMOTE = Path("/lib/systemd/systemd-journal-remote")
needs_journal = pytest.mark.skipif(
    shutil.which("journalctl") is None or not REMOTE.exists(),
    reason="journalctl is not installed, or not systemd-journal-remote (the Debian package of that name)",
)
BOOT = UUID(int=0x1234).hex


def export(fields: dict[str, object]) -> bytes:
    """An entry in the journal's export form; bytes are written as such, a list is a field that repeats."""
    parts = []
    for key, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            raw = one if isinstance(one, bytes) else str(one).encode()
            if b"\n" in raw or isinstance(one, bytes):
                parts.append(key.encode() + b"\n" + len(raw).to_bytes(8, "little") + raw + b"\n")
            else:
                parts.append(key.encode() + b"=" + raw + b"\n")
    return b"".join(parts) + b"\n"


class Scribe:
    """Writes entries into a journal file, now and while somebody follows it."""

    def __init__(self, folder: Path, name: str = "system") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"{name}.journal"
        self.child = subprocess.Popen(
            [str(REMOTE), "-o", str(self.file), "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.count = 0

    def write(self, message: object, *, at: float | None = None, boot: str = BOOT, **fields: object) -> None:
        self.count += 1
        at = time.time() if at is None else at
        known = {
            "__REALTIME_TIMESTAMP": round(at * 1e6),
            "__MONOTONIC_TIMESTAMP": round((at - 1_700_000_000) * 1e6),
            "_BOOT_ID": boot,
            "_MACHINE_ID": UUID(int=0x5678).hex,
            "_HOSTNAME": "pi",
            "_TRANSPORT": "syslog",
            "_PID": 700,
            "_UID": 0,
            "PRIORITY": 6,
            "_SYSTEMD_UNIT": "nginx.service",
        }
        text = {} if message is None else {"MESSAGE": message}
        self.child.stdin.write(export({**known, **text, **fields}))
        self.child.stdin.flush()

    def wait(self, count: int | None = None, limit: float = 10.0) -> None:
        """Wait until everything that was written is in the file."""
        wanted = self.count if count is None else count
        until = time.monotonic() + limit
        while len(cursors(self.file)) < wanted:
            assert time.monotonic() < until, "systemd-journal-remote wrote too little"
            time.sleep(0.02)

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.stdin.close()
            self.child.wait(10)


def cursors(file: Path) -> list[str]:
    """The cursors of all entries of a file."""
    if not file.exists():
        return []
    said = subprocess.run(
        ["journalctl", f"--file={file}", "-o", "export", "--output-fields=_PID", "--no-pager", "-q"],
        capture_output=True,
        check=False,
    ).stdout
    return [line[9:].decode() for line in said.splitlines() if line.startswith(b"__CURSOR=")]


class Journald:
    """Takes entries at a socket, in the journal's own form, and has them written."""

    def __init__(self, path: Path, scribe: Scribe | None) -> None:
        self.path = path
        self.scribe = scribe
        self.taken: list[dict[str, str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while raw := self._socket.recv(65_536):
            fields = dict(line.split("=", 1) for line in raw.decode().splitlines())
            self.taken.append(fields)
            if self.scribe is not None:
                message = fields.pop("MESSAGE")
                self.scribe.write(message, _SYSTEMD_UNIT="hearthd.service", **fields)

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", str(self.path))
        self._thread.join(5)
        self._socket.close()
