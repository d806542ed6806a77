"""Timers and commands for later in the running daemon: told on the bus, and there again after a restart."""

from tests.talking import Talk, simulated_home


def listed(house):
    """What was last told to be still to come; None if nothing was."""
    told = house.on(house.topic("timers"))
    return told[-1]["timers"] if told else None


async def test_a_timer_rings_on_the_bus_and_is_gone_from_the_list(tmp_path):
    async with simulated_home(tmp_path) as house:
        reply = await Talk(house, "cook").say("set a tea timer for 2 seconds", area="Kitchen")
        ring = (await house.until(lambda: house.on(house.topic("ring"))))[0]
        await house.until(lambda: listed(house) == [])

        assert reply["text"] == "Tea timer set for 2 seconds"
        assert (ring["text"], ring["area"], ring["session"]) == ("Your tea timer is over", "kitchen", "cook")


async def test_a_command_is_done_when_its_time_has_come(tmp_path):
    async with simulated_home(tmp_path) as house:
        talk = Talk(house, "one")
        await talk.say("turn on the desk lamp for 2 seconds")
        lit = talk.state("light.desk_lamp")
        await house.until(lambda: talk.state("light.desk_lamp") == "off")
        ended = await house.until(
            lambda: [one for one in house.on(house.topic("outcome")) if one["cause"]["kind"] == "schedule"]
        )

        assert lit == "on"
        assert ended[0]["cause"]["utterance"] == "turn on the desk lamp for 2 seconds"


async def test_a_timer_is_there_in_the_next_life(tmp_path):
    async with simulated_home(tmp_path) as house:
        await Talk(house, "one").say("set a tea timer for 1 hour")
    async with simulated_home(tmp_path) as house:
        timers = await house.until(lambda: listed(house))

        assert [(one["kind"], one["name"]) for one in timers] == [("timer", "tea")]


async def test_what_is_changed_and_what_has_rung_is_known_to_the_daemon(tmp_path):
    async with simulated_home(tmp_path) as house:
        talk = Talk(house, "cook")
        await talk.say("set a tea timer for 1 hour")
        changed = await talk.say("change the timer to 2 seconds")
        await house.until(lambda: house.on(house.topic("ring")))
        again = await talk.say("restart the timer")

        assert changed["text"] == "The tea timer: 2 seconds left"
        assert again["text"] == "The tea timer starts again with 2 seconds"


async def test_a_lamp_is_not_switched_before_the_sun_says_so(tmp_path):
    async with simulated_home(tmp_path) as house:
        talk = Talk(house, "one")
        await talk.say("turn on the desk lamp")
        reply = await talk.say("日落前二十分钟关掉 Desk Lamp")

        assert [one["name"] for one in reply["intents"]] == ["OpsSchedule"]
        assert talk.state("light.desk_lamp") == "on"
