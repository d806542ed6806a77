"""What `hearthd check` prints of rules and schedules."""

from agent.automations.listing import rule_lines, schedule_lines
from agent.automations.schedule_section import ScheduleConfig
from agent.cli.ruling import checked_rules
from agent.config import Config, Loaded, from_values
from agent.configfile.reader import Reader
from tests.automations.compiled import TASKS, compiler, default, house, no_house
from tests.automations.ruling import written

HALL = """
automations:
  - id: hall-light
    alias: Hall light
    when:
      - {mqtt: zigbee2mqtt/hall_motion, if: "{{ value_json.occupancy }}"}
      - {state: {entity: cover.garage_door, to: open, for: 1m30s}}
    if:
      - sun: down
      - or: [{state: {entity: lock.front_door, is: locked}}, {numeric: {entity: sensor.a, above: 5}}]
    do: turn on the hall light for 5 minutes
    throttle: 10m
"""
NGINX = """
automations:
  - id: nginx-flaps
    when: {journal: {unit: nginx.service, priority: err}, count: 3, within: 5m}
    do: [{restart: nginx.service}, {notify: "nginx was restarted"}]
    shadow: true
"""
NOT_ALLOWED = "refused until nginx.service is among the units that are allowed: plugins, systemd_units, allow"


def listed(folder, text, *, by=None):
    """The lines of the one rule in `text`."""
    (rule,) = written(folder, text)
    return rule_lines(rule, (by or default()).compiled(rule.do))


def scheduled(**section):
    """The lines of a schedule."""
    schedule = ScheduleConfig.model_validate({"id": "nightly", **section})
    return schedule_lines(schedule, default().written(schedule.do))


def test_a_rule_is_told_with_when_if_and_its_typed_plan(tmp_path):
    assert listed(tmp_path, HALL) == [
        "hall-light (Hall light)",
        "  when  mqtt zigbee2mqtt/hall_motion, if {{ value_json.occupancy }}",
        "  or    state entity cover.garage_door, to open, for 1m30s",
        "  if    the sun is down",
        "  and   (state entity lock.front_door, is locked or numeric entity sensor.a, above 5)",
        "  do    light.turn_on light.hallway",
        "  then  wait 5m",
        "  then  light.turn_off light.hallway",
        "  mode  single, throttle 10m",
    ]


def test_a_rule_that_needs_more_than_the_house_says_so(tmp_path):
    assert listed(tmp_path, NGINX) == [
        "nginx-flaps [shadow]",
        "  when  journal unit nginx.service, priority err, count 3, within 5m",
        '  do    unit.restart unit="nginx.service"',
        '  then  notify "nginx was restarted"',
        "        [messages need the integration notify]",
        "        [units need the integration systemd_units]",
        "  mode  single",
    ]


def test_a_rule_that_waits_for_the_house_says_so(tmp_path):
    lines = listed(tmp_path, HALL, by=compiler(no_house()))

    assert "  do    [waiting for the house: nothing has been discovered yet]" in lines


def test_a_rule_that_is_wrong_has_no_plan(tmp_path):
    lines = listed(tmp_path, HALL.replace("hall light for", "frobnicator for"))

    assert "  do    [1 to put right]" in lines


def test_a_disabled_rule_is_marked(tmp_path):
    lines = listed(tmp_path, NGINX.replace("shadow: true", "enabled: false"))

    assert lines[0] == "nginx-flaps [disabled]"


def test_a_schedule_is_told_with_its_time_and_what_becomes_of_missed_ones():
    assert scheduled(cron="0 3 * * *", missed="run-once", do={"task": "backup"}) == [
        "nightly",
        "  when  cron 0 3 * * *, missed run-once",
        "  do    task backup",
    ]


def test_a_schedule_by_the_sun_is_told_with_its_offset():
    lines = scheduled(sun="sunset", offset="-20m", do="turn on the hall light")

    assert lines[1:] == ["  when  sun sunset, -20m", "  do    light.turn_on light.hallway"]


def test_a_rule_for_a_unit_that_is_allowed_needs_nothing_more(tmp_path):
    lines = listed(tmp_path, NGINX, by=compiler(house(), units=["nginx.service"], people={"ada"}))

    assert [line for line in lines if "[" in line] == ["nginx-flaps [shadow]"]


def test_a_rule_for_a_unit_that_is_not_allowed_says_that_it_will_be_refused(tmp_path):
    lines = listed(tmp_path, NGINX, by=compiler(house(), units=["sshd.service"], people={"ada"}))

    assert f"        [{NOT_ALLOWED}]" in lines


# hearthd check --------------------------------------------------------------------------------------------
CONFIG = """automations:
  - id: hall
    when: {mqtt: a}
    do:
      - turn on the hall light
      - task: bakup
schedules:
  - id: nightly
    cron: "0 3 * * *"
    do: {restart: "ngi nx"}
"""


def checked(folder, text):
    """What the check of a configuration with `text` comes to where no daemon ever ran."""
    path = folder / "config.yaml"
    path.write_text(text)
    tree = Reader(folder=folder, environment={}).file(path)
    base = from_values({"node": {"state_dir": str(folder / "state")}}, source="a test")
    loaded = Loaded(config=base.config, tree=tree, path=path)
    rules = written(folder, text[: text.index("schedules:")])
    jobs = [ScheduleConfig.model_validate(one) for one in tree.plain()["schedules"]]
    assert isinstance(loaded.config, Config)
    found = checked_rules(loaded, automations=rules, schedules=jobs, tasks=TASKS)
    return [one.removeprefix(f"{folder}/") for one in found.mistakes], found.lines


def test_check_tells_mistakes_with_file_line_and_key(tmp_path):
    wrong, _ = checked(tmp_path, CONFIG)

    assert wrong[0] == (
        "config.yaml:6: automations[0].do[1].task: there is no task 'bakup'; did you mean 'backup'?"
    )


def test_check_tells_steps_of_schedules_that_have_the_wrong_form(tmp_path):
    wrong, _ = checked(tmp_path, CONFIG)

    assert wrong[1].startswith("config.yaml:10: schedules[0].do.restart: ")


def test_check_lists_every_rule_and_schedule(tmp_path):
    _, lines = checked(tmp_path, CONFIG.replace("bakup", "backup").replace("ngi nx", "nginx"))

    assert lines == [
        "hall",
        "  when  mqtt a",
        "  do    [waiting for the house: nothing has been discovered yet]",
        "  mode  single",
        "nightly",
        "  when  cron 0 3 * * *",
        '  do    unit.restart unit="nginx.service"',
        f"        [{NOT_ALLOWED}]",
    ]


def test_check_has_nothing_to_add_to_what_an_integration_here_does(tmp_path):
    text = CONFIG.replace("task: bakup", "{service: journal.ignore, data: {incident: dns}}")
    _, lines = checked(tmp_path, text.replace("ngi nx", "nginx"))

    assert not [line for line in lines if "nothing here is known" in line]
