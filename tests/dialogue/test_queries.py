"""Answers: what is found out for a question, how sure it is, and that nothing can be reached from there."""

import ast
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from agent.core.intents import ASKING, Intent
from agent.dialogue import queries, seen
from agent.dialogue.seen import Known
from tests.actions.asking import ROOMS, entity, house
from tests.fakes import FakeClock

NOW = datetime(2026, 1, 1, 14, 5, tzinfo=timezone(timedelta(hours=1)))
HERE = Path(queries.__file__).parent
THINGS = [
    entity("light.ceiling", "Kitchen Light", area="kitchen"),
    entity("light.counter", "Counter Light", area="kitchen"),
    entity("light.desk", "Desk Lamp", area="study"),
    entity("light.lost", "Lost Lamp"),
    entity("light.new", "New Lamp"),
    entity("light.deaf", "Deaf Lamp", optimistic=True),
    entity("light.old", "Old Lamp"),
    entity("binary_sensor.door", "Front Door", area="hall", device_class="door"),
    entity("cover.garage", "Garage Door", area="shed", device_class="garage"),
    entity("sensor.study", "Study Temperature", area="study", device_class="temperature", unit="°C"),
    entity("climate.study", "Study Thermostat", area="study"),
    entity("climate.kitchen", "Kitchen Thermostat", area="kitchen"),
    entity("person.anna", "Anna"),
    entity("weather.home", "Weather"),
    entity("todo.shopping", "Shopping List", area="kitchen"),
    entity("todo.bare", "Bare List"),
    entity("todo.empty", "Empty List"),
    entity("switch.printer", "Printer", area="study"),
]
ITEMS = [
    {"uid": "1", "summary": "milk", "status": "needs_action"},
    {"uid": "2", "summary": "eggs", "status": "completed"},
    {"uid": "3", "summary": "bread", "status": "needs_action"},
    "tea",
    7,
]


@pytest.fixture
def home():
    clock = FakeClock(NOW - timedelta(hours=1))
    built = house(*THINGS, clock=clock, **ROOMS)
    built.report("light.old", "on")
    remembered = built.remember("light.old")
    built.remove("light.old")
    built.restore(remembered)
    for key, value in {
        "light.ceiling": "on",
        "light.counter": "off",
        "light.desk": "on",
        "light.lost": "on",
        "binary_sensor.door": "off",
        "cover.garage": "closed",
        "sensor.study": "20.44",
        "person.anna": "home",
        "switch.printer": "unknown",
        "todo.bare": "3",
    }.items():
        built.report(key, value)
    built.report("climate.study", "heat", {"temperature": 21})
    built.report("climate.kitchen", "heat", {"temperature": 21, "current_temperature": 19})
    built.report("weather.home", "sunny", {"temperature": 17, "temperature_unit": "°C"})
    built.report("todo.shopping", "3", {"items": ITEMS})
    built.report("todo.empty", "0", {"items": []})
    built.set_available("light.lost", available=False)
    return built


def asked(home, kind, /, *ids, response=None, history=lambda _: (), here=False, **slots):
    intent = Intent(name=kind, slots=slots, response=response, here=here)
    return queries.answer(intent, [home.get(one) for one in ids], home, now=NOW, history=history)


def names(found):
    return [one.entity.id.partition(".")[2] for one in found]


# states -----------------------------------------------------------------------------------------------------
LIGHTS = ("light.ceiling", "light.counter", "light.desk")


@pytest.mark.parametrize(
    ("response", "state", "ids", "key", "matched", "unmatched"),
    [
        ("any", "on", LIGHTS, "any", ["ceiling", "desk"], ["counter"]),
        ("all", "on", LIGHTS, "all", ["ceiling", "desk"], ["counter"]),
        ("which", "off", LIGHTS, "which", ["counter"], ["ceiling", "desk"]),
        ("how_many", "on", LIGHTS, "how_many", ["ceiling", "desk"], ["counter"]),
        ("one_yesno", "on", LIGHTS[:1], "yesno", ["ceiling"], []),
        ("one_yesno", "on", LIGHTS, "all", ["ceiling", "desk"], ["counter"]),
        ("bs_one_yesno", "open", ("binary_sensor.door",), "yesno", [], ["door"]),
        ("bs_any", "off", ("binary_sensor.door",), "any", ["door"], []),
        ("cover_one_yesno", "closed", ("cover.garage",), "yesno", ["garage"], []),
        ("cover_any", "open", ("cover.garage",), "any", [], ["garage"]),
        ("cover_all", "closed", ("cover.garage",), "all", ["garage"], []),
        ("cover_which", "closed", ("cover.garage",), "which", ["garage"], []),
        ("cover_how_many", "open", ("cover.garage",), "how_many", [], ["garage"]),
        ("lock_all", "open", ("cover.garage",), "all", [], ["garage"]),
        ("any_short", "on", LIGHTS, "any", ["ceiling", "desk"], ["counter"]),
        ("which_person", "home", ("person.anna",), "which", ["anna"], []),
        (None, "on", LIGHTS, "which", ["ceiling", "desk"], ["counter"]),
        ("default", "on", LIGHTS, "which", ["ceiling", "desk"], ["counter"]),
        ("how_many", None, LIGHTS, "how_many", ["ceiling", "counter", "desk"], []),
    ],
)
def test_a_question_about_states_sorts_what_it_is_about(home, response, state, ids, key, matched, unmatched):
    slots = {} if state is None else {"state": state}

    answer = asked(home, "HassGetState", *ids, response=response, **slots)

    found = (answer.key, names(answer.values["matched"]), names(answer.values["unmatched"]))
    assert found == (key, matched, unmatched)


