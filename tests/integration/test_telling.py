"""Questions about the machine find whoever knows; one that breaks is fenced."""

from types import MappingProxyType

import pytest

from agent.core.telling import Question, Telling
from agent.errors import ActionError
from agent.integration.telling import Tellers
from tests.house import living
from tests.integration.plugins import forget, write

TELLER = """
class Teller(Integration):
    def tells(self):
        return {"OpsUptime": self.told}

    async def told(self, question):
        if question.slot("host") == "broken":
            raise ValueError("a bug")
        if question.slot("host") == "silent":
            await asyncio.Event().wait()
        if question.slot("host") == "sorry":
            raise ActionError("the clock is broken")
        if question.slot("host") == NOT_MINE:
            return None
        return Telling(sentences=(self.house.owner,), facts={"seconds": 1})

INTEGRATION = Teller
"""


@pytest.fixture
async def ask(broker, tmp_path):
    """Asks a daemon with two integrations that know the same thing."""
    forget("first", "second")
    for name in ("first", "second"):
        write(tmp_path / "plugins" / name, f"NOT_MINE = {name!r}\n{TELLER}")
    values = {"plugins": {"first": {}, "second": {}}}
    async with living(broker.port, tmp_path, values) as house:
        await house.until(lambda: all(one.standing.life == "running" for one in house.daemon.hosted.values()))

        async def asked(host="", intent="OpsUptime", within=5.0):
            tellers = Tellers(house.daemon.hosted, node="test", within=within)
            return await tellers.ask(Question(intent=intent, slots={"host": host}))

        yield asked


async def test_the_first_that_knows_has_answered(ask):
    assert await ask() == Telling(sentences=("first",), facts={"seconds": 1})


async def test_what_is_not_ones_own_is_asked_of_the_next(ask):
    assert (await ask("first")).sentences == ("second",)


async def test_what_nobody_knows_is_none(ask):
    assert await ask(intent="OpsReboot") is None


async def test_a_reason_is_passed_on(ask):
    with pytest.raises(ActionError, match="the clock is broken"):
        await ask("sorry")


async def test_one_that_breaks_says_who_broke(ask):
    with pytest.raises(ActionError, match="first broke while finding it out"):
        await ask("broken")


async def test_one_that_does_not_answer_is_not_waited_for_for_ever(ask):
    with pytest.raises(ActionError, match="did not find it out within"):
        await ask("silent", within=0.05)


@pytest.mark.parametrize("name", ["Test", "localhost", "this machine", "这台机器"])
def test_this_machine_is_known_by_its_names(name):
    assert Tellers(MappingProxyType({}), node="test").here(name)


def test_another_machine_is_not_this_one():
    assert not Tellers(MappingProxyType({}), node="test").here("nas")
