"""The machine as a trigger: its journal, units, incidents, and calls from the web."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.automations.fired import Fired, NotFired
from agent.core.actions import Trust
from agent.core.events import IncidentChanged, JournalWritten, UnitChanged, WebhookCalled, utc
from tests.automations.ruling import answer

NGINX = {"_SYSTEMD_UNIT": "nginx.service", "PRIORITY": "3", "MESSAGE": "bind() failed", "_PID": "812"}
OF_SYSTEMD = {
    "_PID": "1",
    "UNIT": "nginx.service",
    "_SYSTEMD_UNIT": "init.scope",
    "PRIORITY": "3",
    "MESSAGE": "Failed",
}


def wrote(fields=None, *, replayed=False, **more):
    return JournalWritten(at=utc(1.0), fields=(NGINX if fields is None else fields) | more, replayed=replayed)


def journal(fields=None, *, replayed=False, **section):
    return answer({"journal": section}, wrote(fields, replayed=replayed))


def unit(old, new, *, replayed=False, echo=False, of="nginx.service", **section):
    return answer(
        {"unit": {"name": "nginx"} | section},
        UnitChanged(at=utc(1.0), unit=of, old=old, new=new, replayed=replayed),
        echo=echo,
    )


def incident(section, **change):
    whole = {"key": "disk-full", "severity": "error", "open": True} | change
    return answer({"incident": section}, IncidentChanged(at=utc(1.0), **whole))


def reason(found: object) -> str:
    assert isinstance(found, NotFired)
    return found.reason


# journal ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "section",
    [
        {"unit": "nginx.service"},
        {"unit": "nginx"},
        {"unit": "nginx*"},
        {"priority": "err"},
        {"priority": "warning"},
        {"unit": "nginx.service", "priority": "err"},
        {"match": "bind.. failed"},
        {"match": {"_PID": "^8", "MESSAGE": "failed$"}},
    ],
)
def test_an_entry_as_described_fires(section):
    found = journal(**section)

    assert isinstance(found, Fired)
    assert found.words == "nginx.service wrote 'bind() failed'"


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ({"unit": "sshd.service"}, "the entry was of nginx.service, not of sshd.service"),
        ({"priority": "crit"}, "the entry was err, not crit or worse"),
        ({"match": "^failed"}, "MESSAGE was 'bind() failed', which does not match '^failed'"),
        ({"match": {"_EXE": "nginx"}}, "the entry has no _EXE"),
    ],
)
def test_an_entry_that_is_not_awaited_says_what_it_was(section, why):
    assert reason(journal(**section)) == why


def test_the_word_error_is_not_an_error():
    found = journal(NGINX | {"PRIORITY": "6", "MESSAGE": "0 errors"}, priority="err")

    assert reason(found) == "the entry was info, not err or worse"


def test_an_entry_from_before_we_listened_is_no_news():
    assert reason(journal(unit="nginx", replayed=True)) == "the entry is from before we listened"


def test_what_systemd_writes_about_a_unit_is_of_that_unit():
    assert isinstance(journal(OF_SYSTEMD, unit="nginx.service"), Fired)


def test_nobody_else_can_write_in_the_name_of_a_unit():
    forged = {"_PID": "4711", "_SYSTEMD_UNIT": "evil.service", "UNIT": "nginx.service", "MESSAGE": "Failed"}

    assert (
        reason(journal(forged, unit="nginx.service")) == "the entry was of evil.service, not of nginx.service"
    )


@pytest.mark.parametrize(
    ("fields", "section", "trust"),
    [
        (NGINX, {"unit": "nginx.service"}, Trust.SYSTEM),
        (NGINX, {"unit": "nginx.service", "priority": "err"}, Trust.HOSTILE),
        (OF_SYSTEMD, {"unit": "nginx.service", "priority": "err"}, Trust.SYSTEM),
        (OF_SYSTEMD, {"unit": "nginx.service", "match": "Failed"}, Trust.HOSTILE),
        (NGINX, {"match": "bind"}, Trust.HOSTILE),
        (NGINX, {"match": {"_PID": "812"}}, Trust.SYSTEM),
        (NGINX, {"priority": "err"}, Trust.HOSTILE),
    ],
)
def test_only_underscore_fields_are_believed(fields, section, trust):
    found = journal(fields, **section)

    assert isinstance(found, Fired)
    assert found.trust is trust


def test_a_pattern_that_could_take_too_long_is_not_tried():
    found = journal(NGINX | {"MESSAGE": "a" * 8_000}, match="(a+)+b")

    assert "could take too long" in reason(found)


@given(
    fields=st.dictionaries(
        st.sampled_from(["_PID", "UNIT", "_SYSTEMD_UNIT", "PRIORITY", "MESSAGE", "_EXE"]),
        st.text(max_size=12),
    ),
    section=st.sampled_from(
        [{"unit": "a*"}, {"priority": "err"}, {"match": "x"}, {"unit": "1", "priority": "debug"}]
    ),
)
def test_nothing_that_is_logged_can_raise(fields, section):
    assert isinstance(journal(fields, **section), Fired | NotFired)


@pytest.mark.parametrize(
    "section",
    [
        {"unit": "nginx"},
        {"unit": "nginx", "match": {"MESSAGE": "burns"}},
    ],
)
def test_what_is_secret_in_an_entry_is_not_told(section):
    found = journal({**NGINX, "MESSAGE": "started with api_key=s3cr3tvalue"}, **section)

    words = found.words if isinstance(found, Fired) else found.reason
    assert "s3cr3tvalue" not in words
    assert "api_key=***" in words


def test_what_a_template_gave_of_an_entry_is_told_without_what_is_secret():
    found = answer(
        {"journal": {"unit": "nginx"}, "if": "{{ trigger.entry.MESSAGE }}"},
        wrote({**NGINX, "MESSAGE": "api_key=s3cr3tvalue"}),
    )

    assert "s3cr3tvalue" not in reason(found)


# units -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("section", [{}, {"to": "failed"}, {"to": ["inactive", "failed"]}, {"name": "ngin*"}])
def test_a_unit_that_changes_as_described_fires(section):
    found = unit("active", "failed", **section)

    assert isinstance(found, Fired)
    assert (found.words, found.trust) == ("nginx.service went from active to failed", Trust.SYSTEM)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (lambda: unit("active", "inactive", to="failed"), "nginx.service was inactive, not failed"),
        (lambda: unit("failed", "failed", to="failed"), "nginx.service stayed failed"),
        (lambda: unit(None, "failed"), "nginx.service is failed as far as we know it, which is no news"),
        (
            lambda: unit("active", "failed", replayed=True),
            "nginx.service is failed as far as we know it, which is no news",
        ),
        (
            lambda: unit("active", "inactive", echo=True),
            "nginx.service went to inactive because we told it to",
        ),
        (lambda: unit("active", "failed", of="ssh.service"), "ssh.service is not nginx"),
    ],
)
def test_a_unit_that_is_not_awaited_says_why(found, why):
    assert reason(found()) == why


def test_the_template_of_a_unit_sees_both_states_and_is_believed():
    found = answer(
        {"unit": "nginx", "if": "{{ trigger.from == 'active' and trigger.to == 'failed' }}"},
        UnitChanged(at=utc(1.0), unit="nginx.service", old="active", new="failed"),
    )

    assert isinstance(found, Fired)
    assert found.trust is Trust.SYSTEM


# incidents -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "section", ["disk-full", "disk-*", {"severity": "warning"}, {"key": "disk-full", "severity": "err"}]
)
def test_an_incident_as_described_fires(section):
    found = incident(section)

    assert isinstance(found, Fired)
    assert found.words == "the incident disk-full was opened"


@pytest.mark.parametrize("trust", [Trust.HOSTILE, Trust.SYSTEM])
def test_an_incident_is_believed_as_far_as_what_it_was_known_from(trust):
    assert incident("disk*", trust=trust).trust is trust


@pytest.mark.parametrize(
    ("section", "change", "why"),
    [
        ("oom", {}, "the incident was disk-full, not oom"),
        ({"severity": "crit"}, {}, "the incident was error, not crit or worse"),
        ("*", {"open": False}, "the incident disk-full was closed, not open"),
        ("*", {"news": False, "count": 350_000}, "the incident disk-full goes on, which is no news"),
        ("*", {"replayed": True}, "the incident disk-full goes on, which is no news"),
    ],
)
def test_an_incident_that_is_not_awaited_says_why(section, change, why):
    assert reason(incident(section, **change)) == why


def test_the_end_of_an_incident_fires_where_it_is_asked():
    assert isinstance(incident({"to": "closed"}, open=False), Fired)


# calls from the web ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("trust", [Trust.HOSTILE, Trust.HUMAN])
def test_a_call_is_believed_as_far_as_the_caller_is_known(trust):
    found = answer({"webhook": "parcel"}, WebhookCalled(at=utc(1.0), id="parcel", trust=trust))

    assert isinstance(found, Fired)
    assert found.trust is trust


def test_what_a_known_caller_sends_is_text_all_the_same():
    found = answer(
        {"webhook": "parcel", "if": "{{ 'here' in value_json.text }}"},
        WebhookCalled(at=utc(1.0), id="parcel", body=b'{"text": "it is here"}', trust=Trust.HUMAN),
    )

    assert isinstance(found, Fired)
    assert found.trust is Trust.HOSTILE


def test_a_call_for_another_is_none():
    assert (
        reason(answer({"webhook": "parcel"}, WebhookCalled(at=utc(1.0), id="door")))
        == "the call was for door, not for parcel"
    )
