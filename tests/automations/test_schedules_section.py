"""What somebody writes in `schedules:`, and what he is told where that is a mistake."""

from datetime import datetime
from textwrap import indent

import pytest
from pydantic import Field

from agent.automations.calendar import Every
from agent.automations.jobs import Job, Spec, Timing
from agent.automations.schedule_section import ScheduleConfigs
from agent.configfile.section import read_section
from agent.errors import ConfigError
from agent.section import Section


class Whole(Section):
    """A file with schedules alone."""

    schedules: ScheduleConfigs = Field(default=())
    """The schedules."""


def read(folder, text):
    (folder / "config.yaml").write_text("schedules:\n" + indent(text, "  "))
    return read_section(Whole, folder / "config.yaml", environment={}).schedules


def refused(folder, text):
    with pytest.raises(ConfigError) as error:
        read(folder, text)
    return str(error.value).replace(f"{folder}/config.yaml:", "")


def one(folder, keys):
    (found,) = read(folder, f"- {{id: a, do: x, {keys}}}\n")
    return found


def test_the_example_of_the_contract_is_read(tmp_path):
    (found,) = read(
        tmp_path,
        '- id: nightly-backup\n  cron: "0 3 * * *"\n  missed: run-once\n  do: {task: backup}\n',
    )

    assert (found.id, found.cron, found.missed, found.do) == (
        "nightly-backup",
        "0 3 * * *",
        "run-once",
        ({"task": "backup"},),
    )


@pytest.mark.parametrize(
    ("keys", "timing"),
    [
        ('cron: "0  7 * * MON-fri"', Timing(kind="cron", text="0 7 * * mon-fri")),
        ("every: 90s", Timing(kind="every", text="90")),
        ("every: 1h30m", Timing(kind="every", text="5400")),
        ("at: 2026-12-24T18:00", Timing(kind="at", text="2026-12-24T18:00:00")),
        ('at: "2026-12-24 18:00"', Timing(kind="at", text="2026-12-24T18:00:00")),
        ("at: 2026-12-24T18:00:00", Timing(kind="at", text="2026-12-24T18:00:00")),
        ("at: 2026-12-24T18:00+09:00", Timing(kind="at", text="2026-12-24T18:00:00+09:00")),
        ("sun: sunset, offset: -20m", Timing(kind="sun", text="sunset", offset=-1200)),
        ("sun: sunrise, offset: 1h", Timing(kind="sun", text="sunrise", offset=3600)),
    ],
)
def test_a_time_is_written_in_one_of_four_ways(tmp_path, keys, timing):
    assert Spec.from_config(one(tmp_path, keys)).timing == timing


def test_what_is_kept_on_disk_is_the_same_when_it_comes_back(tmp_path):
    spec = Spec.from_config(one(tmp_path, "every: 2h, jitter: 2m, missed: run-all, max_late: 1d"))

    assert Spec.from_record(Job(spec, Every(7200, 0), 1, 0, 0).record()) == spec


MISTAKES = [
    ('cron: "60 3 * * *"', "cron: '60' is no minute; a number from 0 to 59 would be right"),
    ('cron: "0 25 * * *"', "cron: '25' is no hour; a number from 0 to 23 would be right"),
    ('cron: "0 3 0 * *"', "cron: '0' is no day of the month; a number from 1 to 31 would be right"),
    ('cron: "0 3 * fbe *"', "cron: 'fbe' is no month; did you mean 'feb'?"),
    ('cron: "0 3 * 13 *"', "cron: '13' is no month; a number from 1 to 12, or jan to dec, would be right"),
    (
        'cron: "0 3 * * 8"',
        "cron: '8' is no day of the week; a number from 0 to 7, or sun to sat, would be right",
    ),
    ('cron: "0 3 * * mo"', "cron: 'mo' is no day of the week; did you mean 'mon'?"),
    ('cron: "0 22-6 * * *"', "cron: hour '22-6' runs backwards; '22-23,0-6' would be right"),
    ('cron: "5/15 * * * *"', "cron: minute '5/15' has a step without a range; '5-59/15' would be right"),
    ('cron: "*/0 * * * *"', "cron: minute '*/0': '0' is no step; '*/2' would be right"),
    ('cron: "0 3 30 2 *"', "cron: '0 3 30 2 *' never comes: no such day is in '2'"),
    (
        'cron: "0 3 * *"',
        (
            "cron: '0 3 * *' has 4 fields, not 5 (minute, hour, day of the month, month, day of the week);"
            " '0 3 * * *' would be right"
        ),
    ),
    ("every: soon", "every: 'soon' is no length of time; 90s, 5m, 1h30m or 2d would be right"),
    (
        "at: 2026-12-24",
        "at: '2026-12-24' is no date with its time; one such as 2026-12-24T18:00 would be right",
    ),
    ("at: tomorrow", "at: 'tomorrow' is no date with its time; one such as 2026-12-24T18:00 would be right"),
    ("at: 2026-13-24T18:00", "at: '2026-13-24T18:00' is no date and time: month must be in 1..12"),
    ("sun: sunet", "sun: 'sunet' is none of sunrise, sunset; did you mean 'sunset'?"),
    (
        "every: 5m, missed: run_once",
        "missed: 'run_once' is none of skip, run-once, run-all; did you mean 'run-once'?",
    ),
    ("every: 5m, max_running: 0", "max_running: 0 is too small; a number from 1 to 100 would be right"),
    ("every: 5m, jiter: 1m", "jiter: unknown key 'jiter'; did you mean 'jitter'?"),
]


@pytest.mark.parametrize(("keys", "told"), MISTAKES)
def test_a_mistake_is_told_with_what_would_be_right(tmp_path, keys, told):
    assert refused(tmp_path, f"- {{id: a, do: x, {keys}}}\n") == f"2: schedules[0].{told}"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("missed: skip", "schedule 'a' has no time; one of cron, every, at, sun would be right"),
        ("every: 5m, sun: sunset", "schedule 'a' has every and sun; one of them would be right"),
        ("every: 5m, offset: 1m", "schedule 'a' has an offset without sun; it belongs to sunrise or sunset"),
        ("every: 5m, jitter: 5m", "schedule 'a': its jitter is as long as its span; a shorter one is right"),
    ],
)
def test_times_that_do_not_go_together_are_told(tmp_path, keys, told):
    assert refused(tmp_path, f"- {{id: a, do: x, {keys}}}\n") == f"2: schedules[0]: {told}"


def test_a_span_of_nothing_is_refused(tmp_path):
    assert "every: '0s' is too small" in refused(tmp_path, "- {id: a, do: x, every: 0s}\n")


def test_two_schedules_of_one_id_are_refused(tmp_path):
    told = refused(tmp_path, "- {id: a, do: x, every: 1h}\n- {id: a, do: y, every: 2h}\n")

    assert told == "1: schedules: two schedules have the id 'a'; an id of its own for each would be right"


def test_nothing_to_do_is_refused(tmp_path):
    assert "do:" in refused(tmp_path, "- {id: a, every: 1h, do: []}\n")


def test_a_date_is_kept_to_the_second(tmp_path):
    assert one(tmp_path, "at: 2026-12-24T18:00:00.5").at == datetime.fromisoformat("2026-12-24T18:00")
