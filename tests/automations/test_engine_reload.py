"""Another configuration while the house lives: all of it or none, and nothing is lost or heard by half."""

import asyncio
import itertools
import json
import os
import re
import signal
import threading
import time
from contextlib import asynccontextmanager

from structlog.testing import capture_logs

from agent.core.events import RuleWent
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
    problems,
    rule,
    there,
)
from tests.house import living


class Reloading:
    """A house and the file that its daemon reads again."""

    def __init__(self, house, file):
        self.house = house
        self.file = file

    def write(self, *rules, **more):
        new = self.file.with_suffix(".new")
        new.write_text(
            json.dumps(
                {"automations": rules, "health": {"announce": False}, "log": {"level": "error"}, **more}
            )
        )
        new.replace(self.file)

    async def reload(self, *rules, **more):
        """Have the daemon take these, and wait until it has."""
        before = self.house.daemon.by_itself._now
        self.write(*rules, **more)
        os.kill(os.getpid(), signal.SIGHUP)
        await self.house.until(lambda: self.house.daemon.by_itself._now is not before, 15.0)

    async def refused(self, *rules, **more):
        """What it says when it will not take these."""
        with capture_logs() as logs:
            self.write(*rules, **more)
            os.kill(os.getpid(), signal.SIGHUP)
            return await self.house.until(
                lambda: next((one for one in logs if one["event"] == "config.reload_refused"), None), 15.0
            )


@asynccontextmanager
async def reloading(port, folder, *rules, **more):
    announced(port)
    file = folder / "config.yaml"
    Reloading(None, file).write(*rules, **more)
    async with living(port, folder / "state", file) as house:
        await there(house)
        yield Reloading(house, file)


async def test_a_bad_configuration_changes_nothing_and_is_told_with_file_and_line(own_broker, tmp_path):
    async with reloading(own_broker().port, tmp_path, rule()) as daemon:
        told = await daemon.refused(rule(), rule("next", do="turn on the moon base"))
        daemon.house.publish("go", "x")
        await all_of(daemon.house, "rule", 1)

        assert "config.yaml:1" in told["reason"]
        assert "moon base" in told["reason"]
        assert daemon.house.daemon.by_itself.rule("next") is None


async def test_a_new_rule_is_heard_and_one_that_is_gone_is_not(own_broker, tmp_path):
    async with reloading(own_broker().port, tmp_path, rule("old")) as daemon:
        await daemon.reload(rule("new", when={"mqtt": "other"}))
        await over(daemon.house)
        daemon.house.publish("go", "x")
        daemon.house.publish("other", "x")
        await all_of(daemon.house, "new", 1)

        assert daemon.house.daemon.by_itself.rule("old") is None
        assert commands(daemon.house) == [b"ON"]


async def test_a_rule_that_is_written_the_same_keeps_what_it_counted(own_broker, tmp_path):
    counting = rule(when={"mqtt": "go", "count": 3, "within": "1m"})
    async with reloading(own_broker().port, tmp_path, counting) as daemon:
        for _ in range(2):
            daemon.house.publish("go", "x")
        await all_of(daemon.house, "rule", 2)
        await daemon.reload(rule("another"), counting)
        daemon.house.publish("go", "x")
        await all_of(daemon.house, "rule", 3)

        assert came(daemon.house) == ["held back", "held back", "ran"]


async def test_a_rule_that_is_written_the_same_goes_on_waiting(own_broker, tmp_path):
    waiting = rule(when={"state": {"entity": "binary_sensor.hall", "to": "on", "for": 1.0}})
    async with reloading(own_broker().port, tmp_path, waiting) as daemon:
        await daemon.house.until(lambda: daemon.house.daemon.home.state("binary_sensor.hall").value)
        daemon.house.publish("motion/hall", "ON")
        await daemon.house.until(lambda: looked(daemon.house))
        await daemon.reload(rule("another"), waiting)
        await all_of(daemon.house, "rule", 1)

        assert came(daemon.house) == ["ran"]


async def test_a_rule_that_is_written_the_same_goes_on_running(own_broker, tmp_path):
    running = rule(do=[PLUG_OFF, {"delay": 1.0}, PLUG_ON])
    async with reloading(own_broker().port, tmp_path, running) as daemon:
        daemon.house.publish("go", "x")
        await daemon.house.until(lambda: commands(daemon.house))
        await daemon.reload(rule("another", when={"mqtt": "other"}), running)
        await all_of(daemon.house, "rule", 1)

        assert came(daemon.house) == ["ran"]
        assert commands(daemon.house) == [b"OFF", b"ON"]


async def test_a_rule_that_is_changed_stops(own_broker, tmp_path):
    async with reloading(
        own_broker().port, tmp_path, rule(do=[PLUG_OFF, {"delay": "5m"}, PLUG_ON])
    ) as daemon:
        jobs = daemon.house.daemon.by_itself.jobs
        daemon.house.publish("go", "x")
        await daemon.house.until(jobs)
        await daemon.reload(rule(do=[PLUG_OFF, {"delay": "6m"}, PLUG_ON]))
        await daemon.house.until(lambda: not jobs())
        daemon.house.publish("go", "x")
        await daemon.house.until(jobs)

        assert commands(daemon.house) == [b"OFF", b"OFF"]


