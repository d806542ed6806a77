"""The daemon as a process: how it starts, takes a new configuration, waits for its broker, and ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import pytest

from tests.cli.program import NODE, Program, Running, until, watching
from tests.house import House, living
from tests.mosquitto import Mosquitto

TOPIC = "homeassistant/light/desk/config"
LAMP = {
    "name": "Desk Lamp",
    "unique_id": "desk",
    "default_entity_id": "light.desk",
    "command_topic": "lamp/set",
    "state_topic": "lamp",
}
BEDROOM = "home: {entities: {light.desk: {aliases: [bedroom lamp]}}}\n"


@pytest.fixture(scope="module", autouse=True)
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Running, Mosquitto]]:
    """A daemon whose broker hangs, from here on: the keep-alive needs ten seconds to notice."""
    broker = Mosquitto().start()
    program = Program(tmp_path_factory.mktemp("hanging"), port=broker.port)
    program.environment["HEARTHD_MQTT__KEEPALIVE"] = "5"
    program.publish(TOPIC, {**LAMP, "state_topic": None}, "-r")
    daemon = program.daemon("run")
    try:
        until(lambda: program.json("devices"))
        broker.pause()
        yield program, daemon, broker
    finally:
        daemon.close()
        broker.close()


# without any configuration ------------------------------------------------------------------------------
@dataclass
class Seen:
    """What was seen of a daemon that nobody configured, from its start to its end."""

    said: list[str]
    broker: int
    listening: set[str]
    heard: list[tuple[str, bool]]
    code: int
    seconds: float


@pytest.fixture(scope="module")
def unconfigured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    program = Program(tmp_path_factory.mktemp("unconfigured"))
    daemon = program.daemon("run")
    try:
        broker = int(daemon.said(": ready after")[0].rpartition(":")[2])
        process = psutil.Process(daemon.process.pid)
        sockets = [one for each in (process, *process.children()) for one in each.net_connections("tcp")]
        with watching(broker, "hearthd/+/status") as heard:
            until(lambda: heard)
            started = time.monotonic()
            code = daemon.stop()
            seconds = time.monotonic() - started
            until(lambda: len(heard) > 1)
        yield Seen(
            said=[line for line in daemon.lines if not line.startswith("{")],
            broker=broker,
            listening={one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN},
            heard=heard,
            code=code,
            seconds=seconds,
        )
    finally:
        daemon.close()


def test_without_a_configuration_one_line_says_which_broker_it_is(unconfigured):
    [line] = unconfigured.said

    assert line.endswith(f"broker: embedded mosquitto at 127.0.0.1:{unconfigured.broker}")


def test_without_a_configuration_it_listens_on_loopback_alone(unconfigured):
    assert unconfigured.listening == {"127.0.0.1"}


def test_asked_to_end_it_ends_in_time_and_with_0(unconfigured):
    assert unconfigured.code == 0
    assert unconfigured.seconds < 5


def test_it_is_online_while_it_lives_and_stopped_after_and_both_are_retained(unconfigured):
    assert unconfigured.heard == [("online", True), ("stopped", True)]


# a bad configuration ------------------------------------------------------------------------------------
def test_a_bad_configuration_ends_with_78_and_says_where_it_is_bad(tmp_path):
    program = Program(tmp_path, port=1883)
    program.configure("log:\n  level: loud\n")
    done = program("run")

    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith(f"{program.file}:4: log.level: ")


def test_a_state_directory_that_cannot_be_ours_ends_with_78_and_what_to_set(tmp_path):
    (tmp_path / "state").write_text("a file")
    done = Program(tmp_path)("run")

    assert done.returncode == 78
    assert done.stderr.endswith("; set node.state_dir to one that can\n")


# a new configuration ------------------------------------------------------------------------------------
class Reloading:
    """A daemon that is told to read its configuration again."""

    def __init__(self, program: Program, daemon: Running) -> None:
        self.program = program
        self._daemon = daemon

    def reload(self, text: str | None = None) -> dict[str, Any]:
        """Have it read `text`, and return what it logs about that."""
        if text is not None:
            self.program.file.write_text(text)
        before = len(self._told())
        self._daemon.hang_up()
        return until(lambda: self._told()[before:])[0]

    def aliases(self) -> list[str]:
        """The lamp's."""
        return next(one for one in self.program.json("devices") if one["id"] == "light.desk")["aliases"]

    def _told(self) -> list[dict[str, Any]]:
        return self._daemon.events("config.reloaded", "config.reload_refused")


@pytest.fixture(scope="module")
def lamp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reloading]:
    broker = Mosquitto().start()
    program = Program(tmp_path_factory.mktemp("reloading"), port=broker.port)
    program.publish(TOPIC, LAMP, "-r")
    daemon = program.daemon("run")
    try:
        until(lambda: program.json("devices"))
        yield Reloading(program, daemon)
    finally:
        daemon.close()
        broker.close()


def test_a_new_alias_holds_after_a_reload(lamp):
    told = lamp.reload(lamp.program.text("home: {entities: {light.desk: {aliases: [reading lamp]}}}\n"))

    assert (told["event"], told["changed"]) == ("config.reloaded", ["home"])
    assert lamp.aliases() == ["reading lamp"]


