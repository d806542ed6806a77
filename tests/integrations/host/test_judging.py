"""When a number of the machine is worrying, and what is then said of it."""

import pytest

from agent.levels import Level, Threshold
from integrations.host.gauges import Gauge
from integrations.host.judging import judged, problem, threshold_of, worst_of


def judge(value, name="disk_srv", before=Level.OK, about="/srv", **configured):
    gauges = {name: Gauge(value, "%", about)}
    return judged(gauges, configured, {name: before})[name]


@pytest.mark.parametrize(
    ("value", "level"), [(89.9, Level.OK), (90, Level.WARNING), (96.9, Level.WARNING), (97, Level.CRITICAL)]
)
def test_a_disk_is_worrying_from_its_edges_on(value, level):
    assert judge(value).level is level


def test_a_level_is_kept_until_the_value_has_come_back_far_enough():
    assert judge(89.5, before=Level.WARNING).level is Level.WARNING
    assert judge(88.9, before=Level.WARNING).level is Level.OK


def test_a_threshold_for_disks_holds_for_each_of_them():
    assert judge(60, disk=Threshold(warning=50)).level is Level.WARNING


def test_a_disk_of_its_own_threshold_follows_that():
    configured = {"disk": Threshold(warning=50), "disk_srv": Threshold(warning=99)}

    assert judge(60, **configured).level is Level.OK


def test_of_a_battery_low_values_are_the_bad_ones():
    assert judge(7, name="battery").level is Level.CRITICAL


def test_what_has_no_threshold_is_well():
    assert (threshold_of("cpu", {}), judge(100, name="cpu").level) == (None, Level.OK)


def test_a_problem_says_what_where_and_from_when_on():
    assert problem("disk_srv", judge(97.2)) == "the disk at /srv is 97.2 % full (critical from 97 on)"


def test_a_low_battery_says_so():
    assert problem("battery", judge(15, name="battery")) == "the battery is at 15 % (warning below 20)"


def test_what_is_well_is_no_problem():
    assert problem("disk_srv", judge(10)) is None


def test_the_whole_is_as_bad_as_its_worst():
    gauges = {"disk": Gauge(10, "%", "/"), "temperature": Gauge(95, "°C")}

    assert worst_of(judged(gauges, {}, {})) is Level.CRITICAL
