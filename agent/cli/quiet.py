"""For commands that say themselves what is to be said."""

import logging

import structlog


def quietly() -> None:
    """Log nothing from now on: standard output is for the answer."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
