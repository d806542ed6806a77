"""Devices that misbehave: as told, each by dice of its own, changed while the house runs."""

import time

import pytest

from agent.api import HouseFaults
from integrations.demo_house.faults import Faults
from tests.integrations.simulating import problem_with, said, simulated, there

NUMBERS = {"entities": [{"id": f"number.{one}", "name": one, "state": 0} for one in ("one", "other")]}


@pytest.fixture
async def house(own_broker, tmp_path):
    async with simulated(own_broker().port, tmp_path, NUMBERS) as running:
        await there(running, 2)
        yield running


def fates(entity, seed=1, count=50, **configured):
    faults = Faults(entity, seed=seed)
    faults.set(HouseFaults(**configured))
    return [faults.fate() for _ in range(count)]


# the dice -----------------------------------------------------------------------------------------------
def test_the_same_device_and_seed_have_the_same_fate_in_every_run():
    assert fates("light.a", drop=0.5, delay=(0, 1)) == fates("light.a", drop=0.5, delay=(0, 1))


def test_every_device_and_every_seed_has_a_fate_of_its_own():
    dropped = [
        tuple(fate.drop for fate in fates(entity, seed, drop=0.5))
        for entity, seed in (("light.a", 1), ("light.b", 1), ("light.a", 2))
    ]

    assert len(set(dropped)) == 3


def test_one_kind_of_fault_does_not_shift_the_dice_of_another():
    alone = [fate.drop for fate in fates("light.a", drop=0.3)]
    together = [fate.drop for fate in fates("light.a", drop=0.3, reject=0.5, delay=(0, 1))]

    assert alone == together


@pytest.mark.parametrize(("share", "fewest", "most"), [(0, 0, 0), (0.2, 150, 250), (1, 1000, 1000)])
def test_faults_come_as_often_as_configured(share, fewest, most):
    assert fewest <= sum(fate.drop for fate in fates("light.a", count=1000, drop=share)) <= most
    assert fewest <= sum(fate.reject for fate in fates("light.a", count=1000, reject=share)) <= most


@pytest.mark.parametrize(("delay", "low", "high"), [(0, 0, 0), (2.5, 2.5, 2.5), ((1, 3), 1, 3), (-1, 0, 0)])
def test_delays_lie_between_their_ends(delay, low, high):
    delays = [fate.delay for fate in fates("light.a", delay=delay)]

    assert low <= min(delays) <= max(delays) <= high
    assert len(set(delays)) == (50 if low < high else 1)


async def obeyed_of(port, folder, *, disturbed):
    """Which of twenty commands a device obeys that drops half of them; another may be asked in between."""
    folder.mkdir()
    async with simulated(port, folder, {**NUMBERS, "faults": {"*": {"drop": 0.5}}}) as house:
        await there(house, 2)
        for value in range(1, 21):
            for entity in ("number.other", "number.one") if disturbed else ("number.one",):
                house.publish(f"demo-house/{entity}/set/value", str(value))
        house.publish("demo-house/number.one/set-up", {"state": "100"})
        await house.until(lambda: 100 in said(house, "number.one", "state"))
        return said(house, "number.one", "state")


async def test_what_others_are_asked_does_not_change_a_devices_faults(own_broker, tmp_path):
    alone = await obeyed_of(own_broker().port, tmp_path / "1", disturbed=False)
    disturbed = await obeyed_of(own_broker().port, tmp_path / "2", disturbed=True)

    assert alone == disturbed
    assert 5 < len(alone) < 20


# while it runs ------------------------------------------------------------------------------------------
async def test_faults_are_set_and_taken_back_while_the_house_runs(house):
    house.publish("demo-house/number.one/faults", {"drop": 1})
    house.publish("demo-house/number.one/set/value", "1")
    house.publish("demo-house/number.one/faults", {})
    house.publish("demo-house/number.one/set/value", "2")
    await house.until(lambda: 2 in said(house, "number.one", "state"))

    assert 1 not in said(house, "number.one", "state")


async def test_a_delayed_device_obeys_later_and_says_so_then(house):
    house.publish("demo-house/number.one/faults", {"delay": [0.3, 0.4]})
    began = time.monotonic()
    action = await house.do("number.set_value", {"entity": "number.one"}, {"value": 7})
    ended = await house.ended(action)

    assert ended["status"] == "confirmed"
    assert 0.3 <= time.monotonic() - began < 3


