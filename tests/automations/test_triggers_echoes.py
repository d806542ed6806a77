"""Our own commands come back, and are known as ours."""

import pytest

from agent.automations.echoes import FOR, Echoes
from agent.core.actions import Expectation
from tests.automations.ruling import change, message, said

ON = Expectation(state=frozenset({"on"}), attributes={"brightness": 40}, tolerance={"brightness": 2.0})
LIT = said("on", brightness=41)


def sent(**known) -> Echoes:
    echoes = Echoes(**known)
    echoes.published("hall", b"ON", now=0)
    echoes.asked("light.x", ON, now=0)
    return echoes


def test_a_message_of_ours_is_known_when_it_comes_back():
    assert sent().is_ours(message(b"ON"), now=0.1)


def test_one_message_of_ours_accounts_for_one():
    echoes = sent()
    echoes.is_ours(message(b"ON"), now=0.1)

    assert not echoes.is_ours(message(b"ON"), now=0.2)


def test_two_messages_of_ours_account_for_two():
    echoes = sent()
    echoes.published("hall", b"ON", now=0)

    assert [echoes.is_ours(message(b"ON"), now=0.1) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(("topic", "payload"), [("hall", b"OFF"), ("kitchen", b"ON")])
def test_another_message_is_not_ours(topic, payload):
    assert not sent().is_ours(message(payload, topic=topic), now=0.1)


def test_the_same_message_later_is_not_ours():
    assert not sent().is_ours(message(b"ON"), now=FOR + 0.1)


def test_the_state_that_we_asked_for_is_ours():
    assert sent().is_ours(change("off", LIT), now=1)


@pytest.mark.parametrize("new", ["off", said("on", brightness=90)])
def test_another_state_is_not_ours(new):
    assert not sent().is_ours(change("off", new), now=1)


def test_the_state_of_another_entity_is_not_ours():
    assert not sent().is_ours(change("off", LIT, entity="light.y"), now=1)


def test_the_same_state_later_is_not_ours():
    assert not sent().is_ours(change("off", LIT), now=FOR + 0.1)


def test_a_slow_device_is_given_its_time():
    echoes = Echoes()
    echoes.asked("cover.x", Expectation(state=frozenset({"open"}), within=60.0), now=0)

    assert echoes.is_ours(change("opening", "open", entity="cover.x"), now=50)


def test_a_flood_of_commands_leaves_no_more_than_is_allowed():
    echoes = sent(most=10)
    for number in range(1_000):
        echoes.published(f"t/{number}", b"", now=0)
        echoes.published("hall", b"same", now=0)
        echoes.asked(f"light.l{number}", ON, now=0)

    assert (len(echoes._messages), len(echoes._asked), len(echoes._messages["hall", hash(b"same")])) == (
        10,
        10,
        64,
    )
