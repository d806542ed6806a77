"""Bad messages by hand, through the whole daemon: what each is answered with, or where it is shown."""

import json

import pytest
import pytest_asyncio

from agent.answers import MOST_TOLD
from agent.home.registry import MOST_AREAS
from tests.beset import (
    answered,
    beset,
    deep,
    outcomes_since,
    problems,
    publish_modern,
    shown,
    told,
    unharmed,
    unused,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory):
    async with beset(tmp_path_factory.mktemp("state")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def house(running):
    async with unharmed(running):
        yield running


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ('"ts": "0001-01-01T00:00:00+23:59"', "'ts' is '0001"),
        ('"ts": "9999-12-31T23:59:59-23:59"', "'ts' is '9999"),
        ('"ts": 1e300', "'ts' is 1e+300"),
        ('"ttl": true', "'ttl' is True"),
        ('"ttl": 1e-320', "too late"),
        (f'"ttl": {"9" * 400}', "not JSON"),
        ('"data": {"brightness": 1e400}', "not JSON"),
        ('"data": {"brightness": -Infinity}', "not JSON"),
        ('"data": {"effect": "\\ud800"}', "not JSON"),
        ('"data": {"effect": "\\u0000"}', "no effect to choose"),
        (f'"data": {{"brightness": {deep(90)}}}', "brightness is [[["),
        (f'"data": {{"brightness": {deep(300)}}}', "nested deeper"),
        (f'"data": {{"brightness": {deep(10_000)}}}', "not JSON"),
        (f'"signature": "ab", "data": {deep(98)}', "the signature"),
        ('"target": {"entity": []}', "'target.entity' is []"),
        ('"target": {"entity": ["light.desk", 7]}', "a name or up to 500"),
        ('"target": {"domain": "switch"}', "light services are for light entities"),
        ('"target": "light.nobody"', "there is no 'light.nobody'"),
        ('"service": "light.explode"', "no service 'light.explode'"),
        ('"service": "LIGHT.ON"', "'service' is 'LIGHT.ON'"),
        ('"data": [1]', "'data' is a list"),
    ],
)
async def test_a_spoilt_command_is_refused_with_what_is_wrong(house, more, reason):
    command = f'{{"id": "{unused("bad")}", "service": "light.turn_on", "target": "light.desk", {more}}}'

    [outcome] = await told(house, command)

    assert reason in outcome["reason"]
    assert (outcome["status"], outcome["final"]) in (("refused", True), ("expired", True))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"null", "the payload is null"),
        (deep(10_000), "not JSON"),
        (deep(1_000), "nested deeper"),
        ('{"a":' * 900 + "1" + "}" * 900, "nested deeper"),
        (b'{"id": "' + b"x" * 129 + b'"}', "'service' is missing"),
        (b'{"id": "' + b"x" * 129 + b'", "service": "light.turn_on"}', "up to 128 printable"),
        (b'{"id": "\\u001b[2J", "service": "light.turn_on"}', "up to 128 printable"),
        (b'{"id": ["x"], "service": "light.turn_on"}', "up to 128 printable"),
        (b" " * 900_000, "not JSON"),
        (b" " * 10_000_000, "10000000 bytes; up to 1048576 would do"),
    ],
)
async def test_what_is_no_command_is_answered_all_the_same(house, payload, reason):
    [outcome] = await told(house, payload)

    assert reason in outcome["reason"]
    assert (outcome["action"], outcome["status"], outcome["final"]) in (
        ("do", "refused", True),
        ("light.turn_on", "refused", True),
    )


