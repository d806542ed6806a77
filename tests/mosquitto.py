"""A mosquitto of the tests' own, to be started, killed, paused and started again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

MISSING = "is not installed: apt install mosquitto mosquitto-clients"


def binary(name: str = "mosquitto") -> str:
    """Where it is, or one of its clients; in CI its absence is a failure, elsewhere a reason to skip."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} {MISSING}")
        pytest.skip(f"{name} {MISSING}")
    return found


class Mosquitto:
    """One broker on a port of its own, which it keeps over restarts."""

    def __init__(
        self, *, persistence: bool = False, users: Mapping[str, str] | None = None, extra: str = ""
    ) -> None:
        self.port = free_port()
        self._binary = binary()
        self._folder = Path(tempfile.mkdtemp(prefix="hearthd-broker-"))
        self._file = self._folder / "mosquitto.conf"
        self._process: subprocess.Popen[bytes] | None = None
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'false' if users else 'true'}",
            "set_tcp_nodelay true",
            "max_queued_messages 100000",
            "max_inflight_messages 1000",
            f"log_dest file {self._folder}/log",
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        if persistence:
            lines += [
                "persistence true",
                f"persistence_location {self._folder}/",
                "autosave_on_changes true",
                "autosave_interval 1",
            ]
        if users:
            passwords = self._folder / "users"
            passwords.write_text("".join(f"{name}:{word}\n" for name, word in users.items()))
            subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, capture_output=True)
            lines.append(f"password_file {passwords}")
        self._file.write_text("\n".join([*lines, extra, ""]))

    def start(self) -> "Mosquitto":
        """Start, and wait until it takes connections."""
        self._process = subprocess.Popen([self._binary, "-c", str(self._file)], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 5
        while not _answers(self.port):
            if time.monotonic() > deadline or self._process.poll() is not None:
                pytest.fail(f"mosquitto did not come up: {(self._folder / 'log').read_text()}")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """End it as systemd would."""
        self._end(signal.SIGTERM)

    def kill9(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it and remove what it wrote."""
        self.resume()
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(5)
            self._process = None


def free_port() -> int:
    """A port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
