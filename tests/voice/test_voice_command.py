"""`hearthd voice list` and `test` as people use them: they hear what a file or a peer says."""

import asyncio
import os
import pty
import signal
import subprocess
import threading

import pytest

from tests.cli.program import HEARTHD, ROOT, Program
from tests.voice import speech
from tests.voice.living import Room
from tests.voice.pulse import pulse
from tests.voice.test_voice_elsewhere import Whisper

pytestmark = pytest.mark.skipif(not speech.HAS_ESPEAK, reason="espeak-ng speaks here")
HEARS = f"stt: {{engine: vosk, model: {speech.MODEL}}}"


@pytest.fixture
def hearthd(tmp_path) -> Program:
    return configured(tmp_path, f"{{microphone: none, {HEARS}}}")


def configured(folder, voice) -> Program:
    program = Program(folder, port=1)
    program.configure(f"voice: {voice}\n")
    return program


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """Somebody says the wake word and a command."""
    pcm = speech.command("turn on the kitchen light", tail=0.8)
    return str(speech.write_wav(tmp_path_factory.mktemp("wav") / "command.wav", pcm))


@pytest.fixture(scope="module")
def sentence(tmp_path_factory):
    """Somebody says only the command."""
    pcm = speech.command("turn on the kitchen light", wake=None, lead=0.2, tail=0.2)
    return str(speech.write_wav(tmp_path_factory.mktemp("wav") / "sentence.wav", pcm))


@pytest.fixture(scope="module")
def told(tmp_path_factory, command):
    """What it prints of the command."""
    program = configured(tmp_path_factory.mktemp("told"), f"{{microphone: none, {HEARS}}}")
    done = program("voice", "test", "--file", command)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# test -----------------------------------------------------------------------------------------------------
def test_a_file_is_heard_from_the_wake_word_to_the_text(told):
    said = [line.split("  (")[0] for line in told if line.startswith(("woke", "heard", "silence"))]

    assert said[1:] == ["heard: turn on the kitchen light"]
    assert said[0].startswith("woke: hey_jarvis 0.")


def test_what_is_no_terminal_gets_levels_partial_texts_and_words_with_confidences(told):
    assert any(line.startswith("level -") and "hey_jarvis 0." in line for line in told)
    assert "... turn on the kitchen" in told
    assert any("kitchen 1.00" in line and " s, text after " in line for line in told)
    assert not any("\r" in line or "\x1b" in line for line in told)


def test_as_json_each_event_is_a_line_and_now_needs_no_wake_word(hearthd, sentence):
    events = hearthd.lines(hearthd("voice", "test", "--file", sentence, "--now", "--json"))
    [heard] = [one for one in events if one["event"] == "heard"]
    names = {one["event"] for one in events}

    assert {"ready", "source", "level", "partial"} < names
    assert not names & {"woke", "silence"}
    assert (heard["text"], heard["unknown"]) == ("turn on the kitchen light", False)


def test_what_is_no_wav_file_is_told_and_ends_with_1(hearthd, tmp_path):
    (tmp_path / "no.wav").write_text("no sound")
    none = hearthd("voice", "test", "--file", "none.wav")
    odd = hearthd("voice", "test", "--file", str(tmp_path / "no.wav"))

    assert (none.returncode, none.stderr) == (1, "none.wav: there is no such file\n")
    assert (odd.returncode, odd.stderr) == (1, "no sound came\n")
    assert f"source: the file {tmp_path / 'no.wav'} " in odd.stdout


def test_a_microphone_that_is_not_there_is_told_until_the_seconds_are_over(hearthd):
    done = hearthd("voice", "test", "--device", "no such thing", "--seconds", "1.5")

    assert done.returncode == 1
    assert "source: " in done.stdout
    assert "microphone" in done.stdout or "PortAudio" in done.stdout


async def test_a_configured_microphone_is_heard_until_a_signal_comes(tmp_path):
    room = Room()
    await room.open()
    program = configured(tmp_path, f"{{microphone: {{stream: 'tcp://127.0.0.1:{room.port}'}}, {HEARS}}}")
    process = program.begin("voice", "test", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines: list[str] = []
    reading = threading.Thread(target=lambda: lines.extend(process.stdout))
    reading.start()
    try:
        await room.say(speech.command("turn on the kitchen light"))
        heard = await _soon(lambda: any(line.startswith("heard: turn on") for line in lines))
        process.send_signal(signal.SIGINT)
        code = await _soon(lambda: process.poll() is not None and [process.returncode])
    finally:
        process.kill()
        process.wait(5)
        reading.join(5)
        wrong = process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        await room.close()

    assert (heard, code, wrong) == (True, [0], "")


async def _soon(claim):
    async with asyncio.timeout(15):
        while not (found := claim()):
            await asyncio.sleep(0.05)
    return found


def test_a_terminal_gets_one_line_that_moves(hearthd, sentence):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*HEARTHD, "voice", "test", "--file", sentence, "--now"],
        cwd=ROOT,
        env=hearthd.environment | {"COLUMNS": "200"},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)

    assert process.wait(10) == 0
    assert any("#" in line and "turn on the kitchen" in line for line in shown.split("\r"))
    assert "\r\nheard: turn on the kitchen light  (" in shown


