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
