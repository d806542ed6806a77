"""The running daemon is asked what may be said to it."""

from tests.house import living
from tests.talking import VALUES


async def test_the_daemon_tells_what_may_be_said_to_its_house_as_it_is_now(own_broker, tmp_path):
    async with living(own_broker().port, tmp_path, VALUES) as house:
        await house.until(lambda: house.daemon.home.state("light.desk_lamp").value, 10)
        house.publish(house.topic("query", "hearable"), {"id": "words"})

        [told] = await house.until(lambda: house.on(house.topic("answer", "words")), 18)

        assert told["answer"]["language"] == "en"
        assert any(one.endswith("the desk lamp") for one in told["answer"]["phrases"])
        assert "desk lamp" in told["answer"]["names"]
        assert told["answer"]["jsgf"].startswith("#JSGF V1.0;")
