"""Messages that no rule of ours knows: templates, and what is novel, bursting, flapping in them."""

import random

from integrations.journal.templates import MOST_OF_ONE, MOST_TEMPLATES, Templates
from tests.journal.corpus_writers import service
from tests.journal.reading import BEGAN, Listener, raw

DAY = 86_400.0
QUICK = {"unusual": {"learn": "1h", "burst": 50}}


def said(message, at, unit="app.service", priority=3):
    return raw(service(unit, message, priority=priority), at=BEGAN + at)


# templates -------------------------------------------------------------------------------------------
def test_messages_that_differ_in_numbers_have_one_template():
    templates = Templates()

    found = {templates.shape("app", f"user {n} logged in from 10.0.0.{n}", 0.0).template for n in range(100)}

    assert len(found) == 1


def test_messages_that_differ_in_a_name_have_one_template():
    templates = Templates()
    names = [f"{a}{b}" for a in ("anna", "bert", "carl") for b in "xyz"]

    found = {
        templates.shape("app", f"could not open the file {name} for writing", 0.0).template for name in names
    }

    assert len(found) == 1
    assert found.pop().text.startswith("could not open the file")


def test_messages_of_two_writers_have_two_templates():
    templates = Templates()

    assert (
        templates.shape("one", "it works", 0.0).template
        is not templates.shape("other", "it works", 0.0).template
    )


def test_drain_is_asked_only_of_what_was_not_seen_lately():
    templates = Templates()

    for n in range(1000):
        templates.shape("app", f"entry {n} of {n * 7}", 0.0)

    assert templates.mined == 1


def test_templates_are_bounded_whatever_is_written():
    templates, dice = Templates(), random.Random(1)
    words = ["".join(dice.choices("abcdefghijklmnop", k=6)) for _ in range(3000)]

    for n in range(5_000):
        templates.shape(f"app-{words[n % 40]}", " ".join(dice.choices(words, k=n % 9 + 1)), 0.0)

    assert len(templates.all) <= 2 * MOST_TEMPLATES


def test_whoever_writes_nothing_twice_has_no_more_templates_than_others_and_costs_no_more():
    templates, dice = Templates(), random.Random(1)
    words = ["".join(dice.choices("abcdefghijklmnop", k=6)) for _ in range(3000)]

    for n in range(20_000):
        templates.shape("app", " ".join(dice.choices(words, k=n % 9 + 1)), 0.0)

    assert len(templates.all) <= MOST_OF_ONE
    assert templates.mined <= 2 * MOST_OF_ONE


def test_templates_survive_the_store():
    first, second = Templates(), Templates()
    for n in range(3):
        first.shape("app", f"reading sensor {n} of room kitchen", 0.0).template.hit(n)

    second.load(first.as_json())

    assert not second.shape("app", "reading sensor 9 of room kitchen", 9.0).template.new


# novel -----------------------------------------------------------------------------------------------
def test_a_bad_message_that_was_never_seen_is_an_incident_once_the_writer_is_known():
    listener = Listener(QUICK)

    listener.read([said("all is well", 0), said("all is well", 4000), said("the frobnicator exploded", 4001)])

    assert [one.kind for one in listener.open.values()] == ["novel"]
    assert "the frobnicator exploded" in next(iter(listener.open.values())).title


def test_while_a_writer_is_listened_to_nothing_of_it_is_new():
    listener = Listener(QUICK)

    listener.read([said(f"thing {word} broke", n) for n, word in enumerate(("alpha", "beta", "gamma"))])

    assert listener.opened == []


def test_a_new_message_that_is_no_error_is_no_incident():
    listener = Listener(QUICK)

    listener.read([said("all is well", 0), said("something else entirely happened", 4001, priority=6)])

    assert listener.opened == []


# bursts ----------------------------------------------------------------------------------------------
def test_a_message_that_comes_far_more_often_than_usual_is_an_incident():
    listener = Listener(QUICK)
    usual = [said(f"retry {n}", n * 30, priority=4) for n in range(300)]

    listener.read([*usual, *(said(f"retry {n}", 9000 + n * 0.1, priority=4) for n in range(200))])

    assert [one.kind for one in listener.open.values()] == ["burst"]


def test_a_message_that_always_comes_often_is_none():
    listener = Listener(QUICK)

    listener.read([said(f"poll {n}", n, priority=4) for n in range(8000)])

    assert listener.opened == []


# flapping --------------------------------------------------------------------------------------------
def test_what_goes_to_and_fro_is_an_incident():
    listener = Listener()

    listener.read(
        [said(f"eth0: Link is {'Down' if n % 2 else 'Up'}", n * 20, "net.service", 6) for n in range(8)]
    )

    assert [one.kind for one in listener.open.values()] == ["flapping"]


def test_what_goes_to_and_fro_in_a_week_is_none():
    listener = Listener()

    listener.read(
        [said(f"eth0: Link is {'Down' if n % 2 else 'Up'}", n * DAY / 4, "net.service", 6) for n in range(30)]
    )

    assert listener.opened == []


def test_many_that_only_go_are_none():
    listener = Listener()

    listener.read([said(f"client {n} disconnected", n, "net.service", 6) for n in range(50)])

    assert listener.opened == []
