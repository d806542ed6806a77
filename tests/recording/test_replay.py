"""`hearthd replay`: what a configuration would have done, and the difference to what was done."""

import time

import pytest

from agent.cli import main
from agent.recording.format import Journalled
from tests.recording.recording import written
from tests.recording.replaying import BEGAN, HALL, Replaying, backlog, deeds, message, outcome, walks

LIGHT = "light.turn_on light.desk"


@pytest.fixture
def house(tmp_path) -> Replaying:
    return Replaying(tmp_path)


def test_a_rule_would_have_done_what_it_says_when_it_was_set_off(house, capsys):
    house.recorded(*backlog(), *walks(10.0, 20.0), message(30.0, "hall/motion", {"occupancy": False}))
    _, told = house.replay(capsys, automations=[HALL])

    assert deeds(told["now"]) == [(10.0, "hall", LIGHT, "allow"), (20.0, "hall", LIGHT, "allow")]


def test_a_sentence_is_understood_in_the_house_that_was_recorded(house, capsys):
    house.recorded(*backlog(), *walks(10.0))
    _, told = house.replay(capsys, automations=[HALL | {"do": "turn on the desk lamp"}])

    assert deeds(told["now"]) == [(10.0, "hall", LIGHT, "allow")]


def test_what_the_broker_had_before_sets_nothing_off(house, capsys):
    house.recorded(*backlog(("hall/motion", '{"occupancy": true}')))
    code, told = house.replay(capsys, automations=[HALL])

    assert (code, told["now"]) == (0, [])


def test_a_schedule_comes_at_its_time_however_long_nothing_happens(house, capsys):
    job = {"id": "noon", "cron": "0 12 * * *", "do": [HALL["do"]]}
    house.recorded(*backlog(), message(3 * 3600, "end", ""))
    began = time.monotonic()
    _, told = house.replay(capsys, schedules=[job])

    assert deeds(told["now"]) == [(3600.0, "noon", LIGHT, "allow")]
    assert time.monotonic() - began < 15


def test_what_has_to_last_lasts_in_the_time_of_the_recording(house, capsys):
    rule = HALL | {"when": {"state": {"entity": "light.desk", "to": "off", "for": "10m"}}}
    house.recorded(
        *backlog(("lamp/desk", '{"state": "ON"}')),
        message(5.0, "lamp/desk", {"state": "OFF"}),
        message(700.0, "end", ""),
    )
    _, told = house.replay(capsys, automations=[rule])

    assert deeds(told["now"]) == [(605.0, "hall", LIGHT, "allow")]


def test_a_delay_passes_in_the_time_of_the_recording(house, capsys):
    rule = HALL | {"do": [{"delay": "5m"}, HALL["do"]]}
    house.recorded(*backlog(), *walks(10.0), message(400.0, "end", ""))
    _, told = house.replay(capsys, automations=[rule])

    assert deeds(told["now"]) == [(310.0, "hall", LIGHT, "allow")]


def test_an_entry_of_the_journal_sets_off_what_waits_for_it(house, capsys):
    rule = HALL | {"when": {"journal": {"unit": "nginx.service", "priority": "err"}}}
    fields = {"_SYSTEMD_UNIT": "nginx.service", "PRIORITY": "3", "MESSAGE": "it broke"}
    house.recorded(*backlog(), Journalled(time=BEGAN + 10, fields=fields), message(20.0, "end", ""))
    _, told = house.replay(capsys, automations=[rule])

    assert [one[:2] for one in deeds(told["now"])] == [(10.0, "hall")]


def test_the_policy_says_what_it_would_have_said(house, capsys):
    rule = HALL | {"do": {"service": "lock.unlock", "target": {"entity": "lock.front"}}}
    house.recorded(*backlog(), *walks(10.0))
    _, told = house.replay(capsys, automations=[rule])
    ((_, _, deed, verdict),) = deeds(told["now"])

    assert (deed, verdict) == ("lock.unlock lock.front", "ask")


def test_a_rule_in_shadow_is_told_and_counts_for_nothing(house, capsys):
    house.recorded(*backlog(), *walks(10.0))
    code, told = house.replay(capsys, automations=[HALL | {"shadow": True}])

    assert (code, told["now"]) == (0, [])
    assert [(one["rule"], one["came"]) for one in told["notes"]] == [("hall", "would have")]