async def test_of_two_commands_to_a_delayed_device_the_newer_counts(house):
    house.publish("demo-house/number.one/faults", {"delay": 0.2})
    house.publish("demo-house/number.one/set/value", "1")
    house.publish("demo-house/number.one/set/value", "2")
    await house.until(lambda: 2 in said(house, "number.one", "state"))

    assert 1 not in said(house, "number.one", "state")


async def test_a_device_that_rejects_says_again_what_it_is(house):
    house.publish("demo-house/number.one/faults", {"reject": 1})
    await house.until(lambda: len(said(house, "number.one", "available")) == 2)
    before = len(said(house, "number.one", "state"))
    house.publish("demo-house/number.one/set/value", "9")
    await house.until(lambda: len(said(house, "number.one", "state")) > before)

    assert said(house, "number.one", "state")[-1] == 0


async def test_an_unavailable_device_comes_back_as_it_was(house):
    house.publish("demo-house/number.one/set/value", "9")
    house.publish("demo-house/number.one/faults", {"unavailable": True})
    house.publish("demo-house/number.one/set/value", "10")
    await house.until(lambda: house.daemon.home.state("number.one").available is False)
    house.publish("demo-house/number.one/faults", {"unavailable": False})
    await house.until(lambda: house.daemon.home.state("number.one").available)

    assert house.daemon.home.state("number.one").value == "9"


async def test_a_house_file_may_begin_with_a_device_that_is_away(own_broker, tmp_path):
    whole = {**NUMBERS, "faults": {"number.one": {"unavailable": True}}}
    async with simulated(own_broker().port, tmp_path, whole) as house:
        await house.until(lambda: house.daemon.home.state("number.one").available is False)
        await house.until(lambda: house.daemon.home.state("number.other").available)


@pytest.mark.parametrize(
    ("topic", "payload", "wrong"),
    [
        ("number.one/faults", {"drop": 7}, "drop: Input should be less than or equal to 1"),
        ("number.one/faults", {"dorp": 1}, "dorp: Extra inputs are not permitted"),
        ("number.one/faults", {"delay": [1]}, "delay"),
        ("number.one/faults", b"\xff", "it is not JSON: "),
        ("number.one/faults", [1], "it is [1]; a JSON object would be right"),
        ("number.one/set-up", b"{", "it is not JSON: "),
        ("number.one/set-up", b"[" + b"1," * 40_000 + b"1]", "it has 80003 bytes; up to 65536 would do"),
        ("number.on/faults", {"drop": 1}, "there is no 'number.on' in the house; did you mean 'number.one'?"),
        ("light.x/set-up", {"state": "on"}, "there is no 'light.x' in the house"),
    ],
    ids=lambda given: str(given)[:30],
)
async def test_each_mistake_on_the_simulators_topics_is_shown_with_what_is_wrong(
    house, topic, payload, wrong
):
    house.publish(f"demo-house/{topic}", payload)

    assert wrong in await problem_with(house, f"demo-house/{topic}")
    assert house.daemon.hosted["demo_house"].integration._faults["number.one"].configured == HouseFaults()


async def test_a_retained_set_up_is_refused_as_it_would_count_at_every_start(own_broker, tmp_path, ear):
    port = own_broker().port
    (await ear(port)).publish("demo-house/number.one/set-up", '{"state": "5"}', retain=True)
    async with simulated(port, tmp_path, NUMBERS) as house:
        await there(house, 2)

        assert "it is retained" in await problem_with(house, "demo-house/number.one/set-up")
        assert house.daemon.home.state("number.one").value == "0"


async def test_a_state_that_a_device_cannot_be_in_is_refused_and_leaves_it_as_it_was(own_broker, tmp_path):
    lamp = {"id": "light.a", "name": "A", "attributes": {"supported_color_modes": ["hs"]}}
    async with simulated(own_broker().port, tmp_path, {"entities": [lamp]}) as house:
        await there(house, 1)
        house.publish("demo-house/light.a/set-up", {"attributes": {"color_mode": "hs", "hs_color": 5}})

        assert "light.a cannot be like that" in await problem_with(house, "demo-house/light.a/set-up")
        assert house.daemon.home.state("light.a").value == "off"
