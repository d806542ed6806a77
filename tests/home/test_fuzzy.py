"""Names as they are said: what is the same name, what was misheard, and what is another one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.home.fuzzy import SURE, Names, match, near

HOUSE = (
    "Bedroom Light",
    "Bedroom Lamp",
    "Bedside Lamp",
    "Kitchen",
    "Lamp 1",
    "Lamp 2",
    "Kids Room Light",
    "Left Lamp",
    "TV",
    "Torch",
    "Desk",
    "Front Door",
    "Anna's Lamp",
    "Night Light",
    "Büro",
    "Lamp A",
    "卧室灯",
    "二楼走廊灯",
    "客厅落地灯",
)


def best(said, known=HOUSE):
    found = match(said, known)
    return found[0][0] if found else None


# the same name, said otherwise ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "name", "score"),
    [
        ("Bedroom Light", "Bedroom Light", 100),
        ("  bedroom LIGHT ", "Bedroom Light", 100),
        ("the bedroom light", "Bedroom Light", 98),
        ("my bedroom lights", "Bedroom Light", 98),
        ("bedroom-light", "Bedroom Light", 98),
        ("bedroom's light", "Bedroom Light", 98),
        ("Bedroom, light!", "Bedroom Light", 98),
        ("das Buro", "Büro", 98),
        ("annas lamp", "Anna's Lamp", 98),
        ("anna lamp", "Anna's Lamp", 98),
        ("kid's room light", "Kids Room Light", 98),
        ("lamp one", "Lamp 1", 98),
        ("lamp number 1", None, 0),
        ("2nd lamp", "Lamp 2", 95),
        ("lamp a", "Lamp A", 100),
        ("the tvs", "TV", 98),
        ("the torches", "Torch", 98),
        ("light of the bedroom", "Bedroom Light", 95),
        ("lights in my bedroom", "Bedroom Light", 95),
        ("light bedroom", "Bedroom Light", 95),
        ("bed room light", "Bedroom Light", 95),
        ("bedroomlight", "Bedroom Light", 95),
        ("卧室的灯", "卧室灯", 98),
        ("2楼走廊灯", "二楼走廊灯", 98),
    ],
)
def test_a_name_is_known_however_it_is_said(said, name, score):
    found = match(said, HOUSE)

    assert (found[0] if found else (None, 0)) == (name, score)


@pytest.mark.parametrize("said", ["the bedroom light", "light of the bedroom", "bed room light"])
def test_what_is_said_otherwise_is_sure(said):
    assert match(said, HOUSE)[0][1] >= SURE


def test_two_names_that_are_one_to_the_ear_both_fit():
    assert match("the lamps", ["Lamp", "Lamps", "Kitchen"]) == [("Lamp", 98), ("Lamps", 98)]


def test_the_exact_name_comes_before_one_that_is_said_otherwise():
    assert match("lamps", ["Lamp", "Lamps"]) == [("Lamps", 100), ("Lamp", 98)]


# misheard ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("bedrom lights", "Bedroom Light"),
        ("bedroom lamb", "Bedroom Lamp"),
        ("bedrom lamb", "Bedroom Lamp"),
        ("the lamp in the bedrom", "Bedroom Lamp"),
        ("kichen", "Kitchen"),
        ("kitchne", "Kitchen"),
        ("front dor", "Front Door"),
        ("fromt door", "Front Door"),
        ("fornt door", "Front Door"),
        ("bed rom light", "Bedroom Light"),
        ("客厅洛地灯", "客厅落地灯"),
    ],
)
def test_one_letter_of_a_word_may_be_misheard(said, name):
    assert best(said) == name


@pytest.mark.parametrize("said", ["bedrom lights", "bedrom lamb", "客厅洛地灯"])
def test_what_was_misheard_is_not_sure(said):
    assert match(said, HOUSE)[0][1] < SURE


def test_two_misheard_words_are_worse_than_one():
    assert match("bedroom lamb", HOUSE)[0][1] > match("bedrom lamb", HOUSE)[0][1]


@pytest.mark.parametrize(
    ("said", "other"),
    [
        ("chicken", "Kitchen"),
        ("bathroom light", "Bedroom Light"),
        ("lamp 2", "Lamp 1"),
        ("lamp 12", "Lamp 1"),
        ("lamp b", "Lamp A"),
        ("loft lamp", "Left Lamp"),
        ("right lamp", "Left Lamp"),
        ("frost door", "Front Door"),
        ("warn light", "Warm Light"),
        ("upper window", "Lower Window"),
        ("supper window", "Upper Window"),
        ("back door", "Front Door"),
        ("outdoor light", "Indoor Light"),
        ("right light", "Night Light"),
        ("tight lamp", "Light Lamp"),
        ("lamp 1000", "Lamp 1001"),
        ("bed lam pe", "Bed Lamp"),
        ("客厅罗帝灯", "客厅落地灯"),
        ("tb", "TV"),
        ("dan", "Den"),
        ("disk", "Desk"),
        ("ball", "Hall"),
        ("bedroom", "Bedroom Light"),
        ("bedroom light switch", "Bedroom Light"),
        ("bedroom not light", "Bedroom Light"),
        ("light", "Bedroom Light"),
        ("卧室等", "卧室灯"),
        ("三楼走廊灯", "二楼走廊灯"),
        ("左边落地灯", "右边落地灯"),
        ("客厅的台灯组", "客厅的吊灯组"),
        ("", "Kitchen"),
        ("  ", "Kitchen"),
        ("?!", "Kitchen"),
    ],
)
def test_another_name_is_another_name(said, other):
    assert match(said, [other]) == []


# suggestions ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("chicken", "Kitchen"),
        ("the bedroom", "Bedroom Lamp"),
        ("loft lamp", "Left Lamp"),
        ("frond door", "Front Door"),
        ("bedroom ceiling light", "Bedroom Light"),
        ("客厅灯", "客厅落地灯"),
    ],
)
def test_a_name_that_looks_alike_is_suggested(said, name):
    assert name in near(said, HOUSE)


@pytest.mark.parametrize("said", ["xylophone", "", "!", "水族箱"])
def test_what_looks_like_nothing_suggests_nothing(said):
    assert near(said, HOUSE) == ()


def test_the_nearest_comes_first_and_there_are_few():
    lamps = [f"Bedroom Lamp {number}" for number in range(20)]

    assert near("bedroom lamp 7", lamps)[0] == "Bedroom Lamp 7"
    assert len(near("bedroom lamp 7", lamps)) == 3
    assert len(near("bedroom lamp 7", lamps, most=5)) == 5


# whatever is said -------------------------------------------------------------------------------------------
@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=8))
def test_whatever_is_said_only_known_names_are_found(said, known):
    assert {name for name, _ in match(said, known)} <= set(known)
    assert set(near(said, known)) <= set(known)


@given(st.sampled_from(HOUSE[:16]), st.sampled_from(["{}", "the {}", "{}!", " {} ", "my {}", "{}."]))
def test_a_name_is_found_first_by_itself(name, form):
    assert best(form.format(name)) == name


@given(st.integers(0, 99), st.integers(0, 99))
def test_numbers_never_stand_for_each_other(one, other):
    assert bool(match(f"ceiling lamp {one}", [f"Ceiling Lamp {other}"])) is (one == other)


@pytest.mark.parametrize("said", ["bedrom ceiling lamb 77", "a" * 100_000, "nothing like it", "灯" * 5000])
def test_five_thousand_names_take_some_milliseconds(said):
    rooms = ("kitchen", "bedroom", "living room", "hallway", "office")
    names = Names(f"{rooms[number % 5]} ceiling lamp {number}" for number in range(5000))
    took = []
    for _ in range(5):
        started = time.perf_counter()
        names.match(said)
        names.near(said)
        took.append(time.perf_counter() - started)

    assert min(took) < 0.025