@pytest.mark.parametrize("response", ["one", "default", None])
def test_a_question_for_the_state_of_one_thing_tells_it(home, response):
    answer = asked(home, "HassGetState", "light.desk", response=response, name="Desk Lamp")

    assert (answer.key, answer.values["seen"][0].value) == ("one", "on")


@pytest.mark.parametrize(
    ("entity_id", "known"),
    [
        ("light.desk", Known.HEARD),
        ("light.lost", Known.UNREACHABLE),
        ("light.new", Known.SILENT),
        ("light.deaf", Known.MUTE),
        ("light.old", Known.OLD),
        ("switch.printer", Known.UNKNOWN),
    ],
)
def test_an_answer_says_how_well_a_state_is_known(home, entity_id, known):
    answer = asked(home, "HassGetState", entity_id, response="one", name="x")

    assert answer.values["seen"][0].known is known


def test_what_is_not_known_neither_matches_nor_fails_to(home):
    answer = asked(home, "HassGetState", "light.lost", "light.new", "light.desk", response="any", state="on")

    assert (names(answer.values["matched"]), names(answer.values["unsure"])) == (["desk"], ["lost", "new"])


def test_what_was_heard_before_the_restart_is_told_with_its_time(home):
    answer = asked(home, "HassGetState", "light.old", response="one_yesno", name="Old Lamp", state="on")

    assert answer.values["matched"][0].heard == NOW - timedelta(hours=1)


def test_where_a_thing_stands_is_its_area(home):
    answer = asked(home, "HassGetState", "switch.printer", response="where", name="Printer")

    assert (answer.key, answer.values["where"]) == ("located", "Study")


def test_where_a_person_is_is_their_state(home):
    answer = asked(home, "HassGetState", "person.anna", response="where", name="Anna")

    assert (answer.key, answer.values["seen"][0].value) == ("where", "home")


def test_what_is_in_a_room_is_listed(home):
    answer = asked(home, "HassGetState", "light.ceiling", "todo.shopping", area="Kitchen")

    found = (answer.key, answer.values["where"], names(answer.values["seen"]))
    assert found == ("listing", "Kitchen", ["ceiling", "shopping"])


def test_what_is_here_is_listed_under_the_name_of_the_room(home):
    answer = asked(home, "HassGetState", "light.ceiling", "light.counter", response="list", here=True)

    assert answer.values["where"] == "Kitchen"


def test_nothing_to_ask_about_is_said_with_the_kind_and_the_place(home):
    answer = asked(home, "HassGetState", response="any", domain="light", area="Shed", state="on")

    assert (answer.key, dict(answer.values)) == ("none_there", {"kind": "light", "where": "Shed"})


# numbers ----------------------------------------------------------------------------------------------------
def test_a_thermostat_tells_the_temperature_it_measures(home):
    answer = asked(home, "HassClimateGetTemperature", "climate.kitchen")

    assert [one.value for one in answer.values["seen"]] == ["19"]


def test_a_thermostat_that_measures_nothing_is_helped_out_by_a_sensor_of_its_room(home):
    answer = asked(home, "HassClimateGetTemperature", "climate.study")

    assert [(one.entity.id, one.value) for one in answer.values["seen"]] == [("sensor.study", "20.44")]


def test_the_temperature_of_an_area_is_found_without_a_thing_that_was_named(home):
    answer = asked(home, "HassClimateGetTemperature", area="Study")

    assert names(answer.values["seen"]) == ["study"]


def test_several_rooms_are_told_one_by_one(home):
    answer = asked(home, "HassClimateGetTemperature", "climate.kitchen", "sensor.study")

    assert answer.values["places"] == ("Kitchen", "Study")


