"""Commands sent while the daemon or the broker is killed at random: who did what, when, how often."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.mosquitto import Mosquitto

NODE = "chaos"
TTL = 4.0
COUNTER = {
    "name": "Counter",
    "unique_id": "counter",
    "default_entity_id": "number.counter",
    "command_topic": "counter/set",
    "state_topic": "counter",
    "min": 0,
    "max": 1_000_000_000,
}


@dataclass
class Tally:
    """What was seen from outside."""

    asked: dict[str, float] = field(default_factory=dict)
    """When each command was born."""
    executed: dict[str, list[float]] = field(default_factory=dict)
    """When the device was told each."""
    statuses: dict[str, list[str]] = field(default_factory=dict)
    rounds: int = 0
    asked_again: int = 0
    """Commands whose end had to be asked for a second time."""

    def twice(self) -> list[str]:
        """Commands that the device was told more than once."""
        return [one for one, times in self.executed.items() if len(times) > 1]

    def late(self) -> list[str]:
        """Commands that the device was told after their end of life."""
        return [one for one, times in self.executed.items() if max(times) > self.asked[one] + TTL + 0.2]

    def forgotten(self) -> list[str]:
        """Commands that were accepted and of whose end nothing was ever heard."""
        ends = {"confirmed", "failed", "expired", "refused"}
        return [one for one, heard in self.statuses.items() if "accepted" in heard and not ends & set(heard)]


class Chaos:
    """A broker, a daemon as a process of its own, a device, and somebody who asks."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.tally = Tally()
        self._random = random.Random(seed)
        self._folder = folder
        self._broker = Mosquitto(persistence=True)
        self._daemon: subprocess.Popen[bytes] | None = None
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="somebody", clean_session=False)
        self._client.on_message = self._heard
        self._client.on_connect = self._connected
        self._client.reconnect_delay_set(0.05, 0.2)
        (folder / "config.yaml").write_text(
            f"node: {{name: {NODE}, state_dir: {folder / 'state'}}}\n"
            f"mqtt: {{host: 127.0.0.1, port: {self._broker.port}}}\n"
            "health: {announce: false}\njournal: {enabled: false}\nlog: {level: warning}\n"
        )

    def run(self, rounds: int) -> Tally:
        """Ask and kill, `rounds` times; then let everything come to its end."""
        self._broker.start()
        self._client.connect("127.0.0.1", self._broker.port)
        self._client.loop_start()
        self._start_daemon()
        try:
            self._settled(lambda: bool(self.tally.statuses), asking=True)
            for _ in range(rounds):
                self._ask_for_a_while()
                self._kill()
                self.tally.rounds += 1
            self._settled(lambda: not self.tally.forgotten(), limit=25)
            # A killed broker may lose what it had taken; whoever misses an answer asks again by the id.
            self.tally.asked_again = len(self.tally.forgotten())
            for number in self.tally.forgotten():
                self._publish(number)
            self._settled(lambda: not self.tally.forgotten(), limit=10)
        finally:
            self._client.disconnect()
            self._client.loop_stop()
            self._end_daemon()
            self._broker.close()
        return self.tally

    def _ask_for_a_while(self) -> None:
        end = time.monotonic() + self._random.uniform(0.1, 1.2)
        while time.monotonic() < end:
            self._ask()
            time.sleep(self._random.uniform(0.0, 0.05))

    def _ask(self) -> None:
        number = str(len(self.tally.asked) + 1)
        self.tally.asked[number] = time.time()
        self._publish(number)

    def _publish(self, number: str) -> None:
        body = {
            "id": number,
            "service": "number.set_value",
            "target": {"entity": "number.counter"},
            "data": {"value": int(number)},
            "ts": datetime.fromtimestamp(self.tally.asked[number], UTC).isoformat(),
            "ttl": TTL,
        }
        self._client.publish(f"hearthd/{NODE}/do", json.dumps(body), qos=1)

    def _kill(self) -> None:
        if self._random.random() < 0.7 or self._daemon is None:
            self._end_daemon()
            time.sleep(self._random.choice([0.0, 0.0, 0.5]))
            self._start_daemon()
        else:
            self._broker.kill9()
            time.sleep(self._random.uniform(0.0, 0.5))
            self._broker.start()

    def _start_daemon(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HEARTHD_")}
        with (self._folder / "log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [sys.executable, "-m", "agent", "run", "-c", str(self._folder / "config.yaml")],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _end_daemon(self) -> None:
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGKILL)
            self._daemon.wait(5)
            self._daemon = None

    def _settled(self, claim, *, limit: float = 15, asking: bool = False) -> None:
        deadline = time.monotonic() + limit
        while not claim() and time.monotonic() < deadline:
            if asking:
                self._ask()
            time.sleep(0.1)

    def _connected(self, client, *_) -> None:
        client.subscribe([("counter/set", 0), (f"hearthd/{NODE}/outcome", 1)])
        client.publish("homeassistant/number/counter/config", json.dumps(COUNTER), qos=1, retain=True)

    def _heard(self, client, _data, message) -> None:
        if message.topic == "counter/set":
            self.tally.executed.setdefault(message.payload.decode(), []).append(time.time())
            client.publish("counter", message.payload, qos=1, retain=True)
            return
        with contextlib.suppress(ValueError):
            outcome = json.loads(message.payload)
            self.tally.statuses.setdefault(outcome["id"], []).append(outcome["status"])
