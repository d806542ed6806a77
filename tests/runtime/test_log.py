"""Logs: a line for each fact, JSON for programs, readable for people, with a level for the journal."""

import json
from datetime import UTC, datetime

import pytest
import structlog

from agent.runtime.log import LogConfig, configure


@pytest.fixture
def written(monkeypatch, capsys):
    """Configures logging, logs by a function, and gives the lines that were written."""
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)

    def write(act, **config):
        configure(LogConfig(**config))
        act(structlog.get_logger("test"))
        return capsys.readouterr().out.splitlines()

    return write


def failed(log):
    try:
        float("seven\nlines")
    except ValueError:
        log.exception("lamp.failed", lamp="desk")


def test_elsewhere_than_on_a_terminal_a_line_is_json(written):
    [line] = written(lambda log: log.info("lamp.heard", lamp="desk", watts=4.5, name="Käthe"))

    told = json.loads(line)
    at = datetime.fromisoformat(told.pop("timestamp"))
    assert told == {"event": "lamp.heard", "level": "info", "lamp": "desk", "watts": 4.5, "name": "Käthe"}
    assert abs((datetime.now(UTC) - at).total_seconds()) < 5


def test_what_json_does_not_know_is_written_as_text(written):
    [line] = written(lambda log: log.info("lamp.heard", lamp={"desk"}, path=datetime(2026, 1, 1, tzinfo=UTC)))

    assert json.loads(line)["path"] == "2026-01-01 00:00:00+00:00"


@pytest.mark.parametrize(
    ("level", "events"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_less_important_lines_than_configured_are_not_written(written, level, events):
    def act(log):
        for name in ("debug", "info", "warning", "error"):
            getattr(log, name)(name)

    assert [json.loads(line)["event"] for line in written(act, level=level)] == events


def test_an_exception_is_one_json_line_with_its_traceback(written):
    [line] = written(failed)

    told = json.loads(line)
    assert (told["event"], told["level"], told["lamp"]) == ("lamp.failed", "error", "desk")
    assert told["exception"].startswith("Traceback")
    assert told["exception"].endswith(r"ValueError: could not convert string to float: 'seven\nlines'")


@pytest.mark.parametrize(
    ("method", "number"), [("debug", 7), ("info", 6), ("warning", 4), ("error", 3), ("critical", 2)]
)
def test_under_systemd_a_line_begins_with_its_level(written, monkeypatch, method, number):
    monkeypatch.setenv("JOURNAL_STREAM", "8:1234")
    [line] = written(lambda log: getattr(log, method)("lamp.heard"), level="debug", format="console")

    assert line.startswith(f'<{number}>{{"event": "lamp.heard"')


def test_for_people_time_level_and_event_come_first(written):
    [line] = written(lambda log: log.warning("lamp.heard", lamp="desk", watts=4), format="console")

    assert line.startswith("timestamp=")
    assert line.endswith(" level=warning event=lamp.heard lamp=desk watts=4")


def test_for_people_a_traceback_keeps_its_lines(written):
    lines = written(failed, format="console")

    assert [line for line in lines if line.startswith("ValueError: could not")]


def test_what_a_device_says_makes_no_line_of_its_own_and_moves_no_cursor(written):
    [line] = written(
        lambda log: log.info("lamp.heard", name="Lamp\nlevel=info event=all.well\x1b[2J", tags=["a\nb"]),
        format="console",
    )

    assert "\x1b" not in line
    assert line.endswith(r"name=Lamp\nlevel=info event=all.well\x1b[2J tags=['a\nb']")


def test_a_later_configuration_takes_the_place_of_the_earlier(written):
    written(lambda log: log.debug("x"), level="debug")

    assert written(lambda log: log.debug("x"), level="info") == []
