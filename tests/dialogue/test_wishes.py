"""From an intent and its entities to services: each is one that the planner takes, or it is said why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.actions.planner import plan
from agent.core.actions import Target
from agent.core.intents import ASKING, DIALOGUE, Intent
from agent.dialogue.wishes import Wish, wishes
from agent.errors import ActionError
from agent.home.targets import REACH
from tests.actions.asking import action, entity, house
from tests.dialogue.wishing import ACTING, BY_ID, TABLE, THINGS, furnished, is_planned, one, refusal, wanted

INTENTS = [name for names in TABLE["intents"].values() for name in names]
VALUES, REFUSED = TABLE["said"], TABLE["refused"]


@pytest.fixture
def home():
    return furnished()


# what acts, what asks ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", INTENTS)
def test_every_intent_acts_or_asks_or_is_about_the_conversation(name):
    assert [name in ACTING, name in ASKING, name in DIALOGUE].count(True) == 1


def test_no_intent_acts_or_asks_that_is_not_in_the_contract():
    assert {*INTENTS} == ACTING | ASKING | DIALOGUE


# on and off -------------------------------------------------------------------------------------------------
SWITCHED = [
    ("light.lamp", "light.turn_on", "light.turn_off", "light.toggle"),
    ("switch.plug", "switch.turn_on", "switch.turn_off", "switch.toggle"),
    ("fan.fan", "fan.turn_on", "fan.turn_off", "fan.toggle"),
    ("cover.blinds", "cover.open_cover", "cover.close_cover", "cover.toggle"),
    ("valve.water", "valve.open_valve", "valve.close_valve", "valve.toggle"),
    ("lock.front", "lock.lock", "lock.unlock", None),
    ("media_player.tv", "media_player.turn_on", "media_player.turn_off", "media_player.toggle"),
    ("climate.hall", "climate.turn_on", "climate.turn_off", None),
    ("water_heater.boiler", "water_heater.turn_on", "water_heater.turn_off", None),
    ("humidifier.h", "humidifier.turn_on", "humidifier.turn_off", "humidifier.toggle"),
    ("siren.s", "siren.turn_on", "siren.turn_off", "siren.toggle"),
    ("vacuum.robby", "vacuum.start", "vacuum.return_to_base", None),
    ("lawn_mower.molly", "lawn_mower.start_mowing", "lawn_mower.dock", None),
    (
        "alarm_control_panel.house",
        "alarm_control_panel.alarm_arm_away",
        "alarm_control_panel.alarm_disarm",
        None,
    ),
    ("script.night", "script.turn_on", "script.turn_off", None),
    ("scene.movie", "scene.turn_on", None, None),
    ("button.bell", "button.press", None, None),
]


@pytest.mark.parametrize(
    ("intent", "key", "service"),
    [
        (intent, key, service)
        for key, *services in SWITCHED
        for intent, service in zip(("HassTurnOn", "HassTurnOff", "HassToggle"), services, strict=True)
    ],
)
def test_each_domain_turns_on_and_off_in_its_own_way(home, intent, key, service):
    if service is None:
        assert BY_ID[key].name in refusal(home, intent, key)
    else:
        assert one(home, intent, key) == (service, {})


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("sensor.heat", "Heat can only be looked at"),
        ("binary_sensor.door", "Contact can only be looked at"),
        ("weather.home", "Weather can only be looked at"),
        ("select.mode", "Mode is not turned on and off; it holds a value"),
        ("number.desk", "Standing Desk is not turned on and off; it holds a value"),
        ("text.note", "Note is not turned on and off; it holds a value"),
        ("scene.movie", "Movie Night cannot be turned off"),
        ("button.bell", "Bell cannot be turned off"),
        ("todo.list", "Shopping List cannot be turned off"),
    ],
)
def test_what_cannot_be_turned_off_says_why(home, key, words):
    assert refusal(home, "HassTurnOff", key) == words


@pytest.mark.parametrize(
    "text", ["close the front door", "turn off the front door", "shut the door", "关上前门"]
)
def test_nothing_is_unlocked_unless_locking_is_spoken_of(home, text):
    assert refusal(home, "HassTurnOff", "lock.front", text, name="Front Door") == (
        "Front Door is a lock; it can be locked and unlocked"
    )


@pytest.mark.parametrize(
    "text",
    ["unlock the front door", "Unlocking the door", "解锁前门", "entriegle die Tür", "déverrouille la porte"],
)
def test_what_is_spoken_of_as_a_lock_is_unlocked(home, text):
    assert one(home, "HassTurnOff", "lock.front", text) == ("lock.unlock", {})


def test_the_template_of_locking_is_word_enough(home):
    intent = Intent(name="HassTurnOff", text="把大门打开", response="lock")

    assert wishes(intent, [BY_ID["lock.front"]], home, units="metric") == (
        Wish("lock.unlock", ("lock.front",)),
    )


def test_locking_never_opens_a_cover(home):
    assert refusal(home, "HassTurnOn", "cover.blinds", "lock the blinds") == "Blinds cannot be locked"


def test_a_name_with_a_lock_in_it_is_no_word_of_locking(home):
    assert one(home, "HassTurnOn", "cover.blinds", "open lock room blinds", name="Lock Room Blinds") == (
        "cover.open_cover",
        {},
    )


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("turn on the alarm", "away"),
        ("arm the alarm for the night", "night"),
        ("arm the alarm, I am staying home", "home"),
        ("arm it for the holiday", "vacation"),
        ("", "away"),
    ],
)
def test_an_alarm_is_armed_for_being_away_unless_said_otherwise(home, text, how):
    assert one(home, "HassTurnOn", "alarm_control_panel.house", text) == (
        f"alarm_control_panel.alarm_arm_{how}",
        {},
    )


def test_the_name_of_an_alarm_says_nothing_of_how_it_is_armed(home):
    home.add(entity("alarm_control_panel.night", "Night Alarm"))

    service, _ = one(home, "HassTurnOn", "alarm_control_panel.night", "turn on the night alarm")

    assert service == "alarm_control_panel.alarm_arm_away"


# values -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("intent", "key", "slots", "service", "data"), VALUES)
def test_what_was_said_becomes_a_service_and_its_data(home, intent, key, slots, service, data):
    assert one(home, intent, key, **slots) == (service, data)


@pytest.mark.parametrize(("intent", "key", "slots"), [row[:3] for row in VALUES])
def test_the_planner_takes_what_was_said(home, intent, key, slots):
    (wish,) = wanted(home, intent, key, **slots)

    assert is_planned(home, wish)


@pytest.mark.parametrize(("key", "services"), [(key, services) for key, *services in SWITCHED])
def test_the_planner_takes_every_way_of_switching(home, key, services):
    assert all(is_planned(home, Wish(service, (key,))) for service in services if service)


def test_everything_an_intent_reaches_it_can_do_or_says_that_it_cannot(home):
    saying = {row[0]: row[2] for row in VALUES} | {"HassVacuumCleanArea": {"area": "Kitchen"}}
    reached = {
        (intent, key)
        for intent, domains in REACH.items()
        if intent in ACTING and intent != "HassVacuumCleanArea"
        for key in BY_ID
        if key.partition(".")[0] in domains
    }

    done = {(intent, key) for intent, key in reached if wanted(home, intent, key, **saying.get(intent, {}))}

    assert done == reached


@pytest.mark.parametrize(("intent", "key", "slots", "words"), REFUSED)
def test_what_cannot_be_done_is_said(home, intent, key, slots, words):
    assert refusal(home, intent, key, **slots).startswith(words)


def test_a_vacuum_that_can_cleans_a_single_room():
    robot = entity("vacuum.new", "New", services=frozenset({"vacuum.start", "vacuum.clean_area"}))

    assert one(house(robot), "HassVacuumCleanArea", "vacuum.new", area="Kitchen") == (
        "vacuum.clean_area",
        {"area": "Kitchen"},
    )


def test_what_is_on_a_list_is_not_always_known():
    assert one(house(*THINGS), "HassListRemoveItem", "todo.list", item="bread") == (
        "todo.remove_item",
        {"item": "bread"},
    )


def test_an_intent_about_nothing_is_refused(home):
    assert refusal(home, "HassTurnOn", "") == "nothing in the house does that"


def test_degrees_without_a_unit_are_those_of_the_house(home):
    assert one(home, "HassClimateSetTemperature", "climate.american", temperature=70, units="us") == (
        "climate.set_temperature",
        {"temperature": 70},
    )
    home.add(entity("climate.plain", "Plain"))
    assert one(home, "HassClimateSetTemperature", "climate.plain", temperature=70, units="us")[1] == {
        "temperature": 70
    }


def test_a_step_of_degrees_moves_both_ends_of_a_range(home):
    home.report("climate.hall", "heat_cool", {"target_temp_low": 19, "target_temp_high": 24.5})

    assert one(home, "HassClimateSetTemperature", "climate.hall", temperature_step="up")[1] == {
        "target_temp_low": 20,
        "target_temp_high": 25.5,
    }


@pytest.mark.parametrize(
    ("intent", "key", "slots"),
    [
        ("HassClimateSetTemperature", "climate.hall", {"temperature_step": "up"}),
        ("HassSetVolumeRelative", "media_player.tv", {"volume_step": 20}),
    ],
)
def test_a_step_from_an_unknown_value_is_refused(intent, key, slots):
    assert "is not known, so it cannot be changed by a step" in refusal(house(*THINGS), intent, key, **slots)


@pytest.mark.parametrize(
    ("step", "service"), [("up", "media_player.volume_up"), ("down", "media_player.volume_down")]
)
def test_an_unknown_volume_is_changed_by_the_players_own_step(step, service):
    assert one(house(*THINGS), "HassSetVolumeRelative", "media_player.tv", volume_step=step) == (service, {})


# several at once --------------------------------------------------------------------------------------------
def test_what_is_the_same_is_one_wish(home):
    assert wanted(home, "HassTurnOn", "light.lamp light.plain") == (
        Wish("light.turn_on", ("light.lamp", "light.plain"), {}),
    )


def test_each_domain_has_a_wish_of_its_own_in_the_order_of_its_first(home):
    made = wanted(home, "HassTurnOff", "light.lamp fan.fan light.plain switch.plug", every=True)

    assert [(wish.service, wish.entities) for wish in made] == [
        ("light.turn_off", ("light.lamp", "light.plain")),
        ("fan.turn_off", ("fan.fan",)),
        ("switch.turn_off", ("switch.plug",)),
    ]


def test_different_values_are_different_wishes(home):
    home.add(entity("climate.other", "Other"))
    home.report("climate.other", "heat", {"temperature": 17})

    made = wanted(
        home, "HassClimateSetTemperature", "climate.hall climate.other", temperature_step="up", every=True
    )

    assert [(wish.entities, wish.data) for wish in made] == [
        (("climate.hall",), {"temperature": 21}),
        (("climate.other",), {"temperature": 18}),
    ]


def test_of_many_those_that_cannot_are_left_out(home):
    made = wanted(home, "HassLightSet", "light.lamp switch.plug", brightness=40, every=True)

    assert [wish.entities for wish in made] == [("light.lamp",)]


def test_of_a_few_that_were_chosen_none_is_left_out(home):
    assert refusal(home, "HassLightSet", "light.lamp switch.plug", brightness=40) == "Plug cannot be dimmed"


def test_many_that_cannot_say_why(home):
    assert (
        refusal(home, "HassLightSet", "switch.plug fan.fan", brightness=40, every=True)
        == "Plug cannot be dimmed"
    )


def test_brighter_is_for_the_lamps_that_shine(home):
    made = wanted(home, "HassLightSet", "light.lamp light.desk", brightness_step="up", every=True)

    assert [wish.entities for wish in made] == [("light.lamp",)]


def test_brighter_turns_on_where_no_lamp_shines(home):
    assert one(home, "HassLightSet", "light.desk", brightness_step="up")[1] == {"brightness_step_pct": 20}


# whatever is said -------------------------------------------------------------------------------------------
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats(allow_nan=True)
    | st.text(max_size=8)
    | st.sampled_from(["up", "down", "half", "red", "50%", "daylight"])
)
SLOT_NAMES = st.sampled_from(
    sorted({slot for row in VALUES for slot in row[2]} | {"temperature_unit", "area"})
)


@given(
    st.sampled_from(sorted(REACH)),
    st.sampled_from(sorted(BY_ID)),
    st.dictionaries(SLOT_NAMES, ANYTHING, max_size=4),
    st.text(max_size=20),
    st.sampled_from(["metric", "us"]),
)
def test_whatever_is_said_it_is_a_wish_the_planner_understands_or_a_reason(intent, key, slots, text, units):
    home = furnished()
    reason, made = "", ()

    try:
        made = wishes(Intent(name=intent, slots=slots, text=text), [BY_ID[key]], home, units=units)
    except ActionError as error:
        reason = str(error)

    assert bool(made) is not bool(reason)
    assert len(reason) < 200
    for wish in made:
        planned = plan(action(wish.service, Target(entity=wish.entities), wish.data), home, known={})
        assert len(planned.steps) + len(planned.refusals) == 1
