"""Short Python on demand: off by default, off without a sandbox, and never run anywhere else.

What keeps a snippet in is proven by tests/systemd.
"""

import json

import pytest

from agent.runtime.sandbox import SOCKET
from tests.house import living
from tests.inference.server import Peer, said
from tests.talking import Talk

ON = {"plugins": {"code": {}}}
SNIPPET = "print(2 + 2)"


@pytest.fixture(autouse=True)
def _no_sandbox_here():
    if SOCKET.exists():
        pytest.skip(f"there is a sandbox at {SOCKET}")


def code(house):
    return house.daemon.hosted["code"].as_json()


async def test_it_is_off_unless_it_is_configured(broker, tmp_path):
    async with living(broker.port, tmp_path) as house:
        assert "code" not in house.daemon.hosted


async def test_without_a_sandbox_it_says_so_and_stays_off(broker, tmp_path):
    async with living(broker.port, tmp_path, ON) as house:
        await house.until(lambda: code(house)["status"] == "failed")

        assert "it takes systemd" in code(house)["reason"]


async def test_without_a_sandbox_nothing_is_run(broker, tmp_path):
    async with living(broker.port, tmp_path, ON) as house:
        await house.until(lambda: code(house)["status"] == "failed")
        action = await house.do("code.run", {}, {"python": SNIPPET})

        assert (await house.ended(action))["status"] == "refused"


async def test_a_task_that_is_to_be_kept_in_does_not_run_without_one(broker, tmp_path):
    ran = tmp_path / "ran"
    task = {"command": ["touch", str(ran)], "sandbox": True, "risk": "reversible"}
    async with living(broker.port, tmp_path / "state", {"tasks": {"kept": task}}) as house:
        action = await house.do("task.run", {"entity": "task.kept"})
        outcome = await house.ended(action)

    assert outcome["status"] == "failed"
    assert "it takes systemd" in outcome["reason"]
    assert not ran.exists()


async def test_where_nothing_runs_code_that_is_said(broker, tmp_path):
    wants = {"intents": [{"intent": "OpsRunCode", "slots": {"python": SNIPPET}}]}
    async with Peer(said(json.dumps(wants))).open() as peer:
        provider = {"kind": "openai", "url": peer.url, "model": "m"}
        models = {"providers": {"big": provider}, "shipped": {"enabled": False}}
        async with living(broker.port, tmp_path, {"models": models}) as house:
            reply = await Talk(house, "code").say("what do 2 and 2 sum up to in total")

    assert reply["text"].startswith("I run no code here")
    assert (reply["facts"], reply["outcomes"]) == ([{"intent": "OpsRunCode", "done": False}], [])
