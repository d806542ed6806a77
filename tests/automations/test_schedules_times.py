"""When schedules come: crontab lines, summer time, spans, the sun."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.automations.calendar import Cron, Every, EveryDays, Once, moment_of
from agent.automations.cron import normal_form
from agent.automations.sun import Place, Sun
from tests.automations.virtual import BERLIN, HOME

DAY = 86_400
TOKYO = ZoneInfo("Asia/Tokyo")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
APIA = ZoneInfo("Pacific/Apia")
ZONES = [BERLIN, TOKYO, LORD_HOWE, ZoneInfo("America/St_Johns"), ZoneInfo("America/Santiago")]


def moment(text, zone=BERLIN):
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def coming(trigger, start, end, zone=BERLIN, shown="%m-%d %H:%M"):
    found, now, until = [], moment(start, zone) - 1, moment(end, zone)
    while (now := trigger.after(now)) is not None and now < until:
        found.append(f"{datetime.fromtimestamp(now, zone):{shown}}")
    return found


# so many days apart -------------------------------------------------------------------------------------
def test_every_other_day_goes_on_over_the_end_of_a_month():
    found = coming(
        EveryDays(datetime.fromisoformat("2026-10-29T07:00"), 2, BERLIN), "2026-10-01", "2026-11-05"
    )

    assert found == ["10-29 07:00", "10-31 07:00", "11-02 07:00", "11-04 07:00"]


def test_every_other_day_keeps_its_time_when_the_clock_changes():
    found = coming(
        EveryDays(datetime.fromisoformat("2027-03-26T02:30"), 2, BERLIN), "2027-03-26", "2027-04-02"
    )

    assert found == ["03-26 02:30", "03-28 03:00", "03-30 02:30", "04-01 02:30"]


# crontab lines -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("0 8 * * 0", ["Sun"]),
        ("0 8 * * 7", ["Sun"]),
        ("0 8 * * sun", ["Sun"]),
        ("0 8 * * 1", ["Mon"]),
        ("0 8 * * 1-5", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
        ("0 8 * * mon-fri", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
        ("0 8 * * 5-7", ["Fri", "Sat", "Sun"]),
        ("0 8 * * fri-sun", ["Fri", "Sat", "Sun"]),
        ("0 8 * * 0-7", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
        ("0 8 * * */3", ["Wed", "Sat", "Sun"]),
        ("0 8 * * SAT,SUN", ["Sat", "Sun"]),
    ],
)
def test_days_of_the_week_are_those_of_crontab(line, days):
    assert coming(Cron(normal_form(line), UTC), "2026-11-02", "2026-11-09", UTC, "%a") == days


def test_a_day_of_the_month_and_a_day_of_the_week_fire_when_either_fits():
    found = coming(Cron("0 8 13 * fri", UTC), "2026-10-01", "2026-10-31", UTC, "%a %d")

    assert found == ["Fri 02", "Fri 09", "Tue 13", "Fri 16", "Fri 23", "Fri 30"]


def test_a_day_with_a_star_restricts_like_crontab_says():
    assert coming(Cron("0 8 */2 * mon", UTC), "2026-11-01", "2026-11-30", UTC, "%a %d") == [
        "Mon 09",
        "Mon 23",
    ]


def test_a_step_that_leads_nowhere_leaves_the_first():
    assert coming(Cron("*/60 5-6/9 * * *", UTC), "2026-11-01", "2026-11-02", UTC) == ["11-01 05:00"]


def test_the_29th_of_february_comes_in_its_year():
    assert coming(Cron("0 0 29 2 *", UTC), "2026-01-01", "2033-01-01", UTC, "%Y") == ["2028", "2032"]


def fields(least, most):
    number = st.integers(least, most)
    spans = st.tuples(number, number).map(lambda two: f"{min(two)}-{max(two)}")
    parts = (
        number.map(str) | spans | st.tuples(spans, st.integers(1, 70)).map(lambda two: f"{two[0]}/{two[1]}")
    )
    stars = st.just("*") | st.integers(1, 70).map(lambda step: f"*/{step}")
    return stars | st.lists(parts, min_size=1, max_size=3).map(",".join)


def fits(text, value, least, most):
    """Whether a field of a crontab line allows a value, read off the line itself."""
    for part in text.split(","):
        bounds, _, step = part.partition("/")
        first, _, last = (bounds if bounds != "*" else f"{least}-{most}").partition("-")
        if value in range(int(first), int(last or first) + 1, int(step or 1)):
            return True
    return False


def refused(line):
    """Whether a line is refused, as one that never comes."""
    try:
        normal_form(line)
    except ValueError as error:
        return "never comes" in str(error)
    return False


@settings(max_examples=150)
@given(
    st.tuples(fields(0, 59), fields(0, 23), fields(1, 31), fields(1, 12), fields(0, 6)),
    st.integers(moment("2024-01-01", UTC), moment("2027-12-31", UTC)),
)
def test_a_line_means_what_its_fields_say_minute_by_minute(texts, start):
    minute, hour, day, month, weekday = texts
    both = not day.startswith("*") and not weekday.startswith("*")
    wanted = []
    for minutes in range(start // 60 + 1, start // 60 + 2000):
        at = datetime.fromtimestamp(minutes * 60, UTC)
        days = [fits(day, at.day, 1, 31), fits(weekday, at.isoweekday() % 7, 0, 6)]
        if (
            fits(minute, at.minute, 0, 59)
            and fits(hour, at.hour, 0, 23)
            and fits(month, at.month, 1, 12)
            and (any(days) if both else all(days))
        ):
            wanted.append(minutes * 60)
            break
    if not wanted and refused(" ".join(texts)):
        return
    line = normal_form(" ".join(texts))
    found = Cron(line, UTC).after(start)

    assert found == wanted[0] if wanted else found is None or found >= (start // 60 + 2000) * 60


# summer time -------------------------------------------------------------------------------------------
def test_half_past_two_comes_once_on_each_date_in_spring():
    assert coming(Cron("30 2 * * *", BERLIN), "2026-03-28", "2026-03-31") == [
        "03-28 02:30",
        "03-29 03:00",
        "03-30 02:30",
    ]


def test_half_past_two_comes_once_on_each_date_in_autumn():
    found = coming(Cron("30 2 * * *", BERLIN), "2026-10-24", "2026-10-27", shown="%m-%d %H:%M %z")

    assert found == ["10-24 02:30 +0200", "10-25 02:30 +0200", "10-26 02:30 +0100"]


def test_what_apscheduler_does_on_the_double_hour_is_the_reason_for_doing_it_here():
    theirs = CronTrigger(minute="30", hour="2", timezone=BERLIN)
    first = theirs.get_next_fire_time(None, datetime(2026, 10, 25, tzinfo=BERLIN))

    assert theirs.get_next_fire_time(first, first + timedelta(seconds=1)).date() == first.date()


def test_a_line_for_every_hour_follows_the_hours_that_pass():
    found = coming(Cron("30 * * * *", BERLIN), "2026-10-25T01:00", "2026-10-25T04:00", shown="%H:%M %z")

    assert found == ["01:30 +0200", "02:30 +0200", "02:30 +0100", "03:30 +0100"]


def test_a_line_for_every_hour_leaves_the_missing_hour_out():
    assert coming(Cron("0 * * * *", BERLIN), "2026-03-29T00:30", "2026-03-29T05:00", shown="%H:%M") == [
        "01:00",
        "03:00",
        "04:00",
    ]


def test_every_five_minutes_are_five_minutes_on_the_day_of_the_change():
    trigger, now, seen = Cron("*/5 * * * *", BERLIN), moment("2026-10-25T00:00"), []
    for _ in range(60):
        seen.append(trigger.after(now) - now)
        now = trigger.after(now)

    assert set(seen) == {300}


def test_a_half_hour_change_is_no_different():
    assert coming(Cron("15 2 * * *", LORD_HOWE), "2026-10-03", "2026-10-06", LORD_HOWE) == [
        "10-03 02:15",
        "10-04 02:30",
        "10-05 02:15",
    ]


def test_a_date_that_a_zone_left_out_comes_when_it_is_over():
    assert coming(Cron("0 8 * * *", APIA), "2011-12-29", "2012-01-01", APIA) == [
        "12-29 08:00",
        "12-31 00:00",
        "12-31 08:00",
    ]


@pytest.mark.parametrize(
    "zone", [BERLIN, TOKYO, LORD_HOWE, ZoneInfo("America/St_Johns"), ZoneInfo("America/Santiago")]
)
@pytest.mark.parametrize("clock", ["0 0", "30 0", "30 1", "0 2", "15 2", "59 2", "0 3", "59 23"])
def test_a_daily_line_comes_once_on_every_date_of_a_year(zone, clock):
    days = coming(Cron(f"{clock} * * *", zone), "2026-01-01", "2027-01-01", zone, "%j")

    assert days == [f"{day:03}" for day in range(1, 366)]


@settings(max_examples=60)
@given(
    st.integers(moment("2026-01-01"), moment("2027-01-01")),
    st.sampled_from(["*/7 * * * *", "5 */3 * * *", "0 2,3 * * *"]),
)
def test_what_comes_after_a_moment_is_later_and_nothing_is_between(now, line):
    trigger = Cron(line, BERLIN)
    found = trigger.after(now)

    assert found > now
    assert trigger.after(found - 1) == found


def test_a_date_in_the_gap_comes_when_the_gap_is_over():
    assert moment_of(datetime.fromisoformat("2026-03-29T02:30"), BERLIN) == moment("2026-03-29T03:00")


def test_a_date_with_an_offset_says_itself_when_it_is():
    assert moment_of(datetime.fromisoformat("2026-12-24T18:00+09:00"), BERLIN) == moment("2026-12-24T10:00")


# spans and moments -------------------------------------------------------------------------------------
@given(st.integers(1, 10 * DAY), st.integers(0, 2**31), st.integers(0, 2**31))
def test_a_span_counts_from_its_anchor(seconds, anchor, now):
    found = Every(seconds, anchor).after(now)

    assert found > max(now, anchor)
    assert (found - anchor) % seconds == 0
    assert found - max(now, anchor) <= seconds


def test_a_moment_comes_once():
    assert (Once(10).after(9), Once(10).after(10)) == (10, None)


# the sun -----------------------------------------------------------------------------------------------
def test_sunset_in_berlin_is_when_the_almanac_says():
    assert (
        coming(Sun("sunset", 0, HOME, BERLIN), "2026-06-20", "2026-06-22", shown="%m-%d %H:%M")[0]
        == "06-20 21:32"
    )


def test_an_offset_moves_the_sun():
    now = moment("2026-11-21")

    assert Sun("sunset", 0, HOME, BERLIN).after(now) - Sun("sunset", -1200, HOME, BERLIN).after(now) == 1200


@pytest.mark.parametrize("event", ["sunrise", "sunset"])
@pytest.mark.parametrize(
    ("zone", "place"),
    [
        ("Europe/Berlin", HOME),
        ("Pacific/Auckland", Place(latitude=-36.8, longitude=174.8)),
        ("Pacific/Apia", Place(latitude=-13.8, longitude=-171.8)),
        ("America/Anchorage", Place(latitude=61.2, longitude=-149.9)),
        ("Asia/Kolkata", Place(latitude=28.6, longitude=77.2)),
        ("America/Los_Angeles", Place(latitude=34.0, longitude=-118.2)),
    ],
)
def test_the_sun_rises_and_sets_about_once_in_24_hours(event, zone, place):
    trigger, now, gaps = Sun(event, 0, place, ZoneInfo(zone)), moment("2026-01-01"), []
    for _ in range(366):
        later = trigger.after(now)
        gaps.append(later - now)
        now = later

    assert max(abs(gap - DAY) for gap in gaps[1:]) < 600


def test_the_sun_of_other_days_does_not_count():
    trigger = Sun("sunset", 0, HOME, BERLIN, (5, 6))

    assert coming(trigger, "2026-11-19", "2026-11-30", shown="%a %m-%d %H") == [
        *("Sat 11-21 16", "Sun 11-22 16", "Sat 11-28 15", "Sun 11-29 15"),
    ]
    assert trigger.days_without(moment("2026-11-23"), trigger.after(moment("2026-11-23"))) == 0


def test_a_sunset_after_midnight_is_not_lost():
    fairbanks = Sun("sunset", 0, Place(latitude=64.84, longitude=-147.72), ZoneInfo("America/Anchorage"))

    assert len(coming(fairbanks, "2026-06-10", "2026-07-01", ZoneInfo("America/Anchorage"))) >= 20


def test_days_without_a_sunset_are_passed_over():
    tromso = Sun("sunset", 0, Place(latitude=69.65, longitude=18.96), ZoneInfo("Europe/Oslo"))
    before = tromso.after(moment("2026-05-10"))
    days = coming(tromso, "2026-05-10", "2026-08-10", ZoneInfo("Europe/Oslo"), "%m-%d")

    assert before is not None
    assert not [day for day in days if "05-25" < day < "07-20"]
    assert len(days) > 20
