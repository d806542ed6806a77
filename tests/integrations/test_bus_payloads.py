"""What comes in on our topics: taken whole, or refused with what is wrong and what would be right."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.api import Action, Cause, Message, Target, Trust
from integrations.bus.payloads import AHEAD, RefusalError, Sender, action_of, id_of, parsed

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SENDER = Sender(Cause(kind="bus", who="somebody on the bus"), Trust.ROOM)
ASKED = {"id": "1", "service": "light.turn_on", "target": {"entity": "light.desk"}}


def action(left=None, **changes):
    return action_of({**ASKED, **changes}, sender=SENDER, now=NOW, left=left)


def refused(act, *given, **changes):
    with pytest.raises(RefusalError) as told:
        act(*given, **changes)
    return str(told.value)


# the payload --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "the payload is not JSON: "),
        (b"on", "the payload is not JSON: "),
        (b"{'id': 1}", "the payload is not JSON: "),
        (b'{"a": NaN}', "the payload is not JSON: "),
        (b"\xff", "the payload is not JSON: "),
        (b"[1]", "the payload is a list; an object like "),
        (b'"on"', "the payload is text; an object like "),
        (b"7.5", "the payload is a number; an object like "),
        (b"true", "the payload is true or false; an object like "),
        (b"null", "the payload is null; an object like "),
    ],
    ids=repr,
)
def test_a_payload_that_is_no_object_is_refused_with_what_it_is(payload, reason):
    assert refused(parsed, Message("t", payload)).startswith(reason)


def test_an_object_is_taken():
    assert parsed(Message("t", b'{"id": "1", "more": [1, null]}')) == {"id": "1", "more": [1, None]}


# the id -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, "missing"),
        (7, "7"),
        ("", "''"),
        ("a\nb", r"'a\nb'"),
        ("\x1b[2J", r"'\x1b[2J'"),
        ("x" * 129, repr("x" * 129)[:80]),
        (["1"], "['1']"),
    ],
)
def test_an_id_that_cannot_be_answered_is_refused(given, shown):
    assert refused(id_of, {"id": given}) == f"'id' is {shown}; up to 128 printable characters are needed"


@pytest.mark.parametrize("given", ["1", "x" * 128, "Küche 7/a"])
def test_an_id_that_can_be_answered_is_taken_as_it_is(given):
    assert id_of({"id": given}) == given


# the service and its data -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "service",
    [None, 7, "", "light", "light.", ".on", "Light.turn_on", "light.turn_on ", "a.b.c", "l\u00e4.b"],
)
def test_a_service_that_is_no_name_is_refused_with_one_that_is(service):
    shown = "missing" if service is None else repr(service)

    assert refused(action, service=service) == f"'service' is {shown}; a name like 'light.turn_on' is needed"


def test_an_endless_service_is_refused_and_shown_in_part():
    reason = refused(action, service="a." + "b" * 1000)

    assert reason.startswith("'service' is 'a.bbb")
    assert len(reason) < 200


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ([], "a list"),
        ("brightness", "text"),
        (7, "a number"),
        (False, "true or false"),
        ({str(number): 1 for number in range(65)}, "an object"),
    ],
)
def test_data_of_another_kind_or_without_end_is_refused(data, kind):
    assert refused(action, data=data) == f"'data' is {kind}; an object of at most 64 fields is needed"


@pytest.mark.parametrize("given", [{}, {"data": None}, {"data": {}}])
def test_data_may_be_left_out(given):
    assert action(**given).data == {}


# when it may happen -------------------------------------------------------------------------------------
@pytest.mark.parametrize("ttl", [0, -1, 86_401, "10", True, [], 1e400])
def test_a_life_out_of_bounds_is_refused(ttl):
    reason = refused(action, ttl=ttl)

    assert reason == f"'ttl' is {ttl!r}; seconds above 0, at most 86400, are needed"


@pytest.mark.parametrize("ts", ["yesterday", "", 1767265200, True, [], "2026-13-01T00:00:00Z", "9" * 500])
def test_a_birth_that_is_no_time_is_refused_with_one_that_is(ts):
    reason = refused(action, ts=ts)

    assert reason == f"'ts' is {repr(ts)[:80]}; '2026-01-31T12:00:00Z' would be right"


def test_a_birth_without_a_time_zone_is_refused_with_what_to_add():
    reason = refused(action, ts="2026-01-01T12:00:00")

    assert reason == "'ts' is '2026-01-01T12:00:00', without a time zone; add 'Z' for UTC"


@pytest.mark.parametrize("ts", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_birth_at_the_end_of_time_is_refused_and_breaks_nothing(ts):
    assert refused(action, ts=ts)


def test_a_birth_in_the_future_is_refused_with_how_far_off_it_is():
    ts = (NOW + timedelta(seconds=90)).isoformat()

    assert refused(action, ts=ts) == "'ts' lies 90 s in the future; set the sender's clock"


def test_a_clock_that_is_a_little_ahead_is_taken_for_now():
    ts = (NOW + timedelta(seconds=AHEAD - 1)).isoformat()

    assert action(ts=ts).born == NOW


def test_a_birth_in_another_time_zone_is_that_moment():
    assert action(ts="2026-01-01T06:59:00-05:00").born == NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("ttl", "left", "lives"),
    [(None, None, None), (10, None, 10.0), (None, 5, 65.0), (10, 5, 10.0), (100, 5, 65.0)],
)
def test_the_shorter_of_both_lives_counts_the_senders_and_the_brokers(ttl, left, lives):
    born = (NOW - timedelta(seconds=60)).isoformat()

    assert action(left=left, ttl=ttl, ts=born).ttl == lives


# the target ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (7, "'target' is a number; an object like {'entity': 'light.desk'} is needed"),
        ([], "'target' is a list; an object like {'entity': 'light.desk'} is needed"),
        (None, "'target' is null; an object like {'entity': 'light.desk'} is needed"),
        ({"room": "x"}, "'target' has 'room'; it takes entity, area, floor, domain"),
        ({"area": ""}, "'target.area' is ''; a name or up to 500 are needed"),
        ({"area": []}, "'target.area' is []; a name or up to 500 are needed"),
        ({"area": None}, "'target.area' is missing; a name or up to 500 are needed"),
        ({"entity": ["light.a", 7]}, "'target.entity' is ['light.a', 7]; a name or up to 500 are needed"),
        ({"entity": "x" * 256}, f"'target.entity' is {repr('x' * 256)[:80]}; a name or up to 500 are needed"),
        ({"floor": {"id": "up"}}, "'target.floor' is {'id': 'up'}; a name or up to 500 are needed"),
    ],
)
def test_a_target_that_is_none_is_refused_with_one_that_is(target, reason):
    assert refused(action, target=target) == reason


def test_too_many_names_are_refused():
    assert "up to 500 are needed" in refused(action, target={"entity": ["light.a"] * 501})


@pytest.mark.parametrize(
    ("target", "taken"),
    [
        ("light.desk", Target(entity=("light.desk",))),
        ({"area": "study", "domain": ["light", "fan"]}, Target(area=("study",), domain=("light", "fan"))),
        ({}, Target()),
    ],
)
def test_a_target_is_one_id_or_names_by_kind(target, taken):
    assert action(target=target).target == taken


# what it becomes ----------------------------------------------------------------------------------------
def test_what_was_asked_is_the_action_and_nothing_of_it_is_the_senders_word_for_himself():
    made = action(data={"brightness": 4}, trust="operator", cause={"kind": "cli"}, channel="voice", rule="x")

    assert made == Action(
        id="1",
        service="light.turn_on",
        target=Target(entity=("light.desk",)),
        cause=SENDER.cause,
        trust=Trust.ROOM,
        born=NOW,
        data={"brightness": 4},
        trace=made.trace,
        channel="bus",
    )


def test_a_trace_is_taken_over():
    assert action(trace="t-1").trace == "t-1"


@pytest.mark.parametrize("trace", [None, "", 7, "a\nb", "x" * 129])
def test_a_trace_that_cannot_be_used_is_replaced(trace):
    one, other = action(trace=trace).trace, action(trace=trace).trace

    assert len(one) == 16
    assert one != other


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("id", "service", "target", "data", "ts", "ttl", "trace"), ANYTHING),
    ),
    st.none() | st.floats(0, 1e6),
)
def test_whatever_comes_is_an_action_or_a_refusal_in_one_short_line(payload, left):
    try:
        said = action_of({**ASKED, **payload}, sender=SENDER, now=NOW, left=left).id
    except RefusalError as refusal:
        said = str(refusal)

    assert said.isprintable()
    assert 0 < len(said) < 300
