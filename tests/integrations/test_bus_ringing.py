"""What rings and what is still to come, as others on the bus hear it."""

from datetime import UTC, datetime

import orjson

from agent.core.events import Rang, TimersChanged
from tests.house import living

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def test_a_ring_is_told_once_and_not_kept(broker, tmp_path):
    async with living(broker.port, tmp_path) as house:
        house.daemon.bus.publish(
            Rang(
                at=NOON,
                cause="trace",
                id="said/timer-1@x",
                kind="timer",
                name="tea",
                text="Your tea timer is over",
                language="en",
                due=NOON,
                late=0.0,
                area="kitchen",
                session="one",
            )
        )
        ring = (await house.until(lambda: house.on(house.topic("ring"))))[0]

        assert [kept for topic, _, kept in house.heard if topic == house.topic("ring")] == [False]
        assert (ring["v"], ring["trace"], ring["kind"], ring["name"]) == (1, "trace", "timer", "tea")
        assert (ring["text"], ring["due"], ring["late"]) == ("Your tea timer is over", NOON.isoformat(), 0.0)
        assert (ring["area"], ring["session"], ring["language"]) == ("kitchen", "one", "en")


async def test_what_is_still_to_come_is_there_for_who_comes_later(own_broker, tmp_path, ear):
    rows = ({"id": "timer-1", "kind": "timer", "name": "tea", "paused": True, "remaining": 240},)
    port = own_broker().port
    async with living(port, tmp_path) as house:
        house.daemon.bus.publish(TimersChanged(at=NOON, timers=rows))
        await house.until(lambda: [one for one in house.on(house.topic("timers")) if one["timers"]])
        late = await ear(port)
        await late.until(lambda ear: [one for one in ear.heard if one[0] == house.topic("timers")])

        [(_, payload, retained)] = [one for one in late.heard if one[0] == house.topic("timers")]
        assert retained
        assert orjson.loads(payload)["timers"] == list(rows)
