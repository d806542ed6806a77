"""From an action to its steps: checked against what each entity can do, in the one form providers take."""

import pytest

from agent.core.actions import Risk, Target
from agent.errors import ActionError
from tests.actions.asking import ROOMS, entity, house, planned

THINGS = [
    entity("light.hall", area="hall", capabilities={"supported_color_modes": ["onoff"]}),
    entity("light.desk", area="study", capabilities={"supported_color_modes": ["brightness"]}),
    entity("switch.plug", area="study"),
    entity("siren.attic", capabilities={"available_tones": ["bell", "Horn"]}),
    entity(
        "fan.ceiling", area="study", capabilities={"preset_modes": ["Breeze", "night"], "percentage_step": 20}
    ),
    entity("cover.blind", area="study"),
    entity(
        "cover.gate",
        area="hall",
        device_class="gate",
        services=frozenset({"cover.open_cover", "cover.close_cover"}),
    ),
    entity("lock.front", area="hall"),
    entity(
        "climate.hall",
        area="hall",
        capabilities={"min_temp": 7, "max_temp": 30, "hvac_modes": ["off", "heat"], "preset_modes": ["Eco"]},
    ),
    entity("climate.attic", capabilities={"min_temp": None, "max_temp": True}),
    entity(
        "humidifier.bath", capabilities={"min_humidity": 30, "max_humidity": 80, "available_modes": ["auto"]}
    ),
    entity("media_player.tv", area="study", capabilities={"source_list": ["HDMI 1", "TV"]}),
    entity("number.speed", capabilities={"min": -5, "max": 5}),
    entity("select.mode", capabilities={"options": ["on", "off", "1"]}),
    entity("select.empty", capabilities={"options": []}),
    entity("select.none", capabilities={"options": ["None", "['a']"]}),
    entity("text.note", capabilities={"min": 2, "max": 5}),
    entity("text.free"),
    entity("todo.shopping"),
]

TAKEN = [
    # entity, service, data as given, data as planned
    ("switch.plug", "switch.turn_on", {}, {}),
    ("fan.ceiling", "fan.set_percentage", {"percentage": 50}, {"percentage": 50}),
    ("fan.ceiling", "fan.set_percentage", {"percentage": "50"}, {"percentage": 50}),
    ("fan.ceiling", "fan.set_percentage", {"percentage": 33.4}, {"percentage": 33}),
    ("fan.ceiling", "fan.set_preset_mode", {"preset_mode": "breeze"}, {"preset_mode": "Breeze"}),
    ("fan.ceiling", "fan.oscillate", {"oscillating": True}, {"oscillating": True}),
    ("fan.ceiling", "fan.oscillate", {"oscillating": "Off"}, {"oscillating": False}),
    ("fan.ceiling", "fan.set_direction", {"direction": "REVERSE"}, {"direction": "reverse"}),
    (
        "siren.attic",
        "siren.turn_on",
        {"tone": "horn", "volume_level": 1},
        {"tone": "Horn", "volume_level": 1},
    ),
    ("cover.blind", "cover.set_position", {"position": 0}, {"position": 0}),
    ("lock.front", "lock.unlock", {"code": "0042"}, {"code": "0042"}),
    ("lock.front", "lock.unlock", {"code": 42}, {"code": "42"}),
    ("climate.hall", "climate.set_temperature", {"temperature": "21.5"}, {"temperature": 21.5}),
    ("climate.hall", "climate.set_temperature", {"temperature": 7}, {"temperature": 7}),
    ("climate.attic", "climate.set_temperature", {"temperature": 60}, {"temperature": 60}),
    ("climate.hall", "climate.set_hvac_mode", {"hvac_mode": False}, {"hvac_mode": "off"}),
    ("humidifier.bath", "humidifier.set_humidity", {"humidity": 45}, {"humidity": 45}),
    ("media_player.tv", "media_player.select_source", {"source": "hdmi 1"}, {"source": "HDMI 1"}),
    ("number.speed", "number.set_value", {"value": -5}, {"value": -5}),
    ("select.mode", "select.select_option", {"option": True}, {"option": "on"}),
    ("select.mode", "select.select_option", {"option": 1}, {"option": "1"}),
    ("text.note", "text.set_value", {"value": "hallo"}, {"value": "hallo"}),
    ("text.free", "text.set_value", {"value": ""}, {"value": ""}),
    ("todo.shopping", "todo.add_item", {"item": "Käse für 2 €"}, {"item": "Käse für 2 €"}),
]

