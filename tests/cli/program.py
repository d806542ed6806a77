"""`hearthd` as people and systemd start it: processes of their own, on a folder of their own."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from tests.mosquitto import binary

ROOT = Path(__file__).parents[2]
NODE = "cli"
HEARTHD = (sys.executable, "-m", "agent")


class Running:
    """A `hearthd` that goes on, and what it has said so far."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def lines(self) -> list[str]:
        """Standard output and standard error, line by line."""
        return self._log.read_text().splitlines()

    def events(self, *names: str) -> list[dict[str, Any]]:
        """What it logged under those names."""
        logged = [json.loads(line) for line in self.lines if line.startswith("{") and line.endswith("}")]
        return [one for one in logged if one["event"] in names]

    def said(self, text: str) -> list[str]:
        """The lines with `text` in them."""
        return [line for line in self.lines if text in line]

    def hang_up(self) -> None:
        """Have it read its configuration again."""
        self.process.send_signal(signal.SIGHUP)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(10)

    def close(self) -> None:
        """End it if it has not ended yet, whatever it takes."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)


class Program:
    """`hearthd` with its state and its configuration in one folder; nothing outside of it is read."""

    def __init__(self, folder: Path, *, port: int | None = None, python: Path | None = None) -> None:
        self.folder = folder
        self.command = (str(python or sys.executable), *HEARTHD[1:])
        self.state = folder / "state"
        self.file = folder / "config.yaml"
        self.port = port
        if port is not None:
            self.configure()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARTHD_")}
        # The folders of a user, and for root those that systemd names.
        self.environment = kept | {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "xdg-config"),
            "XDG_STATE_HOME": str(folder / "xdg-state"),
            "STATE_DIRECTORY": str(self.state),
            "CONFIGURATION_DIRECTORY": str(folder),
            # The journal of the machine that the tests run on would tell them anything.
            "HEARTHD_JOURNAL__ENABLED": "false",
        }

    def configure(self, more: str = "", *, port: int | None = None) -> None:
        """Write the configuration: our broker, or one at another port, and `more`."""
        self.file.write_text(self.text(more, port=port))

    def text(self, more: str = "", *, port: int | None = None) -> str:
        """What `configure` would write: two lines, then `more`."""
        return (
            f"node: {{name: {NODE}, state_dir: {self.state}}}\n"
            f"mqtt: {{host: 127.0.0.1, port: {port or self.port}}}\n{more}"
        )

    def publish(self, topic: str, payload: Any, *options: str) -> None:
        """Publish as anybody on the bus may, with mosquitto's own program."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        command = [
            binary("mosquitto_pub"),
            "-q",
            "1",
            "-p",
            str(self.port),
            "-t",
            topic,
            "-m",
            text,
            *options,
        ]
        subprocess.run(command, check=True, timeout=10)

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            [*self.command, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        """What a command that succeeds answers with `--json`."""
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def lines(self, done: "subprocess.CompletedProcess[str]") -> list[Any]:
        """The JSON lines that a command printed."""
        return [json.loads(line) for line in done.stdout.splitlines()]

    def begin(self, *arguments: str, **how: Any) -> "subprocess.Popen[str]":
        """Start a command and do not wait for it."""
        return subprocess.Popen([*self.command, *arguments], cwd=ROOT, env=self.environment, text=True, **how)

    def daemon(self, *arguments: str) -> Running:
        """Start a daemon and wait until it says that it is ready."""
        log = self.folder / "log"
        with log.open("a") as file:
            log.write_text("")
            running = Running(self.begin(*arguments, stdout=file, stderr=subprocess.STDOUT), log)
        until(lambda: running.said(": ready after") or running.process.poll() is not None)
        if running.process.poll() is not None:
            raise AssertionError("\n".join(running.lines))
        return running


def until(claim: Callable[[], Any], limit: float = 10.0) -> Any:
    """Wait until `claim()` holds and return what it gives."""
    deadline = time.monotonic() + limit
    while not (found := claim()):
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.02)
    return found


@contextmanager
def watching(port: int, topic: str) -> Iterator[list[tuple[str, bool]]]:
    """What is published on `topic` from now on, each with whether it was to be retained."""
    heard: list[tuple[str, bool]] = []
    listening = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = lambda _c, _d, m: heard.append((m.payload.decode(), m.retain))
    client.on_subscribe = lambda *_: listening.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        client.subscribe(topic, options=SubscribeOptions(qos=1, retainAsPublished=True))
        assert listening.wait(5)
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()
