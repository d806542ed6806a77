"""The life of an integration: started, fenced, tried again, stopped; one that is broken harms no other."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from agent.integration.host import INIT_WITHIN
from tests.house import living
from tests.integration.plugins import asked, listed, listening, running, write

HEARTHD = Path(sys.executable).parent / "hearthd"
PLUG = {"name": "Plug", "unique_id": "plug", "default_entity_id": "switch.plug", "command_topic": "plug/set"}
FAILING = """
class Failing(Integration):
    async def init(self):
        raise {error}
INTEGRATION = Failing
"""


# starting -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("IntegrationError('two lamps have one topic')", "two lamps have one topic"),
        ("ConfigError('lamps.yaml:3: that is no lamp')", "lamps.yaml:3: that is no lamp"),
        ("TransientError('the bridge does not answer')", "the bridge does not answer"),
        ("ValueError('seven')", "ValueError: seven"),
        ("TimeoutError('of its own')", "TimeoutError: of its own"),
        ("SystemExit('enough')", "SystemExit: enough"),
    ],
)
async def test_an_init_that_raises_is_shown_as_failed_with_the_reason(own_broker, tmp_path, error, reason):
    write(tmp_path / "plugins" / "found", FAILING.format(error=error))
    async with living(own_broker().port, tmp_path) as house:
        told = await listed(house, "found")

        assert (told["status"], told["reason"]) == ("failed", reason)


async def test_what_fails_for_a_while_is_tried_again_with_growing_pauses_until_it_works(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Late(Integration):
    tries = []
    async def init(self):
        self.tries.append(self.house.clock.monotonic())
        if len(self.tries) < 3:
            raise TransientError("the bridge does not answer")
INTEGRATION = Late
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        tries = (await running(house)).tries
        told = await listed(house, "found")

        assert tries[1] - tries[0] >= 0.5
        assert tries[2] - tries[1] >= 1.0
        assert (told["reason"], told["restarts"]) == (None, 2)


async def test_an_init_that_hangs_holds_up_neither_the_others_nor_the_start(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Hanging(Integration):
    async def init(self):
        await asyncio.Event().wait()
INTEGRATION = Hanging
""",
    )
    began = time.monotonic()
    async with living(own_broker().port, tmp_path) as house:
        took = time.monotonic() - began

        assert took < INIT_WITHIN / 2
        assert (await listed(house, "found"))["status"] == "starting"
        assert (await listed(house, "discovery"))["status"] == "running"


