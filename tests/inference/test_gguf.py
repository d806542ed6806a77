"""A GGUF file is looked at before it is loaded, and every fault has its own sentence."""

import hashlib
import random
import struct

import pytest

from agent.errors import ConfigError
from agent.inference.gguf import check
from tests.inference import recurrent
from tests.inference.toy import make


def refusal(path, **settings):
    """Why the file is not loaded: one line that begins with its name."""
    with pytest.raises(ConfigError) as refused:
        check(path, **{"context": 512, **settings})
    told = str(refused.value)
    assert told.startswith(f"{path}: ")
    assert "\n" not in told
    return told.removeprefix(f"{path}: ")


@pytest.fixture
def with_bytes(tmp_path):
    """Makes files of the given bytes."""

    def write(content):
        path = tmp_path / "some.gguf"
        path.write_bytes(content)
        return path

    return write


def test_a_good_file_says_what_it_is(toy):
    found = check(toy, context=512)

    assert (found.architecture, found.context, found.layers, found.size) == (
        "llama",
        512,
        2,
        toy.stat().st_size,
    )


def test_a_missing_file_is_called_missing(tmp_path):
    assert refusal(tmp_path / "none.gguf") == "there is no such file"


def test_a_folder_is_called_a_folder(tmp_path):
    assert refusal(tmp_path) == "is a folder, not a GGUF file"


def test_an_empty_file_is_called_empty(with_bytes):
    assert refusal(with_bytes(b"")) == "is empty"


def test_a_file_of_something_else_is_not_taken_for_a_model(with_bytes):
    assert refusal(with_bytes(b"hello, world\n" * 100)) == "is not a GGUF file"


@pytest.mark.parametrize("version", [0, 1, 4, 99])
def test_a_version_that_the_library_does_not_know_is_named(toy, with_bytes, version):
    content = toy.read_bytes()

    told = refusal(with_bytes(content[:4] + struct.pack("<I", version) + content[8:]))

    assert told == f"is GGUF version {version}; 2 and 3 can be loaded"


def test_another_architecture_is_named(tmp_path):
    told = refusal(make(tmp_path / "other.gguf", arch="qwen3"))

    assert told == (
        "is a model of architecture 'qwen3'; "
        "llama, gemma2, phi3, qwen2 can be loaded, others with hearthd[llama]"
    )


@pytest.mark.parametrize("arch", ["qwen3", "unheard"])
def test_another_architecture_will_do_where_a_newer_library_is(tmp_path, arch):
    found = check(make(tmp_path / "other.gguf", arch=arch), context=512, newer=True)

    assert (found.architecture, found.newer) == (arch, True)


def test_one_that_every_library_knows_is_not_newer(toy):
    assert not check(toy, context=512, newer=True).newer


def test_a_model_without_attention_will_do_where_a_newer_library_is(tmp_path):
    assert check(recurrent.make(tmp_path / "recurrent.gguf"), context=512, newer=True).newer


@pytest.mark.parametrize(
    ("without", "named"),
    [
        ("context", "llama.context_length"),
        ("heads", "llama.attention.head_count"),
        ("tokens", "tokenizer.ggml.tokens"),
        ("types", "tokenizer.ggml.token_type"),
        ("end", "tokenizer.ggml.eos_token_id"),
    ],
)
def test_a_missing_key_is_named(tmp_path, without, named):
    assert refusal(make(tmp_path / "some.gguf", without={without})) == f"lacks {named!r}"


@pytest.mark.parametrize("kept", [4, 20, 24, 200, 3000, -200_000, -1000, -1])
def test_a_file_that_is_cut_off_anywhere_is_said_to_be(toy, with_bytes, kept):
    assert refusal(with_bytes(toy.read_bytes()[:kept])).startswith("is cut off: ")


@pytest.mark.parametrize(("at", "count"), [(8, 10**6), (8, 2**40), (16, 2**62)])
def test_counts_beyond_reason_are_damage(toy, with_bytes, at, count):
    content = toy.read_bytes()

    told = refusal(with_bytes(content[:at] + struct.pack("<Q", count) + content[at + 8 :]))

    assert told.startswith("is damaged: ")


def test_a_model_above_the_memory_limit_says_how_much_it_takes(toy):
    told = refusal(toy, memory_limit=32 << 20)

    assert told == "takes about 40 MB of memory with a context of 512 tokens; the limit is 32 MB"


def test_a_longer_context_takes_more_memory(toy):
    found = check(toy, context=512)

    assert found.memory(1024) - found.memory(512) == 512 * 2 * 2 * 2 * 64


def test_damaged_weights_are_found_by_the_checksum(toy, with_bytes):
    content = toy.read_bytes()
    meant = hashlib.sha256(content).hexdigest()

    told = refusal(with_bytes(content[:-4] + b"\xff\xff\xff\xff"), sha256=meant)

    assert told == "is not the file that was meant: its SHA-256 is another one"


def test_the_right_checksum_is_accepted_in_capitals_too(toy):
    check(toy, context=512, sha256=hashlib.sha256(toy.read_bytes()).hexdigest().upper())


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_damaged_in_the_header_there_is_one_line_or_a_model(toy, with_bytes, seed):
    rng, content = random.Random(seed), bytearray(toy.read_bytes())
    for _ in range(5):
        content[rng.randrange(4, 8000)] ^= 1 << rng.randrange(8)
    path = with_bytes(bytes(content))

    try:
        check(path, context=512)
    except ConfigError as error:
        assert "\n" not in str(error)  # noqa: PT017
