"""What goes wrong with an ear, and what goes on all the same."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.voice.ear.link import packed
from tests.voice import speech
from tests.voice.ear_process import VOSK, EarProcess
from tests.voice.speech import command, say, silence

pytestmark = pytest.mark.skipif(not speech.HAS_ESPEAK, reason="espeak-ng is not installed")

KITCHEN = "turn on the kitchen light"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Somebody calls and commands, as raw sound in a file."""
    path = tmp_path / "said.raw"
    path.write_bytes(command(KITCHEN))
    return path


def microphone(*words: str | Path) -> dict[str, object]:
    return {"kind": "command", "command": [str(word) for word in words], "rate": 16000, "channels": 1}


def recording(path: Path, pcm: bytes) -> dict[str, object]:
    return {"kind": "file", "path": str(speech.write_wav(path, pcm)), "paced": False}


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EarProcess]:
    """An ear without a recogniser, without its wake word, whose microphone does not exist."""
    nowhere = tmp_path_factory.mktemp("nowhere")
    with EarProcess(
        source={"kind": "file", "path": str(nowhere / "no.wav"), "paced": False},
        wake={"word": "hey_you", "threshold": 0.5},
        recogniser={**VOSK, "model": str(nowhere / "model")},
        phrases=(),
    ) as running:
        running.told("failed", what="source")
        yield running


def test_a_model_that_is_not_there_is_told(deaf):
    assert "nowhere" in deaf.told("failed", what="recogniser")["reason"]


def test_a_wake_word_that_is_none_is_told_with_those_there_are(deaf):
    reason = deaf.told("failed", what="wake")["reason"]

    assert "'hey_you'" in reason
    assert "hey_jarvis" in reason


def test_a_microphone_that_is_not_there_is_told(deaf):
    assert "no.wav" in deaf.told("failed", what="source")["reason"]


def test_an_ear_that_understands_nothing_says_so_of_each_utterance(deaf):
    assert deaf.result(deaf.satellite(say(KITCHEN)))["why"] == "unclear"


@pytest.fixture(scope="module")
def by_button(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EarProcess]:
    """An ear whose wake word is a file of something else."""
    path = tmp_path_factory.mktemp("wake") / "mine.tflite"
    path.write_bytes(b"a stranger's bytes" * 100)
    with EarProcess(wake={"word": str(path), "threshold": 0.5}) as running:
        yield running


def test_a_file_that_is_no_network_is_told_and_not_given_to_the_library(by_button):
    assert "mine.tflite" in by_button.told("failed", what="wake")["reason"]


def test_without_its_wake_word_an_ear_listens_by_button(by_button):
    stream = by_button.satellite(wake=True)
    by_button.do("listen", stream=stream)
    by_button.play(stream, command(KITCHEN, wake=None))

    assert by_button.result(stream).get("text") == KITCHEN


def test_a_model_that_is_damaged_is_told_or_ends_the_ear_alone(tmp_path):
    model = tmp_path / "model"
    shutil.copytree(speech.MODEL, model)
    graph = model / "graph" / "HCLr.fst"
    graph.write_bytes(graph.read_bytes()[:2000] + bytes(2000) + graph.read_bytes()[4000:])
    ear = EarProcess(recogniser={**VOSK, "model": str(model)}, phrases=())
    try:
        stream = ear.satellite(command(KITCHEN, wake=None))
        ear.do("end", stream=stream)
    except BrokenPipeError:
        pass
    with ear:
        ear.until_over_or(lambda told: told["event"] in {"failed", "heard", "silence"})

        assert not any(told.get("text") == KITCHEN for told in ear.events)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EarProcess]:
    """An ear whose microphone heard a command and then was over, while somebody watched its level."""
    path = tmp_path_factory.mktemp("microphone") / "said.wav"
    with EarProcess(source=recording(path, command(KITCHEN)) | {"paced": True}) as running:
        running.do("watch", on=True)
        running.told("source", state="lost")
        running.result(0)
        yield running