def _read(terminal):
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--seconds", "0"), "--seconds: more than 0\n"),
        (("--file", "a.wav", "--device", "b"), "--file or --device, not both\n"),
    ],
)
def test_wrong_use_is_told(hearthd, words, says):
    done = hearthd("voice", "test", *words)

    assert (done.returncode, done.stderr) == (2, says)


def test_a_daemon_that_runs_says_what_may_be_said(hearthd, broker):
    quiet = speech.write_wav(hearthd.folder / "quiet.wav", speech.silence(0.5))
    own = hearthd.folder / "own.yaml"
    own.write_text(hearthd.file.read_text())
    hearthd.configure("home: {areas: [{id: z, name: Zanzibar}]}\n", port=broker.port)
    daemon = hearthd.daemon("run")
    try:
        done = hearthd("voice", "test", "-c", str(own), "--file", str(quiet), "--json")
    finally:
        daemon.close()
    [told] = [one for one in hearthd.lines(done) if one["event"] == "vocabulary"]

    assert "zanzibar" in told["missing"]


async def test_a_server_that_makes_the_text_is_asked(hearthd, sentence):
    async with Whisper().serving() as whisper:
        url = f"tcp://127.0.0.1:{whisper.port}"
        hearthd.configure(f"voice: {{microphone: none, stt: {{engine: wyoming, url: '{url}'}}}}\n")
        done = await asyncio.to_thread(hearthd, "voice", "test", "--file", sentence, "--now")

    assert done.returncode == 0
    assert "heard: Turn on the kitchen light.  (" in done.stdout


# list -----------------------------------------------------------------------------------------------------
def test_the_list_names_the_model_in_use_and_those_that_can_be_pulled(hearthd):
    found = hearthd.json("voice", "list")
    states = {one["name"]: one["state"] for one in found["models"]}

    assert states["model"] == "in use"
    assert states["vosk-model-small-en-us-0.15"] == "can be pulled"
    assert set(found) == {"microphones", "problem", "models"}


def test_the_list_says_of_which_models_no_checksum_is_known(hearthd):
    lines = hearthd("voice", "list").stdout.splitlines()
    unsure = [line.split()[0] for line in lines if line.endswith("its checksum is not known")]

    assert "vosk-model-small-uk-v3-small" in unsure
    assert "vosk-model-small-en-us-0.15" not in unsure


def test_the_list_tells_a_model_that_is_cut_short(tmp_path):
    folder = tmp_path / "state" / "voice" / "vosk-model-small-xx-0.1"
    (folder / "am").mkdir(parents=True)
    (folder / "am" / "final.mdl").write_bytes(b"cut")
    program = configured(tmp_path, "{microphone: none}")
    [one] = [one for one in program.json("voice", "list")["models"] if one["name"] == folder.name]

    assert "is not whole" in one["state"]


def test_help_imports_no_integration(nobody_home):
    code = (
        "import sys; from agent.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([one for one in sys.modules if one.startswith(('integrations', 'pydantic', 'paho'))])"
    )
    done = subprocess.run(
        [*HEARTHD[:1], "-c", code],
        cwd=ROOT,
        env=nobody_home.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def nobody_home(tmp_path) -> Program:
    return Program(tmp_path)


# a real microphone ----------------------------------------------------------------------------------------
def test_a_microphone_that_is_plugged_in_is_listed_examined_and_heard(hearthd, tmp_path):
    with pulse(tmp_path / "pulse") as server:
        hearthd.configure(f"voice: {{wake: off, {HEARS}}}\n")
        hearthd.environment |= server.environment
        listed = hearthd.json("voice", "list")["microphones"]
        told = hearthd("voice", "test", "--seconds", "1").stdout.splitlines()
        examined = hearthd("doctor").stdout.splitlines()
    [default] = [one for one in listed if one["default"]]

    assert f"the microphone {default['name']!r}: open" in told
    assert any(line.startswith("level ") for line in told)
    assert any(line.split() == ["microphone", "ok", *default["name"].split()] for line in examined)
