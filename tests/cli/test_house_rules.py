"""Quiet hours and the PIN: who is held by them, over the bus and at the command line."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cli.program import Program
from tests.house import House, living

ZONE = "Pacific/Kiritimati"
"""Far from the zone of any machine that runs this."""
SIREN = {"entity": "siren.hallway"}
LOCK = {"entity": "lock.front_door"}
NEEDED = "this needs the PIN, or `hearthd approve` on the machine itself"
WRONG = (
    "the PIN is not the right one, or too many wrong ones came: after five, none is believed for five"
    " minutes; `hearthd approve` on the machine itself needs none"
)
Ruled = Callable[..., Awaitable[House]]


def hours(first: int, last: int) -> dict[str, str]:
    """Quiet hours from `first` to `last` hours from now."""
    now = datetime.now(ZoneInfo(ZONE))
    start, end = (now + timedelta(hours=one) for one in (first, last))
    return {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


@pytest.fixture
async def ruled(own_broker, tmp_path) -> AsyncIterator[Ruled]:
    """Starts a simulated house with a policy."""
    async with AsyncExitStack() as stack:

        async def start(**policy: Any) -> House:
            values = {
                "node": {"timezone": ZONE},
                "policy": policy,
                "plugins": {"demo_house": {"enabled": True}},
            }
            house = await stack.enter_async_context(living(own_broker().port, tmp_path / "state", values))
            await house.until(lambda: house.daemon.home.state("weather.home").value)
            return house

        yield start


@pytest.fixture
def local(tmp_path) -> Callable[..., Awaitable[tuple[int, str]]]:
    """The user of the machine itself: exit code and words of a command."""

    async def call(*arguments: str) -> tuple[int, str]:
        done = await asyncio.to_thread(Program(tmp_path), *arguments)
        return done.returncode, done.stdout + done.stderr

    return call


# quiet hours --------------------------------------------------------------------------------------------
async def test_in_quiet_hours_a_stranger_has_to_wait_for_a_yes(ruled):
    quiet = hours(-1, 1)
    house = await ruled(quiet_hours=[quiet])
    action = await house.do("siren.turn_on", SIREN)
    [outcome] = await house.until(lambda: house.outcomes(action))

    assert outcome["status"] == "pending"
    assert outcome["reason"] == (
        f"quiet hours from {quiet['start']} to {quiet['end']} hold for siren.turn_on; it needs approval"
    )


async def test_outside_of_quiet_hours_nobody_is_asked(ruled):
    house = await ruled(quiet_hours=[hours(1, 2)])
    action = await house.do("siren.turn_on", SIREN)

    assert await house.statuses(action) == ["accepted", "sent", "confirmed"]


async def test_quiet_hours_that_ask_do_not_hold_the_local_user(ruled, local):
    await ruled(quiet_hours=[hours(-1, 1)])

    assert await local("do", "siren.turn_on", "--target", "siren.hallway") == (0, "siren.hallway confirmed\n")


async def test_quiet_hours_that_refuse_hold_the_local_user_too(ruled, local):
    await ruled(quiet_hours=[{**hours(-1, 1), "verdict": "refuse"}])
    code, said = await local("do", "siren.turn_on", "--target", "siren.hallway")

    assert code == 1
    assert said.startswith("siren.hallway refused: quiet hours from ")


# the PIN ------------------------------------------------------------------------------------------------
async def question(house: House) -> str:
    """What waits: a stranger wants the lock opened."""
    action = await house.do("lock.unlock", LOCK)
    await house.until(lambda: house.outcomes(action))
    return action


@pytest.mark.parametrize(
    ("answer", "more", "reason"),
    [
        ("approve", {}, NEEDED),
        ("approve", {"pin": ""}, NEEDED),
        ("approve", {"pin": "0000"}, WRONG),
        ("approve", {"pin": 815}, WRONG),
        ("approve", {"pin": ["0815"]}, NEEDED),
        ("deny", {}, NEEDED),
        ("deny", {"pin": "0000"}, WRONG),
    ],
)
async def test_without_the_right_pin_no_answer_counts_and_the_question_stays(ruled, answer, more, reason):
    house = await ruled(pin="0815")
    action = await question(house)
    house.publish(house.topic(answer), {"id": action, **more})
    told = await house.until(lambda: house.outcomes(action)[1:])

    assert [(one["status"], one["reason"]) for one in told] == [("refused", reason)]
    assert [one["id"] for one in house.daemon.pipeline.pending()] == [action]


@pytest.mark.parametrize(("configured", "given"), [("0815", "0815"), ("4711", 4711)])
async def test_with_the_pin_an_approval_counts(ruled, configured, given):
    house = await ruled(pin=configured)
    action = await question(house)
    house.publish(house.topic("approve"), {"id": action, "pin": given})

    assert await house.statuses(action) == ["pending", "accepted", "sent", "confirmed"]


async def test_the_local_user_needs_no_pin(ruled, local):
    house = await ruled(pin="0815")

    assert await local("approve", await question(house)) == (0, "lock.front_door confirmed\n")


async def test_the_pin_stands_in_nothing_that_is_published(ruled):
    house = await ruled(pin="0815-secret")
    action = await question(house)
    house.publish(house.topic("approve"), {"id": action, "pin": "0815-secret"})
    await house.ended(action)

    assert {topic for topic, payload, _ in house.heard if b"0815-secret" in payload} == {
        house.topic("approve")
    }