async def test_a_rule_that_is_gone_stops(own_broker, tmp_path):
    async with reloading(own_broker().port, tmp_path, rule(do=[PLUG_OFF, {"delay": 0.8}, PLUG_ON])) as daemon:
        running = daemon.house.daemon.by_itself._rules._running
        daemon.house.publish("go", "x")
        await daemon.house.until(lambda: commands(daemon.house))
        await daemon.reload(rule("another", when={"mqtt": "other"}))
        await daemon.house.until(lambda: not running)
        await over(daemon.house)

        assert commands(daemon.house) == [b"OFF"]


async def test_what_a_rule_asked_that_is_gone_is_asked_no_more(own_broker, tmp_path):
    unlock = {"service": "lock.unlock", "target": "lock.front"}
    async with reloading(own_broker().port, tmp_path, rule(do=[unlock])) as daemon:
        pending = daemon.house.daemon.pipeline.pending
        daemon.house.publish("go", "x")
        await daemon.house.until(pending)
        await daemon.reload(rule("another", when={"mqtt": "other"}))
        await daemon.house.until(lambda: not pending())

        assert commands(daemon.house, "lock/front/set") == []


async def test_the_problem_of_a_rule_that_is_gone_is_gone(own_broker, tmp_path):
    lost = rule("lost", do=[LAMP_ON])
    async with reloading(own_broker().port, tmp_path, lost) as daemon:
        daemon.house.publish("homeassistant/light/desk/config", None, retain=True)
        await daemon.house.until(lambda: problems(daemon.house), 15.0)
        await daemon.reload(rule("another"))

        assert await daemon.house.until(lambda: not problems(daemon.house), 15.0)


async def test_a_filter_in_the_place_of_another_loses_no_message(own_broker, tmp_path):
    async with reloading(own_broker().port, tmp_path, rule(when={"mqtt": "a/+"}, mode="queued")) as daemon:
        counters = daemon.house.daemon.metrics.counters
        talker = Talker(daemon.house, 1000.0, topics=1)
        for topic_filter in ("a/#", "+/0", "a/0", "a/+") * 2:
            await daemon.reload(rule(when={"mqtt": topic_filter}, mode="queued", shadow=True))
        sent = talker.stop()
        await daemon.house.until(lambda: _handled(counters) >= sent, 15.0)
        await over(daemon.house)

        assert _handled(counters) == sent


def _handled(counters):
    names = ("ran", "would_have", "stopped", "busy", "held_back", "not_so", "failed", "no_plan")
    return sum(counters.get(f"automation.{name}", 0) for name in names)


class Talker:
    """Numbered messages, so many a second, from a thread of its own."""

    def __init__(self, house, rate, *, topics):
        self._house = house
        self._rate = rate
        self._topics = topics
        self._over = threading.Event()
        self._sent = 0
        self._thread = threading.Thread(target=self._talk)
        self._thread.start()

    def stop(self):
        """How many it said."""
        self._over.set()
        self._thread.join()
        return self._sent

    def _talk(self):
        began = time.monotonic()
        while not self._over.is_set():
            while self._sent < (time.monotonic() - began) * self._rate:
                self._house.publish(f"a/{self._sent % self._topics}", f'{{"n": {self._sent}}}')
                self._sent += 1
            time.sleep(0.002)


async def test_under_load_each_message_is_handled_once_by_one_configuration(own_broker, tmp_path):
    def generation(number):
        act = PLUG_ON if number % 2 else PLUG_OFF
        when = f"{{{{ value_json.n >= 0 and {number % 2} < 99 }}}}"
        return [
            rule(f"r{one}", when={"mqtt": f"a/{one}", "if": when}, do=[act], shadow=True, mode="queued")
            for one in range(20)
        ]

    seconds = float(os.environ.get("RELOAD_SECONDS", "3"))
    async with reloading(own_broker().port, tmp_path, *generation(0)) as daemon:
        house = daemon.house
        with house.daemon.bus.subscribe("test", RuleWent, size=1_000_000) as heard:
            talker = Talker(house, 1000.0, topics=20)
            reloads = itertools.count(1)
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                await daemon.reload(*generation(next(reloads)))
                await asyncio.sleep(0.2)
            sent = talker.stop()
            await house.until(lambda: _handled(house.daemon.metrics.counters) >= sent, 15.0)
            await over(house)
            told = [*heard._events.values()]

    numbers = [int(re.search(r"(\d+)$", one.because.rstrip(")"))[1]) for one in told if "n" in one.because]
    assert _handled(house.daemon.metrics.counters) == sent
    assert len(numbers) == len(set(numbers))
    assert {one.words for one in told if one.came == "would have"} == {
        "switch.turn_on switch.plug",
        "switch.turn_off switch.plug",
    }
    assert next(reloads) > 2
