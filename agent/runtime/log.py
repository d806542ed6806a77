"""Logs are facts with fields: one event name, then what belongs to it, on standard output only.

On a terminal they are for reading; elsewhere they are JSON, and under systemd each line also carries its
level in the way of sd-daemon(3).
"""

import logging
import os
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor

from agent.section import Section

_SYSLOG = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}


class LogConfig(Section):
    """The `log:` section."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important level that is written."""
    format: Literal["auto", "console", "json"] = "auto"
    """`console` for people, `json` for programs; `auto` looks at what standard output is."""


def configure(config: LogConfig) -> None:
    """Set up logging for the process; may be called again after a reload."""
    level = logging.getLevelNamesMapping()[config.level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_endings(config),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )


def _endings(config: LogConfig) -> list[Processor]:
    under_systemd = "JOURNAL_STREAM" in os.environ
    readable = config.format == "console" or (config.format == "auto" and sys.stdout.isatty())
    if readable and not under_systemd:
        return [
            _harmless,
            structlog.processors.ExceptionRenderer(),
            structlog.processors.KeyValueRenderer(
                key_order=["timestamp", "level", "event"], drop_missing=True, repr_native_str=False
            ),
        ]
    endings: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(default=str),
    ]
    return [*endings, _with_priority] if under_systemd else endings


def _harmless(_logger: object, _method: str, line: EventDict) -> EventDict:
    """What a device said neither begins a line of its own nor moves the cursor."""
    for key, value in line.items():
        if isinstance(value, str) and not value.isprintable():
            line[key] = "".join(
                one if one.isprintable() else one.encode("unicode_escape").decode() for one in value
            )
    return line


def _with_priority(_logger: object, method: str, line: EventDict) -> str:
    return f"<{_SYSLOG.get(method, 6)}>{line}"
