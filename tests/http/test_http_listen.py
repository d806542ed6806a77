"""Push-to-talk over HTTP: the microphone listens, or it is said why not."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.house import living
from tests.http.calling import KEYS, PHONE, UNMEASURED, Web, answering, calling
from tests.mosquitto import free_port
from tests.voice.living import Room

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
VOICE = {"wake": "off", "stt": {"engine": "none"}, "tts": {"engine": "none"}, "speaker": {"sounds": False}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(broker, tmp_path_factory) -> AsyncIterator[Web]:
    room, port = Room(), free_port()
    await room.open()
    values = {
        "voice": {**VOICE, "microphone": {"stream": f"tcp://127.0.0.1:{room.port}"}},
        "api": {"port": port, "keys": KEYS},
        "health": UNMEASURED,
    }
    async with (
        living(broker.port, tmp_path_factory.mktemp("listen"), values) as house,
        calling(house, port) as one,
    ):
        await one.listening()
        await house.until(lambda: states(one)[-1:] == ["idle"], 20.0)
        yield one
    await room.close()


def states(web: Web) -> list[str]:
    return [one["state"] for one in web.house.on(web.house.topic("voice", "state"))]


async def test_the_microphone_listens_when_it_is_told_to(web):
    before = len(states(web))
    answer = await web.post("/v1/listen")
    await web.house.until(lambda: "listening" in states(web)[before:])

    assert (answer.status, answer.body["status"]) == (202, "sent")


async def test_who_and_where_go_along_as_over_the_bus(web):
    answer = await web.post("/v1/listen", json={"id": "button-3", "area": "Kitchen"}, key=PHONE)
    topic = web.house.topic("voice", "listen")
    await web.house.until(lambda: {"id": "button-3", "area": "Kitchen"} in web.house.on(topic))

    assert answer.body == {"id": "button-3", "status": "sent"}
    assert not [one for one in web.house.heard if one[0] == topic and one[2]]


async def test_a_wish_that_cannot_be_read_is_refused(web):
    answer = await web.post("/v1/listen", json={"satellite": 1})

    assert (answer.status, answer.error) == (400, "'satellite' is not known here; id, area can be given")


async def test_whoever_a_proxy_speaks_for_needs_a_key_to_be_listened_to(web):
    answer = await web.post("/v1/listen", headers={"X-Forwarded-For": "192.0.2.7"})

    assert answer.status == 401


async def test_without_a_microphone_that_is_said(own_broker, tmp_path):
    voice = {**VOICE, "microphone": "none"}
    async with answering(own_broker().port, tmp_path, api={}, voice=voice) as web:
        await web.house.until(lambda: web.house.daemon.hosted["voice"].as_json()["status"] == "running", 20.0)
        answer = await web.post("/v1/listen")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.error == "there is no microphone now: 'hearthd doctor' tells why"


async def test_without_voice_that_is_said(own_broker, tmp_path):
    broker = own_broker()
    async with answering(broker.port, tmp_path, api={}) as web:
        answer = await web.post("/v1/listen")

    assert (answer.status, json.loads(answer.raw)) == (
        503,
        {"error": "there is no voice here: 'voice:' does not run"},
    )


async def test_without_a_broker_nobody_is_made_to_believe_that_it_listens(web, own_broker, tmp_path):
    room, broker, port = Room(), own_broker(), free_port()
    await room.open()
    values = {
        "voice": {**VOICE, "microphone": {"stream": f"tcp://127.0.0.1:{room.port}"}},
        "api": {"port": port},
        "health": UNMEASURED,
    }
    async with living(broker.port, tmp_path, values) as house, calling(house, port) as one:
        await one.listening()
        await house.until(lambda: states(one)[-1:] == ["idle"], 20.0)
        broker.kill9()
        await house.until(lambda: not house.daemon.mqtt.connected)
        answer = await one.post("/v1/listen")
        health = await one.get("/healthz")
    await room.close()

    assert (answer.status, "is away" in answer.error) == (503, True)
    assert (health.status, health.body["broker"]) == (200, "away")
