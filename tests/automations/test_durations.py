"""How people write lengths of time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.durations import LONGEST, parse, told


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("2d", 172_800),
        ("1w", 604_800),
        ("500ms", 0.5),
        ("1m500ms", 60.5),
        ("1.5h", 5400),
        (" 10m ", 600),
        ("45", 45),
        (45, 45),
        (0.5, 0.5),
        (0, 0),
        ("0s", 0),
    ],
)
def test_a_length_of_time_is_read(written, seconds):
    assert parse(written) == seconds


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "soon", "m", "5 minutes", "5M", "30m1h", "5m5m", "-5m", "5m,", "1h-30m", "5m ago", "5\nm"),
        *("\u0665m", "1e3s", "nan", "inf", "1:30", "99999999999d", "9" * 400 + "s", "5m 5", "h5"),
        *(True, None, [], -1, float("nan"), float("inf"), 1e300, 10**400),
    ],
)
def test_what_is_no_length_of_time_is_refused_with_what_would_be_one(written):
    with pytest.raises(ValueError, match="1h30m or 2d would be right"):
        parse(written)


@given(st.integers(min_value=0, max_value=int(LONGEST) * 1000))
def test_what_is_told_can_be_read_again(milliseconds):
    assert parse(told(milliseconds / 1000)) == pytest.approx(milliseconds / 1000, abs=1e-3)


@given(st.text(max_size=30))
def test_any_text_is_a_length_of_time_or_is_refused(text):
    try:
        seconds = parse(text)
    except ValueError:
        return

    assert 0 <= seconds <= LONGEST
