"""A PulseAudio of the tests' own, whose microphone hears what is played to its loudspeaker.

    with pulse(tmp_path) as server:
        server.play(pcm)            # in real time; what records from `default` or `pulse` hears it

It needs no D-Bus, no session and no sound card, and works as root. Programs find it by `server.environment`.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_PROGRAMS = {"pulseaudio": "pulseaudio", "pactl": "pulseaudio-utils", "paplay": "pulseaudio-utils"}
# ALSA programs, PortAudio among them, get to the server through ALSA's own plugin.
_ASOUND = """
pcm.pulse { type pulse server "%(server)s" hint { show on description "PulseAudio" } }
pcm.!default { type pulse server "%(server)s" hint { show on description "PulseAudio" } }
ctl.!default { type pulse server "%(server)s" }
"""


class Pulse:
    """One server with one loudspeaker, `house`, and the microphone that hears it, `house.monitor`."""

    def __init__(self, folder: Path, *, rate: int = 16000, channels: int = 1, asound: str = "") -> None:
        self.rate, self.channels = rate, channels
        self._log = folder / "pulse.log"
        # Sockets have short names only.
        self._runtime = Path(tempfile.mkdtemp(prefix="hearthd-pulse-"))
        server = f"unix:{self._runtime}/native"
        (self._runtime / "asound.conf").write_text(
            "".join(_ASOUND.splitlines(keepends=True)) % {"server": server} + asound
        )
        self.environment = {
            "PULSE_SERVER": server,
            "PULSE_RUNTIME_PATH": str(self._runtime),
            "PULSE_COOKIE": str(self._runtime / "cookie"),
            "PULSE_LATENCY_MSEC": "30",
            "XDG_RUNTIME_DIR": str(self._runtime),
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
            "ALSA_CONFIG_PATH": str(self._runtime / "asound.conf"),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._hearer: subprocess.Popen[bytes] | None = None

    @property
    def all_environment(self) -> dict[str, str]:
        """The environment of the tests, with the server in it."""
        return {**os.environ, **self.environment, "HOME": str(self._runtime)}

    def start(self) -> None:
        """Start it (again), and wait until it is there."""
        (self._runtime / "native").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                "pulseaudio",
                "-n",
                "--daemonize=no",
                "--exit-idle-time=-1",
                "--use-pid-file=no",
                f"--log-target=file:{self._log}",
                "-L",
                f"module-native-protocol-unix auth-anonymous=1 socket={self._runtime}/native",
                "-L",
                f"module-null-sink sink_name=house format=s16le rate={self.rate} channels={self.channels}",
            ],
            env=self.all_environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 10
        while subprocess.run(
            ["pactl", "set-default-source", "house.monitor"],
            env=self.all_environment,
            capture_output=True,
            check=False,
        ).returncode:
            if self._process.poll() is not None or time.monotonic() > limit:
                pytest.fail(f"pulseaudio does not start: {self._log.read_text()}")
            time.sleep(0.05)
        # A loudspeaker without hearers works two seconds ahead, and goes on so when the first hearer comes:
        # one that is always there, and was before the loudspeaker began, keeps it prompt.
        self._control("suspend-sink", "house", "1")
        self._hearer = subprocess.Popen(
            ["parecord", "--device=house.monitor", "--raw", "--latency-msec=20"],
            env=self.all_environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self._control("list", "short", "source-outputs"):
            if time.monotonic() > limit:
                pytest.fail(f"nobody can record from pulseaudio: {self._log.read_text()}")
            time.sleep(0.02)
        self._control("suspend-sink", "house", "0")

    def play(self, pcm: bytes, *, rate: int = 16000, channels: int = 1) -> None:
        """Play s16 PCM to the end; takes as long as it lasts."""
        with self.playing(pcm, rate=rate, channels=channels) as player:
            player.wait()

    @contextlib.contextmanager
    def playing(
        self, pcm: bytes, *, rate: int = 16000, channels: int = 1
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """Play it while the block runs; what is left at its end is not played."""
        with tempfile.TemporaryFile(dir=self._runtime) as file:
            file.write(pcm)
            file.seek(0)
            player = subprocess.Popen(
                [
                    "paplay",
                    "--device=house",
                    "--raw",
                    "--format=s16le",
                    f"--rate={rate}",
                    f"--channels={channels}",
                    "--latency-msec=30",
                ],
                env=self.all_environment,
                stdin=file,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        try:
            yield player
        finally:
            player.kill()
            player.wait()

    def unplug(self) -> None:
        """The microphone and the loudspeaker are gone; the server stays."""
        self._control("unload-module", "module-null-sink")

    def kill(self) -> None:
        """The server is gone, at once."""
        if self._hearer is not None:
            self._hearer.kill()
            self._hearer.wait()
            self._hearer = None
        if self._process is not None:
            # One that is paused dies of this too.
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """The server hangs."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it, and leave nothing."""
        self.kill()
        shutil.rmtree(self._runtime, ignore_errors=True)

    def _control(self, *words: str) -> bytes:
        done = subprocess.run(["pactl", *words], env=self.all_environment, check=True, capture_output=True)
        return done.stdout


@contextlib.contextmanager
def pulse(folder: Path, *, rate: int = 16000, channels: int = 1, asound: str = "") -> Iterator[Pulse]:
    """A server that runs while the block does; skips the test where PulseAudio is not installed.

    Args:
        folder: where its log goes.
        rate: of its loudspeaker, and so of its microphone.
        channels: of the same.
        asound: more lines for ALSA's configuration, devices for instance.
    """
    for program, package in _PROGRAMS.items():
        if shutil.which(program) is None:
            missing = f"{program} is not installed: apt install {package} libasound2-plugins libportaudio2"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    server = Pulse(folder, rate=rate, channels=channels, asound=asound)
    try:
        server.start()
        yield server
    finally:
        server.close()
