"""Services of an integration that are for no entity: planned, ruled on, done and told by it alone."""

import pytest

from tests.house import living
from tests.integration.plugins import forget, listed, write

BELL = """
class Bell(Integration):
    def whole(self):
        return {SERVICE: (self.plan, self.ring)}

    def plan(self, action):
        if action.data.get("how") == "badly":
            raise ValueError("a bug")
        return Plan(steps=(Step(action=action, entity="bell.door", owner=OWNER, risk=Risk[RISK]),))

    async def ring(self, step, started):
        if step.action.data.get("how") == "not":
            raise ActionError("the bell is broken")
        if step.action.data.get("how") == "later":
            return Handed("it rings in a moment")
        started()
        return "ding"

INTEGRATION = Bell
"""


@pytest.fixture
async def ringing(broker, tmp_path):
    """Makes the daemon with the bell in it, and gives how the bell answers."""
    forget("bell")

    async def ring(how="well", *, service="bell.ring", owner="bell", risk="REVERSIBLE", hostile=False):
        values = f"SERVICE, OWNER, RISK = {service!r}, {owner!r}, {risk!r}\n"
        write(tmp_path / "plugins" / "bell", values + BELL)
        async with living(broker.port, tmp_path, {"plugins": {"bell": {}}}) as house:
            action = await house.do(service, {}, {"how": how})
            await house.ended(action)
            told = house.outcomes(action)
            return [one["status"] for one in told], told[-1].get("reason"), await listed(house, "bell")

    return ring


async def test_what_is_done_whole_is_confirmed_in_its_words(ringing):
    statuses, reason, _ = await ringing()

    assert (statuses, reason) == (["accepted", "sent", "confirmed"], "ding")


async def test_what_nobody_hears_the_end_of_stays_sent(ringing):
    statuses, reason, _ = await ringing("later")

    assert (statuses, reason) == (["accepted", "sent"], "it rings in a moment")


async def test_what_cannot_be_done_fails_in_words(ringing):
    statuses, reason, _ = await ringing("not")

    assert (statuses, reason) == (["accepted", "failed"], "the bell is broken")


async def test_a_planner_that_breaks_refuses_and_the_house_goes_on(ringing):
    statuses, reason, plugin = await ringing("badly")

    said = "bell broke while planning it; the journal has the details"
    assert (statuses, reason, plugin["status"]) == (["refused"], said, "running")


async def test_the_policy_rules_on_it_like_on_anything(ringing):
    statuses, _, _ = await ringing(risk="DESTRUCTIVE")

    assert statuses == ["refused"]


async def test_a_step_of_somebody_elses_is_done_by_nobody(ringing):
    statuses, reason, _ = await ringing(owner="tasks")

    assert (statuses, reason) == (["accepted", "failed"], "nothing here can do bell.ring on bell.door")


async def test_an_integration_takes_no_service_that_is_not_its_own(ringing):
    _, _, plugin = await ringing(service="light.turn_on")

    said = "bell cannot do all of light.turn_on; bell.* would be right"
    assert (plugin["status"], plugin["reason"]) == ("failed", said)
