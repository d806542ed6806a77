"""Brokers to talk to: one for the session, or as many of one's own as a test wants."""

import asyncio
import contextlib
import gc
import signal
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator

import hypothesis
import psutil
import pytest
import structlog
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.mosquitto import Mosquitto

# A shell that starts us in the background has it ignored, and every program that we start would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# How long an example takes says nothing on a busy machine.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
MANY_FILES = 250
"""Beyond 1,024 the select of paho fails."""


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    """A mosquitto for the tests of a module that leave nothing behind which another of them would hear."""
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


@pytest.fixture(scope="module", autouse=True)
def _few_files_open() -> Iterator[None]:
    """A daemon freezes what is alive when it starts, and when it is dead nobody would look at that again."""
    yield
    if psutil.Process().num_fds() > MANY_FILES:
        with warnings.catch_warnings():
            # What was closed by nobody in the end, because its test had ended.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.unfreeze()
            gc.collect()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Logs are for assertions here, not for reading."""
    structlog.configure(
        processors=[structlog.stdlib.add_log_level], logger_factory=structlog.ReturnLoggerFactory()
    )
    yield
    structlog.reset_defaults()


class Ear:
    """Somebody else on the bus: paho in its own thread, hearing everything."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        self._listening = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda *_: self._client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: self._listening.set()
        self._client.on_message = lambda _c, _d, m: self.heard.append((m.topic, m.payload, m.retain))
        self._client.reconnect_delay_set(0.05, 0.05)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def publish(self, topic: str, payload: str | bytes, *, retain: bool = False, qos: int = 1) -> None:
        """Publish as a device would, and wait for the broker's word that it has it."""
        self._client.publish(topic, payload, qos=qos, retain=retain).wait_for_publish(5)

    async def until(self, claim: Callable[["Ear"], object], limit: float = 5.0) -> object:
        """Wait until `claim` holds of this ear, and return what it gives."""
        async with asyncio.timeout(limit):
            while not (found := claim(self)):
                await asyncio.sleep(0.01)
            return found

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def ear() -> Iterator[Callable[[int], Awaitable[Ear]]]:
    """Makes ears on the broker at a port, listening when they are handed out."""
    with contextlib.ExitStack() as stack:

        async def listen(port: int) -> Ear:
            one = await asyncio.to_thread(Ear, port)
            stack.callback(one.close)
            await one.until(lambda ear: ear._listening.is_set())
            return one

        yield listen
