"""Anything at all through the whole daemon: it is answered or shown, it is counted, and nothing else suffers.

Single bad messages are in test_bad_messages.py, a hundred thousand in bench/test_fuzz.py.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from agent.api import SERVICES
from tests.beset import DOMAINS, answered, beset, problems, told, unharmed, unused
from tests.fuzz import Fuzz
from tests.fuzz_words import CONFIGS, STATES, TEMPLATES, TOPICS, VALUES
from tests.house import living
from tests.mosquitto import Mosquitto
from tests.siege import QUICK, Siege

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHOTS = 3_000
SEED = 20_261
_examples = settings(
    max_examples=100,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory):
    async with beset(tmp_path_factory.mktemp("state")) as house:
        house.publish("homeassistant/sensor/last/config", {"name": "Last", "state_topic": "last"})
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def house(running):
    async with unharmed(running):
        yield running


# what may come ------------------------------------------------------------------------------------------
weird = st.sampled_from([one for one in VALUES if one != "\ud800"])
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
unspeakable = st.sampled_from([float("nan"), float("inf"), "\ud800"])
anything = st.recursive(
    plain | st.text(max_size=30) | weird,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
targets = st.sampled_from([f"{domain}.blind" for domain in DOMAINS])
fields = st.sampled_from(sorted({name for service in SERVICES.values() for name in service.fields}))
commands = st.fixed_dictionaries(
    {"service": st.sampled_from(sorted(SERVICES)) | anything},
    optional={
        "target": targets | st.fixed_dictionaries({"entity": st.lists(targets)}) | anything,
        "data": st.dictionaries(fields | st.text(max_size=10), anything, max_size=4) | anything,
        "ts": st.datetimes().map(str) | anything,
        "ttl": st.floats(0, 100) | anything,
        "trace": anything,
        "signature": anything,
    },
)


@st.composite
def fitting(draw):
    """A command whose service is one of its target's domain: more of these come far."""
    command = draw(commands)
    name = draw(st.sampled_from(sorted(SERVICES)))
    takes = SERVICES[name].fields
    data = draw(st.dictionaries(st.sampled_from(sorted(takes)), anything)) if takes else {}
    return {**command, "service": name, "target": f"{name.partition('.')[0]}.blind", "data": data}


@st.composite
def configs(draw):
    """A domain and a config for it, in which some values are anything."""
    domain = draw(st.sampled_from(sorted(CONFIGS)))
    whole = {**CONFIGS[domain], "unique_id": unused("any"), "name": "Any", "availability": [], "qos": 1}
    config = {
        key: one for key, one in whole.items() if key in ("unique_id", "name") or draw(st.integers(0, 9))
    }
    for key in draw(st.lists(st.sampled_from(sorted(whole)), max_size=3)):
        odd = TEMPLATES if "template" in key else TOPICS if "topic" in key else VALUES
        config[key] = draw(anything | st.sampled_from(odd))
    return domain, config


def as_json(body: Any) -> bytes:
    """`body` as a careless program writes it: NaN and halves of letters included."""
    return json.dumps(body).encode()


# hypothesis ---------------------------------------------------------------------------------------------
@_examples
@given(payload=st.binary(max_size=300))
async def test_any_bytes_as_a_command_get_one_answer_and_are_counted(house, payload):
    before = house.daemon.metrics.counters.get("bus.refused", 0)

    [outcome] = await told(house, payload)

    assert (outcome["status"], outcome["final"], bool(outcome["reason"])) == ("refused", True, True)
    assert house.daemon.metrics.counters["bus.refused"] == before + 1


@_examples
@given(body=anything | unspeakable | st.lists(unspeakable) | st.dictionaries(st.just("id"), unspeakable))
async def test_any_json_as_a_command_gets_one_answer(house, body):
    [outcome] = await told(house, as_json(body))

    assert (outcome["status"], outcome["final"], bool(outcome["reason"])) == ("refused", True, True)


@_examples
@given(command=commands | fitting())
async def test_any_command_ends_once_for_each_step_and_says_why(house, command):
    action = unused("any")
    house.publish(house.topic("do"), as_json({**command, "id": action}))
    ends = await house.until(lambda: all_ends(house, action))
    await answered(house, "pending")

    assert len(ends) == len({end["target"] for end in ends})
    assert [end for end in ends if end["status"] != "sent" and not end.get("reason")] == []
    assert all_ends(house, action) == ends


def all_ends(house, action):
    """The final outcomes of an action, once there are as many as it has steps."""
    ends = [one for one in house.outcomes(action) if one["final"]]
    return ends if ends and len(ends) >= ends[0]["of"] else None