def test_a_task_is_not_run(house, capsys):
    trace = house.folder / "ran"
    rule = HALL | {"do": {"task": "mark"}}
    house.recorded(*backlog(), *walks(10.0))
    _, told = house.replay(
        capsys,
        automations=[rule],
        tasks={"mark": {"command": ["/usr/bin/touch", str(trace)], "risk": "reversible"}},
    )

    assert [one[3] for one in deeds(told["now"])] == ["allow"]
    assert not trace.exists()


def test_the_state_of_the_daemon_is_not_touched(house, capsys):
    house.recorded(*backlog(), *walks(10.0))
    house.replay(capsys, automations=[HALL])

    assert not (house.folder / "state").exists()


# the difference --------------------------------------------------------------------------------------
def test_the_same_then_and_now_is_no_difference(house, capsys):
    house.recorded(*backlog(), *walks(10.0), outcome(10.1, "hall", "light.turn_on", "light.desk"))
    code, told = house.replay(capsys, automations=[HALL])

    assert (code, told["same"], told["only_then"], told["only_now"]) == (0, 1, [], [])


def test_what_was_done_only_then_is_told(house, capsys):
    house.recorded(*backlog(), *walks(10.0), outcome(10.1, "hall", "light.turn_on", "light.desk"))
    code, told = house.replay(capsys)

    assert (code, told["same"], told["only_now"]) == (1, 0, [])
    assert deeds(told["only_then"]) == [(10.1, "hall", LIGHT, "allow")]


def test_what_would_be_done_only_now_is_told(house, capsys):
    house.recorded(*backlog(), *walks(10.0, 60.0), outcome(10.1, "hall", "light.turn_on", "light.desk"))
    code, told = house.replay(capsys, automations=[HALL])

    assert (code, told["same"], told["only_then"]) == (1, 1, [])
    assert deeds(told["only_now"]) == [(60.0, "hall", LIGHT, "allow")]


def test_another_verdict_is_a_difference(house, capsys):
    house.recorded(*backlog(), *walks(10.0), outcome(10.1, "hall", "light.turn_on", "light.desk", "refused"))
    code, told = house.replay(capsys, automations=[HALL])

    assert (code, len(told["only_then"]), len(told["only_now"])) == (1, 1, 1)


def test_what_people_asked_for_is_no_part_of_the_comparison(house, capsys):
    asked = message(
        10.0,
        "hearthd/test/outcome",
        {
            "id": "1",
            "action": "a.b",
            "target": "a.c",
            "status": "accepted",
            "cause": {"kind": "cli", "who": "ada"},
        },
    )
    house.recorded(*backlog(), asked)
    code, told = house.replay(capsys)

    assert (code, told["then"]) == (0, 0)


def test_what_somebody_had_a_lamp_do_is_no_news_to_a_rule(house, capsys):
    rule = {
        "id": "lamp",
        "when": {"state": {"entity": "light.desk", "to": "on"}},
        "do": {"service": "lock.lock", "target": {"entity": "lock.front"}},
    }
    asked = message(
        10.0,
        "hearthd/test/outcome",
        {
            "id": "1",
            "action": "light.turn_on",
            "target": "light.desk",
            "status": "accepted",
            "cause": {"kind": "voice", "who": "kitchen"},
        },
    )
    house.recorded(
        *backlog(("lamp/desk", '{"state": "OFF"}')),
        asked,
        message(10.2, "lamp/desk", {"state": "ON"}),
        message(100.0, "lamp/desk", {"state": "OFF"}),
        message(200.0, "lamp/desk", {"state": "ON"}),
    )
    _, told = house.replay(capsys, automations=[rule])

    assert deeds(told["now"]) == [(200.0, "lamp", "lock.lock lock.front", "allow")]


def test_twice_the_same_recording_is_twice_the_same_answer(house, capsys):
    rules = [HALL | {"id": f"hall{number}"} for number in range(5)]
    house.recorded(*backlog(), *walks(*(one * 0.37 for one in range(1, 22))))
    first = house.replay(capsys, automations=rules)
    second = house.replay(capsys, automations=rules)

    assert len(first[1]["now"]) > 100
    assert first == second


