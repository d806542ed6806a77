"""What no rule knows and is still unusual: a message that was never there, a burst, a to and fro."""

from tests.journal.corpus_story import Story, fault, of
from tests.journal.corpus_writers import kernel, service

FAULTS: dict[str, Story] = {}
LEARNT = 90_000.0
"""Seconds after which it is known what is usual for a unit."""


def _novel(name: str, unit: str, usual: str, never: str) -> None:
    fault(
        FAULTS,
        f"novel-{name}",
        *(service(unit, usual.format(number), priority=6, after=30) for number in range(8)),
        service(unit, usual.format(9), priority=6, after=LEARNT),
        service(unit, never, priority=3, after=5),
        faults=[of("novel", never[:30], unit)],
        quiet=True,
    )


def _burst(name: str, unit: str, message: str) -> None:
    fault(
        FAULTS,
        f"burst-{name}",
        *(service(unit, message, priority=4, after=600) for _ in range(3)),
        service(unit, message, priority=4, after=LEARNT),
        *(service(unit, message, priority=4, after=0.05) for _ in range(320)),
        faults=[of("burst", message[:30], unit, times=303)],
        quiet=True,
    )


def _flapping(name: str, *pair: tuple[float, dict], about: str) -> None:
    # The first says how it is; six changes are a to and fro.
    fault(
        FAULTS,
        f"flapping-{name}",
        *(pair[number % 2] for number in range(7)),
        faults=[of("flapping", pair[0][1]["MESSAGE"], about, times=4)],
        quiet=True,
    )


_novel(
    "database",
    "postgresql.service",
    "checkpoint complete: wrote {} buffers",
    "invalid page in block 4711 of relation base/16384/2619",
)
_novel(
    "zigbee",
    "zigbee2mqtt.service",
    "Received {} bytes from the adapter",
    "Adapter firmware panicked: bad stack",
)
_novel(
    "proxy", "haproxy.service", "Connect from 10.0.0.{} to frontend", "Server pool exhausted beyond recovery"
)
_burst("proxy", "nginx.service", "upstream response is buffered to a temporary file")
_burst("zigbee", "zigbee2mqtt.service", "Delivery of a frame was not acknowledged")
_burst("database", "mariadb.service", "Aborted connection to database, unauthenticated")
_flapping(
    "network",
    kernel("eth0: Link is Up", priority=6, after=20),
    kernel("eth0: Link is Down", priority=6, after=20),
    about="Link",
)
_flapping(
    "vpn",
    service("openvpn.service", "tunnel to the office is up", priority=6, after=30),
    service("openvpn.service", "tunnel to the office is down", priority=6, after=30),
    about="openvpn",
)
_flapping(
    "bridge",
    service("bridge.service", "gateway connected", priority=6, after=15),
    service("bridge.service", "gateway disconnected", priority=6, after=15),
    about="bridge",
)