@_examples
@given(announced=configs())
async def test_any_announcement_is_an_entity_or_a_problem(house, announced):
    domain, config = announced
    topic = f"homeassistant/{domain}/any/config"
    house.publish(topic, as_json(config))
    shown = await problems(house, topic)
    known = [one for one in house.daemon.home.entities() if one.source == topic]
    house.publish(topic, b"")

    assert bool(shown) or bool(known) or domain == "nonsense" or config.get("enabled_by_default") is False


@_examples
@given(payload=st.binary(max_size=100) | anything.map(as_json) | st.sampled_from(STATES).map(as_json))
async def test_any_state_is_understood_or_a_problem_of_its_own_entity(house, payload):
    others = [house.daemon.home.state(f"{domain}.blind") for domain in DOMAINS]
    bad = house.daemon.metrics.counters.get("discovery.payloads_refused", 0)
    name = unused("any")
    listening = {"name": name, "state_topic": name, "json_attributes_topic": name}
    config = {**listening, "value_template": "{{ value_json.value }}", "unit_of_measurement": "W"}
    house.publish("homeassistant/sensor/any/config", {**config, "unique_id": name})
    await answered(house, "pending")

    house.publish(name, payload)
    house.publish("last", name)
    await house.until(lambda: house.daemon.home.state("sensor.last").value == name)

    refused = house.daemon.metrics.counters.get("discovery.payloads_refused", 0) - bad
    assert bool(refused) == bool(await problems(house, name))
    assert [house.daemon.home.state(f"{domain}.blind") for domain in DOMAINS] == others


# three thousand -----------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Damage:
    """What became of a house that was fired at."""

    commands: int
    unanswered: Mapping[str, Any]
    unexplained: list[Any]
    waits: list[float]
    bugs: Mapping[str, int]
    counters: Mapping[str, int]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    after_restart: Mapping[str, Any]
    lag: float
    raised: list[Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def damage(tmp_path_factory):
    """A house of its own after the fire, and after a restart with all that is retained and stored since."""
    broker, state_dir = Mosquitto().start(), tmp_path_factory.mktemp("besieged")
    found: dict[str, Any] = {}

    def assault() -> None:
        with Siege(broker.port) as siege:
            siege.announce()
            found["before"] = siege.standing()
            siege.fire(Fuzz(SEED, node="test", huge_every=500).shots(SHOTS))
            found["unanswered"] = siege.settled(within=15)
            found["after"] = siege.standing()
            found["unexplained"] = siege.unexplained()
            found["bugs"], found["counters"] = siege.bugs(), siege.counters()
            found["waits"], found["commands"] = siege.waits, len(siege.asked)

    def inspection() -> None:
        with Siege(broker.port) as siege:
            siege.announce()
            siege.command()
            found["after_restart"] = siege.standing()
            found["bugs"] |= siege.bugs()

    with capture_logs() as logs:
        for visit in (assault, inspection):
            async with living(broker.port, state_dir, QUICK, hear=False):
                watching = asyncio.create_task(longest_lag())
                await asyncio.to_thread(visit)
                watching.cancel()
                found["lag"] = max(found.get("lag", 0.0), await watching)
    broker.close()
    yield Damage(**found, raised=[one for one in logs if one.get("exc_info")])


async def longest_lag() -> float:
    """How late the event loop was at most, in seconds, until this is cancelled."""
    longest = 0.0
    try:
        while True:
            asked = time.monotonic()
            await asyncio.sleep(0.02)
            longest = max(longest, time.monotonic() - asked - 0.02)
    except asyncio.CancelledError:
        return longest


async def test_under_fire_every_command_with_a_readable_id_ends_once_and_says_why(damage):
    assert damage.commands > SHOTS / 10
    assert damage.unanswered == {}


async def test_under_fire_every_announcement_is_an_entity_or_a_problem(damage):
    assert damage.unexplained == []


async def test_under_fire_a_healthy_lamp_is_commanded_and_confirmed_in_its_time(damage):
    assert len(damage.waits) >= SHOTS // 100
    assert max(damage.waits) < 2


async def test_under_fire_nothing_breaks_or_begins_anew(damage):
    assert damage.bugs == {}
    assert damage.raised == []


async def test_under_fire_what_is_bad_is_counted(damage):
    for name in ("bus.refused", "discovery.configs_refused", "discovery.payloads_refused", "mqtt.oversized"):
        assert damage.counters[name] > 0


async def test_under_fire_no_entity_changes_that_nobody_spoke_of(damage):
    assert damage.after == damage.before


async def test_under_fire_the_loop_stays_quick(damage):
    assert damage.lag < 0.5


async def test_after_the_fire_a_restart_finds_the_house_as_it_was(damage):
    assert damage.after_restart == damage.before
