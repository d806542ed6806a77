"""The commands of `hearthd` in front of a running house: what they do, say, and end with."""

import signal
import subprocess
from collections.abc import Iterator

import pytest

from agent.integration import loader
from tests.cli.program import Program, until

DEVICE = {
    "id",
    "name",
    "aliases",
    "area",
    "floor",
    "domain",
    "device_class",
    "state",
    "attributes",
    "available",
    "source",
}


def device(hearthd: Program, entity: str) -> dict:
    return next(one for one in hearthd.json("devices") if one["id"] == entity)


@pytest.fixture
def silent(hearthd: Program) -> Iterator[str]:
    """A light that hears nothing of what it is told."""
    hearthd.publish("demo-house/light.hallway/faults", {"drop": 1.0})
    yield "light.hallway"
    hearthd.publish("demo-house/light.hallway/faults", {})


# do -----------------------------------------------------------------------------------------------------
def test_what_is_done_is_said_and_ends_with_0(hearthd):
    done = hearthd("do", "switch.turn_on", "--target", "switch.printer")

    assert (done.returncode, done.stdout, done.stderr) == (0, "switch.printer confirmed\n", "")


def test_what_is_refused_ends_with_1_and_the_reason_on_standard_error(hearthd):
    done = hearthd("do", "light.turn_on", "--target", "light.hallwy")

    assert (done.returncode, done.stdout) == (1, "")
    assert "did you mean 'light.hallway'" in done.stderr


def test_what_fails_ends_with_1_and_the_reason_on_standard_error(hearthd):
    hearthd.publish("demo-house/light.bathroom_mirror/set-up", {"state": "unavailable"})
    until(lambda: not device(hearthd, "light.bathroom_mirror")["available"])
    done = hearthd("do", "light.turn_on", "--target", "light.bathroom_mirror")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("light.bathroom_mirror failed: ")


def test_options_may_stand_behind_values(hearthd):
    words = ["brightness=40", "--target", "light.desk_lamp", "transition=0.1", "--id", "mixed"]
    hearthd("do", "light.turn_on", *words)
    [asked] = hearthd.json("why", "mixed")

    assert (asked["target"], asked["data"]) == ("light.desk_lamp", {"brightness": 40, "transition": 0.1})


@pytest.mark.parametrize(
    ("words", "data"),
    [
        ("fan.set_percentage fan.bedroom_ceiling_fan percentage=60", {"percentage": 60}),
        ("media_player.volume_set media_player.television volume_level=0.25", {"volume_level": 0.25}),
        ("fan.oscillate fan.bedroom_ceiling_fan oscillating=true", {"oscillating": True}),
        ("light.turn_on light.kids_room rgb_color=[1,2,3]", {"rgb_color": [1, 2, 3]}),
        ("select.select_option select.office_mode option=call", {"option": "call"}),
        ("text.set_value text.note value=a=b,{c", {"value": "a=b,{c"}),
        ('text.set_value text.note value="40"', {"value": "40"}),
    ],
)
def test_a_value_is_json_where_it_is_json_and_else_text(hearthd, words, data):
    service, target, value = words.split(" ")
    hearthd("do", service, "--target", target, value)
    [asked] = hearthd.json("why")

    assert (asked["action"], asked["data"]) == (service, data)


def test_several_targets_of_a_kind_are_reached_together(hearthd):
    done = hearthd("do", "light.turn_on", "--target", "area:kitchen", "--target", "area:dining_room")

    assert sorted(done.stdout.splitlines()) == [
        "light.dining_table confirmed",
        "light.kitchen_ceiling confirmed",
        "light.kitchen_counter confirmed",
    ]


def test_one_target_of_several_that_is_refused_makes_it_1(hearthd):
    words = ["--target", "light.kids_room", "--target", "light.dining_table", "color=red"]
    done = hearthd("do", "light.turn_on", *words)

    assert (done.returncode, done.stdout) == (1, "light.kids_room confirmed\n")
    assert done.stderr.startswith("light.dining_table refused: ")


def test_the_same_id_is_done_once(hearthd):
    words = ["--target", "switch.oven", "--id", "once"]
    first, again = hearthd("do", "switch.turn_on", *words), hearthd("do", "switch.turn_off", *words)

    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert device(hearthd, "switch.oven")["state"] == "on"


