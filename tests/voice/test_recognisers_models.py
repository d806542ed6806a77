"""Models that are not there, not whole, or of another language: one message, before the library sees them."""

import shutil
import struct
from pathlib import Path

import pytest

from integrations.voice.ear.recognisers import RecogniserError, open_recogniser
from integrations.voice.ear.recognisers.vosk_engine import narrowed
from tests.voice import speech

FILES = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/HCLr.fst",
    "graph/Gr.fst",
    "graph/disambig_tid.int",
    "graph/words.txt",
)


@pytest.fixture
def model(tmp_path) -> Path:
    return Path(shutil.copytree(speech.MODEL, tmp_path / "model", copy_function=shutil.copy))


def refused(folder, **settings) -> str:
    with pytest.raises(RecogniserError) as refusal:
        open_recogniser({"engine": "vosk", "model": str(folder), "language": "en"} | settings)
    return str(refusal.value)


def test_without_a_folder_the_setting_is_named():
    with pytest.raises(RecogniserError, match=r"voice\.stt\.model"):
        open_recogniser({"engine": "vosk", "model": None, "language": "en"})


def test_a_folder_that_is_missing_is_named(tmp_path):
    assert refused(tmp_path / "nowhere") == (
        f"the Vosk model '{tmp_path}/nowhere' does not exist (hearthd voice pull fetches one)"
    )


def test_an_archive_is_to_be_unpacked(tmp_path):
    (tmp_path / "model.zip").write_bytes(b"PK")

    assert "unpack it" in refused(tmp_path / "model.zip")


def test_a_model_one_folder_further_down_is_found(tmp_path, model):
    shutil.move(model, tmp_path / "outer" / "inner")

    assert f"one folder further down: '{tmp_path}/outer/inner'" in refused(tmp_path / "outer")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(model, name):
    (model / name).unlink()

    assert f"{name} is missing" in refused(model)


@pytest.mark.parametrize("name", FILES)
def test_an_empty_file_is_named(model, name):
    (model / name).write_bytes(b"")

    assert f"{name} is empty" in refused(model)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"])
def test_a_file_cut_short_is_named(model, name, share):
    whole = (model / name).read_bytes()
    (model / name).write_bytes(whole[: int(len(whole) * share)])

    assert f"{name} is cut short" in refused(model)


def test_words_cut_short_are_named(model):
    whole = (model / "graph/words.txt").read_bytes()
    (model / "graph/words.txt").write_bytes(whole[: whole.rindex(b" ")])

    assert "graph/words.txt is cut short" in refused(model)


def test_a_page_of_a_server_in_place_of_a_graph_is_none(model):
    (model / "graph/HCLr.fst").write_text("<html>404</html>")

    assert "graph/HCLr.fst is no graph of OpenFst" in refused(model)


def test_the_name_of_a_model_says_its_language(tmp_path, model):
    shutil.move(model, tmp_path / "vosk-model-small-cn-0.22")

    assert "is for language 'zh', and this house speaks 'en'" in refused(
        tmp_path / "vosk-model-small-cn-0.22"
    )


def test_the_readme_of_a_model_says_its_language(model):
    (model / "README").write_text("German model for Vosk\n")

    assert "is for language 'de'" in refused(model)


def test_the_words_of_a_model_say_its_language():
    assert "does not speak 'zh-CN': it lacks 开" in refused(speech.MODEL, language="zh-CN")


def test_a_house_of_which_the_model_knows_next_to_no_word_is_told():
    recogniser = open_recogniser({"engine": "vosk", "model": str(speech.MODEL), "language": "en"})

    with pytest.raises(RecogniserError, match="another language"):
        recogniser.vocabulary(["enciende la luz de la cocina", "apaga la luz"], "", ())


def test_a_model_is_taken_if_one_is_set():
    recogniser = open_recogniser({"engine": "auto", "model": str(speech.MODEL), "language": "en"})

    assert (recogniser.name, recogniser.why) == ("vosk", f"vosk, because a model is set: {speech.MODEL}.")


def test_without_a_model_english_is_understood_by_pocketsphinx():
    recogniser = open_recogniser({"engine": "auto", "model": None, "language": "en"})

    assert recogniser.name == "pocketsphinx"
    assert "no Vosk model is set" in recogniser.why


def test_without_a_model_no_other_language_is_understood():
    with pytest.raises(RecogniserError, match="hearthd voice pull"):
        open_recogniser({"engine": "auto", "model": None, "language": "de"})


def test_an_engine_that_does_not_exist_is_told():
    with pytest.raises(RecogniserError, match="there is no engine 'whisper'"):
        open_recogniser({"engine": "whisper", "model": None, "language": "en"})


def test_a_raspberry_searches_no_wider_than_it_can():
    assert narrowed("--beam=13.0\n--max-active=7000\n--acoustic-scale=0.5\n").splitlines() == [
        "--beam=10",
        "--max-active=3000",
        "--acoustic-scale=0.5",
        "--lattice-beam=2",
    ]


def test_a_raspberry_widens_no_search():
    assert "--beam=8.0" in narrowed("--beam=8.0\n").splitlines()


def test_a_model_that_takes_no_grammar_listens_for_everything(model):
    one_graph(model)
    recogniser = open_recogniser({"engine": "vosk", "model": str(model), "language": "en"})
    recogniser.vocabulary(["turn on the kitchen lights"], "", ())
    hearing = recogniser.begin(["yes", "no"])
    sound = speech.say("garage", voice="en-us+f4")
    for block in speech.blocks(speech.silence(0.2) + sound + speech.silence(0.2)):
        hearing.feed(block)

    assert hearing.end().text == "garage"
    assert "takes no grammar" in recogniser.why


def one_graph(model: Path) -> None:
    """Make a model like those whose graph is one: any word may follow any."""
    graph = model / "graph"
    whole = (graph / "HCLr.fst").read_bytes()
    start = whole.index(struct.pack("<ii", 2125659606, 5) + b"const")
    states, arcs = struct.unpack_from("<qq", whole, start + 8 + 5 + 4 + 8 + 24)
    first = start + 8 + 5 + 4 + 8 + 40 + 20 * states
    only_for_grammars = {int(number) for number in (graph / "disambig_tid.int").read_text().split()}
    made = bytearray(whole[start : first + 16 * arcs])
    for at in range(first - start, len(made), 16):
        sound, word, cost = struct.unpack_from("<iif", made, at)
        sound = 0 if sound in only_for_grammars else sound
        # Where any word may follow, a word must cost something, or each noise becomes one.
        struct.pack_into("<iif", made, at, sound, word, cost + 8.0 * (word != 0))
    (graph / "HCLG.fst").write_bytes(made)
    for name in ("HCLr.fst", "Gr.fst", "disambig_tid.int"):
        (graph / name).unlink()
