"""How hearthd and each peer is given the rule "motion and dark -> light on", and started.

A peer is looked for in the folder that HEARTHD_PEERS names; its README says how to fill that.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers.load import SENSORS
from tests.mosquitto import free_port

RULES = 500
"""hearthd's: for SENSORS sensors, as many that also want the lamp off, and others whose topics are silent."""
DARK = "value_json.occupancy and value_json.illuminance < 50"


@dataclass(frozen=True, kw_only=True)
class Noted:
    """What was measured before, on the machine of the design notes: start s, RSS MB, ms, ms, 1/s, µs."""

    start: float
    rss: float
    p50: float
    p99: float
    rate: float
    us: float


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Somebody who has the rule. `prepare(folder, port)` writes what it needs and returns its command."""

    name: str
    prepare: Callable[[Path, int], list[str]]
    there: Callable[[], bool] = lambda: True
    every: int = 1_000
    """One message in so many leads to a command where messages are only looked at."""
    ahead: int = SENSORS
    """Commands that may be owed where each message leads to one."""
    loads: tuple[str, ...] = ("looked", "each")
    noted: Noted | None = None


def peers() -> Path | None:
    """Where the peers are."""
    named = os.environ.get("HEARTHD_PEERS")
    return Path(named) if named else None


def _in_peers(*path: str) -> Path:
    return (peers() or Path("/nonexistent")).joinpath(*path)


def _installed(*path: str) -> Callable[[], bool]:
    return lambda: _in_peers(*path).exists()


# hearthd ----------------------------------------------------------------------------------------------
def lamp(number: int) -> dict[str, object]:
    """What a lamp says of itself, as zigbee2mqtt announces one."""
    return {
        "name": f"Lamp {number}",
        "unique_id": f"light_{number}",
        "default_entity_id": f"light.light_{number}",
        "schema": "json",
        "brightness": True,
        "command_topic": f"zigbee2mqtt/light_{number}/set",
        "state_topic": f"zigbee2mqtt/light_{number}/state",
        "device": {"identifiers": [f"light_{number}"], "name": f"Lamp {number}"},
    }


def rules() -> list[dict[str, object]]:
    """500 of them."""
    found: list[dict[str, object]] = []
    for number in range(RULES):
        one: dict[str, object] = {
            "id": f"motion-{number}",
            "when": {"mqtt": f"zigbee2mqtt/motion_{number}", "if": f"{{{{ {DARK} }}}}"},
            "do": {"service": "light.turn_on", "target": f"light.light_{number % (2 * SENSORS)}"},
            "mode": "queued",
        }
        if SENSORS <= number < 2 * SENSORS:
            one["if"] = {"state": {"entity": f"light.light_{number}", "is": "off"}}
        found.append(one)
    return found


def _hearthd(folder: Path, port: int) -> list[str]:
    config = {
        "node": {"name": "bench", "state_dir": str(folder / "state")},
        "mqtt": {"host": "127.0.0.1", "port": port},
        "automations": rules(),
    }
    (folder / "config.yaml").write_text(json.dumps(config))
    return [sys.executable, "-m", "agent", "run", "-c", str(folder / "config.yaml")]


# Node-RED ---------------------------------------------------------------------------------------------
_FUNCTION = """
if (msg.payload.occupancy && msg.payload.illuminance < 50) {
  return {topic: msg.topic.replace("motion_", "light_") + "/set", payload: {state: "ON"}};
}
"""


def _node(kind: str, name: str, wires: list[str], **more: object) -> dict[str, object]:
    return {"id": name, "type": kind, "z": "flow", "name": "", "x": 100, "y": 100, "wires": [wires], **more}


def _as_function() -> list[dict[str, object]]:
    return [
        _node("function", "rule", ["out"], func=_FUNCTION, outputs=1, initialize="", finalize="", libs=[]),
    ]


def _as_nodes() -> list[dict[str, object]]:
    def switch(name: str, to: str, prop: str, rule: dict[str, object]) -> dict[str, object]:
        return _node(
            "switch", name, [to], property=prop, propertyType="msg", rules=[rule], checkall="true", outputs=1
        )

    return [
        switch("rule", "dark", "payload.occupancy", {"t": "true"}),
        switch("dark", "change", "payload.illuminance", {"t": "lt", "v": "50", "vt": "num"}),
        _node(
            "change",
            "change",
            ["out"],
            rules=[
                {"t": "change", "p": "topic", "pt": "msg", "from": "^(.*/)motion_(.*)$", "fromt": "re",
                 "to": "$1light_$2/set", "tot": "str"},
                {"t": "set", "p": "payload", "pt": "msg", "to": '{"state":"ON"}', "tot": "json"},
            ],
        ),
    ]  # fmt: skip


def _node_red(middle: Callable[[], list[dict[str, object]]]) -> Callable[[Path, int], list[str]]:
    def prepare(folder: Path, port: int) -> list[str]:
        broker = {
            "id": "broker", "type": "mqtt-broker", "name": "", "broker": "127.0.0.1", "port": str(port),
            "clientid": "", "autoConnect": True, "usetls": False, "protocolVersion": "4", "keepalive": "60",
            "cleansession": True,
        }  # fmt: skip
        flows = [
            {"id": "flow", "type": "tab", "label": "rule", "disabled": False, "info": ""},
            broker,
            _node("mqtt in", "in", ["rule"], topic="zigbee2mqtt/+", qos="0", datatype="json",
                  broker="broker", nl=False, rap=True, rh=0, inputs=0),
            *middle(),
            _node("mqtt out", "out", [], topic="", qos="0", retain="false", broker="broker"),
        ]  # fmt: skip
        (folder / "flows.json").write_text(json.dumps(flows))
        (folder / "settings.js").write_text(
            "module.exports = {flowFile: 'flows.json', credentialSecret: false, uiPort: 0,"
            " uiHost: '127.0.0.1', httpAdminRoot: false, httpNodeRoot: false, telemetry: {enabled: false}};\n"
        )
        node = _in_peers("node", "node_modules", ".bin", "node")
        return [
            str(node) if node.exists() else "node",
            str(_in_peers("node-red", "node_modules", "node-red", "red.js")),
            "--userDir", str(folder), "--settings", str(folder / "settings.js"),
        ]  # fmt: skip

    return prepare


# Home Assistant ---------------------------------------------------------------------------------------
_AUTOMATION = """
- id: motion_{number}
  alias: motion {number}
  mode: single
  max_exceeded: silent
  triggers:
    - trigger: mqtt
      topic: zigbee2mqtt/motion_{number}
  conditions:
    - condition: template
      value_template: "{{{{ trigger.payload_json.occupancy and trigger.payload_json.illuminance < 50 }}}}"
  actions:
    - action: mqtt.publish
      data:
        topic: zigbee2mqtt/light_{number}/set
        payload: '{{"state": "ON"}}'