def test_a_microphone_is_told_when_it_is_open(watched):
    assert "said.wav" in watched.told("source", state="open")["device"]


def test_what_a_microphone_hears_is_stream_0(watched):
    assert watched.result(0).get("text") == KITCHEN


def test_little_is_left_to_do_when_somebody_has_spoken(watched):
    assert watched.result(0)["ms"] < 400


def test_who_watches_sees_the_level_ten_times_a_second(watched):
    levels = [told for told in watched.events if told["event"] == "level"]

    assert len(levels) == pytest.approx(10 * speech.seconds(command(KITCHEN)), abs=5)
    assert levels[0]["rms_db"] == -96
    assert max(level["peak_db"] for level in levels) == pytest.approx(-12, abs=1)
    assert max(level["speech"] for level in levels) > 0.9


def test_a_file_that_ends_in_mid_sentence_has_said_all(tmp_path):
    said = silence(0.5) + say("hey jarvis", voice="en-us+f4", rate=150) + silence(0.4) + say(KITCHEN)
    with EarProcess(source=recording(tmp_path / "said.wav", said)) as ear:
        assert ear.result(0).get("text") == KITCHEN


def test_a_microphone_that_dies_in_mid_sentence_has_said_nothing(tmp_path):
    said = silence(0.5) + say("hey jarvis", voice="en-us+f4", rate=150) + silence(0.4) + say(KITCHEN)
    (tmp_path / "half.raw").write_bytes(said)
    with EarProcess(source=microphone("cat", tmp_path / "half.raw")) as ear:
        ear.told("source", state="lost")

        assert ear.result(0).get("why") == "cancelled"


def test_a_microphone_that_is_lost_is_opened_again(raw):
    with EarProcess(source=microphone("cat", raw)) as ear:
        ear.told("source", state="lost")
        ear.until(
            lambda _: len([e for e in ear.events if e["event"] == "source" and e["state"] == "open"]) > 1
        )


def test_while_a_microphone_is_lost_satellites_are_understood(raw):
    with EarProcess(source=microphone("false")) as ear:
        ear.told("failed", what="source")

        assert ear.result(ear.satellite(raw.read_bytes(), wake=True)).get("text") == KITCHEN


def test_a_microphone_that_comes_is_heard_and_was_missed_but_once(raw, tmp_path):
    program = tmp_path / "microphone"
    with EarProcess(source=microphone(program)) as ear:
        ear.told("failed", what="source")
        written = tmp_path / "written"
        written.write_text(f"#!/bin/sh\ncat {raw}\nsleep 5\n")
        written.chmod(written.stat().st_mode | stat.S_IXUSR)
        written.rename(program)

        assert ear.told("heard", stream=0)["text"] == KITCHEN
        assert len([told for told in ear.events if told["event"] == "failed"]) == 1


def test_utterances_are_handed_on_where_somebody_else_understands_them():
    with EarProcess(recogniser={"engine": "none"}, phrases=()) as ear:
        stream = ear.satellite(command(KITCHEN), wake=True)
        recorded = ear.told("recorded", stream=stream)

        sound = b"".join(pcm for number, pcm in ear.audio if number == stream)
        assert speech.seconds(sound) == pytest.approx(recorded["seconds"], abs=0.01)
        assert 2 < recorded["seconds"] < 3.5


def test_nonsense_on_the_pipe_ends_it_with_a_failure():
    ear = EarProcess(phrases=())
    ear.process.stdin.write(b"GET / HTTP/1.1\r\n\r\n")
    ear.process.stdin.flush()

    assert ear.close() == 1


def test_a_command_that_is_none_ends_it_with_a_failure():
    ear = EarProcess(phrases=())
    ear.process.stdin.write(packed({"do": "dance"}))
    ear.process.stdin.flush()

    assert ear.close() == 1