def test_waiting_ends_when_it_was_told_to(hearthd, silent):
    done = hearthd("do", "light.turn_on", "--target", silent, "--wait", "0.3", "--id", "patience")

    assert done.returncode == 1
    assert done.stderr == (
        "no end of it was heard within 0.3 s; 'hearthd why patience' tells where it stands\n"
    )


def test_do_with_json_prints_every_outcome(hearthd):
    done = hearthd("do", "switch.turn_on", "--target", "switch.coffee_machine", "--json")

    assert [line["status"] for line in hearthd.lines(done)] == ["accepted", "sent", "confirmed"]


def test_ctrl_c_ends_a_do_without_a_traceback(hearthd, silent):
    words = ["do", "light.turn_on", "--target", silent, "--json"]
    with hearthd.begin(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as doing:
        doing.stdout.readline()
        doing.send_signal(signal.SIGINT)
        _, told = doing.communicate(timeout=5)

    assert (doing.returncode, told) == (130, "")


# looking ------------------------------------------------------------------------------------------------
def test_a_device_in_json_has_the_documented_keys_and_no_others(hearthd):
    assert {frozenset(one) for one in hearthd.json("devices")} == {frozenset(DEVICE)}


def test_devices_shows_name_area_and_state(hearthd):
    shown = hearthd("devices").stdout.splitlines()

    assert [line.split() for line in shown if line.startswith("sensor.house_power")] == [
        ["sensor.house_power", "House", "Power", "garage", "412", "W"]
    ]


def test_problems_are_shown_with_where_they_are(hearthd):
    topic = "homeassistant/light/broken/config"
    hearthd.publish(topic, "not json")
    until(lambda: topic in str(hearthd.json("devices", "--problems")))
    told = [one for one in hearthd.json("devices", "--problems") if one["source"] == "discovery"]

    assert [topic in one["where"] for one in told] == [True]


@pytest.mark.parametrize(
    "words",
    ["devices", "devices --problems", "why", "pending", "plugins", "health", "check", "doctor"],
)
def test_every_command_that_looks_answers_in_json(hearthd, words):
    assert isinstance(hearthd.json(*words.split()), list | dict)


def test_why_tells_who_asked_and_what_became_of_it(hearthd):
    hearthd("do", "switch.turn_off", "--target", "switch.printer", "--id", "because")
    told = hearthd("why", "because").stdout.splitlines()

    assert told[0] == "switch.turn_off switch.printer: confirmed"
    assert "(cli)" in told[1]
    assert told[2] == "  risk reversible, trust human, data {}"


@pytest.mark.parametrize("text", ["kill process 1", "run the laundry task", "shut down the server"])
def test_what_is_not_done_here_ends_with_one_for_scripts(hearthd, text):
    done = hearthd("ask", text)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr


def test_why_without_an_id_is_about_the_last_action(hearthd):
    hearthd("do", "switch.turn_on", "--target", "switch.nowhere", "--id", "last")

    assert "id last" in hearthd("why").stdout


def test_why_of_an_id_that_nobody_knows_says_so(hearthd):
    done = hearthd("why", "nobody-asked")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "no action, rule, schedule or timer 'nobody-asked' is known\n"


def test_health_begins_with_its_level(hearthd):
    assert hearthd("health").stdout.splitlines()[0] in ("level: ok", "level: warning", "level: critical")


def test_health_shows_the_gauges_of_the_machine_too(hearthd):
    told = until(lambda: (found := hearthd.json("health")).get("host") and found)
    shown = hearthd("health").stdout

    assert "inodes" in told["host"]["gauges"]
    assert "\ninodes " in shown


def test_plugins_shows_every_integration_running(hearthd):
    shown = [line.split()[:3:2] for line in hearthd("plugins").stdout.splitlines()]

    domains = {one.manifest.domain for one in loader.find() if one.manifest.enabled} | {"demo_house"}
    domains -= {"journal"}  # the program under test has none

    assert sorted(shown) == [[one, "running"] for one in sorted(domains)]


def test_a_daemon_is_found_by_its_configuration(hearthd, nobody):
    done = nobody("plugins", "-c", str(hearthd.file))

    assert (done.returncode, "running" in done.stdout) == (0, True)


def test_a_second_daemon_on_one_state_directory_ends_and_says_why(hearthd):
    second = hearthd("run")

    assert second.returncode == 78
    assert second.stderr == (
        f"another hearthd runs in {hearthd.state}; stop it, or give this one its own node.state_dir\n"
    )
