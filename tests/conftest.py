"""Brokers to talk to: one for the session, or as many of one's own as a test wants."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
import structlog

from tests.mosquitto import Mosquitto


@pytest.fixture(scope="session")
def broker() -> Iterator[Mosquitto]:
    """A mosquitto for everybody who leaves nothing retained behind."""
    running = Mosquitto().start()
    yield running
    running.close()


@pytest.fixture
def own_broker() -> Iterator[Callable[..., Mosquitto]]:
    """Makes brokers that may be killed; all are gone at the end of the test."""
    with contextlib.ExitStack() as stack:

        def start(**options: object) -> Mosquitto:
            running = Mosquitto(**options)  # type: ignore[arg-type]
            stack.callback(running.close)
            return running.start()

        yield start


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Logs are for assertions here, not for reading."""
    structlog.configure(
        processors=[structlog.stdlib.add_log_level], logger_factory=structlog.ReturnLoggerFactory()
    )
    yield
    structlog.reset_defaults()
