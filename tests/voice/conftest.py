"""A loudspeaker with a microphone before it, and a machine on which certain programs are installed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.voice.loudspeaker import Microphone
from tests.voice.pulse import pulse


@pytest.fixture(scope="module")
def room_microphone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Microphone]:
    # One for all tests of a module: a null sink that somebody listens to all the time plays at once.
    with pulse(tmp_path_factory.mktemp("pulse")) as server:
        found = Microphone(server)
        try:
            found.wait_for_silence()
            yield found
        finally:
            found.close()


@pytest.fixture
def hearing(room_microphone: Microphone, monkeypatch: pytest.MonkeyPatch) -> Microphone:
    """We run where the server is found, and the microphone is on."""
    for name, value in room_microphone.server.environment.items():
        monkeypatch.setenv(name, value)
    room_microphone.wait_for_silence()
    return room_microphone


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """A folder in which alone programs are found, and how to put one there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, script: str) -> Path:
        program = folder / name
        program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        program.chmod(0o755)
        return program

    return put
