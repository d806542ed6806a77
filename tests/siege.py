"""A daemon under fire, seen from outside only: devices that obey, somebody who shoots, somebody who counts.

Everything here is blocking and has threads of its own; in a test of the event loop it runs in another thread.
"""

import contextlib
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import orjson
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from integrations.discovery.domains import DOMAINS
from tests.fuzz import Shot

QUICK = {"policy": {"approval_ttl": 1.0}, "health": {"interval": 1.0}}
"""Settings under which everything comes to its end within seconds."""
EVERY = 100
"""Shots between two commands to the healthy lamp."""
LONGEST_CONFIG = 262_144
BUGS = ("mqtt.handler_failures", "mqtt.disconnects", "service.restarts", "work_failed", "process_failed")
"""Counters that stay away however bad the input is."""


def _thing(domain: str, name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    topic = f"{name}/{domain}"
    config = {
        "name": f"{name.title()} {domain.replace('_', ' ').title()}",
        "unique_id": f"{name} {domain}",
        "default_entity_id": f"{domain}.{name}",
        "state_topic": topic,
        "device": {"identifiers": [name], "suggested_area": "Fuzz" if name == "fuzzed" else "Study"},
        **more,
    }
    if domain not in ("sensor", "binary_sensor"):
        config["command_topic"] = f"{topic}/set"
    return f"homeassistant/{domain}/{name}/config", config


_LIGHT = {"schema": "json", "brightness": True, "supported_color_modes": ["brightness"]}
THINGS = dict(
    (
        _thing("light", "healthy", **_LIGHT),
        _thing("light", "fuzzed", **_LIGHT),
        _thing("switch", "fuzzed"),
        _thing("number", "fuzzed", max=1000),
        _thing("lock", "fuzzed", state_locked="LOCK", state_unlocked="UNLOCK"),
        _thing("text", "fuzzed"),
        _thing("select", "fuzzed", options=["one", "two"]),
        _thing("sensor", "standing", unit_of_measurement="W"),
        _thing("binary_sensor", "standing"),
        _thing("number", "standing", max=1000),
        _thing("cover", "standing", position_topic="standing/cover"),
    )
)
STANDING = {
    "standing/sensor": "42",
    "standing/binary_sensor": "ON",
    "standing/number": "7",
    "standing/cover": "open",
}


class Siege:
    """Devices that obey on the broker at `port`, the shots, and what was heard of the daemon of `node`."""

    def __init__(self, port: int, *, node: str = "test") -> None:
        self._node = node
        self._heard: dict[str, list[dict[str, Any]]] = {}
        self._answers: dict[str, dict[str, Any]] = {}
        self._ids = itertools.count()
        self._listening = threading.Event()
        self.waits: list[float] = []
        """Seconds from each command to the healthy lamp to its confirmation."""
        self.asked: dict[str, Shot] = {}
        """The commands that were shot, by their id."""
        self._times: Counter[str] = Counter()
        self.announced: dict[str, Shot] = {}
        """What was announced last on each discovery topic."""
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self._client.max_inflight_messages_set(200)
        self._client.on_message = self._take
        self._client.on_subscribe = lambda *_: self._listening.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        own = [f"hearthd/{node}/{what}" for what in ("outcome", "answer/+")]
        self._client.subscribe([(topic, 1) for topic in (*own, "healthy/+/set", "fuzzed/+/set")])
        if not self._listening.wait(5):
            raise TimeoutError("the broker does not listen")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    # the devices ----------------------------------------------------------------------------------------
    def announce(self) -> None:
        """Let all devices announce themselves, and wait until the daemon knows them and their states."""
        for topic, config in THINGS.items():
            self._publish(topic, json.dumps(config).encode(), retain=True)
        for topic, state in STANDING.items():
            self._publish(topic, state.encode(), retain=True)
        wanted = set(STANDING.values())
        self.until(lambda: wanted <= {one["state"] for one in self.standing().values()} | {"ON", "on"}, 10)

    def standing(self) -> dict[str, Any]:
        """All that the daemon says of the entities that nobody speaks of in the siege."""
        return {one["id"]: one for one in self.ask("devices") if one["id"].endswith(".standing")}

    def command(self) -> float:
        """Command the healthy lamp; the seconds until it was confirmed."""
        action_id = f"healthy {next(self._ids)}"
        body = {
            "id": action_id,
            "service": "light.turn_on",
            "target": {"entity": "light.healthy"},
            "data": {"brightness": 1 + len(self.waits) % 255},
        }
        began = time.monotonic()
        self._publish(f"hearthd/{self._node}/do", json.dumps(body).encode())
        [end] = self.until(lambda: self.ends(action_id), 20)
        if end["status"] != "confirmed":
            raise AssertionError(f"the healthy lamp: {end}")
        self.waits.append(time.monotonic() - began)
        return self.waits[-1]

    # the shots ------------------------------------------------------------------------------------------
    def fire(self, shots: Iterable[Shot]) -> None:
        """Publish `shots`, and command the healthy lamp every so often."""
        for number, shot in enumerate(shots, start=1):
            if shot.kind in ("do", "run") and (action_id := shot.id) is not None:
                self._times[action_id] += 1
                if shot.kind == "do":
                    self.asked[action_id] = shot
            if shot.kind == "config":
                self.announced[shot.topic] = shot
            properties = Properties(PacketTypes.PUBLISH)
            for key, value in shot.properties.items():
                setattr(properties, key, value)
            self._client.publish(shot.topic, shot.payload, shot.qos, shot.retain, properties)
            if number % EVERY == 0:
                self.command()

    def settled(self, *, within: float) -> dict[str, Any]:
        """What is still `unanswered` after at most so many seconds."""
        with contextlib.suppress(TimeoutError):
            self.until(lambda: not self.unanswered(), within)
        return self.unanswered()

    def unanswered(self) -> dict[str, Any]:
        """Commands with a readable id that have not exactly one final outcome for each step, in words."""
        wrong = {}
        for action_id in (one for one in self.asked if self._times[one] == 1):
            ends = self.ends(action_id)
            targets = {end["target"] for end in ends}
            once = bool(ends) and len(ends) == len(targets) == ends[0]["of"]
            said = all(end["status"] in ("confirmed", "sent") or end.get("reason") for end in ends)
            if not once or not said:
                wrong[action_id] = ends
        return wrong

    def unexplained(self) -> list[Shot]:
        """Announcements that are neither an entity now nor shown as a problem."""
        known = {one["source"] for one in self.ask("devices")}
        wrong = [one["where"] for one in self.ask("problems")]
        return [
            shot
            for topic, shot in self.announced.items()
            if not _harmless(shot)
            and topic not in known
            and not any(where == topic or where.startswith(f"{topic} (") for where in wrong)
        ]

    # looking --------------------------------------------------------------------------------------------
    def ends(self, action_id: str) -> list[dict[str, Any]]:
        """The final outcomes of an action."""
        return [one for one in self._heard.get(action_id, ()) if one["final"]]

    def ask(self, what: str) -> Any:
        """The daemon's answer to a question."""
        question = f"question-{next(self._ids)}"
        self._publish(f"hearthd/{self._node}/query/{what}", json.dumps({"id": question}).encode())
        answer = self.until(lambda: self._answers.get(question), 10)
        if "answer" not in answer:
            raise AssertionError(f"{what}: {answer}")
        return answer["answer"]

    def bugs(self) -> dict[str, int]:
        """Counters that should not be there, and integrations that had to be started again."""
        found = {
            name: count for name, count in self.counters().items() if any(name.endswith(bug) for bug in BUGS)
        }
        return found | {one["domain"]: one["restarts"] for one in self.ask("plugins") if one["restarts"]}

    def counters(self) -> Mapping[str, int]:
        """All counters, as of the daemon's next report of its health."""
        return self.health()["counters"]

    def health(self) -> Mapping[str, Any]:
        """The daemon's next report of its health."""
        before = self.ask("health")
        return self.until(lambda: (now := self.ask("health")) != before and now, 10)

    @staticmethod
    def until(claim: Callable[[], Any], limit: float) -> Any:
        """Wait until `claim()` holds and return what it gives."""
        deadline = time.monotonic() + limit
        while not (found := claim()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {limit:g} s")
            time.sleep(0.005)
        return found

    # inside ---------------------------------------------------------------------------------------------
    def _publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, 1, retain)

    def _take(self, client: Client, _data: Any, message: Any) -> None:
        if message.topic.endswith("/set"):
            client.publish(message.topic.removesuffix("/set"), message.payload, 1)
            return
        with contextlib.suppress(ValueError):
            found = orjson.loads(message.payload)
            if "/answer/" in message.topic:
                self._answers[found["id"]] = found
            elif found["action"] not in ("approve", "deny"):
                self._heard.setdefault(found["id"], []).append(found)


def _harmless(shot: Shot) -> bool:
    """Whether an announcement may rightly leave no trace: nothing, or nothing of ours, was announced."""
    try:
        found = orjson.loads(shot.payload)
    except orjson.JSONDecodeError:
        return not shot.payload
    if not isinstance(found, dict) or len(shot.payload) > LONGEST_CONFIG:
        return False
    if found.get("migrate_discovery") is True or found.get("enabled_by_default") in (False, "false"):
        return True
    domain = shot.topic.split("/")[1]
    if domain != "device":
        return domain not in DOMAINS
    parts = found.get("cmps", found.get("components"))
    return isinstance(parts, dict) and not any(map(_takes_part, parts.values()))


def _takes_part(part: Any) -> bool:
    if not isinstance(part, dict):
        return True
    domain = part.get("p", part.get("platform"))
    return not isinstance(domain, str) or domain in DOMAINS