def test_a_thermometer_out_of_reach_is_told_to_be_so(home):
    home.set_available("climate.kitchen", available=False)

    answer = asked(home, "HassClimateGetTemperature", "climate.kitchen")

    assert answer.values["seen"][0].known is Known.UNREACHABLE


def test_no_thermometer_is_no_temperature(home):
    assert asked(home, "HassClimateGetTemperature", "light.new").key == "no_temperature"


def test_the_weather_is_that_of_the_only_report(home):
    answer = asked(home, "HassGetWeather")

    found = (answer.values["seen"][0].value, answer.values["temperature"], answer.values["unit"])
    assert found == ("sunny", 17, "°C")


def test_no_report_is_no_weather():
    assert asked(house(entity("light.desk")), "HassGetWeather").key == "no_weather"


@pytest.mark.parametrize(("name", "key"), [("HassGetCurrentTime", "time"), ("HassGetCurrentDate", "date")])
def test_time_and_date_are_those_of_the_house(home, name, key):
    answer = asked(home, name)

    assert (answer.key, answer.values["now"]) == (key, NOW)


# lists ------------------------------------------------------------------------------------------------------
def test_a_list_tells_what_is_still_open(home):
    answer = asked(home, "GetListItems", "todo.shopping")

    assert (answer.values["items"], answer.values["count"]) == (("milk", "bread", "tea"), 3)


def test_a_list_that_shows_no_items_tells_how_many_there_are(home):
    answer = asked(home, "GetListItems", "todo.bare")

    assert (answer.values["items"], answer.values["count"]) == (None, 3)


def test_a_list_of_thousands_is_cut(home):
    home.report("todo.shopping", "9000", {"items": [f"thing {at}" for at in range(9000)]})

    answer = asked(home, "GetListItems", "todo.shopping")

    assert len(answer.values["items"]) == queries.MOST_ITEMS


# today ------------------------------------------------------------------------------------------------------
def at(hour, minute=0):
    return NOW.replace(hour=hour, minute=minute)


DOOR = [(at(0), "on"), (at(8, 12), "off"), (at(9), "on"), (at(9, 1), "on"), (at(11), "off"), (at(12), "on")]


@pytest.mark.parametrize(
    ("state", "times"),
    [("open", (at(9), at(12))), ("closed", (at(8, 12), at(11))), ("on", (at(9), at(12)))],
)
def test_what_held_since_midnight_or_was_said_twice_did_not_happen_again(home, state, times):
    answer = asked(
        home, "HassGetState", "binary_sensor.door", response="today", history=lambda _: DOOR, state=state
    )

    assert answer.values["happened"][0][1] == times


def test_a_gap_in_reach_is_no_event(home):
    changes = [(at(8), "on"), (at(9), "unavailable"), (at(10), "on")]

    answer = asked(
        home, "HassGetState", "binary_sensor.door", response="today", history=lambda _: changes, state="open"
    )

    assert answer.values["happened"][0][1] == (at(8),)


@pytest.mark.parametrize(("kept", "recorded"), [([], False), ([(at(8), "off")], True)])
def test_a_day_without_a_record_is_told_from_a_day_without_the_event(home, kept, recorded):
    answer = asked(
        home, "HassGetState", "binary_sensor.door", response="today", history=lambda _: kept, state="open"
    )

    assert (answer.values["happened"], answer.values["recorded"]) == ((), recorded)


# the rest ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sorted(one for one in ASKING if one.startswith(("Ops", "GetA", "GetR"))))
def test_what_nothing_here_can_tell_yet_is_said_so(home, name):
    assert asked(home, name).key == "cannot_do_yet"


def test_small_talk_is_answered_by_its_own_key(home):
    assert asked(home, "HassRespond", response="hello").key == "respond_hello"


def test_an_answer_changes_nothing(home):
    home.changed.clear()
    before = (home.version, [home.state(one.id) for one in home.entities()])

    for name in sorted(ASKING):
        asked(home, name, *(one.id for one in home.entities()), state="on", name="x")

    assert (home.version, [home.state(one.id) for one in home.entities()], home.changed) == (*before, set())


@pytest.mark.parametrize("module", [queries, seen])
def test_answers_import_only_the_nouns_and_the_registry(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }

    foreign = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}
    allowed = ("agent.core.", "agent.home.registry", "agent.dialogue.seen")
    assert {name for name in foreign if not name.startswith(allowed)} == set()


def test_no_actuator_is_loaded_by_answering():
    script = "import sys, agent.dialogue.queries; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=HERE.parents[1]
    ).stdout.split()

    reaching = ("agent.actions", "agent.pipeline", "agent.mqtt", "agent.app", "agent.integration", "paho")
    assert [name for name in loaded if name.startswith(reaching)] == []
