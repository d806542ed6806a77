"""What single devices of the simulated house do: codes, lists, journeys, scenes."""

import json

import pytest

from agent.api import HouseEntity
from integrations.demo_house.announce import config
from integrations.demo_house.device import made
from integrations.demo_house.obeying import DOMAINS, UNCHANGED, obey
from integrations.demo_house.saying import says
from tests.integrations.simulating import said, simulated, there

MILK = {"uid": "7", "summary": "Milk", "status": "needs_action"}


def device(entity, **attributes):
    return made(HouseEntity(id=entity, name="It", attributes=attributes))


def done(one, what, payload):
    """Where a command leads to: the states on the way, and the attributes at the end."""
    states = []
    for change in obey(one, what, payload if isinstance(payload, str) else json.dumps(payload)):
        one.apply(change)
        states.append(one.state)
    return states


# every domain -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_announces_itself_and_says_how_it_is_with_nothing_said_of_it(domain):
    one = device(f"{domain}.a")

    assert config(one, base="b", house="h", area=None)["default_entity_id"] == f"{domain}.a"
    assert says(one)["state"] == one.state


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("payload", ["", "NONSENSE", "{}", "[]", "null", '{"service": 1}', "-1", "9e999"])
def test_no_domain_breaks_over_nonsense(domain, payload):
    one = device(f"{domain}.a")
    try:
        changes = obey(one, "nowhere", payload)
    except (ValueError, KeyError, TypeError):
        changes = UNCHANGED
    for change in changes:
        one.apply(change)

    assert json.dumps(says(one))


# codes --------------------------------------------------------------------------------------------------
LOCK = {"id": "lock.a", "name": "A", "state": "locked", "attributes": {"code": "0042"}}
ALARM = {"id": "alarm_control_panel.a", "name": "B", "attributes": {"code": "abc"}}


@pytest.mark.parametrize(
    ("payload", "becomes"),
    [
        ({"action": "UNLOCK", "code": "0042"}, "unlocked"),
        ({"action": "UNLOCK", "code": "42"}, "locked"),
        ({"action": "UNLOCK", "code": 42}, "locked"),
        ({"action": "UNLOCK", "code": None}, "locked"),
        ({"action": "UNLOCK"}, "locked"),
        ("UNLOCK", "locked"),
    ],
    ids=str,
)
def test_a_lock_with_a_code_opens_for_that_code_alone(payload, becomes):
    lock = made(HouseEntity.model_validate(LOCK))

    assert done(lock, "lock", payload)[-1] == becomes


@pytest.mark.parametrize(
    ("required", "action", "code", "becomes"),
    [
        (True, "ARM_HOME", "abc", "armed_home"),
        (True, "ARM_HOME", None, "disarmed"),
        (False, "ARM_HOME", None, "armed_home"),
        (False, "DISARM", None, "disarmed"),
        (True, "TRIGGER", None, "triggered"),
        (True, "ARM_AWAY", "abd", "disarmed"),
    ],
)
def test_an_alarm_asks_for_its_code_as_it_is_set_up(required, action, code, becomes):
    alarm = device("alarm_control_panel.a", code="abc", code_arm_required=required)

    assert done(alarm, "alarm", {"action": action, "code": code})[-1] == becomes


def test_an_armed_alarm_stays_armed_without_the_code():
    alarm = device("alarm_control_panel.a", code="abc", code_arm_required=False)
    done(alarm, "alarm", {"action": "ARM_AWAY"})

    assert done(alarm, "alarm", {"action": "DISARM", "code": "abd"}) == ["armed_away"]
    assert done(alarm, "alarm", {"action": "DISARM", "code": "abc"}) == ["disarmed"]


async def test_codes_work_through_the_daemon_and_are_told_to_nobody(own_broker, tmp_path):
    async with simulated(own_broker().port, tmp_path, {"entities": [LOCK, ALARM]}) as house:
        await there(house, 2)
        without = await house.do("lock.lock", {"entity": "lock.a"})
        letters = await house.do("lock.lock", {"entity": "lock.a"}, {"code": "abc"})
        armed = await house.do("alarm_control_panel.arm_home", {"entity": ALARM["id"]}, {"code": "abc"})
        unlocked = await house.do("lock.unlock", {"entity": "lock.a"}, {"code": "0042"})
        await house.until(lambda: house.outcomes(unlocked))
        house.publish(house.topic("approve"), {"id": unlocked})

        assert (await house.ended(without))["reason"] == "A needs a code"
        assert (await house.ended(letters))["reason"] == "that is no code for A"
        assert (await house.ended(armed))["status"] == "confirmed"
        assert (await house.ended(unlocked))["status"] == "confirmed"
        told = [
            payload for topic, payload, _ in house.heard if "/set/" not in topic and "hearthd/" not in topic
        ]
        assert not any(b"0042" in payload or b'"abc"' in payload for payload in told)


async def test_a_wrong_code_is_answered_with_the_state_as_it_is(own_broker, tmp_path):
    async with simulated(own_broker().port, tmp_path, {"entities": [LOCK]}) as house:
        await there(house, 1)
        before = len(said(house, "lock.a", "state"))
        house.publish("demo-house/lock.a/set/lock", {"action": "UNLOCK", "code": "1111"})
        await house.until(lambda: len(said(house, "lock.a", "state")) > before)

        assert set(said(house, "lock.a", "state")) == {b"locked"}


