"""How often a rule goes off in a living house, how long it waits, and what happens while it still runs."""

import asyncio

from tests.automations.ruled import (
    PLUG_OFF,
    PLUG_ON,
    UNLOCK,
    all_of,
    came,
    commands,
    looked,
    over,
    rule,
    ruled,
    went,
)

LONG = {"delay": "5m"}
"""Kept on disk."""


def resting(house):
    return [one["id"] for one in house.daemon.by_itself.jobs() if one["id"].startswith("rest/")]


async def test_what_has_to_last_goes_off_when_it_has_lasted(own_broker, tmp_path):
    rules = [rule(when={"state": {"entity": "binary_sensor.hall", "to": "on", "for": 0.4}})]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("motion/hall", "ON")
        await house.until(lambda: looked(house))
        at_once = came(house)
        await all_of(house, "rule", 1)

        assert at_once == []
        assert "stayed so for" in went(house)[0]["because"]


async def test_what_ends_before_it_has_lasted_does_not(own_broker, tmp_path):
    rules = [
        rule("ended", when={"state": {"entity": "binary_sensor.hall", "to": "on", "for": 0.6}}),
        rule("lasted", when={"state": {"entity": "binary_sensor.hall", "to": "off", "for": 0.8}}),
    ]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("motion/hall", "ON")
        await house.until(lambda: looked(house, "ended"))
        house.publish("motion/hall", "OFF")
        await all_of(house, "lasted", 1)

        assert came(house, "ended") == []


async def test_a_rule_counts_how_often_it_is_set_off(own_broker, tmp_path):
    rules = [rule(when={"mqtt": "go", "count": 3, "within": "1m"}, mode="queued")]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        for _ in range(7):
            house.publish("go", "x")
        await all_of(house, "rule", 7)
        await house.until(lambda: came(house).count("ran") == 2)

        assert sorted(came(house)) == ["held back"] * 5 + ["ran"] * 2


async def test_debounce_waits_until_it_is_quiet_and_goes_off_once(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule(debounce=0.5)]) as house:
        for number in range(5):
            house.publish("go", f"{number}")
        await all_of(house, "rule", 1)
        await over(house)

        assert came(house) == ["ran"]
        assert len(commands(house)) == 1


async def test_throttle_lets_one_through_and_says_so_of_the_others(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule(throttle="1m", mode="queued")]) as house:
        for _ in range(3):
            house.publish("go", "x")
        await all_of(house, "rule", 3)

        assert sorted(came(house)) == ["held back", "held back", "ran"]
        assert "not again within 1m" in went(house)[0]["words"]


async def test_single_is_set_off_once_while_it_runs(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule(do=[{"delay": 0.5}, PLUG_ON])]) as house:
        for _ in range(3):
            house.publish("go", "x")
        await house.until(lambda: came(house).count("ran") == 1, 15.0)

        assert came(house) == ["busy", "busy", "ran"]


async def test_restart_drops_what_was_left_and_begins_anew(own_broker, tmp_path):
    do = [PLUG_OFF, {"delay": 1.0}, PLUG_ON]
    async with ruled(own_broker().port, tmp_path, [rule(mode="restart", do=do)]) as house:
        house.publish("go", "x")
        await house.until(lambda: commands(house), 15.0)
        house.publish("go", "x")
        await house.until(lambda: len(commands(house)) == 3, 15.0)
        await all_of(house, "rule", 2)

        assert came(house) == ["stopped", "ran"]
        assert commands(house) == [b"OFF", b"OFF", b"ON"]


async def test_queued_runs_one_after_the_other(own_broker, tmp_path):
    do = [PLUG_OFF, {"delay": 0.1}, PLUG_ON]
    async with ruled(own_broker().port, tmp_path, [rule(mode="queued", do=do)]) as house:
        for _ in range(3):
            house.publish("go", "x")
        await all_of(house, "rule", 3)
        await house.until(lambda: len(commands(house)) == 6)

        assert commands(house) == [b"OFF", b"ON"] * 3