"""


def _home_assistant(folder: Path, port: int) -> list[str]:
    (folder / "configuration.yaml").write_text(
        "homeassistant: {name: Bench, latitude: 52.5, longitude: 13.4, elevation: 34, unit_system: metric,"
        " currency: EUR, country: DE, time_zone: Europe/Berlin}\n"
        f"http: {{server_host: 127.0.0.1, server_port: {free_port()}}}\n"
        "logger: {default: warning}\n"
        "automation: !include automations.yaml\n"
    )
    entries = "".join(_AUTOMATION.format(number=one) for one in range(SENSORS))
    (folder / "automations.yaml").write_text(entries)
    entry = {
        "created_at": "2026-01-01T00:00:00+00:00", "modified_at": "2026-01-01T00:00:00+00:00",
        "entry_id": "01JBENCHBENCHBENCHBENCHBENC", "domain": "mqtt", "title": "127.0.0.1", "unique_id": None,
        "version": 1, "minor_version": 2, "source": "user", "disabled_by": None, "discovery_keys": {},
        "options": {"discovery": False}, "pref_disable_new_entities": False, "pref_disable_polling": False,
        "subentries": [],
        "data": {"broker": "127.0.0.1", "port": port, "discovery": False},
    }  # fmt: skip
    stored = {"version": 1, "minor_version": 5, "key": "core.config_entries", "data": {"entries": [entry]}}
    (folder / ".storage").mkdir()
    (folder / ".storage" / "core.config_entries").write_text(json.dumps(stored))
    return [str(_in_peers("homeassistant", "bin", "hass")), "--config", str(folder), "--skip-pip"]


# AppDaemon --------------------------------------------------------------------------------------------
_APP = """
import json
import appdaemon.plugins.mqtt.mqttapi as mqtt


