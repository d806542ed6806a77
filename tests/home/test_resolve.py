"""From names to entities: what is named is found, what is not named never is."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.actions import Target
from agent.errors import ActionError
from agent.home.resolve import MOST, select
from tests.actions.asking import ROOMS, entity, house

LIGHTS = [
    entity("light.kitchen", "Kitchen Light", area="kitchen"),
    entity("light.counter", "Counter", area="kitchen", aliases=("worktop",)),
    entity("light.hall", "Hall Light", area="hall"),
    entity("light.desk", "Desk Lamp", area="study"),
    entity("light.shed", "Shed Light", area="shed"),
    entity("light.loose", "String of Lights"),
]
OTHERS = [
    entity("switch.kettle", "Kettle", area="kitchen"),
    entity("alarm_control_panel.house", "Alarm", area="hall"),
]


@pytest.fixture
def home():
    return house(*LIGHTS, *OTHERS, **ROOMS)


def found(home, *, of="light", **target):
    kinds = {kind: (names,) if isinstance(names, str) else names for kind, names in target.items()}
    return [one.id for one in select(Target(**kinds), domain=of, home=home)]


def refused(home, **target):
    with pytest.raises(ActionError) as refusal:
        found(home, **target)
    return str(refusal.value)


# entities ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("light.desk", "light.desk"),
        ("Desk Lamp", "light.desk"),
        ("  desk LAMP ", "light.desk"),
        ("worktop", "light.counter"),
        ("Worktop", "light.counter"),
        ("String of Lights", "light.loose"),
    ],
)
def test_an_entity_is_found_by_id_name_or_alias(home, name, expected):
    assert found(home, entity=name) == [expected]


def test_several_are_found_in_the_order_they_were_named(home):
    assert found(home, entity=("worktop", "light.hall", "Desk Lamp")) == [
        "light.counter",
        "light.hall",
        "light.desk",
    ]


def test_one_entity_named_twice_is_one(home):
    assert found(home, entity=("light.desk", "Desk Lamp", "light.desk")) == ["light.desk"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("light.dsk", "light.desk"),
        ("light.Desk", "light.desk"),
        ("light.kitchn", "light.kitchen"),
    ],
)
def test_an_unknown_name_suggests_the_nearest_and_does_nothing(home, name, near):
    assert f"there is no {name!r}; did you mean" in refused(home, entity=name)
    assert near in refused(home, entity=name)


def test_one_unknown_name_among_known_ones_refuses_all(home):
    assert "there is no 'light.moon'" in refused(home, entity=("light.desk", "light.moon"))


def test_a_part_of_a_name_is_not_the_name(home):
    assert "there is no 'desk'" in refused(home, entity="desk")


@pytest.mark.parametrize("name", ["*", "all", "light", "light.*", "", " ", "%", "light."])
def test_nothing_stands_for_everything(home, name):
    assert "there is no" in refused(home, entity=name)


def test_an_entity_of_another_domain_is_named_as_what_it_is(home):
    assert refused(home, entity="switch.kettle") == (
        "switch.kettle is a switch; light services are for light entities"
    )
    assert "is an alarm control panel;" in refused(home, entity="alarm_control_panel.house")


def test_a_name_of_another_domain_is_unknown_to_this_one(home):
    assert "there is no 'Kettle'" in refused(home, entity="Kettle")
    assert found(home, entity="Kettle", of="switch") == ["switch.kettle"]


def test_a_name_that_two_have_is_asked_back():
    home = house(*LIGHTS, entity("light.spot", "Worktop"))

    assert refused(home, entity="worktop") == "'worktop' could be light.counter or light.spot"


def test_an_id_is_never_ambiguous():
    home = house(entity("light.desk", "Lamp"), entity("light.other", "light.desk"))

    assert found(home, entity="light.desk") == ["light.desk"]


def test_two_of_one_name_in_different_domains_do_not_collide():
    home = house(entity("light.fan", "Ceiling"), entity("fan.fan", "Ceiling"))

    assert found(home, entity="ceiling") == ["light.fan"]
    assert found(home, entity="ceiling", of="fan") == ["fan.fan"]


# places -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"area": "kitchen"}, "light.kitchen light.counter"),
        ({"area": "Kitchen"}, "light.kitchen light.counter"),
        ({"area": " GALLEY "}, "light.kitchen light.counter"),
        ({"area": ("kitchen", "study")}, "light.kitchen light.counter light.desk"),
        ({"floor": "ground"}, "light.kitchen light.counter light.hall"),
        ({"floor": "Downstairs"}, "light.kitchen light.counter light.hall"),
        ({"floor": ("ground", "upper")}, "light.kitchen light.counter light.hall light.desk"),
        ({"domain": "light"}, " ".join(one.id for one in LIGHTS)),
        ({"domain": ("light", "switch")}, " ".join(one.id for one in LIGHTS)),
        ({"area": "kitchen", "domain": "light"}, "light.kitchen light.counter"),
        ({"area": ("kitchen", "study"), "floor": "upper"}, "light.desk"),
        ({"area": "hall", "entity": ("light.hall", "light.desk")}, "light.hall"),
    ],
)
def test_a_place_stands_for_what_is_in_it_and_kinds_narrow_each_other(home, target, expected):
    assert found(home, **target) == expected.split()


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({}, "no target was given"),
        ({"area": "kichen"}, "there is no area 'kichen'; did you mean 'kitchen'?"),
        ({"area": "attic"}, "there is no area 'attic'"),
        ({"area": ("kitchen", "attic")}, "there is no area 'attic'"),
        ({"area": "ground"}, "there is no area 'ground'"),
        ({"area": ""}, "there is no area ''"),
        ({"floor": "celar"}, "there is no floor 'celar'"),
        ({"floor": "uper"}, "there is no floor 'uper'; did you mean 'upper'?"),
        ({"floor": "kitchen"}, "there is no floor 'kitchen'"),
        ({"area": "kitchen", "floor": "upper"}, "there is no light in 'kitchen' on 'upper'"),
        ({"area": "kitchen", "entity": "light.desk"}, "there is no light in 'kitchen'"),
        ({"area": "kitchen", "entity": "light.moon"}, "there is no 'light.moon'"),
        ({"domain": "switch"}, "light services are for light entities, not for switch"),
        ({"domain": "switch", "entity": "light.desk"}, "not for switch"),
        ({"domain": "lawn_mower", "area": "attic"}, "not for lawn_mower"),
    ],
)
def test_what_is_nowhere_is_refused_in_words(home, target, words):
    assert words in refused(home, **target)


def test_a_place_without_any_is_said_to_have_none(home):
    assert refused(home, of="lawn_mower", area="shed") == "there is no lawn mower in 'shed'"


def test_an_area_without_a_floor_is_on_none(home):
    assert "light.shed" not in found(home, floor=("ground", "upper"))


def test_an_area_is_known_by_its_id_before_another_ones_alias():
    areas = [{"id": "den", "name": "Den", "aliases": ["study"]}, {"id": "study", "name": "Study"}]
    home = house(entity("light.a", area="den"), entity("light.b", area="study"), areas=areas)

    assert found(home, area="study") == ["light.b"]


def test_an_alias_that_two_areas_have_is_asked_back():
    areas = [{"id": "kids", "name": "Kids", "aliases": ["bedroom"]}, {"id": "main", "name": "Bedroom"}]
    home = house(entity("light.a", area="kids"), entity("light.b", area="main"), areas=areas)

    assert refused(home, area="bedroom") == "area 'bedroom' could be 'kids' or 'main'"


# what is kept out of daily life -----------------------------------------------------------------------------
KEPT_OUT = {
    "not exposed": replace(LIGHTS[3], exposed=False),
    "a setting": replace(LIGHTS[3], category="config"),
    "a diagnosis": replace(LIGHTS[3], category="diagnostic"),
}


@pytest.mark.parametrize("one", KEPT_OUT.values(), ids=KEPT_OUT)
def test_what_is_kept_out_of_daily_life_is_reached_by_its_id_alone(one):
    home = house(LIGHTS[0], one, **ROOMS)

    assert found(home, entity="light.desk") == ["light.desk"]
    assert "there is no 'Desk Lamp'" in refused(home, entity="Desk Lamp")
    assert "there is no light in 'study'" in refused(home, area="study")
    assert "there is no light on 'upper'" in refused(home, floor="upper")
    assert found(home, domain="light") == ["light.kitchen"]


def test_what_is_kept_out_does_not_make_a_name_ambiguous():
    home = house(LIGHTS[3], entity("light.desk_status", "Desk Lamp", category="diagnostic"))

    assert found(home, entity="desk lamp") == ["light.desk"]


def test_what_is_hidden_is_not_reached_at_all():
    home = house(*LIGHTS, entities={"light.desk": {"hide": True}}, **ROOMS)

    assert "there is no 'light.desk'" in refused(home, entity="light.desk")
    assert "there is no 'Desk Lamp'" in refused(home, entity="Desk Lamp")
    assert "there is no light in 'study'" in refused(home, area="study")


def test_as_many_as_allowed_are_reached_at_once_and_not_one_more():
    most = [entity(f"light.l{number}") for number in range(MOST)]

    assert len(found(house(*most), domain="light")) == MOST
    assert refused(house(*most, LIGHTS[0]), domain="light") == (
        f"{MOST + 1} entities at once are too many; {MOST} are allowed"
    )


# whatever is said -------------------------------------------------------------------------------------------
HOUSE = house(*LIGHTS, *OTHERS, **ROOMS)
SAID = [
    "light.desk",
    "Desk Lamp",
    "WORKTOP",
    "kitchen",
    "Galley",
    "study",
    "ground",
    "upper",
    "switch.kettle",
]
names = st.lists(st.sampled_from(SAID) | st.text(max_size=30), max_size=3).map(tuple)
targets = st.builds(
    Target,
    entity=names,
    area=names,
    floor=names,
    domain=st.lists(st.sampled_from(["light", "switch"]) | st.text(max_size=9), max_size=2).map(tuple),
)


def claims(one, said, *more):
    """Whether one of the names that were `said` is this place's or entity's own."""
    own = {one.id, one.name.casefold(), *(alias.casefold() for alias in one.aliases), *more}
    return any(name in own or name.strip().casefold() in own for name in said)


@settings(max_examples=300)
@given(targets)
def test_whatever_is_said_nothing_is_reached_that_was_not_named(target):
    areas = {area.id: area for area in HOUSE.areas()}
    floors = {floor.id: floor for floor in HOUSE.floors()}
    try:
        reached = select(target, domain="light", home=HOUSE)
    except ActionError:
        return

    assert target
    assert reached
    for one in reached:
        assert one.domain == "light"
        assert not target.entity or claims(one, target.entity)
        assert not target.area or claims(areas[one.area], target.area)
        assert not target.floor or claims(floors[HOUSE.floor_of(one)], target.floor)
        assert not target.domain or "light" in target.domain
