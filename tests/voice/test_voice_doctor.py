"""`hearthd doctor` about voice: microphone, speech to text, text to speech, each with its reason."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import Program, until
from tests.mosquitto import Mosquitto, free_port
from tests.voice import speech

MODEL = speech.MODEL
HEARING, SPEAKING = "speech to text", "text to speech"


class Told:
    """What the doctor found."""

    def __init__(self, done: "subprocess.CompletedProcess[str]") -> None:
        self.code = done.returncode
        self._found = {one["what"]: one for one in json.loads(done.stdout)}

    def __getitem__(self, what: str) -> tuple[str, str]:
        one = self._found[what]
        return "ok" if one["ok"] else "missing" if one["needed"] else "note", one["says"]

    def __contains__(self, what: str) -> bool:
        return what in self._found


@pytest.fixture
def examined(tmp_path):
    """What the doctor finds with a `voice:` section, and more."""

    def examine(voice: str, more: str = "", path: Path | None = None) -> Told:
        program = Program(tmp_path, port=1)
        # A broker of our own needs nothing that could be missing.
        program.file.write_text(
            f"node: {{state_dir: {program.state}}}\n{voice and f'voice: {voice}'}\n{more}"
        )
        if path is not None:
            program.environment["PATH"] = str(path)
        return Told(program("doctor", "--json"))

    return examine


def programs(folder: Path, *names: str) -> Path:
    """A folder with these programs, and no others that speak or play."""
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


def test_without_a_voice_section_nothing_of_it_is_needed(examined):
    told = examined("")

    assert told["microphone"] == ("ok", "not needed: the configuration has no 'voice:'")
    assert HEARING not in told
    assert told.code == 0


def test_a_whole_model_a_peer_and_a_program_that_speaks_are_well(examined, tmp_path):
    broker = Mosquitto().start()
    url = f"tcp://127.0.0.1:{broker.port}"
    path = programs(tmp_path / "bin", "espeak-ng", "pw-play")
    try:
        told = examined(f"{{microphone: {{stream: '{url}'}}, stt: {{model: {MODEL}}}}}", path=path)
    finally:
        broker.close()

    assert told["microphone"] == ("ok", f"{url} takes connections")
    assert told[HEARING] == ("ok", f"vosk, because it is set: {MODEL}, whole, 221 words")
    assert told[SPEAKING][0] == "ok"
    assert told[SPEAKING][1].startswith("espeak, because there is neither a 'url' of a Wyoming server nor ")
    assert told[SPEAKING][1].endswith("; played by pw-play")
    assert told.code == 0


def test_a_pulled_model_is_the_reason_for_vosk_and_one_cut_short_is_missing(examined, tmp_path):
    place = tmp_path / "state" / "voice" / "vosk-model-small-en-us-9.9"
    shutil.copytree(MODEL, place)
    well = examined("{microphone: none}")
    (place / "graph" / "words.txt").unlink()
    cut = examined("{microphone: none}")

    assert well[HEARING][1].startswith(
        f"vosk, because there is a model of it for this language: {place}, whole"
    )
    assert cut[HEARING][0] == "missing"
    assert "is not whole: graph/words.txt" in cut[HEARING][1]
    assert cut.code == 1


def test_without_a_model_it_is_pocketsphinx_and_in_another_language_nothing(examined):
    english = examined("{microphone: none}")
    german = examined("{microphone: none}", "language: {default: de}\n")

    assert english[HEARING][0] == "ok"
    assert english[HEARING][1].startswith("pocketsphinx, because there is no model of Vosk; ")
    assert german[HEARING][0] == "missing"
    assert german[HEARING][1].endswith("'hearthd voice list' names models to pull")


def test_servers_that_are_away_are_notes_and_another_voice_speaks(examined, tmp_path):
    url = f"tcp://127.0.0.1:{free_port()}"
    voice = (
        f"{{microphone: {{stream: '{url}'}}, stt: {{engine: wyoming, url: '{url}'}}, tts: {{url: '{url}'}}}}"
    )
    told = examined(voice, path=programs(tmp_path / "bin", "espeak-ng", "aplay"))

    assert told["microphone"][0] == "note"
    assert told[HEARING][0] == "note"
    assert told[HEARING][1].startswith(f"wyoming, because it is set: {url} can't be reached: ")
    assert told[SPEAKING][0] == "ok"
    assert told[SPEAKING][1].startswith("espeak, because there is a 'url'; played by aplay (")
    assert told.code == 0


def test_what_is_not_installed_is_named_with_what_installs_it(examined, tmp_path):
    empty = programs(tmp_path / "bin")
    told = examined("{microphone: {command: [arecord]}}", path=empty)
    (empty / "espeak-ng").write_text("#!/bin/sh\n")
    (empty / "espeak-ng").chmod(0o755)
    mute = examined("{microphone: {file: /no/such.wav}}", path=empty)

    assert told["microphone"] == ("note", "arecord is not installed; 'voice: microphone:' names it")
    assert told[SPEAKING] == ("missing", "espeak-ng is not installed: `apt install espeak-ng`")
    assert mute["microphone"] == ("note", "/no/such.wav is not there")
    assert mute[SPEAKING][0] == "missing"
    assert "there is no player" in mute[SPEAKING][1]


def test_what_is_switched_off_is_not_missed(examined):
    told = examined("{microphone: none, stt: {engine: none}, tts: {engine: none}}")

    assert told["microphone"] == ("ok", "none is wanted: 'voice: microphone:' is none")
    assert told[HEARING] == ("ok", "'voice: stt: engine:' is none")
    assert told[SPEAKING] == ("ok", "nothing is said: 'voice: tts: engine:' is none")


def test_a_sound_card_that_is_not_there_is_a_note(examined):
    told = examined("{microphone: no such thing}")

    assert told["microphone"][0] == "note"
    assert told.code == 0


def test_a_daemon_that_runs_says_what_it_hears(tmp_path, broker):
    wav = speech.write_wav(tmp_path / "quiet.wav", speech.silence(60))
    program = Program(tmp_path, port=broker.port)
    program.configure(
        f"voice: {{microphone: {{file: {wav}}}, stt: {{model: {MODEL}}}, tts: {{engine: none}}}}\n"
    )
    daemon = program.daemon("run")
    try:
        found = until(
            lambda: (told := Told(program("doctor", "--json")))["microphone"][1] != str(wav) and told, 15
        )
    finally:
        daemon.close()

    assert found["microphone"] == ("ok", f"the daemon hears the file {wav}")
