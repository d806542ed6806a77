"""Why a step ended as it did: reasons of outcomes, known again so that any language can say them. Pure."""

import re
from collections.abc import Mapping

LONGEST = 400
_REASONS: tuple[tuple[str, str], ...] = (
    ("already_so", r"(?P<names>.+) already was as asked"),
    ("reason_silent", r"(?P<names>.+) did not do it within \S+ s: it did not answer"),
    ("reason_reports", r"(?P<names>.+) did not do it within \S+ s: it reports ['\"](?P<state>.*)['\"]"),
    ("reason_unreachable", r"(?P<names>.+) is not available"),
    ("reason_not_allowed", r"an? \S+ action is not allowed to .+"),
    ("reason_unit_not_allowed", r"(?P<names>\S+) is not among the units that are allowed: .+"),
    ("reason_unit_not_allowed", r"(?P<names>\S+) is not among the units that are allowed any more"),
    ("reason_no_reboot", r"the machine may not be restarted.*"),
    ("reason_unit_job", r"systemd could not (?P<verb>\w+) (?P<names>\S+): (?P<why>.+)"),
    ("reason_unit_not_up", r"(?P<names>\S+) did not come up: (?P<why>.+)"),
    ("reason_unit_down_again", r"(?P<names>\S+) came up and went down again: (?P<why>.+)"),
    ("reason_unit_up_again", r"(?P<names>\S+) was stopped, and is up again"),
    ("reason_no_unit", r"there is no unit (?P<names>\S+) on this machine"),
    ("reason_cannot_reload", r"(?P<names>\S+) cannot reload; restart it instead"),
    ("reason_not_running", r"(?P<names>\S+) is not running, so it cannot reload"),
    ("why_exit_code", r"its process ended with an error \((?P<code>\d+)\)"),
    ("why_error", r"its process ended with an error"),
    ("why_start_limit", r"it was started too often"),
    ("why_oom", r"it was killed for want of memory"),
    ("why_timeout", r"it took too long"),
    ("why_watchdog", r"its watchdog bit"),
    ("why_signal", r"its process was killed"),
    ("why_core_dump", r"its process crashed"),
    ("reason_quiet_hours", r"quiet hours from \S+ to (?P<until>\S+) hold for .+"),
    (
        "reason_broken",
        r"\S+ on (?P<names>.+) failed \d+ times in a row; the next try is let through in (?P<seconds>\d+) s",
    ),
    ("reason_too_often", r".+ was done \d+ times in \S+ s already; it may be done again in .+"),
    ("reason_waiting", r"the same waits for approval already, as .+"),
    ("reason_questions", r"too many questions wait already \(\d+\); answer one first"),
    ("reason_busy", r"\d+ steps are under way already; try again in a moment"),
    ("reason_late", r"it came \S+ s too late"),
    ("reason_late", r"its time was over before it could be sent"),
    ("reason_nobody_approved", r"nobody approved it in time; ask for it again"),
    ("reason_restarted", r"hearthd was restarted before it was confirmed"),
    ("reason_not_later", r"that is nothing I can do at another time"),
    ("reason_gone", r"(?P<names>.+) is not there any more"),
    ("reason_too_much_kept", r"there are \d+ timers and schedules already"),
    ("reason_denied", r"denied by .+"),
    ("reason_not_recorded", r"it cannot be recorded: .+"),
    ("reason_no_dimming", r"(?P<names>.+) cannot be dimmed"),
    ("reason_no_white", r"(?P<names>.+) cannot change its white"),
    ("reason_no_color", r"(?P<names>.+) cannot change its colour"),
    ("reason_brightness_unknown", r"its brightness is not known, so it cannot be changed by a step"),
    ("reason_speed_unknown", r"the speed of (?P<names>.+) is not known, so it cannot be changed by a step"),
    ("reason_out_of_range", r"\S+ is (?P<value>\S+); (?P<names>.+) takes (?P<low>\S+) to (?P<high>\S+)"),
)
REASONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (key, re.compile(pattern, re.DOTALL)) for key, pattern in _REASONS
)


def known_reason(reason: str) -> tuple[str, Mapping[str, str]] | None:
    """The key of the phrase for `reason` and what goes into it; None for one that has no phrase."""
    if len(reason) > LONGEST:
        return None
    for key, pattern in REASONS:
        match = pattern.fullmatch(reason)
        if match is not None:
            return key, match.groupdict()
    return None
