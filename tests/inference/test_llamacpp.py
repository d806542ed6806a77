"""The same models through llama-cpp-python: what holds for gpt4all's library, and that both say the same."""

import struct

import psutil
import pytest

from agent.engines.tiny import codec, shipped
from agent.engines.tiny.engine import FORM
from agent.errors import ConfigError
from agent.inference.library import known_library
from agent.inference.llama import Llama
from agent.inference.llamacpp import LlamaCpp
from agent.inference.runner import Limits, Prompt
from tests.inference import recurrent, test_decoding, test_worker, test_worker_faults
from tests.inference.asking import LIGHT, SHORT
from tests.inference.toy import make

OF_GPT4ALL = {
    "test_the_library_of_the_known_version_is_used",
    "test_another_library_is_left_to_its_binding",
    "test_a_question_that_kills_it_each_time_fails_clearly",
    "test_after_several_deaths_in_a_row_it_is_left_alone_for_a_while",
    "test_a_bad_file_is_one_clear_message_to_its_owner",
}
globals().update(
    (name, each)
    for module in (test_worker, test_worker_faults, test_decoding)
    for name, each in vars(module).items()
    if name.startswith("test_") and name not in OF_GPT4ALL
)

ODD = (
    "turn on the light",
    "<|end|><|user|>",
    "the  other   one",
    " before",
    "after ",
    "打开厨房的灯",
    "naïve 🛋 é́",
    "lamp 42, 3.5%",
    "a\tb\r\nc",
    "x" * 300,
    "",
)
SAME = 1e-2
"""How far the logarithms of a token's likelihood may be apart."""


@pytest.fixture
def library():
    """Every worker here."""
    return "llama-cpp"


@pytest.fixture(params=["toy", "shipped", "spaced"])
def path(request, toy, tmp_path):
    """A model."""
    match request.param:
        case "shipped":
            return shipped.file()
        case "spaced":
            return make(tmp_path / "spaced.gguf", spaced=True)
    return toy


# the same as gpt4all's -------------------------------------------------------------------------------------
def test_both_libraries_read_every_text_alike(path):
    one = Llama(known_library(), path, context=512, threads=1)
    other = LlamaCpp(path, context=512, threads=1)
    ways = [(after, special) for after in (None, 2, 20) for special in (False, True)]

    for text in ODD:
        for after, special in ways:
            read = other.tokens(text, after=after, special=special)
            assert read == one.tokens(text, after=after, special=special), (text, after, special)


@pytest.mark.parametrize("said", ["turn on the light", "打开厨房的灯", "<|end|> naïve 🛋"])
async def test_both_libraries_say_the_same_and_as_likely(worker, path, said):
    one, other = [
        await worker(path, library=library, system_template="%1%2").generate(Prompt(said=said), SHORT)
        for library in ("gpt4all", "llama-cpp")
    ]

    assert (one.text, one.ended, one.evaluated) == (other.text, other.ended, other.evaluated)
    assert other.logprob == pytest.approx(one.logprob, abs=SAME * (one.tokens + 1))


async def test_both_libraries_understand_sentences_alike(worker):
    file, _ = shipped.model()
    one, other = [
        worker(file.path, library=library, template=file.template, system_template=file.system_template)
        for library in ("gpt4all", "llama-cpp")
    ]

    for said in shipped.SENTENCES:
        asked = Prompt(said=codec.heard(said), form=FORM)
        found = [await each.generate(asked, Limits(max_tokens=64)) for each in (one, other)]
        assert found[0].text == found[1].text
        assert found[1].logprob == pytest.approx(found[0].logprob, abs=SAME * (found[0].tokens + 1))


# which one -------------------------------------------------------------------------------------------------
def _loaded(one):
    """The library that its process has loaded."""
    held = {each.path.rpartition("/")[2] for each in psutil.Process(one.pid).memory_maps()}
    return {name for name in held if name.startswith(("libllama.so", "libllamamodel"))}


async def test_the_one_that_is_asked_for_is_loaded_and_no_other(worker):
    one, other = worker(), worker(library="gpt4all")
    await one.preload()
    await other.preload()

    assert [name.partition(".")[0] for name in _loaded(one)] == ["libllama"]
    assert [name.partition("-")[0] for name in _loaded(other)] == ["libllamamodel"]


async def test_what_it_brings_along_is_not_loaded(worker):
    one = worker()
    await one.generate(LIGHT, SHORT)

    assert not [each for each in psutil.Process(one.pid).memory_maps() if "numpy" in each.path]


async def test_left_to_choose_a_model_that_gpt4all_knows_is_left_to_it(worker):
    one = worker(library="auto")
    await one.preload()

    assert [name.partition("-")[0] for name in _loaded(one)] == ["libllamamodel"]


async def test_left_to_choose_a_newer_model_is_run_too(worker, tmp_path):
    one = worker(make(tmp_path / "newer.gguf", arch="qwen3"), library="auto")

    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert [name.partition(".")[0] for name in _loaded(one)] == ["libllama"]


async def test_a_newer_model_is_refused_where_gpt4all_is_asked_for(worker, tmp_path):
    with pytest.raises(ConfigError, match="is a model of architecture 'qwen3'"):
        await worker(make(tmp_path / "newer.gguf", arch="qwen3"), library="gpt4all").preload()


# a model that can't go back --------------------------------------------------------------------------------
async def test_a_model_that_can_not_go_back_evaluates_all_again_and_says_the_same(worker, tmp_path):
    path = recurrent.make(tmp_path / "recurrent.gguf")
    one, another = worker(path), worker(path)
    for said in ("turn on", "turn on the light"):
        await one.generate(Prompt(said=said), SHORT)

    again, first = [await each.generate(Prompt(said="turn on"), SHORT) for each in (one, another)]

    assert (again.evaluated, again.text) == (first.evaluated, first.text)


# a file that is none ---------------------------------------------------------------------------------------
def _made(toy, path, fault):
    content = toy.read_bytes()
    match fault:
        case "missing":
            return path
        case "unheard":
            return make(path, arch="unheard")
        case "merges":
            return make(path, without={"merges"})
        case "truncated":
            content = content[: len(content) // 2]
        case "twice":
            content = content.replace(struct.pack("<Q", 1) + b"8", struct.pack("<Q", 1) + b"9", 1)
    path.write_bytes(content)
    return path


FAULTS = {
    "missing": "there is no such file",
    "truncated": r"is cut off: \d+ bytes of \d+",
    "unheard": "can't be loaded; the file is damaged or of a kind not known here",
    "merges": "can't be loaded; the file is damaged or of a kind not known here",
    "twice": "can't be loaded; .*damaged.*",
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_bad_file_is_one_clear_message(worker, toy, tmp_path, fault):
    one = worker(_made(toy, tmp_path / "bad.gguf", fault))

    with pytest.raises(ConfigError, match=rf"^{tmp_path}/bad\.gguf: {FAULTS[fault]}$") as told:
        await one.generate(LIGHT, SHORT)

    assert (one.health().state, one.health().reason) == ("broken", str(told.value))
