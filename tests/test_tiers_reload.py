"""A daemon that is told to use other models: who is being answered still is, the next gets the new ones."""

import asyncio
import itertools
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from tests.house import House, living
from tests.inference.server import Peer, said
from tests.integrations.simulating import there
from tests.mosquitto import Mosquitto
from tests.talking import HOUSE, VALUES, Talk
from tests.tiering import OFF, ONLY, Held, behind, lights_off, lit, model, states, statuses

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
SLOW = {"budgets": {"intent": {"deadline": 30}}}
_ids = itertools.count()


class Reloading:
    """A house, and the file that its daemon reads again when it is told to."""

    def __init__(self, house: House, file: Path) -> None:
        self.house = house
        self.file = file

    def talk(self) -> Talk:
        return Talk(self.house, f"session-{next(_ids)}")

    async def reload(self, **peers: Peer) -> None:
        """Have it use these servers and no other model, as `systemctl reload` does."""
        write(self.file, peers)
        os.kill(os.getpid(), signal.SIGHUP)
        urls = {name: one.url for name, one in peers.items()}
        served = self.house.daemon.models
        await self.house.until(lambda: {name: one.config.url for name, one in served._served.items()} == urls)


def write(file: Path, peers: Mapping[str, Peer], **more: Any) -> None:
    providers = {name: behind(one) for name, one in peers.items()}
    models = {**ONLY, "providers": providers, "primary": next(iter(peers), None), **SLOW}
    file.write_text(json.dumps({**VALUES, "models": {**models, **more}}))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory) -> AsyncIterator[Reloading]:
    folder, broker = tmp_path_factory.mktemp("reload"), Mosquitto().start()
    file = folder / "config.yaml"
    write(file, {})
    async with living(broker.port, folder / "state", file) as house:
        await there(house, len(HOUSE.entities))
        yield Reloading(house, file)
    broker.close()


async def test_nothing_is_lost_when_models_come_and_go_while_somebody_is_answered(daemon):
    one, two, held = daemon.talk(), daemon.talk(), Held(lights_off())
    async with Peer(held).open() as old, Peer(said(lights_off("bedroom"))).open() as new:
        await daemon.reload(old=old)
        await lit(one)
        waiting = asyncio.create_task(one.say(OFF))
        await old.until(lambda peer: peer.requests, 15)
        await daemon.reload(new=new)
        second = await two.say("we need the bedroom lights off")
        early = waiting.done()
        held.now.set()
        first = await waiting
        await daemon.reload()
        third = await two.say("we need the hallway lights off")

    assert (early, first["tier"], statuses(first), states(one)) == (False, "provider", {"confirmed"}, {"off"})
    assert (second["tier"], len(new.requests)) == ("provider", 1)
    assert (third["tier"], third["outcomes"]) == ("none", [])


async def test_who_is_about_to_answer_a_question_still_can_when_only_the_models_change(daemon):
    talk = daemon.talk()
    async with Peer(said(lights_off())).open() as peer:
        await daemon.reload()
        asked = await talk.say("turn on the light in the living room")
        await daemon.reload(big=peer)
        reply = await talk.say("the floor lamp")

    assert asked["expects_answer"]
    assert [one["target"] for one in reply["outcomes"]] == ["light.floor_lamp"]


async def test_a_configuration_with_a_mistake_leaves_the_models_as_they_were(daemon):
    async with Peer(said(lights_off())).open() as peer:
        await daemon.reload(big=peer)
        runner = daemon.house.daemon.models._served["big"].runner
        with capture_logs() as logged:
            write(daemon.file, {"big": peer}, fallback=["none"])
            os.kill(os.getpid(), signal.SIGHUP)
            await daemon.house.until(lambda: [one for one in logged if "reload_refused" in one["event"]])
        reply = await daemon.talk().say(OFF)

    assert (reply["tier"], daemon.house.daemon.models._served["big"].runner is runner) == ("provider", True)
    assert model(daemon.house, "big").answered == 1


async def test_sentences_that_were_changed_hold_after_a_reload(daemon):
    talk, sentences = daemon.talk(), daemon.file.parent / "sentences" / "en.yaml"
    block = {"sentences": ["let the sun come up in the {area}"], "slots": {"domain": "light"}}
    async with Peer(said("")).open() as peer:
        await daemon.reload()
        before = await talk.say("let the sun come up in the office")
        sentences.parent.mkdir()
        sentences.write_text(json.dumps({"language": "en", "intents": {"HassTurnOn": {"data": [block]}}}))
        await daemon.reload(big=peer)
        after = await talk.say("let the sun come up in the office")

    assert (before["tier"], after["tier"]) == ("none", "grammar")
