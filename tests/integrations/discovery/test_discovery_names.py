"""Names and ids of what is announced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.home.names import slug as house_slug
from integrations.discovery.ids import Ids
from integrations.discovery.naming import ENTITY_ID, full_name, plain, slug, wanted_id


@pytest.mark.parametrize(
    ("domain", "config", "name"),
    [
        ("light", {"name": "Lamp"}, "Lamp"),
        ("light", {"name": None, "device": {"name": "Desk"}}, "Desk"),
        ("light", {"name": "Lamp", "device": {"name": "Desk"}}, "Desk Lamp"),
        ("light", {"name": "Desk Lamp", "device": {"name": "Desk"}}, "Desk Lamp"),
        ("light", {"device": {"name": "Desk"}}, "Desk"),
        ("sensor", {"device": {"name": "Desk"}, "device_class": "carbon_dioxide"}, "Desk Carbon dioxide"),
        ("light", {}, "hall lamp"),
        ("light", {"name": "a\x00b\n\tc\u202e"}, "a b c"),
        ("light", {"name": 7}, "7"),
    ],
)
def test_a_name_is_the_devices_and_then_its_own(domain, config, name):
    assert full_name(domain, config, fallback="hall_lamp") == name


def test_a_name_has_an_end():
    assert len(plain("x" * 10_000)) == 255


@pytest.mark.parametrize(
    ("config", "entity_id"),
    [
        ({"default_entity_id": "light.Nice One", "object_id": "other"}, "light.nice_one"),
        ({"default_entity_id": "other"}, "light.other"),
        ({"object_id": "other"}, "light.other"),
        ({"object_id": "0x00.1"}, "light.0x00_1"),
        ({}, "light.kathe_s_lamp"),
    ],
)
def test_an_id_is_asked_for_or_made_from_the_name(config, entity_id):
    assert wanted_id("light", config, "Käthe's Lamp") == entity_id


@given(name=st.text(max_size=300))
def test_every_name_makes_an_id(name):
    assert ENTITY_ID.fullmatch(wanted_id("light", {"object_id": name}, name))


@given(name=st.text(max_size=150))
def test_ids_are_made_as_everywhere_in_the_house(name):
    assert slug(name) == house_slug(name)


def test_the_second_of_one_name_is_numbered():
    ids = Ids({}, free=lambda _id: True)

    assert [ids.give(one, "light.desk") for one in "abc"] == ["light.desk", "light.desk_2", "light.desk_3"]


def test_ids_that_were_fought_over_are_kept_whoever_comes_first():
    before = Ids({}, free=lambda _id: True)
    given_before = {one: before.give(one, "light.desk") for one in "abc"}
    after = Ids(before.remembered, free=lambda _id: True)

    assert {one: after.give(one, "light.desk") for one in "cba"} == given_before


def test_an_id_that_was_given_back_is_free_again():
    ids = Ids({}, free=lambda _id: True)
    ids.release(ids.give("a", "light.desk"))

    assert ids.give("b", "light.desk") == "light.desk"


def test_an_id_of_another_integration_is_not_given():
    ids = Ids({}, free=lambda entity_id: entity_id != "light.desk")

    assert ids.give("a", "light.desk") == "light.desk_2"


def test_a_promised_id_waits_for_its_owner():
    ids = Ids({}, free=lambda _id: True)
    ids.release(ids.give("a", "light.desk"))
    ids.keep("a", "light.desk")

    assert ids.give("b", "light.desk") == "light.desk_2"
    assert ids.give("a", "light.new_name") == "light.desk"


def test_thousands_of_one_name_take_no_time():
    ids = Ids({}, free=lambda _id: True)

    last = [ids.give(str(number), "light.desk") for number in range(20_000)][-1]

    assert last == "light.desk_20000"
