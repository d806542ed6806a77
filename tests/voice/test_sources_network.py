"""The network as a microphone: what is sent, who hangs up, and what is no address at all."""

import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from integrations.voice.ear.sources import BLOCK, AudioSource, SourceError, open_source
from tests.voice.sources import RAMP, everything, reason


class TestNetwork:
    @pytest.fixture
    def peer(self) -> Iterator[socket.socket]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(5)
            yield server

    @staticmethod
    def opened(peer: socket.socket, **settings: object) -> tuple[AudioSource, socket.socket]:
        url = f"tcp://127.0.0.1:{peer.getsockname()[1]}"
        source = open_source({"kind": "network", "url": url, **settings})
        return source, peer.accept()[0]

    def test_what_is_sent_is_read(self, peer):
        source, other = self.opened(peer)
        with other:
            other.sendall(RAMP[: 2 * BLOCK])

        assert everything(source) == RAMP[: 2 * BLOCK]

    def test_the_end_of_the_connection_is_told(self, peer):
        source, other = self.opened(peer)
        other.close()

        assert reason(source).endswith("hung up")

    def test_a_connection_that_breaks_is_told(self, peer):
        source, other = self.opened(peer)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.close()

        assert "broke off: Connection reset by peer" in reason(source)

    def test_nobody_there_is_told(self, peer):
        port = peer.getsockname()[1]
        peer.close()

        with pytest.raises(
            SourceError, match=rf"tcp://127.0.0.1:{port} cannot be reached \(Connection refused\)"
        ):
            open_source({"kind": "network", "url": f"tcp://127.0.0.1:{port}"})

    def test_what_nobody_reads_is_dropped_and_counted(self, peer):
        source, other = self.opened(peer, rate=48000, channels=2)
        lost = 0
        limit = time.monotonic() + 10

        with other:
            other.sendall(bytes(48000 * 4 * 7))
            while lost < 2000 and time.monotonic() < limit:
                lost += source.lost
                time.sleep(0.01)
            source.close()

        assert abs(lost - 2000) <= 50

    def test_closing_ends_a_read_that_waits(self, peer):
        source, other = self.opened(peer)
        threading.Timer(0.05, source.close).start()

        with other:
            assert reason(source).endswith("was closed")

    @pytest.mark.parametrize(
        "url", ["", "kitchen:9999", "http://kitchen:9999", "tcp://kitchen", "tcp://kitchen:x"]
    )
    def test_what_is_no_address_is_told_with_one_that_is(self, url):
        with pytest.raises(SourceError, match="is not where a network microphone can be: tcp://HOST:PORT is"):
            open_source({"kind": "network", "url": url})


def test_an_unknown_kind_of_source_is_told_with_those_that_exist():
    with pytest.raises(SourceError, match="'radio': it is one of soundcard, command, file, network"):
        open_source({"kind": "radio"})
