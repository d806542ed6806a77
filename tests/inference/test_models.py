"""Several models: one that has no answer is replaced by the next, and a reload drops nothing."""

import asyncio
import time

import psutil
import pytest
from pydantic import ValidationError

from agent.errors import TransientError
from agent.inference.models import Models
from agent.inference.runner import Limits, Prompt
from agent.inference.section import ModelsConfig
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from tests.inference.asking import ENDLESS, LIGHT, SHORT
from tests.inference.server import STREAM, Peer, answer, event, said


def on_disk(path, **settings):
    return {"kind": "gpt4all", "path": str(path), "context": 512, **settings}


def behind(peer, **settings):
    return {"kind": "openai", "url": peer.url, "model": "m", **settings}


def config(providers, **settings):
    return ModelsConfig.model_validate({"providers": providers, **settings})


class Brisk(Clock):
    """A clock whose pauses are short."""

    async def sleep(self, seconds):
        await asyncio.sleep(min(seconds, 0.01))


@pytest.fixture
async def models():
    """Makes models; all are closed at the end of the test."""
    made = []

    def start(providers, **settings):
        made.append(Models(config(providers, **settings), clock=Brisk(), metrics=Metrics()))
        return made[-1]

    yield start
    for one in made:
        await one.close()


def states(models):
    return {one.name: one.state for one in models.health()}


# who is asked ----------------------------------------------------------------------------------------------
def test_each_role_has_its_model_then_the_fallback():
    both = {"tiny": on_disk("/a.gguf"), "big": on_disk("/b.gguf")}
    asked = config(both, primary="tiny", fallback=["big", "tiny"], roles={"chat": "big"})

    assert (asked.asked_for("intent"), asked.asked_for("chat")) == (("tiny", "big"), ("big", "tiny"))


def test_the_only_model_needs_no_mention():
    assert config({"tiny": on_disk("/a.gguf")}).asked_for("intent") == ("tiny",)


def test_nobody_is_asked_for_answers_in_words_who_was_not_chosen_for_that():
    both = {"tiny": on_disk("/a.gguf"), "big": on_disk("/b.gguf")}

    assert config(both, primary="tiny", fallback=["big"]).asked_for("chat") == ()


def test_where_nothing_is_configured_nobody_is_asked():
    assert ModelsConfig().asked_for("intent") == ()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"primary": "other"}, "primary: there is no provider 'other'; there are: tiny"),
        ({"fallback": ["other"]}, "fallback: there is no provider 'other'; there are: tiny"),
        ({"roles": {"chat": "other"}}, r"roles\.chat: there is no provider 'other'; there are: tiny"),
    ],
)
def test_a_name_that_nobody_has_is_a_mistake(settings, told):
    with pytest.raises(ValidationError, match=told):
        config({"tiny": on_disk("/a.gguf")}, **settings)


@pytest.mark.parametrize(
    "provider",
    [
        {"kind": "openai", "model": "m", "url": "localhost:11434/v1"},
        {"kind": "openai", "model": "m", "url": "ftp://localhost/v1"},
        {"kind": "openai", "model": "m", "url": "http://user:word@localhost/v1"},
        {"kind": "openai", "model": "m", "url": "http://localhost/v1\r\nX: y"},
        {"kind": "openai", "model": "m", "url": "http://localhost/v1", "api_key": "a\r\nX: y"},
        {"kind": "gpt4all", "path": "model.gguf"},
        {"kind": "gpt4all", "path": "/model.gguf", "template": "%1"},
        {"kind": "gpt4all", "path": "/model.gguf", "sha256": "abc"},
        {"kind": "magic"},
    ],
)
def test_what_cannot_work_is_refused_when_it_is_read(provider):
    with pytest.raises(ValidationError):
        config({"one": provider})


def test_the_key_is_not_shown():
    shown = repr(config({"one": {"kind": "openai", "url": "http://x/v1", "model": "m", "api_key": "sk-1"}}))

    assert "sk-1" not in shown


# who takes over --------------------------------------------------------------------------------------------
async def test_the_first_one_answers(models, toy):
    async with Peer(said("hi")).open() as peer:
        both = models({"tiny": on_disk(toy), "big": behind(peer)}, primary="tiny", fallback=["big"])

        assert (await both.ask("intent", LIGHT, SHORT)).model == "tiny"

    assert peer.requests == []


