"""The `do:` of rules as plans: services, tasks, units, messages, delays; a house that is not known yet."""

from time import perf_counter

import pytest

from agent.automations.compiling import Compiled, Refused, Waiting, mistakes
from agent.automations.do_section import DoSection
from agent.automations.plan import Notify
from agent.configfile.reader import Reader
from agent.core.actions import Risk
from agent.core.home import Entity
from tests.automations.compiled import compiler, default, found, house, mistake, no_house, steps

SERVICES = {
    "no such service": (
        {"service": "light.trun_on", "target": "light.hallway"},
        "there is no service 'light.trun_on'; did you mean light.turn_on",
    ),
    "no such entity": (
        {"service": "light.turn_on", "target": "light.hallwey"},
        "there is no 'light.hallwey'; did you mean 'light.hallway'",
    ),
    "no such area": (
        {"service": "light.turn_on", "target": {"area": "kitchn"}},
        "there is no area 'kitchn'; did you mean 'kitchen'?",
    ),
    "an entity of another domain": (
        {"service": "light.turn_on", "target": "switch.printer"},
        "switch.printer is a switch; light services are for light entities",
    ),
    "nothing of that kind there": (
        {"service": "lock.lock", "target": {"area": "kitchen"}},
        "there is no lock in 'kitchen'",
    ),
    "no target": ({"service": "light.turn_on"}, "no target was given; name an entity"),
    "data out of range": (
        {"service": "light.turn_on", "target": "light.floor_lamp", "data": {"brightness": 400}},
        "brightness is 400; Floor Lamp takes 0 to 255",
    ),
    "unknown data": (
        {"service": "light.turn_on", "target": "light.floor_lamp", "data": {"brightnes": 4}},
        "light.turn_on knows no 'brightnes'",
    ),
    "data of the wrong kind": (
        {"service": "fan.set_percentage", "target": "fan.bedroom_ceiling_fan", "data": {"percentage": "x"}},
        "percentage is 'x', which is no number",
    ),
    "an option it has not": (
        {"service": "select.select_option", "target": "select.office_mode", "data": {"option": "sleep"}},
        "it has work, call, pause",
    ),
    "no data where it is needed": (
        {"service": "climate.set_temperature", "target": "climate.upper_floor"},
        "climate.set_temperature needs temperature",
    ),
    "a colour it cannot show": (
        {"service": "light.turn_on", "target": "light.hallway", "data": {"color_name": "red"}},
        "Hallway Light",
    ),
    "no such task": ({"task": "bakup"}, "there is no task 'bakup'; did you mean 'backup'?"),
    "a task without its parameter": ({"task": "restic-check"}, "task.restic-check needs path"),
    "a task with a parameter too many": (
        {"task": "backup", "with": {"path": "/srv"}},
        "task.backup knows no 'path'; it takes no parameters",
    ),
    "a task with a value that is not allowed": (
        {"task": "speak", "with": {"times": 7}},
        "times is '7'; it is a whole number from 1 to 3",
    ),
    "the service of tasks with no such task": (
        {"service": "task.run", "target": "task.bakup"},
        "there is no task 'bakup'; did you mean 'backup'?",
    ),
    "the service of units without a unit": (
        {"service": "unit.restart", "target": "light.hallway"},
        "unit.restart takes one unit: 'restart: nginx.service' would be right",
    ),
}


@pytest.mark.parametrize(("step", "told"), SERVICES.values(), ids=SERVICES)
def test_a_step_that_cannot_be_done_is_a_mistake(step, told):
    assert told in mistake(step)


def test_a_service_keeps_its_target_as_it_was_written():
    step = {"service": "light.turn_on", "target": {"area": "kitchen"}, "data": {"transition": 2}}

    assert steps(step) == ["light.turn_on area:kitchen transition=2"]


def test_a_service_for_a_place_is_right_as_long_as_one_there_can_do_it():
    step = {"service": "light.turn_on", "target": {"floor": "upper"}, "data": {"color_name": "red"}}

    assert steps(step) == ["light.turn_on floor:upper color_name=red"]