async def test_only_so_many_wait_for_a_rule_that_runs(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule(mode="queued", do=[{"delay": "10s"}])]) as house:
        for _ in range(13):
            house.publish("go", "x")
        await all_of(house, "rule", 2)
        await over(house)

        assert came(house) == ["busy", "busy"]
        assert "10 times of it wait already" in went(house)[0]["words"]


async def test_single_is_busy_during_a_long_delay(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule(do=[LONG, PLUG_ON])]) as house:
        house.publish("go", "x")
        await house.until(lambda: resting(house))
        house.publish("go", "x")
        await all_of(house, "rule", 1)

        assert came(house) == ["busy"]


async def test_restart_during_a_long_delay_leaves_one_delay_on_disk(own_broker, tmp_path):
    do = [PLUG_OFF, LONG, PLUG_ON]
    async with ruled(own_broker().port, tmp_path, [rule(mode="restart", do=do)]) as house:
        house.publish("go", "x")
        [first] = await house.until(lambda: resting(house))
        house.publish("go", "x")
        await house.until(lambda: resting(house) not in ([], [first]))
        await house.until(lambda: len(commands(house)) == 2)

        assert came(house) == ["stopped"]
        assert len(resting(house)) == 1


async def test_a_restart_while_a_question_waits_does_not_wait_for_its_answer(own_broker, tmp_path):
    rules = [rule(mode="restart", do=[PLUG_ON, UNLOCK])]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("go", "x")
        await house.until(house.daemon.pipeline.pending)
        house.publish("go", "x")
        await house.until(lambda: len(commands(house)) == 2)

        assert came(house)[0] == "stopped"
        assert len(await house.until(house.daemon.pipeline.pending)) == 1


async def test_a_rule_that_ran_in_an_earlier_life_goes_on_with_its_delay_in_this_one(own_broker, tmp_path):
    port = own_broker().port
    rules = [rule(do=[{"delay": "16s"}, PLUG_ON])]
    async with ruled(port, tmp_path, rules) as house:
        house.publish("go", "x")
        [name] = await house.until(lambda: resting(house))
    async with ruled(port, tmp_path, rules, announce=False) as house:
        house.publish("go", "x")
        await all_of(house, "rule", 1)

        assert resting(house) == [name]
        assert came(house) == ["busy"]


async def test_restart_drops_what_an_earlier_life_left(own_broker, tmp_path):
    port = own_broker().port
    rules = [rule(mode="restart", do=[PLUG_OFF, LONG, PLUG_ON])]
    async with ruled(port, tmp_path, rules) as house:
        house.publish("go", "x")
        [first] = await house.until(lambda: resting(house))
    async with ruled(port, tmp_path, rules, announce=False) as house:
        house.publish("go", "x")
        await house.until(lambda: resting(house) not in ([], [first]))
        await house.until(lambda: first not in resting(house))

        assert len(resting(house)) == 1


async def test_a_thousand_rules_run_at_a_time_and_no_more(own_broker, tmp_path):
    rules = [rule(f"r{number}", when={"mqtt": "all"}, do=[{"delay": "14s"}]) for number in range(1010)]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("all", "x")
        await over(house)
        refused = [number for number in range(1010) if came(house, f"r{number}") == ["busy"]]

        assert len(refused) == 10
        assert "1000 rules are running already" in went(house, f"r{refused[0]}")[0]["words"]


async def test_a_house_that_ends_while_rules_run_ends_at_once(own_broker, tmp_path):
    rules = [
        rule(f"r{number}", do=[{"delay": delay}, PLUG_ON], mode="queued")
        for number, delay in enumerate((0.05, 5, 14, 20, 300))
    ]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        for _ in range(20):
            house.publish("go", "x")
        await house.until(lambda: resting(house))
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
