"""Ways to reach a broker: passwords, TLS, websockets, the older protocol."""

import asyncio
import shutil
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from tests.mosquitto import free_port
from tests.mqtt.connecting import node, until

pytestmark = pytest.mark.broker
SMALL = (1, 200, 9_000, 20_000, 5)
"""Bytes; mosquitto sends over websockets in pieces of 4 KiB, ten in a second."""
AMQTT = """
import asyncio, logging, sys
from amqtt.broker import Broker
async def main():
    anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listener = {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1]}
    broker = Broker({"listeners": {"default": listener}, "plugins": anonymous})
    await broker.start()
    print("ready", flush=True)
    await asyncio.Event().wait()
logging.disable(logging.CRITICAL)
asyncio.run(main())
"""


async def talks(one, *sizes: int) -> bool:
    """Whether messages of all sizes go there and back."""
    got = one.collect("echo", qos=1, every=True)
    sizes = sizes or (1, 200, 70_000, 300_000, 5)
    for size in sizes:
        one.mqtt.publish("echo", b"x" * size)
    await until(lambda: len(got) == len(sizes))
    return [len(m.payload) for m in got] == list(sizes)


async def test_the_right_password_opens(own_broker):
    broker = own_broker(users={"me": "right"})

    async with node(broker.port, username="me", password="right") as one:  # noqa: S106
        assert await talks(one)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_the_wrong_password_is_said_with_what_to_change(own_broker, protocol):
    broker = own_broker(users={"me": "right"})
    access = {"username": "me", "password": "wrong", "protocol": protocol}
    with capture_logs() as lines:
        async with node(broker.port, connected=False, **access) as one:
            await one.mqtt.answered()

    refused = next(line for line in lines if line["event"] == "mqtt.connection_refused")
    assert refused["advice"] == "check mqtt.username and mqtt.password: 'me' was not let in"
    assert "wrong" not in str(lines)


async def test_websockets_carry_all_sizes(own_broker):
    port = free_port()
    own_broker(extra=f"listener {port}\nprotocol websockets\n")

    async with node(port, transport="websockets") as one:
        assert await talks(one, *SMALL)


@pytest.fixture
def certificates(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")

    def openssl(*words: str) -> None:
        subprocess.run([str(shutil.which("openssl")), *words], check=True, capture_output=True, cwd=tmp_path)

    key = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=ca")
    openssl("req", *key, "-keyout", "b.key", "-out", "b.csr", "-subj", "/CN=localhost")
    (tmp_path / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    openssl(
        *("x509", "-req", "-in", "b.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-out", "b.crt", "-days", "2", "-extfile", "names"),
    )
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    return tmp_path


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
async def test_tls_carries_all_sizes(own_broker, certificates, transport):
    port = free_port()
    kind = "protocol websockets\n" if transport == "websockets" else ""
    own_broker(extra=f"listener {port}\n{kind}{_encrypted(certificates)}")
    tls = {"ca": str(certificates / "ca.crt")}

    async with node(port, tls=tls, transport=transport) as one:
        assert await talks(one, *SMALL)


async def test_a_certificate_nobody_vouches_for_is_refused(own_broker, certificates):
    port = free_port()
    own_broker(extra=f"listener {port} 127.0.0.1\n{_encrypted(certificates)}")
    with capture_logs() as lines:
        async with node(port, tls={}, connected=False) as one:
            await one.mqtt.answered()

    assert "CERTIFICATE_VERIFY_FAILED" in lines[0]["reason"]


async def test_a_broker_of_the_older_protocol_is_spoken_to_in_it():
    port = free_port()
    broker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", AMQTT, str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert broker.stdout is not None
    try:
        await asyncio.wait_for(broker.stdout.readline(), 20)
        with capture_logs() as lines:
            async with node(port) as one:
                got = one.collect("echo", qos=1)
                one.mqtt.publish("echo", "1", ttl=5, correlation=b"x")
                await until(lambda: got)

        assert {"mqtt.protocol_changed", "mqtt.connected"} <= {line["event"] for line in lines}
    finally:
        broker.kill()
        await broker.wait()


def _encrypted(folder) -> str:
    return f"certfile {folder}/b.crt\nkeyfile {folder}/b.key\n"
