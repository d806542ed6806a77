"""What sets a rule off in a living house, what does not, and why."""

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.automations.ruled import (
    LAMP_ON,
    PLUG_OFF,
    PLUG_ON,
    all_of,
    announced,
    came,
    commands,
    looked,
    over,
    rule,
    ruled,
    went,
)


async def test_a_message_sets_a_rule_off_once(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule()]) as house:
        house.publish("go", "x")
        await all_of(house, "rule", 1)
        await over(house)

        assert came(house) == ["ran"]
        assert commands(house) == [b"ON"]


async def test_each_message_of_many_sets_it_off(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule(mode="queued")]) as house:
        for _ in range(8):
            house.publish("go", "x")
        await all_of(house, "rule", 8)

        assert came(house) == ["ran"] * 8
        assert len(commands(house)) == 8


async def test_what_a_rule_did_is_told_with_its_reason_and_its_plan(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule()]) as house:
        house.publish("go", "x")
        await all_of(house, "rule", 1)

        [told] = went(house)
        assert (told["because"], told["words"]) == ("a message came on go", "switch.turn_on switch.plug")
        assert told["run"].startswith("rule-")


async def test_its_outcomes_name_the_rule(own_broker, tmp_path):
    async with ruled(own_broker().port, tmp_path, [rule()]) as house:
        house.publish("go", "x")
        await all_of(house, "rule", 1)
        [run] = [one["run"] for one in went(house)]
        ended = await house.ended(f"{run}.0")

        assert ended["cause"] == {"kind": "automation", "who": "rule"}
        assert ended["status"] == "sent"


async def test_a_condition_that_is_false_keeps_it_from_it_and_says_what_it_saw(own_broker, tmp_path):
    rules = [rule(**{"if": [{"state": {"entity": "binary_sensor.hall", "is": "on"}}]})]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("go", "x")
        await all_of(house, "rule", 1)

        [told] = went(house)
        assert told["came"] == "not so"
        assert "binary_sensor.hall" in told["words"]
        assert "off" in told["words"]
        assert commands(house) == []


async def test_a_template_that_says_no_tells_what_it_saw(own_broker, tmp_path):
    rules = [rule(when={"mqtt": "go", "if": "{{ value_json.lux < 50 }}"})]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("go", '{"lux": 80}')
        await house.until(lambda: looked(house))

        assert "80" in looked(house)
        assert came(house) == []


async def test_a_retained_message_does_not(own_broker, tmp_path):
    broker = own_broker()
    announced(broker.port, states={"go": "x"})
    async with ruled(broker.port, tmp_path, [rule()], announce=False) as house:
        await house.until(lambda: looked(house))

        assert "retained" in looked(house)
        assert came(house) == []


async def test_what_the_broker_kept_while_we_were_away_does_not(own_broker, tmp_path):
    broker = own_broker()
    async with ruled(broker.port, tmp_path, [rule()]) as house:
        await over(house)
    away = Client(CallbackAPIVersion.VERSION2)
    away.connect("127.0.0.1", broker.port)
    away.loop_start()
    away.publish("go", "x", qos=1).wait_for_publish(5)
    away.loop_stop()
    async with ruled(broker.port, tmp_path, [rule()], announce=False) as house:
        await house.until(lambda: looked(house), 15.0)

        assert "while we were away" in looked(house)
        assert came(house) == []


async def test_our_own_message_does_not_set_a_rule_off_and_somebody_elses_does(own_broker, tmp_path):
    rules = [
        rule("own", when={"mqtt": "plug/set"}, do=[PLUG_OFF]),
        rule("go", do=[PLUG_ON]),
    ]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("go", "x")
        await all_of(house, "go", 1)
        await house.until(lambda: looked(house, "own"))
        mine = came(house, "own")
        house.publish("plug/set", "ON")
        theirs = await all_of(house, "own", 1)

    assert (mine, theirs) == ([], ["ran"])


