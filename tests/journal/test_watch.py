"""What is looked for in which entries: filters, ignores, and what cannot be muted; whom we believe."""

import pytest

from agent.core.actions import Trust
from integrations.journal.book import Book
from integrations.journal.entry import unit_of
from integrations.journal.incident import Finding
from integrations.journal.kinds import KINDS
from integrations.journal.section import Severity
from tests.journal.corpus_writers import kernel, person, service, systemd
from tests.journal.reading import BEGAN, Listener, raw

OOM = kernel("Out of memory: Killed process 1234 (jellyfin) total-vm:1kB, anon-rss:2048kB")
FAILED = systemd("nginx.service: Failed with result 'exit-code'.")
STARTED = systemd("Started nginx.service - web.", "nginx.service")
EXPIRED = service("telegraf.service", "x509: certificate has expired")


# filters and ignores ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "settings",
    [
        {"units": ["nginx.service"]},
        {"priority": "emerg"},
        {"match": {"MESSAGE": "nothing"}},
        {"ignore": {"all": {"match": {"MESSAGE": "."}}}},
        {"ignore": {"all": {"unit": "*"}}},
    ],
)
def test_nothing_hides_what_cannot_be_muted(settings):
    listener = Listener(settings)

    listener.read([raw(OOM), raw(FAILED)])

    assert listener.opened == ["oom-jellyfin", "unit-nginx.service"]


@pytest.mark.parametrize(
    "settings",
    [
        {"units": ["nginx.service"]},
        {"priority": "err"},
        {"match": {"MESSAGE": "nothing"}},
        {"ignore": {"it": {"unit": "telegraf"}}},
        {"ignore": {"it": {"match": {"MESSAGE": "x509"}}}},
    ],
)
def test_other_faults_are_hidden_by_filters_and_ignores(settings):
    listener = Listener(settings)

    listener.read([raw(EXPIRED)])

    assert listener.opened == []


def test_a_floor_of_ones_own_is_not_hidden_either():
    listener = Listener({"floors": ["certificate"], "ignore": {"all": {"unit": "*"}}})

    listener.read([raw(EXPIRED)])

    assert listener.opened == ["certificate-telegraf.service"]


def test_an_ignore_shows_how_often_it_bit():
    listener = Listener({"ignore": {"known": {"unit": "telegraf"}}})

    listener.read([raw(EXPIRED), raw(EXPIRED)])

    assert [(one["name"], one["bit"]) for one in listener.watch.ignores.listed()] == [("known", 2)]


def test_a_learned_ignore_hides_its_incident_and_shows_how_often():
    listener = Listener()
    listener.watch.ignores.learn("certificate-telegraf.service", why="old box", at=BEGAN)

    listener.read([raw(EXPIRED), raw(EXPIRED)])

    assert listener.opened == []
    assert listener.watch.ignores.listed()[0]["bit"] == 2


def test_a_learned_ignore_cannot_hide_what_cannot_be_muted():
    listener = Listener()
    listener.watch.ignores.learn("oom-jellyfin", why="", at=BEGAN)

    listener.read([raw(OOM)])

    assert listener.opened == ["oom-jellyfin"]


# the life of an incident -----------------------------------------------------------------------------
def test_a_unit_that_runs_again_and_stays_up_ends_its_incident():
    listener = Listener()
    listener.read([raw(FAILED, at=BEGAN), raw(STARTED, at=BEGAN + 1)])

    listener.watch.book.sweep(BEGAN + 299)
    before = list(listener.open)
    listener.watch.book.sweep(BEGAN + 301.5)

    assert before == ["unit-nginx.service"]
    assert list(listener.open) == []


def test_a_unit_that_fails_again_at_once_stays_one_incident():
    listener = Listener()

    listener.read(
        [raw(one, at=BEGAN + n) for n, one in enumerate([FAILED, STARTED, FAILED, STARTED, FAILED])]
    )
    listener.watch.book.sweep(BEGAN + 10_000)

    assert listener.opened == ["unit-nginx.service"]
    assert listener.open["unit-nginx.service"].count == 3