def test_a_step_up_can_be_checked_though_nothing_is_known_of_the_lamp():
    step = {"service": "light.turn_on", "target": "light.floor_lamp", "data": {"brightness_step": 20}}

    assert steps(step) == ["light.turn_on light.floor_lamp brightness_step=20"]


def test_a_task_keeps_its_parameters():
    assert steps({"task": "restic-check", "with": {"path": "/srv"}}) == ["task restic-check path=/srv"]


def test_the_service_of_tasks_is_a_task():
    assert steps({"service": "task.run", "target": "task.backup"}) == ["task backup"]


def test_everything_together_is_done_in_its_order():
    do = (
        "turn on the hall light",
        {"delay": "5m"},
        {"restart": "nginx"},
        {"notify": "nginx was restarted", "to": "ada"},
        {"service": "light.turn_off", "target": "light.hallway"},
    )

    assert steps(*do) == [
        "light.turn_on light.hallway",
        "wait 5m",
        'unit.restart unit="nginx.service"',
        'notify ada: "nginx was restarted"',
        "light.turn_off light.hallway",
    ]


@pytest.mark.parametrize("step", ["restart nginx", {"restart": "nginx.service"}, {"restart": "nginx"}])
def test_a_unit_is_the_same_however_it_is_written(step):
    assert steps(step) == ['unit.restart unit="nginx.service"']


def test_a_plan_tells_what_it_needs_besides_the_house():
    one = found({"restart": "nginx"}, {"notify": "done"}, "turn on the hall light")

    assert isinstance(one, Compiled)
    assert one.needs == {"units", "notify"}


@pytest.mark.parametrize(
    "step", [{"notify": "done"}, {"service": "notify.send", "data": {"message": "done"}}]
)
def test_where_messages_are_carried_a_message_needs_nothing_more(step):
    one = found(step, by=compiler(house(), people={"ada"}))

    assert isinstance(one, Compiled)
    assert one.needs == frozenset()


def test_a_message_keeps_its_kind_its_severity_and_its_key():
    one = found({"notify": "water", "kind": "safety", "severity": "critical", "key": "leak"})

    assert isinstance(one, Compiled)
    assert one.plan.steps == (Notify(text="water", kind="safety", severity="critical", key="leak"),)


@pytest.mark.parametrize("to", ["bob", ["ada", "bob"], "notify.bob"])
def test_a_message_to_nobody_that_there_is_is_a_mistake(to):
    by = compiler(house(), people={"ada"})

    assert mistake({"notify": "done", "to": to}, by=by) == "there is nobody called 'bob'; there are ada"


@pytest.mark.parametrize("to", ["ada", "notify.ada"])
def test_a_message_to_somebody_that_there_is_is_a_step(to):
    by = compiler(house(), people={"ada"})

    assert steps({"notify": "done", "to": to}, by=by) == [f"notify {to}: done"]


def test_a_plan_of_the_house_alone_needs_nothing():
    one = found("turn on the hall light")

    assert isinstance(one, Compiled)
    assert one.needs == frozenset()


def test_steps_after_a_sentence_that_waits_are_a_mistake():
    assert mistake("turn on the hall light for 5 minutes", {"notify": "done"}).endswith(
        "make it the last one, or write '{delay: 10m}' as a step of its own"
    )


def test_every_mistake_is_told_with_its_step():
    one = found("turn on the frobnicator", "turn on the hall light", {"task": "nothing"})

    assert isinstance(one, Refused)
    assert [wrong.keys for wrong in one.wrong] == [(0, "say"), (2, "task")]


# services that integrations bring -------------------------------------------------------------------------
def test_a_service_that_an_integration_brought_is_known():
    by = compiler(house(), services={"disco.start": Risk.REVERSIBLE})

    assert steps({"service": "disco.start", "target": "light.hallway"}, by=by) == [
        "disco.start light.hallway"
    ]


def test_a_service_that_no_integration_brought_is_a_mistake():
    by = compiler(house(), services={})

    assert "there is no service 'disco.start'" in mistake({"service": "disco.start"}, by=by)


