"""A Debian with hearthd in it as a service, booted once for all of these tests."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from tests.systemd.container import Container
from tests.systemd.root import obstacle, wheel

INSIDE = Path(__file__).with_name("inside")
HEARTHD = "/opt/hearthd/bin/hearthd"
CONFIG = "/etc/hearthd/config.yaml"
QUICKLY = "[Service]\nWatchdogSec=3\nRestartSec=200ms\n"
"""A drop-in, so that nobody waits half a minute for the watchdog."""
ELSEWHERE = """
import fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    address = socket.inet_aton("203.0.113.1")
    fcntl.ioctl(one, 0x8916, struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, address))
"""
"""Gives the system an address that is not of the house: whoever may reach it is refused at once."""
STRANGER = "mosquitto"
"""A user who has nothing to do with us."""
HERE = str(Path(__file__).parent)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is here; the first of them may build a Debian before its own time begins."""
    for item in items:
        if str(item.path).startswith(HERE):
            item.add_marker(pytest.mark.systemd)
            item.add_marker(pytest.mark.timeout(60, func_only=True))


class Machine(Container):
    """The system with hearthd in it."""

    @override
    def boot(self) -> None:
        super().boot()
        self.does("python3", "-c", ELSEWHERE)

    def install(self, built: Path, *options: str) -> str:
        """Install what was built, as a person would, and have it run; what that said."""
        there = self.root / "srv" / built.name
        there.write_bytes(built.read_bytes())
        pip = ("-m", "pip", "install", "-q", "--no-index", "--no-deps", "--force-reinstall")
        self.does("/opt/hearthd/bin/python", *pip, f"/srv/{built.name}")
        return self.does(HEARTHD, "install-service", *options)

    def configure(self, more: str = "") -> None:
        """Write the configuration of these tests, and `more`."""
        self.write(CONFIG, (INSIDE / "config.yaml").read_text() + more)

    @property
    def starts(self) -> int:
        """How often systemd has started the daemon again by itself."""
        return int(self.shows("hearthd", "NRestarts"))

    @property
    def active(self) -> bool:
        """Whether it runs and has said so."""
        return self.shows("hearthd", "ActiveState") == "active"

    def publish(self, topic: str) -> None:
        """Publish something there."""
        self.does("mosquitto_pub", "-q", "1", "-t", topic, "-m", "now")

    def hearthd(self, *arguments: str) -> Any:
        """Run a command of hearthd's as root."""
        return self.run(HEARTHD, *arguments)

    def listening(self) -> bool:
        """Whether the daemon answers, and all its integrations run."""
        done = self.hearthd("plugins", "--json")
        return done.returncode == 0 and {one["status"] for one in json.loads(done.stdout)} == {"running"}

    def well(self) -> None:
        """Make sure that it runs with the configuration of these tests."""
        self.run("systemctl", "reset-failed")
        if not self.active:
            self.does("systemctl", "restart", "hearthd")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of hearthd."""
    return wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def booted(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """The system, with hearthd installed in it."""
    if (why := obstacle()) is not None:
        pytest.skip(why)
    built = request.getfixturevalue("built")
    machine = Machine()
    try:
        machine.boot()
        machine.configure()
        for file in sorted((INSIDE / "plugin").iterdir()):
            machine.write(f"/etc/hearthd/plugins/faults/{file.name}", file.read_text())
        machine.write("/usr/local/lib/hearthd-test/probe.py", (INSIDE / "probe.py").read_text())
        machine.write("/usr/local/lib/hearthd-test/attack.py", (INSIDE / "attack.py").read_text())
        for one in ("ok", "no"):
            unit = "[Service]\nExecStart=/bin/sleep 10000\n"
            machine.write(f"/etc/systemd/system/probe-{one}.service", unit)
        machine.write("/etc/systemd/system/hearthd.service.d/test.conf", QUICKLY)
        machine.install(built)
        yield machine
    finally:
        machine.close()


@pytest.fixture
def machine(booted: Machine) -> Iterator[Machine]:
    """The system, with the daemon running as it was installed."""
    booted.well()
    yield booted
    if booted.read(CONFIG) != (INSIDE / "config.yaml").read_text():
        booted.configure()
        booted.run("systemctl", "restart", "hearthd")


def until(claim: Callable[[], Any], limit: float = 15.0) -> Any:
    """Wait until `claim()` holds and return what it gives."""
    deadline = time.monotonic() + limit
    while not (found := claim()):
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.1)
    return found
