"""Rules over units and incidents, replayed: by systemd's own entries, and by the topics of incidents."""

import pytest

from agent.recording.format import Journalled
from tests.recording.replaying import BEGAN, HALL, NODE, Replaying, backlog, deeds, message

STARTING = "7d4958e842da4a758f6c1cdc7b36dcc5"
STARTED = "39f53479d3a045ac8e11786248231fbf"
STOPPING = "de5b426a63be47a7b6ac3eaac82e2f6f"
STOPPED = "9d1aaa27d60140bd96365438aad20286"
FAILED = "d9b373ed55a64feb8242e02dbe79a49c"
DISK = {"key": "disk", "severity": "warning", "title": "the disk is full", "count": 1, "trust": "system"}


@pytest.fixture
def house(tmp_path) -> Replaying:
    return Replaying(tmp_path)


def turn(after: float, message_id: str, unit: str = "nginx.service", pid: str = "1") -> Journalled:
    """Systemd, or somebody else, writes what became of a unit."""
    return Journalled(time=BEGAN + after, fields={"MESSAGE_ID": message_id, "UNIT": unit, "_PID": pid})


def incident(after: float, body: object = DISK, **more: object):
    return message(after, f"hearthd/{NODE}/incident/disk", body, **more)


def went(house, capsys, when, *happened, **more) -> list[float]:
    """When the rule that waits for `when` would have done something."""
    house.recorded(*backlog(), *happened, message(100.0, "end", ""))
    _, told = house.replay(capsys, automations=[HALL | {"when": when} | more])
    return [one[0] for one in deeds(told["now"])]


@pytest.mark.parametrize(
    ("to", "times"),
    [("active", [3.0, 8.0]), ("failed", [5.0]), ("inactive", [20.0]), ("deactivating", [10.0])],
)
def test_a_rule_over_a_unit_hears_what_systemd_wrote(house, capsys, to, times):
    life = [(2, STARTING), (3, STARTED), (5, FAILED), (6, STOPPED), (7, STARTING), (8, STARTED)]
    happened = [turn(at, what) for at, what in (*life, (10, STOPPING), (20, STOPPED))]

    assert went(house, capsys, {"unit": {"name": "nginx", "to": to}}, *happened) == times


def test_what_somebody_else_writes_of_a_unit_is_not_believed(house, capsys):
    assert went(house, capsys, {"unit": "nginx"}, turn(5, FAILED, pid="700")) == []


def test_a_rule_over_an_incident_hears_its_beginning_alone(house, capsys):
    happened = [incident(5.0), incident(6.0, DISK | {"count": 2}), incident(9.0, "")]

    assert went(house, capsys, {"incident": "disk"}, *happened) == [5.0]


def test_a_rule_over_an_incident_hears_its_end(house, capsys):
    assert went(
        house, capsys, {"incident": {"key": "disk", "to": "closed"}}, incident(5.0), incident(9.0, "")
    ) == [9.0]


def test_an_incident_that_was_open_before_is_no_news(house, capsys):
    assert went(house, capsys, {"incident": "disk"}, incident(0.5, retain=True)) == []


@pytest.mark.parametrize(("trust", "verdict"), [("system", "allow"), ("hostile", "ask"), (None, "ask")])
def test_what_an_incident_was_known_from_is_believed_as_far_as_it_was(house, capsys, trust, verdict):
    rule = HALL | {"when": {"incident": "disk"}, "do": {"service": "lock.unlock", "target": "lock.front"}}
    house.recorded(*backlog(), incident(5.0, DISK | {"trust": trust}), message(9.0, "end", ""))
    _, told = house.replay(capsys, automations=[rule])

    assert [one[3] for one in deeds(told["now"])] == [verdict]


@pytest.mark.parametrize("body", ["no JSON", "[]", '{"severity": {}, "title": 3, "count": "x", "trust": 7}'])
def test_what_is_no_incident_breaks_nothing(house, capsys, body):
    assert went(house, capsys, {"incident": {"severity": "err"}}, incident(5.0, body)) == []
