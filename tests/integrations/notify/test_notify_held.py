"""What is held back in a running daemon, in real time: seconds of quiet, of collecting, of a limit."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.house import living
from tests.integrations.notify.peers import WebServer, send, serving, settings
from tests.integrations.notify.test_notify import _apprise_is_read, ended  # noqa: F401

WITHIN = 15.0


@pytest.fixture
async def server():
    async with serving(WebServer()) as one:
        yield one


async def test_a_message_in_the_quiet_is_sent_at_its_end(broker, tmp_path, server):
    now = datetime.now(UTC)
    quiet = {"start": f"{now - timedelta(hours=1):%H:%M:%S}", "end": f"{now + timedelta(seconds=8):%H:%M:%S}"}
    values = settings({"ada": {"urls": [server.url()], "quiet": quiet}})
    async with living(broker.port, tmp_path, {**values, "node": {"timezone": "UTC"}}) as house:
        outcome = await ended(house, await send(house))
        held = [outcome["status"], [*server.messages]]

        await house.until(lambda: server.messages == ["the bins"], WITHIN)
        assert held == ["sent", []]


async def test_a_digest_is_one_message(broker, tmp_path, server):
    values = settings({"ada": {"urls": [server.url()]}}, digest={"every": "300ms"})
    async with living(broker.port, tmp_path, values) as house:
        for name in ("the bins", "the cat"):
            await ended(house, await send(house, name))

        await house.until(lambda: server.messages == ["- the bins\n- the cat"], WITHIN)


async def test_what_is_above_the_limit_comes_as_one_message(broker, tmp_path, server):
    values = settings({"ada": {"urls": [server.url()]}}, limit={"most": 1, "within": "1s"})
    async with living(broker.port, tmp_path, values) as house:
        for name in ("the bins", "the cat", "the dog"):
            await send(house, name)

        await house.until(lambda: server.messages == ["the bins", "- the cat\n- the dog"], WITHIN)


async def test_what_was_collected_survives_a_restart(broker, tmp_path, server):
    values = settings({"ada": {"urls": [server.url()]}}, digest={"every": "2s"})
    async with living(broker.port, tmp_path, values) as house:
        await ended(house, await send(house))
    async with living(broker.port, tmp_path, values) as house:
        await house.until(lambda: server.messages == ["the bins"], WITHIN)
