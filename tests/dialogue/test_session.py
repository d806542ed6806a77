"""What a conversation remembers, and for how long."""

from agent.core.home import Entity, State
from agent.core.intents import Choice, Intent
from agent.dialogue.session import (
    ANSWERED_WITHIN,
    MOST_SESSIONS,
    MOST_TURNS,
    REMEMBERED_FOR,
    Asked,
    Done,
    Sessions,
    Turn,
)
from tests.fakes import FakeClock

LAMP = Done(entity="light.desk", service="light.turn_on", before=State(value="off"))


def turn(text="", entities=(), done=()):
    return Turn(intents=(), entities=entities, text=text, shown=text, done=done)


def test_the_last_five_turns_are_remembered():
    session = Sessions(clock=FakeClock()).get("a")
    for at in range(MOST_TURNS + 2):
        session.turns.append(turn(str(at)))

    assert [one.text for one in session.turns] == ["2", "3", "4", "5", "6"]


def test_a_session_that_was_silent_for_ten_minutes_is_forgotten():
    clock = FakeClock()
    sessions = Sessions(clock=clock)
    sessions.get("a").turns.append(turn("hello"))
    clock.pass_(REMEMBERED_FOR - 1)
    assert sessions.get("a").turns

    clock.pass_(REMEMBERED_FOR + 1)
    assert not sessions.get("a").turns


def test_of_too_many_sessions_the_one_used_longest_ago_is_forgotten():
    sessions = Sessions(clock=FakeClock())
    for at in range(MOST_SESSIONS):
        sessions.get(str(at)).turns.append(turn())
    sessions.get("0")
    sessions.get("one more")

    assert len(sessions) == MOST_SESSIONS
    assert sessions.get("0").turns
    assert not sessions.get("1").turns


def test_a_question_of_ours_is_open_once_and_not_for_ever():
    clock = FakeClock()
    session = Sessions(clock=clock).get("a")
    lamps = tuple(Entity(id=f"light.{at}", name=f"Lamp {at}", owner="test") for at in range(2))
    asked = Asked(
        choice=Choice(intent=Intent(name="HassTurnOn"), options=lamps),
        expires=clock.monotonic() + ANSWERED_WITHIN,
    )
    session.asked = asked
    assert session.pop_asked(clock.monotonic()) == (asked, False)
    assert session.pop_asked(clock.monotonic()) == (None, False)

    session.asked = asked
    clock.pass_(ANSWERED_WITHIN)
    assert session.pop_asked(clock.monotonic()) == (None, True)


def test_what_was_about_nothing_is_passed_over_when_something_is_meant():
    session = Sessions(clock=FakeClock()).get("a")
    session.turns.extend([turn("lamp", entities=("light.desk",), done=(LAMP,)), turn("time")])

    assert session.last_about().text == "lamp"
    assert session.last_done().text == "lamp"


def test_what_was_taken_back_cannot_be_taken_back_again():
    session = Sessions(clock=FakeClock()).get("a")
    session.turns.append(turn("lamp", entities=("light.desk",), done=(LAMP,)))
    session.taken_back(session.last_done())

    assert session.last_done() is None
    assert session.last_about().text == "lamp"