def test_a_trouble_that_grows_is_the_same_incident_and_worse():
    listener = Listener()
    listener.read([raw(FAILED)])
    before = listener.open["unit-nginx.service"].severity

    listener.read([raw(systemd("nginx.service: Start request repeated too quickly."))])

    assert (before, listener.open["unit-nginx.service"].severity) == ("error", "critical")
    assert listener.open["unit-nginx.service"].kind == "start-limit"
    assert listener.watch.book.changed["unit-nginx.service"]


def test_what_comes_back_soon_is_the_same_incident_of_which_somebody_was_told():
    listener = Listener({"thresholds": {"oom": {"quiet": "10m"}}})
    listener.read([raw(OOM, at=BEGAN)])
    listener.open["oom-jellyfin"].notified = True
    listener.watch.book.sweep(BEGAN + 700)
    assert not listener.open

    listener.read([raw(OOM, at=BEGAN + 1000)])

    assert listener.open["oom-jellyfin"].notified
    assert listener.open["oom-jellyfin"].count == 2


def test_a_reboot_ends_what_can_only_be_true_of_one_life():
    listener = Listener()
    listener.read([raw(FAILED), raw(service("nginx.service", "write: No space left on device"))])

    listener.read([raw(service("cron.service", "hello"), boot="2")])

    assert list(listener.open) == ["disk-full"]


def test_what_an_earlier_life_left_in_the_same_batch_is_over_too():
    listener = Listener()

    listener.watch.take([raw(FAILED, boot="1"), raw(service("cron.service", "hello"), boot="2")])

    assert list(listener.open) == []


def test_two_machines_in_one_journal_are_no_reboots():
    listener = Listener()
    hello = service("cron.service", "hello")
    listener.read([raw(hello, boot="1"), raw(hello, boot="2"), raw(FAILED, boot="1")])

    listener.read([raw(hello, boot="2"), raw(hello, boot="1")])

    assert list(listener.open) == ["unit-nginx.service"]


def test_a_unit_that_is_seen_to_run_ends_its_incident():
    listener = Listener()
    listener.read([raw(FAILED, at=BEGAN)])

    listener.watch.unit_is_well("nginx.service", BEGAN + 10)
    listener.watch.book.sweep(BEGAN + 311)

    assert list(listener.open) == []


def test_evidence_is_the_first_and_the_last_lines():
    listener = Listener({"thresholds": {"certificate": {"count": 1}}})

    listener.read([raw(service("telegraf.service", f"certificate has expired {n}")) for n in range(9)])

    lines = listener.open["certificate-telegraf.service"].body()["evidence"]
    assert [line[-1] for line in lines] == ["0", "1", "6", "7", "8"]


def test_a_login_after_a_storm_makes_it_critical():
    listener = Listener()
    storm = [
        raw(service("ssh.service", f"Failed password for root from 203.0.113.9 port {n} ssh2", pid=n + 2))
        for n in range(10)
    ]

    listener.read(
        [*storm, raw(service("ssh.service", "Accepted publickey for root from 203.0.113.9 port 7 ssh2"))]
    )

    assert listener.open["auth-storm-sshd"].severity == "critical"
    assert listener.open["auth-storm-sshd"].title.endswith("somebody got in from 203.0.113.9")


def test_a_login_of_somebody_else_does_not():
    listener = Listener()
    storm = [
        raw(service("ssh.service", f"Failed password for root from 203.0.113.9 port {n} ssh2", pid=n + 2))
        for n in range(10)
    ]

    listener.read(
        [*storm, raw(service("ssh.service", "Accepted publickey for ada from 192.168.1.7 port 7 ssh2"))]
    )

    assert listener.open["auth-storm-sshd"].severity == "error"