@pytest.mark.parametrize("verb", ["approve", "deny"])
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff", "not JSON"),
        (b"{}", "'id' is missing"),
        (b'{"id": "nobody", "pin": "\\u00e9"}', "no question 'nobody' is waiting"),
        (b'{"id": "nobody", "pin": [[]]}', "no question 'nobody' is waiting"),
        (b"[" * 10_000_000, "10000000 bytes"),
    ],
)
async def test_a_spoilt_answer_is_refused(house, verb, payload, reason):
    [outcome] = await told(house, payload, verb)

    assert reason in outcome["reason"]
    assert (outcome["action"], outcome["status"]) == (verb, "refused")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"x", "not JSON"),
        (b"{}", "'id' is missing"),
        (b'{"id": "a/+/#"}', "no '+', no '#'"),
        (deep(200), "nested deeper"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(house, payload, reason):
    [outcome] = await told(house, payload, "query/devices")

    assert reason in outcome["reason"]


@pytest.mark.parametrize("limit", [True, -1, 2**63, 0.5, "many", [1]])
async def test_why_takes_any_limit(house, limit):
    assert 0 < len(await answered(house, "why", limit=limit)) <= MOST_TOLD


async def test_every_retained_command_is_refused_and_counted(house):
    before = house.daemon.metrics.counters.get("bus.refused", 0)
    count = 1_100

    for number in range(count):
        house.publish(house.topic("do"), {"id": f"kept-{number}", "service": "light.turn_on"}, retain=True)
    await house.until(lambda: house.outcomes(f"kept-{count - 1}"), 10)
    house.publish(house.topic("do"), b"", retain=True)

    assert house.daemon.metrics.counters["bus.refused"] - before >= count


@pytest.mark.parametrize(
    "properties",
    [
        {"UserProperty": ("a", "\ufeff")},
        {"ResponseTopic": "\ufeff"},
        {"ResponseTopic": "a/" * 90, "CorrelationData": b"\0\xff" * 500},
        {"ContentType": "x" * 60_000, "PayloadFormatIndicator": 1},
        {"UserProperty": [("a", "x" * 60_000)] * 10},
        {"MessageExpiryInterval": 2**32 - 1},
    ],
)
async def test_odd_properties_do_not_cost_the_connection(house, properties):
    action, started = unused("odd"), house.daemon.metrics.counters["mqtt.connects"]
    command = {"id": action, "service": "light.turn_on", "target": "light.desk"}

    await publish_modern(house, json.dumps(command), properties)

    assert (await house.ended(action, 3))["status"] == "confirmed"
    assert house.daemon.metrics.counters["mqtt.connects"] == started


async def test_properties_longer_than_a_message_may_be_are_refused(house):
    properties = {"UserProperty": [("a", "x" * 60_000)] * 30}
    start = len(house.heard)

    await publish_modern(house, "{}", properties)
    [outcome] = await house.until(lambda: outcomes_since(house, start))

    assert "up to 1048576 would do" in outcome["reason"]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (b"\xff", "no JSON"),
        (b"[]", "a JSON object would be right"),
        (deep(10_000), "no JSON"),
        (f'{{"name": {deep(1_000)}, "state_topic": "x"}}', "nested deeper"),
        (b'{"state_topic": "x", "expire_after": NaN}', "no JSON"),
        (b" " * 300_000, "up to 262144 would do"),
        (b" " * 10_000_000, "up to 1048576 would do"),
        ({}, "state_topic is missing"),
        ({"state_topic": 7}, "state_topic is 7"),
        ({"state_topic": "#"}, "not for the first level"),
        ({"state_topic": "$share/g/#"}, "not shared"),
        ({"state_topic": "$share//x"}, "not shared"),
        ({"state_topic": "a\x01b"}, "brokers hang up"),
        ({"state_topic": "a\x85b"}, "brokers hang up"),
        ({"state_topic": "a\ufdd0b"}, "brokers hang up"),
        ({"state_topic": "a\U0003ffff"}, "brokers hang up"),
        ({"state_topic": "a/" * 250}, "200 at most"),
        ({"state_topic": "x", "availability_topic": "/" * 200}, "200 at most"),
        ({"state_topic": "x", "expire_after": -1}, "expire_after is -1"),
        ({"state_topic": "x", "expire_after": 1e300}, "expire_after is 1e+300"),
        ({"state_topic": "x", "device_class": {}}, "device_class is {}"),
        ({"state_topic": "x", "qos": 7}, "qos is 7"),
        ({"state_topic": "x", "unique_id": ["x"]}, "unique_id is ['x']"),
        ({"state_topic": "x", "value_template": "{{"}, "value_template"),
        ({"state_topic": "x", "value_template": "{% for i in"}, "value_template"),
        ({"state_topic": "x", "value_template": "{% include 'x' %}"}, "value_template"),
        ({"state_topic": "x", "value_template": "x" * 9_000}, "9000 letters"),
    ],
)
async def test_a_malformed_announcement_is_a_problem(house, config, problem):
    topic = f"homeassistant/sensor/{unused('bad')}/config"
    before = house.daemon.metrics.counters.get("discovery.configs_refused", 0)

    house.publish(topic, config)
    [text] = await problems(house, topic)

    assert problem in text
    assert house.daemon.metrics.counters["discovery.configs_refused"] == before + 1