async def test_shutdown_comes_after_a_failed_init_too(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Half(Integration):
    async def init(self):
        raise TransientError("half way")
    async def shutdown(self):
        self.house.publish("found/shut-down", "yes", retain=True)
INTEGRATION = Half
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        assert await house.until(lambda: house.on("found/shut-down"))


async def test_what_a_failed_life_took_is_given_back_before_the_next(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Second(Integration):
    lives, heard, worked = [], [], []
    async def init(self):
        self.lives.append(1)
        life = len(self.lives)
        self.house.subscribe("found/said", lambda message: self.heard.append(life))
        self.house.once("work", self.work(life))
        if life == 1:
            raise TransientError("once more")
    async def work(self, life):
        self.worked.append(life)
INTEGRATION = Second
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        second = await running(house)
        await listening(house, second)
        house.publish("found/said", "hello")
        await house.until(lambda: second.heard and second.worked)

        assert (second.heard, second.worked) == ([2], [2])


# its own fences -----------------------------------------------------------------------------------------
async def test_a_process_that_raises_costs_that_event_and_nothing_else(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Clumsy(Integration):
    listens = (EntityAdded,)
    seen = []
    async def process(self, event):
        self.seen.append(event.entity.id)
        if event.entity.id == "switch.first":
            raise ValueError("I do not like the first")
INTEGRATION = Clumsy
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        clumsy = await running(house)
        for name in ("first", "second"):
            plug = {**PLUG, "unique_id": name, "default_entity_id": f"switch.{name}"}
            house.publish(f"homeassistant/switch/{name}/config", plug)
        await house.until(lambda: len(clumsy.seen) == 2)

        assert clumsy.seen == ["switch.first", "switch.second"]
        assert house.daemon.metrics.counters["integration.found.process_failed"] == 1
        assert (await listed(house, "found"))["status"] == "running"
        assert house.daemon.home.get("switch.first").owner == "discovery"


async def test_a_process_that_hangs_holds_up_nobody_else(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Stuck(Integration):
    listens = (EntityAdded, OutcomeChanged)
    async def process(self, event):
        await asyncio.Event().wait()
INTEGRATION = Stuck
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        await running(house)
        house.publish("homeassistant/switch/plug/config", PLUG)
        await house.until(lambda: house.daemon.home.get("switch.plug"))
        action = await house.do("switch.turn_on", {"entity": "switch.plug"})

        assert (await house.ended(action))["status"] == "sent"


async def test_answers_that_raise_leave_the_other_questions_answered(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Moody(Integration):
    def answers(self):
        raise ValueError("do not ask me")
INTEGRATION = Moody
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        await running(house)

        assert (await listed(house, "found"))["status"] == "running"


async def test_an_integration_answers_questions_of_its_own(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Wise(Integration):
    def answers(self):
        return {"sum": lambda asked: asked["a"] + asked["b"]}
INTEGRATION = Wise
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        await running(house)

        assert await asked(house, "sum", a=2, b=3) == 5


async def test_a_service_of_its_own_is_carried_out_and_what_it_raises_is_the_reason(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Waving(Integration):
    async def init(self):
        for name in ("left", "right"):
            self.house.add_entity(Entity(id=f"flag.{name}", name=name.title(), owner=self.house.owner))
    @provides("flag.wave", risk=Risk.REVERSIBLE)
    async def wave(self, step):
        if step.entity == "flag.left":
            raise ActionError(f"{step.entity} is stuck, so it was not waved {step.data['times']} times")
        self.house.publish("flag/right", str(step.data["times"]))
INTEGRATION = Waving
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        await running(house)
        left = await house.do("flag.wave", {"entity": "flag.left"}, {"times": 3})
        right = await house.do("flag.wave", {"entity": "flag.right"}, {"times": 3})

        assert (await house.ended(left))["reason"] == "flag.left is stuck, so it was not waved 3 times"
        assert (await house.ended(right))["status"] == "sent"
        assert house.on("flag/right") == [3]


# stopping -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("end", ["await asyncio.Event().wait()", "raise ValueError('not now')"])
async def test_a_shutdown_that_hangs_or_raises_does_not_hold_up_the_end(own_broker, tmp_path, end):
    write(
        tmp_path / "plugins" / "found",
        f"""
class Clinging(Integration):
    async def shutdown(self):
        {end}
INTEGRATION = Clinging
""",
    )
    async with living(own_broker().port, tmp_path) as house:
        await running(house)
        began = time.monotonic()

    assert time.monotonic() - began < 4
    assert house.on(house.topic("status")) == [b"online", b"stopped"]
    assert house.daemon.hosted["discovery"].standing.life == "stopped"


# settings -----------------------------------------------------------------------------------------------
LAMPS = """
class Settings(Section):
    lamps: dict[str, int]
class Lamps(Integration):
    Config = Settings
    async def init(self):
        for name, watts in self.config.lamps.items():
            self.house.add_entity(Entity(id=f"light.{name}", name=f"{name} {watts}", owner=self.house.owner))
INTEGRATION = Lamps
"""


async def test_settings_are_told_by_file_and_line_and_mended_ones_take_effect_on_reload(own_broker, tmp_path):
    write(tmp_path / "plugins" / "lamps", LAMPS)
    file = tmp_path / "config.yaml"
    text = (
        f"node: {{name: test, state_dir: {tmp_path}}}\nmqtt: {{port: {own_broker().port}}}\n"
        "plugins:\n  lamps:\n    lamps:\n      desk: bright\n"
    )
    file.write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEARTHD_")}

    def told():
        shown = subprocess.run(
            [HEARTHD, "plugins", "--json", "-c", file], env=environment, capture_output=True, check=True
        )
        return next(one for one in orjson.loads(shown.stdout) if one["domain"] == "lamps")

    def run():
        with subprocess.Popen(
            [HEARTHD, "run", "-c", file], env=environment, stdout=subprocess.PIPE, text=True
        ) as daemon:
            next(line for line in daemon.stdout if "ready after" in line)
            try:
                before = told()
                file.write_text(text.replace("bright", "40"))
                daemon.send_signal(signal.SIGHUP)
                next(line for line in daemon.stdout if "integration.started" in line and "lamps" in line)
                return before, told()
            finally:
                daemon.terminate()
                daemon.communicate(timeout=10)

    before, after = await asyncio.to_thread(run)
    assert before["status"] == "failed"
    assert before["reason"].startswith(f"{file}:6: plugins.lamps.lamps.desk: ")
    assert (after["status"], after["reason"]) == ("running", None)


async def test_a_reason_that_stays_the_same_is_logged_once(own_broker, tmp_path):
    write(
        tmp_path / "plugins" / "found",
        """
class Never(Integration):
    async def init(self):
        raise TransientError("there is no socket")
INTEGRATION = Never
""",
    )
    with capture_logs() as logged:
        async with living(own_broker().port, tmp_path) as house:
            await house.until(lambda: house.daemon.hosted["found"].standing.restarts > 1, 15)

    failed = [one for one in logged if one["event"] == "integration.start_failed"]
    assert [one["reason"] for one in failed] == ["there is no socket"]
