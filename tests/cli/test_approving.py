"""Questions that wait for a person, and the person at the command line who answers them."""

from collections.abc import Callable, Iterator

import pytest

from agent.cli.daemon import shown
from tests.cli.program import NODE, Program, until

LOCK = "lock.front_door"
GONE = "is waiting; it may have expired or been answered"


def state(hearthd: Program, entity: str) -> str:
    return next(one["state"] for one in hearthd.json("devices") if one["id"] == entity)


@pytest.fixture
def asked(hearthd: Program) -> Iterator[Callable[[str], str]]:
    """Somebody who is not authenticated asks for the lock to be opened; it was locked before."""
    hearthd("do", "lock.lock", "--target", LOCK)
    questions = []

    def ask(action: str) -> str:
        body = {"id": action, "service": "lock.unlock", "target": {"entity": LOCK}}
        hearthd.publish(f"hearthd/{NODE}/do", body)
        until(lambda: hearthd("why", action).returncode == 0)
        questions.append(action)
        return action

    yield ask
    for left in questions:
        hearthd.publish(f"hearthd/{NODE}/deny", {"id": left})


def test_what_a_stranger_asks_of_a_lock_waits(hearthd, asked):
    asked("waits")
    [question] = hearthd.json("pending")

    assert (question["id"], question["action"], question["targets"]) == ("waits", "lock.unlock", [LOCK])
    assert state(hearthd, LOCK) == "locked"


def test_pending_shows_what_waits_until_when_and_why(hearthd, asked):
    asked("shown")
    [question] = hearthd.json("pending")
    words = [
        "shown",
        "unlock Front Door",
        f"lock.unlock {LOCK}",
        "asked by somebody on the bus",
        f"until {shown(question['expires'], None)}",
        "a disruptive action from somebody who is not authenticated needs approval",
    ]

    assert hearthd("pending").stdout.splitlines() == [
        "  ".join(words),
        "answer with: hearthd approve ID, or hearthd deny ID",
    ]


def test_why_tells_of_what_waits_how_it_is_answered(hearthd, asked):
    asked("still-open")
    told = hearthd("why", "still-open").stdout.splitlines()
    [question] = [one for one in hearthd.json("pending") if one["id"] == "still-open"]
    until_when = shown(question["expires"], None)

    assert told[0] == (
        f"lock.unlock {LOCK}: pending,"
        " a disruptive action from somebody who is not authenticated needs approval"
    )
    assert told[2] == f"  answer with: hearthd approve still-open, or deny, until {until_when}"


def test_pending_says_when_nothing_waits(hearthd, asked):
    assert hearthd("pending").stdout == "nothing waits for approval\n"


def test_what_is_approved_is_done(hearthd, asked):
    done = hearthd("approve", asked("yes"))

    assert (done.returncode, done.stdout) == (0, f"{LOCK} confirmed\n")
    assert state(hearthd, LOCK) == "unlocked"


def test_what_is_denied_is_not_done(hearthd, asked):
    done = hearthd("deny", asked("no"))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{LOCK} refused: denied by ")
    assert state(hearthd, LOCK) == "locked"


def test_an_approval_counts_once(hearthd, asked):
    hearthd("approve", asked("twice"))
    hearthd("do", "lock.lock", "--target", LOCK)
    again = hearthd("approve", "twice")

    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == (
        f"approve refused: 'twice' waits for no answer any more; lock.unlock {LOCK} is confirmed\n"
    )
    assert state(hearthd, LOCK) == "locked"


def test_denying_what_was_approved_already_does_not_pass_for_a_denial(hearthd, asked):
    hearthd("approve", asked("late"))
    late = hearthd("deny", "late")

    assert (late.returncode, late.stdout) == (1, "")
    assert late.stderr == (
        f"deny refused: 'late' waits for no answer any more; lock.unlock {LOCK} is confirmed\n"
    )


@pytest.mark.parametrize("answer", ["approve", "deny"])
def test_an_answer_to_no_question_ends_with_1(hearthd, answer):
    done = hearthd(answer, "nobody-asked")

    assert (done.returncode, done.stderr) == (1, f"{answer} refused: no question 'nobody-asked' {GONE}\n")


def test_an_answer_in_json_tells_every_outcome(hearthd, asked):
    done = hearthd("approve", asked("json"), "--json")

    assert [line["status"] for line in hearthd.lines(done)] == ["accepted", "sent", "confirmed"]


def test_why_tells_that_a_stranger_asked_and_what_became_of_it(hearthd, asked):
    hearthd("deny", asked("stranger"))
    told = hearthd("why", "stranger").stdout.splitlines()

    assert told[0].startswith(f"lock.unlock {LOCK}: refused, denied by ")
    assert told[1].startswith("  asked by somebody on the bus (bus) at ")
    assert told[2] == "  risk disruptive, trust room, data {}"


def test_who_can_read_the_key_is_not_asked(hearthd, asked):
    done = hearthd("do", "lock.unlock", "--target", LOCK)

    assert (done.returncode, done.stdout) == (0, f"{LOCK} confirmed\n")


def test_a_signature_that_is_not_ours_is_not_taken_for_less_but_refused(hearthd, asked):
    body = {"id": "forged", "service": "lock.unlock", "target": {"entity": LOCK}, "signature": "0" * 64}
    hearthd.publish(f"hearthd/{NODE}/do", body)
    asked("honest")

    assert hearthd("why", "forged").returncode == 1
    assert [one["id"] for one in hearthd.json("pending")] == ["honest"]