REFUSED = [
    # entity, service, data, what is said
    ("switch.plug", "switch.turn_on", {"brightness": 1}, "knows no 'brightness'; it takes no data"),
    ("fan.ceiling", "fan.set_percentage", {"speed": 1}, "knows no 'speed'; it takes percentage"),
    ("fan.ceiling", "fan.set_percentage", {}, "fan.set_percentage needs percentage"),
    (
        "climate.hall",
        "climate.set_temperature",
        {"hvac_mode": "heat"},
        "needs temperature or target_temp_low or",
    ),
    ("fan.ceiling", "fan.set_percentage", {"percentage": 101}, "percentage is 101; Ceiling takes 0 to 100"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": -1}, "percentage is -1; Ceiling takes 0 to 100"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": True}, "percentage is True, which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": None}, "percentage is None, which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": "half"}, "percentage is 'half', which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": "nan"}, "percentage is 'nan', which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": float("nan")}, "which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": float("inf")}, "which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": "-inf"}, "which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": "9" * 5_000}, "which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": 10**400}, "which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": [50]}, "percentage is [50], which is no number"),
    ("fan.ceiling", "fan.set_percentage", {"percentage": {}}, "percentage is {}, which is no number"),
    (
        "fan.ceiling",
        "fan.set_preset_mode",
        {"preset_mode": "storm"},
        "has no preset mode 'storm'; it has Breeze, night",
    ),
    ("fan.ceiling", "fan.set_preset_mode", {"preset_mode": ["night"]}, "has no preset mode ['night']"),
    ("fan.ceiling", "fan.oscillate", {"oscillating": "perhaps"}, "is 'perhaps'; it is true or false"),
    ("fan.ceiling", "fan.oscillate", {"oscillating": 1}, "oscillating is 1; it is true or false"),
    (
        "fan.ceiling",
        "fan.set_direction",
        {"direction": "up"},
        "has no direction 'up'; it has forward, reverse",
    ),
    ("siren.attic", "siren.turn_on", {"volume_level": 1.1}, "volume_level is 1.1; Attic takes 0 to 1"),
    (
        "cover.gate",
        "cover.set_position",
        {"position": 50},
        "cannot do cover.set_cover_position; it can do close_cover",
    ),
    ("cover.gate", "cover.toggle", {}, "Gate cannot do cover.toggle; it can do close_cover, open_cover"),
    ("lock.front", "lock.unlock", {"code": "1" * 33}, "code is no printable text of 0 to 32 characters"),
    ("lock.front", "lock.unlock", {"code": "\n"}, "code is no printable text"),
    ("lock.front", "lock.unlock", {"code": True}, "code is True, which is no text"),
    ("lock.front", "lock.unlock", {"code": ["1"]}, "code is ['1'], which is no text"),
    (
        "climate.hall",
        "climate.set_temperature",
        {"temperature": 6.9},
        "temperature is 6.9; Hall takes 7 to 30",
    ),
    ("climate.hall", "climate.set_temperature", {"temperature": 31}, "temperature is 31; Hall takes 7 to 30"),
    ("climate.attic", "climate.set_temperature", {"temperature": 301}, "Attic takes -50 to 300"),
    ("climate.hall", "climate.set_preset_mode", {"preset_mode": "away"}, "no preset mode 'away'; it has Eco"),
    ("climate.hall", "climate.set_fan_mode", {"fan_mode": "low"}, "Hall has no fan mode to choose"),
    ("humidifier.bath", "humidifier.set_humidity", {"humidity": 90}, "Bath takes 30 to 80"),
    ("number.speed", "number.set_value", {"value": 5.1}, "value is 5.1; Speed takes -5 to 5"),
    ("select.mode", "select.select_option", {"option": "x" * 9_000}, "has no option 'xxx"),
    ("select.none", "select.select_option", {"option": None}, "None has no option None; it has None, ['a']"),
    ("select.none", "select.select_option", {"option": ["a"]}, "None has no option ['a']"),
    ("select.empty", "select.select_option", {"option": "on"}, "Empty has no option to choose"),
    ("text.note", "text.set_value", {"value": "x"}, "value is no printable text of 2 to 5 characters"),
    ("text.note", "text.set_value", {"value": "longer"}, "value is no printable text of 2 to 5 characters"),
    ("text.free", "text.set_value", {"value": "x" * 256}, "no printable text of 0 to 255 characters"),
    ("text.free", "text.set_value", {"value": "\ud800"}, "no printable text"),
    ("todo.shopping", "todo.add_item", {"item": ""}, "item is no printable text of 1 to 255 characters"),
    ("todo.shopping", "todo.add_item", {"item": "x" * 1_000_000}, "item is no printable text"),
    ("switch.plug", "switch.turn_on", {"x" * 1_000_000: 1}, "switch.turn_on knows no 'xxx"),
]