def test_a_clock_that_was_put_right_makes_nobody_wait(house, capsys):
    years = 20 * 366 * 86_400.0
    job = {"id": "noon", "cron": "0 12 * * *", "do": [HALL["do"]]}
    house.recorded(*backlog(), *walks(10.0, years, years + 7300.0))
    began = time.monotonic()
    _, told = house.replay(capsys, automations=[HALL], schedules=[job])

    assert [one[:2] for one in deeds(told["now"])][:2] == [(10.0, "hall"), (years, "hall")]
    assert time.monotonic() - began < 15


def test_a_clock_that_was_put_back_lets_time_go_on(house, capsys):
    before = [message(one, "x", "") for one in (0.0, 5.0)]
    back = [message(one - 10 * 86_400.0, "hall/motion", {"occupancy": True}) for one in (10.0, 20.0)]
    written(house.file, *backlog(), *before, *back)
    _, told = house.replay(capsys, automations=[HALL])

    assert [one[0] for one in deeds(told["now"])] == [10.0 - 864_000.0, 20.0 - 864_000.0]


def test_odd_messages_are_lived_through(house, capsys):
    odd = [
        message(one, topic, payload)
        for one, (topic, payload) in enumerate(
            [
                ("hearthd/test/outcome", "no JSON"),
                ("hearthd/test/outcome", "[]"),
                ("hearthd/test/outcome", '{"cause": {"kind": "automation"}, "id": 1}'),
                ("homeassistant/light/x/config", "{"),
                ("hall/motion", "\0"),
                ("a" * 60_000, ""),
            ],
            start=1,
        )
    ]
    house.recorded(*backlog(), *odd, *walks(10.0))
    _, told = house.replay(capsys, automations=[HALL])

    assert deeds(told["now"]) == [(10.0, "hall", LIGHT, "allow")]


# in words --------------------------------------------------------------------------------------------
def test_people_are_told_line_by_line(house, capsys):
    house.recorded(*backlog(), *walks(10.0), outcome(60.0, "x\x1b[2J", "light.turn_on", "light.desk"))
    code = main(["replay", str(house.file), "-c", str(house.config(automations=[HALL]))])

    told = capsys.readouterr().out

    assert code == 1
    assert told.splitlines() == [
        "from 2026-11-21 11:00:00 to 2026-11-21 11:01:00; what would have been done:",
        "  2026-11-21 11:00:10  automation hall  light.turn_on light.desk  allow",
        "only then:",
        "  2026-11-21 11:01:00  automation x?[2J  light.turn_on light.desk  allow",
        "only now:",
        "  2026-11-21 11:00:10  automation hall  light.turn_on light.desk  allow",
        "the same: 0, only then: 1, only now: 1",
    ]


def test_a_recording_that_is_not_all_there_is_replayed_and_told(house, capsys):
    house.recorded(*backlog(), *walks(10.0))
    house.file.write_bytes(house.file.read_bytes() + b"\x1f\x8b\x08")
    code = main(["replay", str(house.file), "-c", str(house.config())])
    told = capsys.readouterr()

    assert (code, "not all could be read: 1 file that ends in the middle" in told.err) == (0, True)


@pytest.mark.parametrize("content", [b"my diary", None])
def test_what_is_no_recording_ends_with_1_and_why(house, capsys, content):
    if content is not None:
        house.file.write_bytes(content)
    code = main(["replay", str(house.file), "-c", str(house.config())])

    assert (code, str(house.file) in capsys.readouterr().err) == (1, True)


def test_a_recording_with_a_strange_file_in_it_ends_with_1_and_which(house, capsys):
    house.recorded(*backlog(), *walks(10.0))
    house.recorded(*walks(20.0))
    house.file.write_bytes(b"my diary")
    code = main(["replay", str(house.file), "-c", str(house.config())])

    assert (code, capsys.readouterr().err) == (1, f"{house.file}: it is no recording of hearthd\n")


def test_the_beginning_is_where_the_recording_begins():
    assert time.gmtime(BEGAN)[:5] == (2026, 11, 21, 10, 0)