async def test_our_own_message_does_not_however_many_filters_it_comes_for(own_broker, tmp_path):
    rules = [
        rule("own", when=[{"mqtt": "plug/set"}, {"mqtt": "plug/#"}, {"mqtt": "+/set"}], do=[PLUG_OFF]),
        rule("go"),
    ]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("go", "x")
        await all_of(house, "go", 1)
        await over(house)

        assert came(house, "own") == []
        assert commands(house) == [b"ON"]


async def test_the_state_that_we_asked_for_does_not_and_the_same_done_by_hand_does(own_broker, tmp_path):
    rules = [
        rule("watch", when={"state": {"entity": "light.desk", "to": ["on", "off"]}}),
        rule("go", do=[LAMP_ON]),
    ]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("go", "x")
        await all_of(house, "go", 1)
        await over(house)
        ours = came(house, "watch")
        house.publish("lamp/desk", '{"state": "OFF"}', retain=True)
        theirs = await all_of(house, "watch", 1)

    assert (ours, theirs) == ([], ["ran"])


def lamp(house):
    return house.daemon.home.state("light.desk").value


async def test_somebody_who_does_the_same_right_after_us_is_not_taken_for_us(own_broker, tmp_path):
    rules = [
        rule("watch", when={"state": {"entity": "light.desk", "to": "on"}}),
        rule("go", do=[LAMP_ON]),
    ]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("go", "x")
        await all_of(house, "go", 1)
        for state in ("OFF", "ON"):
            house.publish("lamp/desk", f'{{"state": "{state}"}}', retain=True)
            # Of two states at once the newer one would do.
            await house.until(lambda wanted=state: lamp(house) == wanted.lower())

        assert await all_of(house, "watch", 1) == ["ran"]


async def test_a_state_that_changes_sets_a_rule_off(own_broker, tmp_path):
    rules = [rule(when={"state": {"entity": "binary_sensor.hall", "to": "on"}})]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("motion/hall", "ON")
        await all_of(house, "rule", 1)

        assert went(house)[0]["because"] == "binary_sensor.hall went from off to on"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_filters_that_overlap_set_a_rule_off_once_for_each_message(own_broker, tmp_path, protocol):
    rules = [
        rule("one", when=[{"mqtt": "a/+"}, {"mqtt": "a/#"}, {"mqtt": "a/b"}], mode="queued"),
        rule("two", when={"mqtt": "a/#"}, mode="queued"),
    ]
    mqtt = {"protocol": protocol}
    async with ruled(own_broker().port, tmp_path, rules, mqtt=mqtt) as house:
        for number in range(3):
            house.publish("a/b", f"{number}")
        await all_of(house, "one", 3)
        await all_of(house, "two", 3)
        await over(house)

        assert (came(house, "one"), came(house, "two")) == (["ran"] * 3, ["ran"] * 3)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_the_same_message_sent_twice_counts_twice_where_filters_overlap(own_broker, tmp_path, protocol):
    rules = [rule(when=[{"mqtt": "a/+"}, {"mqtt": "a/b"}], mode="queued")]
    mqtt = {"protocol": protocol}
    async with ruled(own_broker().port, tmp_path, rules, mqtt=mqtt) as house:
        for _ in range(4):
            house.publish("a/b", "pressed")
        await all_of(house, "rule", 4)
        await over(house)

        assert came(house) == ["ran"] * 4


async def test_a_rule_that_is_switched_off_hears_nothing(own_broker, tmp_path):
    rules = [rule("off", enabled=False), rule("on")]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("go", "x")
        await all_of(house, "on", 1)

        assert came(house, "off") == []


async def test_a_message_that_no_template_can_read_stops_no_other_rule(own_broker, tmp_path):
    rules = [
        rule("broken", when={"mqtt": "go", "if": "{{ value_json.a.b.c + 1 > value | int }}"}),
        rule("sound"),
    ]
    async with ruled(own_broker().port, tmp_path, rules) as house:
        house.publish("go", b"\xff\xfe{[")
        await all_of(house, "sound", 1)

        assert came(house, "broken") == []
        assert looked(house, "broken")