@pytest.fixture
def home():
    return house(*THINGS, **ROOMS)


def step(home, service, target, data=None):
    made = planned(home, service, target, data)
    assert not made.refusals
    (only,) = made.steps
    return only


def refusal(home, service, target, data=None):
    made = planned(home, service, target, data)
    assert not made.steps
    ((_, reason),) = made.refusals
    return reason


# one entity -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("target", "service", "given", "expected"), TAKEN)
def test_what_an_entity_can_do_is_planned_in_one_form(home, target, service, given, expected):
    assert step(home, service, target, given).data == expected


@pytest.mark.parametrize(("target", "service", "given", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_an_entity_cannot_do_is_refused_in_plain_words(home, target, service, given, words):
    said = refusal(home, service, target, given)

    assert words in said
    assert len(said) < 400


def test_a_step_says_who_does_it_how_far_it_reaches_and_what_confirms_it(home):
    unlock = step(home, "lock.unlock", "Front")

    assert (unlock.entity, unlock.owner, unlock.risk) == ("lock.front", "test", Risk.DISRUPTIVE)
    assert unlock.expects.state == {"unlocked", "open"}
    assert not unlock.idempotent


def test_a_step_bears_the_whole_name_of_its_service(home):
    assert step(home, "cover.open", "cover.blind").service == "cover.open_cover"


def test_an_unknown_service_is_refused_as_a_whole(home):
    with pytest.raises(ActionError, match=r"did you mean light\.turn_on"):
        planned(home, "light.turnon", "light.desk")


def test_an_entity_of_another_domain_is_refused_as_a_whole(home):
    with pytest.raises(ActionError, match=r"switch.plug is a switch; light services"):
        planned(home, "light.turn_on", "switch.plug")


# relative steps become absolute -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("service", "now", "data", "expected"),
    [
        ("fan.increase_speed", ("on", 40), {}, 60),
        ("fan.increase_speed", ("on", 40), {"percentage_step": 5}, 45),
        ("fan.increase_speed", ("on", 90), {}, 100),
        ("fan.increase_speed", ("off", None), {}, 20),
        ("fan.decrease_speed", ("on", 40), {}, 20),
        ("fan.decrease_speed", ("on", 10), {}, 0),
    ],
)
def test_a_step_of_speed_becomes_a_speed(home, service, now, data, expected):
    value, percentage = now
    home.report("fan.ceiling", value, {} if percentage is None else {"percentage": percentage})
    made = step(home, service, "fan.ceiling", data)

    assert (made.service, made.data) == ("fan.set_percentage", {"percentage": expected})
    assert made.idempotent


@pytest.mark.parametrize(("usual", "expected"), [(None, 65), (0, 65), ("much", 65), (1, 41)])
def test_a_fan_that_does_not_say_its_step_has_four(usual, expected):
    home = house(entity("fan.it", capabilities={"percentage_step": usual}))
    home.report("fan.it", "on", {"percentage": 40})

    assert step(home, "fan.increase_speed", "fan.it").data == {"percentage": expected}


@pytest.mark.parametrize("percentage", [None, "fast", float("nan"), float("inf")])
def test_a_step_from_an_unknown_speed_is_refused(home, percentage):
    home.report("fan.ceiling", "on", {"percentage": percentage})

    assert refusal(home, "fan.increase_speed", "fan.ceiling") == (
        "the speed of Ceiling is not known, so it cannot be changed by a step"
    )


@pytest.mark.parametrize(
    ("services", "can"),
    [
        ({"fan.turn_on", "fan.set_percentage"}, True),
        ({"fan.turn_on", "fan.increase_speed"}, True),
        ({"fan.turn_on"}, False),
    ],
)
def test_a_fan_can_be_stepped_if_it_has_speeds(services, can):
    home = house(entity("fan.it", services=frozenset(services)))
    home.report("fan.it", "on", {"percentage": 50})

    assert bool(planned(home, "fan.increase_speed", "fan.it").steps) is can


def test_what_a_fan_with_speeds_cannot_do_stays_refused():
    home = house(entity("fan.it", services=frozenset({"fan.set_percentage"})))

    assert refusal(home, "fan.oscillate", "fan.it", {"oscillating": True}).startswith("It cannot do")


# several entities -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("target", "able", "unable"),
    [
        (Target(entity=("light.desk", "light.hall")), ["light.desk"], ["light.hall"]),
        (Target(area=("study", "hall")), ["light.desk"], ["light.hall"]),
        (Target(area=("study",)), ["light.desk"], []),
        (Target(floor=("ground",)), [], ["light.hall"]),
        (Target(domain=("light",)), ["light.desk"], ["light.hall"]),
    ],
)
def test_those_who_can_do_it_and_those_who_cannot_say_so(home, target, able, unable):
    made = planned(home, "light.turn_on", target, {"brightness": 100})

    assert [one.entity for one in made.steps] == able
    assert made.refusals == tuple((one, "Hall cannot be dimmed") for one in unable)