def test_where_it_is_not_known_what_integrations_bring_the_plan_says_what_it_needs():
    one = found({"service": "disco.start"})

    assert isinstance(one, Compiled)
    assert one.needs == {"disco.start"}


# a house that is not known yet ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "step",
    [
        "turn on the hall light",
        "blorp the zing",
        "run good night",
        {"service": "light.turn_on", "target": "light.hallway"},
    ],
)
def test_with_nothing_discovered_a_rule_waits_for_the_house(step):
    assert isinstance(found(step, by=compiler(no_house())), Waiting)


@pytest.mark.parametrize(
    ("step", "plan"),
    [("run the backup", "task backup"), ("restart nginx", 'unit.restart unit="nginx.service"')],
)
def test_what_needs_no_house_does_not_wait_for_it(step, plan):
    assert steps(step, by=compiler(no_house())) == [plan]


def test_a_task_that_is_not_there_is_a_mistake_without_a_house():
    assert "there is no task" in mistake({"task": "nothing"}, by=compiler(no_house()))


def test_who_knows_better_says_whether_the_house_is_known():
    by = compiler(house())

    assert isinstance(by.compiled((DoSection(say="turn on the frobnicator"),), known=False), Waiting)


def test_a_thing_that_is_discovered_later_is_found_when_it_is_compiled_again():
    home = house()
    by = compiler(home)
    before = found("turn on the frobnicator", by=by)
    home.add(Entity(id="switch.frobnicator", name="Frobnicator", owner="later"))

    assert isinstance(before, Refused)
    assert steps("turn on the frobnicator", by=by) == ["switch.turn_on switch.frobnicator"]


def test_a_thing_that_went_is_missed_when_it_is_compiled_again():
    home = house()
    by = compiler(home)
    before = found("turn on the printer", by=by)
    home.remove("switch.printer")

    assert isinstance(before, Compiled)
    assert isinstance(found("turn on the printer", by=by), Refused)


def test_five_hundred_rules_are_compiled_again_in_less_than_a_second_while_the_house_stays_the_same():
    by = compiler(house())
    rules = [(DoSection(say=f"set the floor lamp to {one % 100 + 1} percent"),) for one in range(400)]
    rules += [(DoSection(service="light.turn_on", target="light.hallway"),) for _ in range(100)]
    first = [by.compiled(do) for do in rules]
    begun = perf_counter()
    again = [by.compiled(do) for do in rules]
    took = perf_counter() - begun

    assert again == first
    assert took < 1


# where a mistake was written ------------------------------------------------------------------------------
FILES = {
    "a bare sentence": ("do: turn on the frobnicator\n", 1, ("do",)),
    "a list of sentences": ("do:\n  - turn on the hall light\n  - turn on the frobnicator\n", 3, ("do", 1)),
    "a single step": ("do:\n  say: turn on the frobnicator\n", 2, ("do", "say")),
    "a step of a list": ("do:\n  - delay: 5m\n  - notify: x\n  - task: no\n", 4, ("do", 2, "task")),
}


@pytest.mark.parametrize(("text", "line", "keys"), FILES.values(), ids=FILES)
def test_a_mistake_is_told_with_its_line(tmp_path, text, line, keys):
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    tree = Reader(folder=tmp_path, environment={}).file(path)
    plain = tree.plain()["do"]
    one = default().written(plain if isinstance(plain, list) else [plain])
    (told,) = mistakes(one, tree, ("do",))

    assert (told.place.line, told.keys) == (line, keys)


def test_a_plan_has_no_mistakes(tmp_path):
    tree = Reader(folder=tmp_path, environment={}).file(tmp_path / "nothing.yaml")

    assert mistakes(default().written(["turn on the hall light"]), tree, ("do",)) == []


def test_a_step_of_a_schedule_in_the_wrong_form_is_told_with_what_was_meant():
    one = default().written([{"tusk": "backup"}])

    assert isinstance(one, Refused)
    assert [wrong.text for wrong in one.wrong] == ["unknown key 'tusk'; did you mean 'task'?"]