def test_a_new_policy_holds_after_a_reload(lamp):
    lamp.reload(lamp.program.text("policy: {risks: {light.desk: destructive}}\n"))
    command = {"id": "now", "service": "light.turn_on", "target": {"entity": "light.desk"}}
    lamp.program.publish(f"hearthd/{NODE}/do", command)
    until(lambda: lamp.program("why", "now").returncode == 0)
    [asked] = lamp.program.json("why", "now")

    assert asked["status"] == "refused"
    assert asked["reason"].startswith("a destructive action is not allowed to ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text + "log: {levl: info}\n", "{file}:4: log.levl: unknown key 'levl'; did you mean"),
        (lambda text: text + "log: [\n", "{file}:5: "),
        (lambda text: text + "plugins: {discovery: {prefx: a}}\n", "{file}:4: plugins.discovery.prefx: "),
        (lambda text: text + "health: {interval: 0}\n", "{file}:4: health.interval: 0 is too small"),
        (lambda text: text.replace("127.0.0.1", "localhost"), "mqtt changes only with a restart; the old "),
        (lambda text: text.replace(NODE, "other"), "node changes only with a restart; the old "),
        (lambda text: text + "plugins: {demo_house: {}}\n", "demo_house.enabled changes only with a "),
        (lambda text: text + "plugins: {bus: {enabled: false}}\n", "bus.enabled changes only with a "),
        (lambda text: text + "health: {enabled: false}\n", "health.enabled changes only with a restart"),
    ],
)
def test_a_reload_that_cannot_be_is_refused_as_a_whole_and_says_why(lamp, change: Callable, reason: str):
    before = lamp.aliases()
    told = lamp.reload(change(lamp.program.text(BEDROOM)))

    assert told["event"] == "config.reload_refused"
    assert told["reason"].startswith(reason.format(file=lamp.program.file))
    assert lamp.aliases() == before


def test_after_a_refusal_a_good_configuration_is_taken(lamp):
    lamp.reload("mqtt: [")
    lamp.reload(lamp.program.text(BEDROOM))

    assert lamp.aliases() == ["bedroom lamp"]


def test_a_simulated_house_keeps_its_floors_over_a_reload(tmp_path, own_broker):
    program = Program(tmp_path, port=own_broker().port)
    program.configure("log: {level: info}\n")
    daemon = program.daemon("demo")
    until(lambda: len(program.json("devices")) > 40)
    told = Reloading(program, daemon).reload()
    floors = {one["floor"] for one in program.json("devices")}
    daemon.stop()

    assert (told["event"], told["changed"]) == ("config.reloaded", [])
    assert floors >= {"ground", "upper"}


# without a broker ---------------------------------------------------------------------------------------
@pytest.fixture
def lonely(tmp_path, own_broker) -> Iterator[tuple[Program, Running, Mosquitto]]:
    """A daemon whose broker is away, and that broker."""
    broker = own_broker()
    broker.stop()
    program = Program(tmp_path, port=broker.port)
    daemon = program.daemon("run")
    yield program, daemon, broker
    daemon.close()


def test_without_its_broker_it_starts_and_says_so(lonely):
    program, daemon, _ = lonely
    [line] = daemon.said(": ready after")

    assert line.endswith(f"broker: configured at 127.0.0.1:{program.port} (not reached yet)")


def test_without_its_broker_commands_and_the_doctor_say_what_is_missing(lonely):
    program, _, _ = lonely
    health, doctor = program("health"), program("doctor")

    assert (health.returncode, doctor.returncode) == (1, 1)
    assert health.stderr.startswith(f"no broker answers at 127.0.0.1:{program.port}: ")
    assert "; start the broker, or correct mqtt.host and mqtt.port" in doctor.stdout


def test_it_finds_its_broker_when_that_appears(lonely):
    program, daemon, broker = lonely
    broker.start()
    until(lambda: daemon.events("mqtt.connected"))

    assert program("health").returncode == 0


def test_without_its_broker_it_ends_as_it_should(lonely):
    _, daemon, _ = lonely

    assert daemon.stop() == 0


def test_a_broker_that_hangs_longer_than_the_keep_alive_is_left_and_found_again(hanging):
    program, daemon, broker = hanging
    until(lambda: daemon.events("mqtt.disconnected"), limit=15)
    broker.resume()
    until(lambda: len(daemon.events("mqtt.connected")) == 2, limit=15)
    done = program("do", "light.turn_on", "--target", "light.desk")

    assert (done.returncode, done.stdout) == (0, "light.desk sent\n")


# a life after another -----------------------------------------------------------------------------------
@pytest.fixture
async def remembered(own_broker, tmp_path) -> AsyncIterator[tuple[House, Program]]:
    """A house whose lamp was on in an earlier life; in this one nothing was heard of it yet."""
    broker = own_broker()
    async with living(broker.port, tmp_path / "state") as house:
        house.publish(TOPIC, LAMP, retain=True)
        house.publish("lamp", "ON", retain=True)
        await house.until(lambda: house.daemon.home.state("light.desk").value == "on")
    broker.stop()
    broker.start()  # it kept nothing
    async with living(broker.port, tmp_path / "state") as house:
        yield house, Program(tmp_path)


async def test_what_is_only_remembered_is_shown_as_such(remembered):
    _, program = remembered
    shown = (await asyncio.to_thread(program, "devices")).stdout

    assert shown.split() == ["light.desk", "Desk", "Lamp", "on", "(stale)", "not", "available"]


async def test_what_is_heard_again_is_shown_as_it_is(remembered):
    house, program = remembered
    house.publish(TOPIC, LAMP, retain=True)
    house.publish("lamp", "OFF", retain=True)
    await house.until(lambda: not house.daemon.home.state("light.desk").stale)
    shown = (await asyncio.to_thread(program, "devices")).stdout

    assert shown.split() == ["light.desk", "Desk", "Lamp", "off"]


async def test_a_command_to_what_is_only_remembered_fails_and_says_why(remembered):
    house, _ = remembered
    ended = await house.ended(await house.do("light.turn_off", "light.desk"))

    assert (ended["status"], ended["reason"]) == ("failed", "light.desk is not announced any more")