async def test_a_model_whose_file_is_missing_is_replaced_by_the_next(models, tmp_path):
    async with Peer(said("hi")).open() as peer:
        bad = on_disk(tmp_path / "none.gguf")
        both = models({"tiny": bad, "big": behind(peer)}, primary="tiny", fallback=["big"])

        assert (await both.ask("intent", LIGHT, SHORT)).model == "big"

    assert states(both) == {"tiny": "broken", "big": "ready"}


async def test_a_server_that_hangs_leaves_time_for_the_next(models, toy):
    async with Peer(None).open() as peer:
        both = models({"big": behind(peer), "tiny": on_disk(toy)}, primary="big", fallback=["tiny"])
        began = time.monotonic()

        found = await both.ask("intent", LIGHT, Limits(max_tokens=20, deadline=2.0))

    assert found.model == "tiny"
    assert time.monotonic() - began < 2


async def test_if_nobody_has_an_answer_all_reasons_are_told(models, tmp_path):
    async with Peer(answer({}, "401 Unauthorized")).open() as peer:
        bad = on_disk(tmp_path / "none.gguf")
        both = models({"tiny": bad, "big": behind(peer)}, primary="tiny", fallback=["big"])

        with pytest.raises(TransientError, match=r"none\.gguf: there is no such file; big refuses our key"):
            await both.ask("intent", LIGHT, SHORT)


async def test_without_any_model_that_is_said(models):
    with pytest.raises(TransientError, match="no model is configured"):
        await models({}).ask("intent", LIGHT, SHORT)


async def test_one_that_has_begun_to_speak_is_not_replaced(models, toy):
    shown = []
    async with Peer(STREAM + event("once upon")).open() as peer:
        both = models({"big": behind(peer), "tiny": on_disk(toy)}, primary="big", fallback=["tiny"])

        with pytest.raises(TransientError, match="big: "):
            await both.ask("intent", LIGHT, SHORT, on_text=shown.append)

    assert shown == ["once upon"]


# changing them ---------------------------------------------------------------------------------------------
async def until(claim, limit=5.0):
    async with asyncio.timeout(limit):
        while not claim():
            await asyncio.sleep(0.005)


async def test_nothing_is_started_before_it_is_needed(models, toy):
    assert states(models({"tiny": on_disk(toy)})) == {"tiny": "idle"}


async def test_what_is_to_be_loaded_early_is(models, toy):
    one = models({"tiny": on_disk(toy, preload=True)})
    running = asyncio.create_task(one.run())

    await until(lambda: states(one) == {"tiny": "ready"})

    running.cancel()


async def test_what_nobody_uses_is_unloaded(models, toy):
    one = models({"tiny": on_disk(toy, keep_alive=0.1)})
    await one.ask("intent", LIGHT, SHORT)
    running = asyncio.create_task(one.run())

    await until(lambda: states(one) == {"tiny": "idle"})

    running.cancel()


async def test_a_reload_that_changes_nothing_keeps_the_process(models, toy):
    one = models({"tiny": on_disk(toy)})
    await one.ask("intent", LIGHT, SHORT)

    one.reload(config({"tiny": on_disk(toy)}))

    assert states(one) == {"tiny": "ready"}


async def test_a_reload_drops_no_request_and_the_old_process_ends_after_the_last(models, toy):
    one = models({"tiny": on_disk(toy, context=32_768)})
    running, saying = asyncio.create_task(one.run()), asyncio.Event()
    asked = asyncio.create_task(
        one.ask("intent", Prompt(said="hello"), Limits(max_tokens=3000), on_text=lambda _: saying.set())
    )
    await saying.wait()
    old = psutil.Process(one._served["tiny"].runner.pid)

    one.reload(config({"tiny": on_disk(toy)}))

    assert (await one.ask("intent", Prompt(said="hello"), SHORT)).tokens == 20
    assert (await asked).tokens == 3000
    await until(lambda: not old.is_running())
    running.cancel()


async def test_closing_fails_what_is_asked_at_once(models, toy):
    one, saying = models({"tiny": on_disk(toy, context=32_768)}), asyncio.Event()
    asked = asyncio.create_task(one.ask("intent", LIGHT, ENDLESS, on_text=lambda _: saying.set()))
    await saying.wait()

    await one.close()

    with pytest.raises(TransientError, match="tiny is being closed"):
        await asked
