"""When a message may go, and what becomes of it until then: quiet, digest, limit, keys. In virtual time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.notify.mailbox import MOST_WAITING, FullError, Mailbox
from integrations.notify.note import Note
from integrations.notify.section import Settings, Severity

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"start": "22:30", "end": "06:30"}
HOUR = 3600.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


NOON, EVENING, MORNING = at("2026-03-10T12:00"), at("2026-03-10T23:00"), at("2026-03-11T06:30")


def mailbox(more=None, **ada):
    settings = Settings.model_validate({"to": {"ada": ada}} | (more or {}))
    return Mailbox("ada", settings.to["ada"], settings, channels=("ntfy",), zone=BERLIN)


def note(message="the bins", severity="info", **more):
    return Note(id=more.pop("id", message), message=message, severity=Severity(severity), **more)


def sent(box, now):
    """What goes now, over a channel that takes everything."""
    box.release(now)
    for letter in box.untold(now):
        box.end_of_told(letter)
    found = []
    while (letter := box.next_for("ntfy", now)) is not None:
        found.append(letter.note.message)
        box.went(letter, letter.note, "ntfy")
    return found


def test_a_message_goes_at_once():
    box = mailbox()
    box.accept(note(), NOON)

    assert sent(box, NOON) == ["the bins"]


# quiet -----------------------------------------------------------------------------------------------------
def test_in_the_quiet_a_message_waits_for_its_end():
    box = mailbox(quiet=NIGHT)
    box.accept(note(), EVENING)

    assert [sent(box, EVENING), sent(box, MORNING - 1), sent(box, MORNING)] == [[], [], ["the bins"]]


def test_what_is_held_back_says_until_when():
    taken = mailbox(quiet=NIGHT).accept(note(), EVENING)

    assert taken.words == "held back for ada: quiet until 06:30"


@pytest.mark.parametrize("kind", ["safety", "security"])
def test_a_kind_that_is_never_muted_goes_in_the_quiet(kind):
    box = mailbox(quiet=NIGHT)
    box.accept(note(kind=kind), EVENING)

    assert sent(box, EVENING) == ["the bins"]


def test_urgent_alone_does_not_break_the_quiet():
    box = mailbox(quiet=NIGHT)
    box.accept(note(severity="critical"), EVENING)

    assert sent(box, EVENING) == []


def test_what_the_quiet_held_back_goes_as_one_message():
    box = mailbox(quiet=NIGHT)
    for name in ("the bins", "the cat"):
        box.accept(note(name), EVENING)

    assert sent(box, MORNING) == ["- the bins\n- the cat"]


def test_what_did_not_get_there_before_the_quiet_waits_for_its_end_and_is_kept_as_long_then():
    box = mailbox({"keep": "1h"}, quiet=NIGHT)
    box.accept(note(), EVENING - HOUR)
    box.next_for("ntfy", EVENING - HOUR)

    waits = [box.next_for("ntfy", EVENING), box.too_old(MORNING)]
    assert (waits, sent(box, MORNING)) == ([None, []], ["the bins"])


@pytest.mark.parametrize(
    ("held", "ends"),
    [("2026-03-28T23:00", "2026-03-29T06:30"), ("2026-10-24T23:00", "2026-10-25T06:30")],
)
def test_the_quiet_ends_by_the_clock_on_the_wall_in_the_nights_that_change_it(held, ends):
    box = mailbox(quiet=NIGHT)
    box.accept(note(), at(held))

    assert [sent(box, at(ends) - 1), sent(box, at(ends))] == [[], ["the bins"]]


# digest ----------------------------------------------------------------------------------------------------
def test_a_digest_collects_what_is_not_urgent():
    box = mailbox({"digest": {"every": "15m"}})
    for name in ("the bins", "the cat"):
        box.accept(note(name), NOON)

    assert [sent(box, NOON + 899), sent(box, NOON + 900)] == [[], ["- the bins\n- the cat"]]


@pytest.mark.parametrize("more", [{"severity": "warning"}, {"kind": "safety"}])
def test_a_digest_leaves_alone_what_is_urgent_or_never_muted(more):
    box = mailbox({"digest": {"every": "15m"}})
    box.accept(note(**more), NOON)

    assert sent(box, NOON) == ["the bins"]


def test_a_digest_of_some_kinds_leaves_the_others_alone():
    box = mailbox({"digest": {"every": "15m", "kinds": ["chores"]}})
    box.accept(note("the bins", kind="chores"), NOON)
    box.accept(note("the cat", kind="pets"), NOON)

    assert sent(box, NOON) == ["the cat"]


# limit -----------------------------------------------------------------------------------------------------
def test_what_is_above_the_limit_comes_later_as_one():
    box = mailbox({"limit": {"most": 2, "within": "1h"}})
    for number in range(4):
        box.accept(note(f"number {number}"), NOON)

    assert [sent(box, NOON), sent(box, NOON + HOUR)] == [
        ["number 0", "number 1"],
        ["- number 2\n- number 3"],
    ]


def test_what_is_far_above_the_limit_is_counted():
    box = mailbox({"limit": {"most": 1, "within": "1h"}})
    for number in range(33):
        box.accept(note(f"number {number}"), NOON)
    sent(box, NOON)

    assert sent(box, NOON + HOUR)[0].endswith("- number 20\n... and 12 more")


def test_the_limit_holds_nothing_back_that_is_never_muted():
    box = mailbox({"limit": {"most": 1, "within": "1h"}})
    for number in range(3):
        box.accept(note(f"number {number}", kind="safety"), NOON)

    assert len(sent(box, NOON)) == 3


def test_not_even_what_is_never_muted_fills_a_mailbox_without_end():
    box = mailbox()
    for number in range(MOST_WAITING):
        box.accept(note(f"number {number}", kind="safety"), NOON)

    with pytest.raises(FullError, match="100 messages wait for ada already"):
        box.accept(note(kind="safety"), NOON)


def test_what_found_no_room_is_counted():
    box = mailbox({"keep": "2h"})
    for number in range(MOST_WAITING):
        box.accept(note(f"number {number}", kind="safety"), NOON)
    with pytest.raises(FullError):
        box.accept(note(kind="safety"), NOON)
    sent(box, NOON)

    assert sent(box, NOON + HOUR) == ["... and 1 more"]


# the same key ----------------------------------------------------------------------------------------------
def test_the_same_is_said_once():
    box = mailbox()
    for seconds in (0, 60, 7200):
        box.accept(note(key="bins", id=f"{seconds}"), NOON + seconds)

    assert sent(box, NOON + 7200) == ["the bins"]


def test_the_same_is_said_again_after_a_day():
    box = mailbox()
    found = []
    for seconds in (0, 86_399, 86_400):
        box.accept(note(key="bins"), NOON + seconds)
        found.append(sent(box, NOON + seconds))

    assert found == [["the bins"], [], ["the bins"]]


def test_what_waits_is_replaced_by_what_is_newer():
    box = mailbox()
    for count in (1, 2, 3):
        box.accept(note(f"{count} errors", key="nginx"), NOON)

    assert sent(box, NOON) == ["3 errors"]


def test_what_the_quiet_holds_back_is_replaced_by_what_is_newer():
    box = mailbox(quiet=NIGHT)
    for count in (1, 2, 3):
        box.accept(note(f"{count} errors", key="nginx"), EVENING + count)

    assert sent(box, MORNING) == ["3 errors"]


def test_a_change_is_sent_once_in_a_while_and_the_newest_of_them():
    box = mailbox()
    found = []
    for seconds, count in ((0, 1), (60, 2), (120, 3)):
        box.accept(note(f"{count} errors", key="nginx"), NOON + seconds)
        found.append(sent(box, NOON + seconds))

    assert (found, sent(box, NOON + 600)) == ([["1 errors"], [], []], ["3 errors"])


def test_a_change_for_the_worse_is_sent_at_once():
    box = mailbox()
    box.accept(note("slow", key="nginx"), NOON)
    sent(box, NOON)
    box.accept(note("still slow", key="nginx"), NOON + 30)
    box.accept(note("dead", severity="critical", key="nginx"), NOON + 60)

    assert sent(box, NOON + 60) == ["dead"]


def test_a_text_that_changes_while_it_is_sent_is_sent_again():
    box = mailbox()
    letter = box.accept(note("1 error", key="nginx"), NOON).letter
    first = letter.note
    box.accept(note("2 errors", key="nginx"), NOON)
    box.went(letter, first, "ntfy")

    assert sent(box, NOON) == ["2 errors"]


# what survives ---------------------------------------------------------------------------------------------
def test_everything_survives_a_restart():
    box = mailbox({"limit": {"most": 2, "within": "1h"}}, quiet=NIGHT)
    box.accept(note("the cat", title="Home", key="cat", severity="warning"), NOON)
    box.accept(note("the dog"), NOON)
    box.accept(note("the bins"), NOON)
    again = mailbox({"limit": {"most": 2, "within": "1h"}}, quiet=NIGHT)
    again.load(box.as_json())

    assert (again.as_json(), sent(again, NOON + HOUR)) == (box.as_json(), ["the cat", "the dog", "the bins"])


def test_a_letter_for_a_channel_that_is_gone_waits_for_nothing():
    box = mailbox()
    letter = box.accept(note(), NOON).letter
    box.end_of_told(letter)
    settings = Settings.model_validate({"to": {"ada": {}}})
    again = Mailbox("ada", settings.to["ada"], settings, channels=("mail",), zone=BERLIN)
    again.load(box.as_json())

    assert again.letters == []


def test_what_is_too_old_is_given_up():
    box = mailbox({"keep": "1h"})
    box.accept(note(), NOON)

    assert ([one.note.message for one in box.too_old(NOON + HOUR)], box.letters) == (["the bins"], [])


def test_a_clock_that_is_put_back_by_years_holds_nothing_back():
    box = mailbox({"limit": {"most": 1, "within": "1h"}})
    for name in ("the bins", "the cat"):
        box.accept(note(name), NOON)
    earlier = NOON - 1000 * 86_400

    assert sent(box, earlier) == ["the bins", "the cat"]
