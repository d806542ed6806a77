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


async def test_the_daemon_listens_for_its_tasks_by_what_they_are_called(own_broker, tmp_path):
    tasks = {"photo-sync": {"command": ["true"], "aliases": ["picture upload"]}}
    async with living(own_broker().port, tmp_path, {**VALUES, "tasks": tasks}) as house:
        house.publish(house.topic("query", "hearable"), {"id": "words"})

        [told] = await house.until(lambda: house.on(house.topic("answer", "words")), 18)

        assert {"photo sync", "picture upload"} <= set(told["answer"]["names"])
        assert "<own_task> = photo sync | picture upload;" in told["answer"]["jsgf"]