def test_an_entity_named_twice_has_one_step(home):
    made = planned(home, "light.turn_on", Target(entity=("light.desk", "Desk", "desk")))

    assert [one.entity for one in made.steps] == ["light.desk"]


def test_the_risk_is_each_entitys_own(home):
    made = planned(home, "cover.open_cover", Target(domain=("cover",)))

    assert {one.entity: one.risk for one in made.steps} == {
        "cover.blind": Risk.REVERSIBLE,
        "cover.gate": Risk.DISRUPTIVE,
    }


# services that integrations brought along -------------------------------------------------------------------
KNOWN = {"coffee.brew": Risk.REVERSIBLE, "coffee.clean": Risk.DISRUPTIVE}


def test_a_custom_service_is_passed_on_as_it_is(home):
    data = {"cups": 2, "strong": True, "milk": None, "name": "x" * 1000, "grams": 7.5}
    (brew,) = planned(home, "coffee.brew", "switch.plug", data, known=KNOWN).steps

    assert (brew.data, brew.risk, brew.expects, brew.idempotent) == (data, Risk.REVERSIBLE, None, False)


def test_a_custom_service_has_the_risk_it_was_declared_with(home):
    assert planned(home, "coffee.clean", "switch.plug", known=KNOWN).steps[0].risk is Risk.DISRUPTIVE


def test_an_entity_named_twice_to_a_custom_service_has_one_step(home):
    made = planned(home, "coffee.brew", Target(entity=("switch.plug", "switch.plug")), known=KNOWN)

    assert len(made.steps) == 1


@pytest.mark.parametrize(
    ("target", "data", "words"),
    [
        ("switch.plug", {"cups": [1]}, "coffee.brew takes single values; 'cups' is none"),
        ("switch.plug", {"cups": {}}, "coffee.brew takes single values"),
        ("switch.plug", {"cups": float("nan")}, "coffee.brew takes single values"),
        ("switch.plug", {"name": "x" * 1001}, "'name' is longer than 1000 characters"),
        ("switch.moon", {}, "there is no 'switch.moon'"),
        (Target(area=("study",)), {}, "coffee.brew needs the id of an entity"),
    ],
)
def test_what_a_custom_service_cannot_take_is_refused(home, target, data, words):
    with pytest.raises(ActionError, match=words):
        planned(home, "coffee.brew", target, data, known=KNOWN)


def test_a_custom_service_is_unknown_where_nobody_brought_it(home):
    with pytest.raises(ActionError, match=r"there is no service 'coffee.brew'"):
        planned(home, "coffee.brew", "switch.plug")
