"""Who is let in, and what is answered to whoever asks wrongly: in words, as JSON."""

import json
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from integrations.http.routes import Routes
from tests.http.calling import KEYS, PANEL, PHONE, Web, answering, chunked, request

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]
API = {"keys": KEYS, "hosts": ["house.example.org"], "max_body": 2048}
WRONG = "this-is-no-key-of-anybody"
ELSEWHERE = {"X-Forwarded-For": "192.0.2.7"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(broker, tmp_path_factory) -> AsyncIterator[Web]:
    limit = {"most": 10_000, "within": 1}
    async with answering(broker.port, tmp_path_factory.mktemp("doors"), api={**API, "limit": limit}) as one:
        yield one


def address() -> str:
    """An address of this machine at which others would reach it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but its own")
        found = probe.getsockname()[0]
    if found.startswith("127."):
        pytest.skip("this machine has no address but its own")
    return found


# keys -----------------------------------------------------------------------------------------------------
async def test_a_wrong_key_opens_nothing_not_even_what_none_would(web):
    answer = await web.ask("turn on the desk lamp", key=WRONG)

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.error == "this is no key of 'api: {keys: ...}'"


async def test_a_wrong_key_is_logged_without_the_key(web):
    with capture_logs() as logs:
        await web.ask("hello", key=WRONG)

    assert [one for one in logs if one["event"] == "key.refused"] == [
        {"event": "key.refused", "address": "127.0.0.1", "log_level": "warning"}
    ]


@pytest.mark.parametrize("header", ["Basic cGhvbmU6cGhvbmU=", "Bearer", "", f"Token {PHONE}"])
async def test_what_is_no_bearer_key_is_no_key(web, header):
    answer = await web.post(
        "/v1/ask", json={"text": "what time is it"}, headers={"Authorization": header, **ELSEWHERE}
    )

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_whoever_a_proxy_speaks_for_needs_a_key(web):
    said = {"text": "what time is it"}
    without = await web.post("/v1/ask", json=said, headers=ELSEWHERE)
    with_one = await web.post("/v1/ask", json=said, headers=ELSEWHERE, key=PANEL)

    assert (without.status, with_one.status) == (401, 200)
    assert without.error.startswith("a key is needed here: 'Authorization: Bearer KEY'")


async def test_whoever_calls_from_beyond_this_machine_needs_a_key(own_broker, tmp_path):
    async with answering(own_broker().port, tmp_path, api={"host": "0.0.0.0", "keys": KEYS}) as web:  # noqa: S104
        host = address()
        without = await web.post("/v1/listen", host=host)
        with_one = await web.post("/v1/listen", host=host, key=PHONE)
        disguised = await web.post("/v1/listen", host=host, headers={"Host": "localhost"})
        here = await web.post("/v1/listen")

    # There is no voice, which is told to whoever is let in.
    assert (without.status, disguised.status) == (401, 401)
    assert (with_one.status, here.status) == (503, 503)


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json"])
async def test_what_tells_nothing_of_the_house_needs_no_key(web, path):
    assert (await web.get(path, headers=ELSEWHERE)).status == 200


# names and pages ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "host", ["evil.example.org", "evil.example.org:8128", "localhost.evil.example.org", "192.0.2.1", "house"]
)
async def test_a_name_that_is_not_ours_is_not_answered(web, host):
    answer = await web.post("/v1/ask", json={"text": "what time is it"}, headers={"Host": host}, key=PHONE)

    assert answer.status == 421
    assert answer.error.startswith("nobody here is called ")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:8128", "127.9.9.9"])
async def test_names_of_this_machine_are_ours(web, host):
    answer = await web.post("/v1/ask", json={"text": "what time is it"}, headers={"Host": host})

    assert answer.status == 200


async def test_a_name_of_the_configuration_is_ours_and_takes_a_key(web):
    said, headers = {"text": "what time is it"}, {"Host": "house.example.org"}
    without = await web.post("/v1/ask", json=said, headers=headers)
    with_one = await web.post("/v1/ask", json=said, headers=headers, key=PHONE)

    assert (without.status, with_one.status) == (401, 200)


@pytest.mark.parametrize("headers", [[], ["Host: localhost", "Host: evil.example.org"], ["Host: a b"]])
async def test_one_host_is_named(web, headers):
    lines = ["GET /healthz HTTP/1.1", "Connection: close", *headers, "", ""]
    told = await web.raw("\r\n".join(lines).encode())

    assert (told.split(b" ")[1], b"Host" in told) == (b"400", True)


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/webhook/bell", "/v1/listen"])
@pytest.mark.parametrize("origin", ["https://evil.example.org", "null", "http://127.0.0.1:1", "http://["])
async def test_pages_of_others_call_nothing(web, path, origin):
    answer = await web.post(path, json={"text": "what time is it"}, headers={"Origin": origin})

    assert (answer.status, answer.error) == (403, f"pages of {origin!r} may not call us")


async def test_a_page_of_our_own_may_call(web):
    origin = f"http://127.0.0.1:{web.port}"
    answer = await web.post("/v1/ask", json={"text": "what time is it"}, headers={"Origin": origin})

    assert answer.status == 200


async def test_nobody_is_told_that_they_may_call_from_elsewhere(web):
    asked = {"Access-Control-Request-Method": "POST"}
    answer = await web.call("OPTIONS", "/v1/ask", headers=asked)

    assert answer.status == 405
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


# what is asked wrongly ------------------------------------------------------------------------------------
async def test_what_is_not_there_is_said(web):
    answer = await web.get("/v1/nothing")

    assert answer.status == 404
    assert answer.error == "there is nothing at '/v1/nothing'; /openapi.json tells what there is"


async def test_a_method_that_is_not_answered_is_said_with_the_one_that_is(web):
    answer = await web.get("/v1/ask")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert answer.error == "GET is not answered here, POST is"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the body is not JSON: "),
        (b"{", "the body is not JSON: "),
        (b'{"text": NaN}', "the body is not JSON: "),
        (b'{"text": "\xff"}', "the body is not JSON: "),
        (b'{"text": "\\ud800"}', "the body is not JSON: "),
        (b'{"text":' + b"[" * 500 + b"]" * 500 + b"}", "the body is not JSON: "),
        (b'["turn on"]', "the body is a list; an object is needed"),
        (b"null", "the body is null; an object is needed"),
        (b"{}", "'text' is missing"),
        (b'{"text": ""}', "'text': "),
        (b'{"text": 1}', "'text': "),
        (b'{"text": "hello", "trust": "human"}', "'trust' is not known here; text, session, area, language"),
        (b'{"text": "hello", "session": "a\\nb"}', "'session': only printable characters can be in it"),
        (b'{"text": "hello", "area": ["kitchen"]}', "'area': "),
    ],
)
async def test_a_body_that_cannot_be_read_is_said_with_what_is_wrong(web, body, why):
    answer = await web.post("/v1/ask", data=body, headers={"Content-Type": "application/json"})

    assert (answer.status, answer.error[: len(why)]) == (400, why)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_page_could_send_without_asking_is_not_taken(web, kind):
    answer = await web.post("/v1/ask", data=b'{"text": "hello"}', headers={"Content-Type": kind})

    assert answer.status == 415
    assert answer.error == f"the body is {kind!r}; 'Content-Type: application/json' is needed"


async def test_a_packed_body_is_not_unpacked(web):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await web.post("/v1/ask", data=b"\x1f\x8b", headers=headers)

    assert (answer.status, answer.error[:25]) == (415, "bodies are taken as they ")


async def test_a_body_that_says_it_is_too_long_is_not_read(web):
    told = await web.raw(request(b"", "Content-Length: 1000000000"))

    assert told.startswith(b"HTTP/1.1 413 ")
    assert b'{"error":"the body is too long: 2048 bytes are taken at most"}' in told


async def test_a_body_that_turns_out_to_be_too_long_is_not_taken(web):
    told = await web.raw(request(b"", "Transfer-Encoding: chunked") + chunked(*[b"x" * 1000] * 20))

    assert told.startswith(b"HTTP/1.1 413 ")


# how often ------------------------------------------------------------------------------------------------
async def test_who_asks_too_often_is_told_when_to_ask_again(own_broker, tmp_path):
    api = {"keys": KEYS, "limit": {"most": 3, "within": 300}}
    async with answering(own_broker().port, tmp_path, api=api) as web:
        answers = [await web.get("/healthz") for _ in range(5)]
        of_phone = [await web.post("/v1/listen", key=PHONE) for _ in range(4)]
        of_panel = await web.post("/v1/listen", key=PANEL)

    assert [one.status for one in answers] == [200, 200, 200, 429, 429]
    # There is no voice, which is told to whoever is let in.
    assert [one.status for one in of_phone] == [503, 503, 503, 429]
    assert of_panel.status == 503
    assert 90 <= int(answers[-1].headers["Retry-After"]) <= 101
    assert answers[-1].error.startswith("that is too often; ask again in ")


async def test_keys_cannot_be_tried_out_quickly(own_broker, tmp_path):
    async with answering(
        own_broker().port, tmp_path, api={"keys": KEYS, "limit": {"most": 2, "within": 300}}
    ) as web:
        tried = [(await web.ask("hello", key=f"{WRONG}-{number}")).status for number in range(4)]

    assert tried == [401, 401, 429, 429]


# whether all is well --------------------------------------------------------------------------------------
async def test_a_daemon_that_nothing_is_known_against_is_well(web):
    answer = await web.get("/healthz")

    assert (answer.status, answer.body["broker"]) == (200, "connected")
    assert answer.body["status"] == "ok"


async def test_a_daemon_in_a_critical_state_says_so(own_broker, tmp_path):
    critical = {"announce": False, "interval": 1, "thresholds": {"rss": {"warning": 1, "critical": 2}}}
    async with answering(own_broker().port, tmp_path, api={}, health=critical) as web:
        topic = web.house.topic("health")
        await web.house.until(
            lambda: web.house.on(topic)[-1:] and web.house.on(topic)[-1]["level"] == "critical", 10
        )
        answer = await web.get("/healthz")

    assert (answer.status, answer.body["status"]) == (503, "critical")


# the description ------------------------------------------------------------------------------------------
async def test_the_description_has_what_is_answered_and_nothing_else(web):
    paths = (await web.get("/openapi.json")).body["paths"]
    integration = web.house.daemon.hosted["http"].integration
    routes = Routes(integration.house, integration.config).app().router.routes()
    answered = {(one.method.lower(), one.resource.canonical) for one in routes if one.method != "HEAD"}

    assert {(method, path) for path, methods in paths.items() for method in methods} == answered


async def test_every_reference_of_the_description_leads_somewhere(web):
    text = (await web.get("/openapi.json")).raw.decode()
    schemas = json.loads(text)["components"]["schemas"]

    assert {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]} <= set(schemas)


async def test_answers_are_kept_by_nobody_and_name_no_library(web):
    headers = (await web.get("/healthz")).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Server"] == "hearthd"
