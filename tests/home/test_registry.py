"""The registry: what integrations announce, what the configuration corrects, what devices report."""

from dataclasses import replace

import pytest

from agent.core.events import EntityAdded, EntityRemoved, StateChanged
from agent.core.home import Entity
from agent.errors import IntegrationError
from agent.home.memory import HomeMemory
from agent.home.names import slug
from agent.home.registry import Home, HomeConfig
from agent.runtime.bus import Bus
from agent.runtime.store import opened
from tests.fakes import FakeClock

LAMP = Entity(id="light.desk", name="Desk", owner="discovery")


@pytest.fixture
def bus():
    return Bus()


@pytest.fixture
def clock():
    return FakeClock()


def home(bus, clock, **section):
    return Home(config=HomeConfig.model_validate(section), bus=bus, clock=clock)


def test_a_suggested_area_is_found_by_its_name_or_made(bus, clock):
    house = home(bus, clock, areas=[{"id": "study", "name": "Study", "aliases": ["den"]}])
    house.add(LAMP, suggested_area="Den")
    house.add(replace(LAMP, id="light.sofa"), suggested_area="Living Room")

    assert house.get("light.desk").area == "study"
    assert house.get("light.sofa").area == "living_room"
    assert [area.name for area in house.areas()] == ["Study", "Living Room"]


def test_the_configuration_has_the_last_word(bus, clock):
    section = {"light.desk": {"name": "Reading lamp", "aliases": ["lamp"], "area": "study", "expose": False}}
    house = home(bus, clock, entities=section)
    house.add(LAMP, suggested_area="Garage")
    found = house.get("light.desk")

    assert (found.name, found.aliases, found.area, found.exposed) == (
        "Reading lamp",
        ("lamp",),
        "study",
        False,
    )


def test_a_hidden_entity_is_not_in_the_house(bus, clock):
    house = home(bus, clock, entities={"light.desk": {"hide": True}})
    house.add(LAMP)

    assert house.get("light.desk") is None
    assert list(house.entities()) == []


def test_a_reload_renames_at_once(bus, clock):
    house = home(bus, clock)
    house.add(LAMP)
    before = house.version
    house.configure(HomeConfig.model_validate({"entities": {"light.desk": {"name": "New"}}}))

    assert house.get("light.desk").name == "New"
    assert house.version > before


def test_one_id_has_one_owner(bus, clock):
    house = home(bus, clock)
    house.add(LAMP)

    with pytest.raises(IntegrationError, match="already an entity of discovery"):
        house.add(replace(LAMP, owner="other"))


@pytest.mark.parametrize("bad", ["desk", "light.", "Light.desk", "light.de sk", "light.d/x", "light.ü"])
def test_a_malformed_id_is_refused(bus, clock, bad):
    with pytest.raises(IntegrationError, match="no entity id"):
        home(bus, clock).add(replace(LAMP, id=bad))


def test_a_report_that_changes_nothing_is_no_event(bus, clock):
    house = home(bus, clock)
    house.add(LAMP)
    with bus.subscribe("test", StateChanged) as events:
        house.report("light.desk", "on", {"brightness": 3})
        house.report("light.desk", "on", {"brightness": 3})

        assert len(events) == 1


def test_a_watcher_sees_reports_that_change_nothing_and_may_take_one_for_itself(bus, clock):
    house, first, second = home(bus, clock), [], []
    house.add(LAMP)
    house.watch("light.desk", lambda value, *_: first.append(value) or len(first) == 1)
    house.watch("light.desk", lambda value, *_: second.append(value) or False)
    for _ in range(2):
        house.report("light.desk", "on")

    assert (first, second) == (["on", "on"], ["on"])


def test_an_assumption_shows_nothing_to_watchers(bus, clock):
    house, seen = home(bus, clock), []
    house.add(LAMP)
    house.watch("light.desk", lambda value, *_: seen.append(value) or False)
    house.report("light.desk", "on", confirms=False)

    assert seen == []


def test_coming_and_going_are_events(bus, clock):
    house = home(bus, clock)
    with bus.subscribe("test", EntityAdded, EntityRemoved) as events:
        house.add(LAMP)
        house.add(LAMP)
        house.remove("light.desk")
        house.remove("light.desk")

        assert len(events) == 2


async def test_the_house_survives_a_restart_marked_stale(bus, clock, tmp_path):
    async with opened(tmp_path / "s.db") as store:
        house = home(bus, clock)
        memory = HomeMemory(home=house, store=store, clock=clock)
        await memory.load(forget_after=100)
        house.add(
            replace(LAMP, capabilities={"min": 1}, services=frozenset({"light.turn_on"})),
            suggested_area="Den",
        )
        house.report("light.desk", "on", {"brightness": 3})
        memory.save()
    async with opened(tmp_path / "s.db") as store:
        later = home(bus, clock)
        await HomeMemory(home=later, store=store, clock=clock).load(forget_after=100)

    assert later.get("light.desk") == house.get("light.desk")
    assert later.state("light.desk").value == "on"
    assert later.state("light.desk").stale
    assert later.restored("light.desk")
    later.report("light.desk", "on", {"brightness": 3})
    assert not later.state("light.desk").stale


async def test_what_was_not_heard_of_for_long_is_forgotten(bus, clock, tmp_path):
    async with opened(tmp_path / "s.db") as store:
        house = home(bus, clock)
        memory = HomeMemory(home=house, store=store, clock=clock)
        await memory.load(forget_after=100)
        house.add(LAMP)
        memory.save()
        clock.pass_(101)
        later = home(bus, clock)
        await HomeMemory(home=later, store=store, clock=clock).load(forget_after=100)

    assert list(later.entities()) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Käthe's Lamp", "kathe_s_lamp"),
        ("  Living   Room ", "living_room"),
        ("客厅", "u5ba2u5385"),
        ("!!", ""),
    ],
)
def test_names_become_ids(name, expected):
    assert slug(name) == expected