def test_a_flood_of_different_incidents_is_bounded_and_hides_no_floor():
    listener = Listener()
    flood = [raw(service(f"app-{n}.service", "x509: certificate has expired")) for n in range(400)]

    listener.read([*flood, raw(OOM)])

    assert len(listener.open) <= 200
    assert "oom-jellyfin" in listener.open


def test_the_book_survives_the_store():
    listener = Listener()
    listener.read([raw(OOM), raw(FAILED)])
    other = Listener()

    other.watch.load(listener.watch.as_json())

    assert {key: one.body() for key, one in other.open.items()} == {
        key: one.body() for key, one in listener.open.items()
    }


@pytest.mark.parametrize("found", [None, 7, {"incidents": [1, {}], "ignores": 3}, {"incidents": {"a": 1}}])
def test_what_cannot_be_read_in_the_store_is_left_out(found):
    listener = Listener()

    listener.watch.load(found)

    assert listener.open == {}


# who is believed -------------------------------------------------------------------------------------
def test_of_a_forged_unit_only_the_journals_own_word_counts():
    entry = raw(person("hello", UNIT="nginx.service", _SYSTEMD_UNIT="session-1.scope"))

    assert unit_of(entry) == "session-1.scope"


def test_what_only_calls_itself_a_canary_hides_nothing():
    listener = Listener()

    listener.read([raw(EXPIRED, HEARTHD_CANARY="theirs")])

    assert listener.opened == ["certificate-telegraf.service"]


def test_an_incident_that_rests_on_a_programs_text_says_so():
    listener = Listener()

    listener.read([raw(OOM), raw(EXPIRED)])

    assert {key: one.body()["trust"] for key, one in listener.open.items()} == {
        "oom-jellyfin": "system",
        "certificate-telegraf.service": "hostile",
    }


def trust(listener, key):
    return listener.open[key].trust.word


def test_what_everybody_can_bring_about_is_not_believed_though_it_is_true():
    listener = Listener()
    tried = service("ssh.service", "Failed password for root from 203.0.113.9 port 22 ssh2")

    listener.read([raw(tried, _PID=str(700 + number)) for number in range(12)])

    assert trust(listener, "auth-storm-sshd") == "hostile"


def test_an_incident_that_a_programs_text_makes_worse_is_not_believed_any_more():
    book = Book(KINDS)
    book.take(Finding(kind="dns", subject="", key="dns", weight=3), at=1.0, evidence="")

    worse = Finding(kind="dns", subject="", key="dns", severity=Severity.CRITICAL, believed=False)
    book.take(worse, at=2.0, evidence="")

    assert book.open["dns"].trust is Trust.HOSTILE


def test_an_incident_that_several_entries_make_is_believed_as_far_as_the_least_of_them():
    book = Book(KINDS)

    for number, believed in enumerate((False, True, True)):
        finding = Finding(kind="dns", subject="", key="dns", believed=believed)
        book.take(finding, at=float(number), evidence="")

    assert book.open["dns"].trust is Trust.HOSTILE


def test_an_end_is_believed_as_far_as_what_it_was_seen_from():
    book = Book(KINDS)
    book.take(Finding(kind="oom", subject="jellyfin"), at=1.0, evidence="")

    book.take(Finding(kind="oom", subject="jellyfin", ends=True, believed=False), at=2.0, evidence="")
    book.sweep(100.0)

    assert book.closed["oom-jellyfin"].trust is Trust.HOSTILE


def test_a_process_with_a_strange_name_stays_within_its_topic():
    listener = Listener()

    listener.read(
        [raw(kernel("Out of memory: Killed process 9 (a/b #+\x1b[31m) total-vm:1kB, anon-rss:1kB"))]
    )

    assert listener.opened == ["oom-a-b-----31m"]
    assert "\x1b" not in listener.open["oom-a-b-----31m"].title