class Motion(mqtt.Mqtt):
    def initialize(self):
        self.listen_event(self.moved, "MQTT_MESSAGE", wildcard="zigbee2mqtt/+", namespace="mqtt")

    def moved(self, event_name, data, *args, **kwargs):
        seen = json.loads(data["payload"])
        if seen["occupancy"] and seen["illuminance"] < 50:
            topic = data["topic"].replace("motion_", "light_") + "/set"
            self.mqtt_publish(topic, '{"state": "ON"}', namespace="mqtt")
"""


def _appdaemon(folder: Path, port: int) -> list[str]:
    (folder / "apps").mkdir()
    (folder / "apps" / "motion.py").write_text(_APP)
    (folder / "apps" / "apps.yaml").write_text("motion: {module: motion, class: Motion}\n")
    (folder / "appdaemon.yaml").write_text(
        "appdaemon:\n  latitude: 52.5\n  longitude: 13.4\n  elevation: 34\n  time_zone: Europe/Berlin\n"
        "  plugins:\n    MQTT:\n      type: mqtt\n      namespace: mqtt\n      client_host: 127.0.0.1\n"
        f"      client_port: {port}\n      client_topics: [zigbee2mqtt/+]\n"
    )
    return [str(_in_peers("appdaemon", "bin", "appdaemon")), "-c", str(folder)]


SUBJECTS = (
    Subject(name=f"hearthd, {RULES} rules", prepare=_hearthd, loads=("looked", "on", "each")),
    Subject(
        name="Node-RED, function node",
        prepare=_node_red(_as_function),
        there=_installed("node-red", "node_modules", "node-red"),
        noted=Noted(start=1.2, rss=134, p50=0.6, p99=4.0, rate=30_000, us=31),
    ),
    Subject(
        name="Node-RED, switch + change",
        prepare=_node_red(_as_nodes),
        there=_installed("node-red", "node_modules", "node-red"),
        noted=Noted(start=1.0, rss=138, p50=10, p99=11, rate=36_500, us=23),
    ),
    Subject(
        name=f"Home Assistant, {SENSORS} rules",
        prepare=_home_assistant,
        there=_installed("homeassistant", "bin", "hass"),
        every=200,
        noted=Noted(start=4.6, rss=172, p50=10, p99=12, rate=2_400, us=409),
    ),
    Subject(
        name="AppDaemon, MQTT plugin",
        prepare=_appdaemon,
        there=_installed("appdaemon", "bin", "appdaemon"),
        every=50,
        noted=Noted(start=1.8, rss=70, p50=427, p99=848, rate=660, us=1_450),
    ),
)


def started(subject: Subject, folder: Path, port: int, cores: set[int]) -> "subprocess.Popen[bytes]":
    """Start it on `cores`; what it says goes into `folder`."""
    folder.mkdir()
    command = subject.prepare(folder, port)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HEARTHD_")}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=ours,
            cwd=Path(__file__).parents[3] if subject.prepare is _hearthd else folder,
        )
    os.sched_setaffinity(process.pid, cores)
    return process
