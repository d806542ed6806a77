"""What the kernel writes, read into numbers; the real /proc of the machine that the tests run on, too."""

import os
import socket

import psutil
import pytest

from integrations.host import proc
from integrations.host.gauges import Sampler
from integrations.host.proc import Mount

PRESSURE = """some avg10=1.50 avg60=20.25 avg300=63.08 total=5784851213
full avg10=0.00 avg60=0.10 avg300=0.00 total=0
"""
MOUNTS = r"""proc /proc proc rw,nosuid 0 0
/dev/sda1 / ext4 rw,relatime 0 0
/dev/sda1 /var/lib/docker ext4 rw,relatime 0 0
/dev/sdb1 /srv/my\040media xfs ro,relatime 0 0
nas:/export /srv/nas nfs4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
"""
NET_DEV = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0
  eth0: 2000 10 0 0 0 0 0 0 3000 12 0 0 0 0 0 0
"""  # noqa: E501  # as the kernel writes it
ROUTE = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000
eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF
"""


def test_pressure_is_that_of_the_last_minute():
    assert proc.pressure(PRESSURE) == 20.25


def test_memory_in_large_pieces_is_not_fragmented():
    assert proc.fragmentation("Node 0, zone   Normal  0 0 0 0 5 0 0 0 0 0 0\n") == 0.0


def test_memory_in_small_pieces_is():
    assert proc.fragmentation("Node 0, zone   Normal  32 0 0 0 2 0 0 0 0 0 0\n") == 50.0


def test_a_machine_without_free_memory_has_no_fragmentation():
    with pytest.raises(ValueError, match="nothing is free"):
        proc.fragmentation("Node 0, zone   Normal  0 0 0\n")


def test_disks_are_seen_once_and_what_is_no_disk_never():
    assert list(proc.mounts(MOUNTS)) == [
        Mount("/dev/sda1", "/", "ext4", read_only=False),
        Mount("/dev/sdb1", "/srv/my media", "xfs", read_only=True),
    ]


def test_loopback_is_no_traffic():
    assert proc.traffic(NET_DEV) == {"eth0": (2000, 3000)}


def test_the_default_route_leads_to_the_gateway():
    assert proc.gateway(ROUTE) == ("eth0", "192.168.1.1")


def test_a_machine_without_a_default_route_has_no_gateway():
    assert proc.gateway(ROUTE.replace("0101A8C0", "00000000")) is None


def test_a_disk_has_a_name_that_a_gauge_can_have():
    assert [proc.slug(path) for path in ("/", "/srv/My Media")] == ["", "srv_my_media"]


async def test_a_port_that_somebody_listens_on_is_seen_in_the_real_tables():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert port in proc.listening([proc.text(proc.PROC / "net/tcp")])

    assert port not in proc.listening([proc.text(proc.PROC / "net/tcp")])


# the real machine ------------------------------------------------------------------------------------------
def test_the_machine_is_measured_as_psutil_sees_it():
    found = Sampler().sample()

    assert found["memory"].value == pytest.approx(psutil.virtual_memory().percent, abs=5)
    assert 0 <= found["load"].value == pytest.approx(os.getloadavg()[0] / os.cpu_count() * 100, abs=60)


def test_traffic_is_told_from_the_second_look_on():
    sampler = Sampler()

    assert "network_sent" not in sampler.sample()
    assert sampler.sample()["network_sent"].value >= 0


def test_what_the_machine_lacks_is_left_out():
    found = Sampler().sample()

    assert "battery" in found or psutil.sensors_battery() is None