@pytest.mark.parametrize(
    ("template", "payload", "problem"),
    [
        ("{{ value_json.a }}", b"\xff", "not valid"),
        ("{{ value_json.a }}", deep(5_000), "depth limit"),
        ("{{ value_json.a }}", deep(500), "nested deeper"),
        ("{{ value_json.a }}", b" " * 2_000_000, "up to 1048576 would do"),
        ("{{ 1 / 0 }}", b"1", "division by zero"),
        ("{% for i in range(10**9) %}{{ i }}{% endfor %}", b"1", "up to 1000 would do"),
        (
            "{% for i in range(1000) %}{% for j in range(1000) %}x{% endfor %}{% endfor %}",
            b"1",
            "20000 steps",
        ),
        ("{{ 'x' * 10**9 }}", b"1", "20000 steps"),
        ("{{ value.center(10**9) }}", b"1", "pads to"),
        ("{{ value | int }}", b"many", "int got 'many'"),
        ("{{ value | regex_match('(a+)+$') }}", b"a" * 60 + b"b", "could take too long"),
        ("{{ '\\ud800' }}", b"1", "a letter that is none"),
        ("{{ value * 300 }}", b"1", "up to 255 would be right"),
    ],
)
async def test_a_state_that_cannot_be_read_is_shown_and_counted(house, template, payload, problem):
    name = unused("state")
    config = {"state_topic": name, "value_template": template, "name": name}
    house.publish(f"homeassistant/sensor/{name}/config", config)
    before = house.daemon.metrics.counters.get("discovery.payloads_refused", 0)
    await answered(house, "pending")

    house.publish(name, payload)
    [text] = await shown(house, name)

    assert problem in text
    assert house.daemon.metrics.counters["discovery.payloads_refused"] == before + 1


@pytest.mark.parametrize(
    "payload", [deep(90), '{"a":' + deep(95) + "}", '{"a":' + deep(400) + "}", b"\xff", b"7"]
)
async def test_free_attributes_never_keep_the_house_from_being_shown(house, payload):
    name = unused("free")
    house.publish(f"homeassistant/sensor/{name}/config", {"state_topic": name, "json_attributes_topic": name})
    await answered(house, "pending")

    house.publish(name, payload)
    await answered(house, "pending")
    house.publish(name, payload)

    assert any(
        one["source"].split("/")[2] == name for one in await answered(house, "devices") if one["source"]
    )


async def test_a_problem_goes_when_the_next_state_can_be_read(house):
    name = unused("state")
    entity = "sensor." + name.replace("-", "_")
    house.publish(f"homeassistant/sensor/{name}/config", {"state_topic": name, "unit_of_measurement": "W"})
    await answered(house, "pending")
    house.publish(name, "many")
    await shown(house, name)

    house.publish(name, "7")

    await house.until(lambda: house.daemon.home.state(entity).value == "7")
    assert await problems(house, name) == []


async def test_areas_that_devices_invent_are_bounded(house):
    for number in range(MOST_AREAS + 100):
        device = {"identifiers": ["mover"], "suggested_area": f"Area {number}"}
        house.publish("homeassistant/button/mover/config", {"command_topic": "mover", "device": device})
    await answered(house, "pending")

    areas = {area.id for area in house.daemon.home.areas()}
    assert len(areas) <= MOST_AREAS
    assert {"study", f"area_{MOST_AREAS + 99}"} <= areas


async def test_of_two_components_with_one_unique_id_none_stays_when_their_device_goes(house):
    part = {"p": "sensor", "unique_id": "twins", "state_topic": "twins"}
    body = {"dev": {"ids": ["twins"], "name": "Twins"}, "cmps": {"a": part, "b": part}}
    house.publish("homeassistant/device/twins/config", body)
    [text] = await problems(house, "homeassistant/device/twins/config")
    house.publish("homeassistant/device/twins/config", b"")
    await answered(house, "pending")

    assert "already that of sensor.twins" in text
    assert house.daemon.home.get("sensor.twins") is None


async def test_a_chain_of_things_that_wait_for_each_others_unique_id_moves_up(house):
    count = 600
    for shift in (0, 1):
        for number in range(count):
            config = {"unique_id": f"link {number + shift}", "state_topic": "link", "name": f"Link {number}"}
            if number + shift < count:
                house.publish(f"homeassistant/sensor/link{number}/config", config)
    await answered(house, "pending")
    house.publish(f"homeassistant/sensor/link{count - 1}/config", b"")
    await answered(house, "pending")

    known = {one.source for one in house.daemon.home.entities()}
    assert {f"homeassistant/sensor/link{number}/config" for number in range(count - 1)} <= known
    assert f"homeassistant/sensor/link{count - 1}/config" not in known
