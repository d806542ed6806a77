"""A model with its weights made smaller: what changes, what does not, and that it still runs."""

import gguf
import numpy as np
import pytest

from agent.errors import ConfigError
from agent.inference import header
from agent.inference.gguf import check
from agent.inference.quantising import AT_ONCE, quantise
from tests.inference.asking import LIGHT, SHORT
from tests.inference.toy import make

KINDS = ("Q8_0", "Q4_0")
TYPES = gguf.GGMLQuantizationType


def made(source, to="Q8_0"):
    """The model in `source`, made smaller."""
    target = source.with_name(f"{to}.gguf")
    quantise(source, target, to, progress=lambda *_: None)
    return target


def refusal(source, to="Q8_0"):
    """Why it can't be made smaller: one line."""
    target = source.with_name("refused.gguf")
    with pytest.raises(ConfigError) as refused:
        quantise(source, target, to, progress=lambda *_: None)
    assert "\n" not in str(refused.value)
    assert [one.name for one in source.parent.iterdir() if "refused" in one.name] == []
    return str(refused.value)


def tensors(path):
    return {one.name: one for one in gguf.GGUFReader(path).tensors}


def plain(path):
    """The metadata, as gguf's own reader has it."""
    reader = gguf.GGUFReader(path)
    counted = ("GGUF.kv_count", "general.file_type", "general.quantization_version")
    return {name: one.contents() for name, one in reader.fields.items() if name not in counted}


def write(path, weights, **keys):
    """A file with those tensors, and nothing that makes it a model."""
    writer = gguf.GGUFWriter(path, "llama")
    for name, value in keys.items():
        writer.add_uint32(name.replace("_", ".", 1), value)
    for name, (values, kind) in weights.items():
        writer.add_tensor(name, values, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def numbers(*shape):
    return np.random.default_rng(3).normal(0, 1, shape).astype(np.float32)


@pytest.fixture
def source(tmp_path):
    return make(tmp_path / "toy.gguf")


# what changes ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("to", KINDS)
def test_weights_are_packed_as_the_reference_packs_them(source, to):
    before, after = tensors(source), tensors(made(source, to))
    name = "blk.1.ffn_down.weight"

    assert after[name].tensor_type == TYPES[to]
    assert after[name].data.tobytes() == gguf.quants.quantize(before[name].data, TYPES[to]).tobytes()


def test_what_every_word_goes_through_is_q8_0_even_in_q4_0(source):
    found = tensors(made(source, "Q4_0"))

    assert {found[name].tensor_type for name in ("token_embd.weight", "output.weight")} == {TYPES.Q8_0}


def test_norms_stay_as_they_are(source):
    before, after = tensors(source), tensors(made(source))

    assert after["output_norm.weight"].tensor_type == TYPES.F32
    assert (after["output_norm.weight"].data == before["output_norm.weight"].data).all()


def test_rows_that_do_not_fit_into_blocks_become_f16(tmp_path):
    source = write(
        tmp_path / "a.gguf", {"a.weight": (numbers(5, 33), None), "b.weight": (numbers(5, 64), None)}
    )

    found = tensors(made(source))

    assert {name: one.tensor_type for name, one in found.items()} == {
        "a.weight": TYPES.F16,
        "b.weight": TYPES.Q8_0,
    }


@pytest.mark.parametrize("kind", ["F16", "BF16"])
def test_halves_can_be_packed_too(tmp_path, kind):
    values = numbers(5, 64)
    halves = gguf.quants.quantize(values, TYPES[kind])
    source = write(tmp_path / "a.gguf", {"a.weight": (halves, TYPES[kind])})

    found = tensors(made(source))["a.weight"]

    again = gguf.quants.quantize(gguf.quants.dequantize(halves, TYPES[kind]), TYPES.Q8_0)
    assert found.data.tobytes() == again.tobytes()


def test_a_tensor_that_is_read_in_pieces_comes_out_whole(tmp_path):
    values = numbers(2 * AT_ONCE // 4096 + 7, 4096)
    source = write(tmp_path / "a.gguf", {"a.weight": (values, None), "b.weight": (numbers(3, 32), None)})

    found = tensors(made(source))

    assert found["a.weight"].data.tobytes() == gguf.quants.quantize(values, TYPES.Q8_0).tobytes()
    assert found["b.weight"].data.tobytes() == gguf.quants.quantize(numbers(3, 32), TYPES.Q8_0).tobytes()


@pytest.mark.parametrize(("to", "number"), [("Q8_0", 7), ("Q4_0", 2)])
def test_the_metadata_says_what_it_is_now_and_all_else_as_before(source, to, number):
    target = made(source, to)

    assert plain(target) == plain(source)
    assert header.read(target).value("general.file_type") == number


def test_an_alignment_of_its_own_is_kept(tmp_path):
    source = write(tmp_path / "a.gguf", {"a.weight": (numbers(3, 32), None)}, general_alignment=32)
    other = made(source)

    assert all(one.data_offset % 32 == 0 for one in gguf.GGUFReader(other).tensors)


@pytest.mark.parametrize("to", KINDS)
async def test_the_result_is_smaller_and_still_speaks(source, worker, to):
    target = made(source, to)
    check(target, context=512)

    found = await worker(target).generate(LIGHT, SHORT)

    assert (found.tokens, target.stat().st_size < source.stat().st_size / 3) == (20, True)


def test_how_far_it_has_come_is_told_up_to_the_end(source):
    told = []
    quantise(source, source.with_name("b.gguf"), "Q8_0", progress=lambda *done: told.append(done))

    whole = sum(one.n_bytes for one in tensors(source).values())
    assert told == sorted(told)
    assert told[-1] == (int(whole), int(whole))


# what is refused -------------------------------------------------------------------------------------------
def test_what_is_packed_already_is_not_packed_again(source):
    packed = made(source)

    assert refusal(packed, "Q4_0") == (
        f"{packed}: its weights are Q8_0 already; take the F32, F16 or BF16 file of the model"
    )


def test_a_file_that_is_there_stays(source):
    target = made(source)
    before = target.read_bytes()
    with pytest.raises(ConfigError, match="is there already"):
        quantise(source, target, "Q4_0", progress=lambda *_: None)

    assert target.read_bytes() == before


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e9])
def test_weights_that_can_not_be_are_refused_and_nothing_is_left(tmp_path, wrong):
    values = numbers(5, 64)
    values[2, 3] = wrong
    source = write(tmp_path / "a.gguf", {"a.weight": (values, None)})

    assert refusal(source) == f"{source}: is damaged: tensor 'a.weight' has weights that can't be"


def test_a_model_without_matrices_is_refused(tmp_path):
    source = write(tmp_path / "a.gguf", {"a.weight": (numbers(64), None)})

    assert refusal(source) == f"{source}: has no weights that could be made Q8_0"


def test_what_is_missing_is_called_missing(tmp_path):
    assert refusal(tmp_path / "none.gguf") == f"{tmp_path / 'none.gguf'}: there is no such file"


def test_what_is_no_model_is_called_that(tmp_path):
    (tmp_path / "a.gguf").write_text("hello, world")

    assert refusal(tmp_path / "a.gguf") == f"{tmp_path / 'a.gguf'}: is not a GGUF file"


@pytest.mark.parametrize("length", [0, 3, 10, 100, 1000, 5000, -1])
def test_a_file_that_is_cut_off_anywhere_is_refused(source, length):
    source.write_bytes(source.read_bytes()[:length])

    assert refusal(source).startswith(f"{source}: ")