# to-do lists --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("service", "data", "items", "still_open"),
    [
        (
            "add_item",
            {"item": "Bread"},
            [MILK, {"uid": "8", "summary": "Bread", "status": "needs_action"}],
            "2",
        ),
        ("remove_item", {"item": "milk"}, [], "0"),
        ("update_item", {"item": "MILK", "status": "completed"}, [{**MILK, "status": "completed"}], "0"),
        ("update_item", {"item": "Milk", "rename": "Oat milk"}, [{**MILK, "summary": "Oat milk"}], "1"),
    ],
    ids=["add", "remove", "complete", "rename"],
)
def test_a_list_says_what_is_on_it_after_each_change(service, data, items, still_open):
    todo = device("todo.a", items=[MILK])
    done(todo, "service", {"service": service, "data": data})

    assert says(todo)["state"] == still_open
    assert says(todo)["attributes"] == {"items": items}


@pytest.mark.parametrize("service", ["remove_item", "update_item"])
def test_what_is_not_on_a_list_changes_nothing_of_it(service):
    todo = device("todo.a", items=[MILK])

    assert obey(todo, "service", json.dumps({"service": service, "data": {"item": "beer"}})) is UNCHANGED


def test_no_two_items_of_a_list_have_one_uid():
    todo = device("todo.a")
    for service, item in [("add_item", "a"), ("add_item", "b"), ("remove_item", "a"), ("add_item", "c")]:
        done(todo, "service", {"service": service, "data": {"item": item}})

    assert [item["uid"] for item in todo.attributes["items"]] == ["2", "3"]


def test_a_list_has_an_end():
    todo = device("todo.a")
    for number in range(205):
        done(todo, "service", {"service": "add_item", "data": {"item": str(number)}})

    assert [todo.attributes["items"][place]["summary"] for place in (0, -1)] == ["5", "204"]


async def test_an_item_that_is_added_over_the_daemon_is_reported(own_broker, tmp_path):
    whole = {"entities": [{"id": "todo.a", "name": "A", "state": "1", "attributes": {"items": [MILK]}}]}
    async with simulated(own_broker().port, tmp_path, whole) as house:
        await there(house, 1)
        await house.ended(await house.do("todo.add_item", {"entity": "todo.a"}, {"item": "Bread"}))
        await house.until(lambda: house.daemon.home.state("todo.a").value == "2")

        items = house.daemon.home.state("todo.a").attributes["items"]
        assert [(item["summary"], item["status"]) for item in items] == [
            ("Milk", "needs_action"),
            ("Bread", "needs_action"),
        ]


# journeys and scenes ------------------------------------------------------------------------------------
def test_a_cover_goes_its_way_in_steps():
    blind = device("cover.a", current_position=0)

    assert done(blind, "command", "OPEN") == ["opening"] * 4 + ["open"]
    assert done(blind, "command", "OPEN") == ["open"]
    assert done(blind, "position", "40") == ["closing"] * 4 + ["open"]


async def test_a_cover_that_is_stopped_on_its_way_stays_where_it_is(own_broker, tmp_path):
    whole = {"entities": [{"id": "cover.a", "name": "A"}]}
    async with simulated(own_broker().port, tmp_path, whole) as house:
        await there(house, 1)
        house.publish("demo-house/cover.a/set/command", "OPEN")
        await house.until(
            lambda: any(one["current_position"] for one in said(house, "cover.a", "attributes"))
        )
        house.publish("demo-house/cover.a/set/command", "STOP")
        await house.until(lambda: b"open" in said(house, "cover.a", "state"))

        assert 0 < said(house, "cover.a", "attributes")[-1]["current_position"] < 100


async def test_a_scene_puts_others_into_their_states_and_counts_its_calls(own_broker, tmp_path):
    lamps = [{"id": f"light.{name}", "name": name} for name in ("a", "b")]
    scene = {
        "id": "scene.night",
        "name": "N",
        "attributes": {"entities": {"light.a": "on", "light.gone": "on"}},
    }
    async with simulated(own_broker().port, tmp_path, {"entities": [*lamps, scene]}) as house:
        await there(house, 3)
        house.publish("demo-house/scene.night/set/press", "ON")
        await house.until(lambda: house.daemon.home.state("light.a").value == "on")

        assert said(house, "scene.night", "presses") == [0, 1]
        assert house.daemon.home.state("light.b").value == "off"


async def test_a_retained_command_is_old_and_not_obeyed(own_broker, tmp_path, ear):
    port = own_broker().port
    (await ear(port)).publish("demo-house/cover.a/set/command", "OPEN", retain=True)
    async with simulated(port, tmp_path, {"entities": [{"id": "cover.a", "name": "A"}]}) as house:
        await there(house, 1)
        house.publish("demo-house/cover.a/set-up", {"attributes": {"seen": 1}})
        await house.until(lambda: said(house, "cover.a", "attributes")[-1].get("seen"))

        assert said(house, "cover.a", "attributes")[-1]["current_position"] == 0
