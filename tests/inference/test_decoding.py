"""What only the library itself can: how likely an answer is, forms, and reuse of what is evaluated."""

import asyncio
import math

import psutil
import pytest

from agent.errors import TransientError
from agent.inference.library import known_library
from agent.inference.runner import Limits, Prompt
from tests.inference import forms
from tests.inference.asking import LIGHT, SHORT, begun
from tests.inference.forms import named, only
from tests.inference.toy import SPECIAL

pytestmark = pytest.mark.skipif(known_library() is None, reason="gpt4all's library is another one here")
WISH = named(forms.Wish)


def kept_to(form, said="turn on the light"):
    return Prompt(said=said, form=form)


# kept to a form --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("said", ["turn on the light", "lamp", "厨房", "?"])
async def test_an_answer_has_its_form(worker, said):
    found = await worker().generate(kept_to(WISH, said), Limits(max_tokens=48))

    assert found.text in forms.Wish.answers
    assert found.ended == "stop"


async def test_among_what_may_be_said_the_likeliest_is(worker):
    one = worker()
    free = (await one.generate(LIGHT, SHORT)).text

    found = await one.generate(kept_to(named(forms.Small)), SHORT)

    assert found.text == free


async def test_an_answer_can_be_in_letters_that_take_several_tokens(worker):
    found = await worker().generate(kept_to(named(forms.Rooms)), Limits(max_tokens=48))

    assert found.text in forms.Rooms.answers
    assert found.tokens == len(found.text.encode())


async def test_an_answer_that_is_cut_short_begins_like_a_whole_one(worker):
    found = await worker().generate(kept_to(named(forms.Long)), SHORT)

    assert (len(found.text), found.ended) == (20, "length")


async def test_control_tokens_are_never_part_of_an_answer_that_has_a_form(worker):
    found = await worker().generate(kept_to(named(forms.Control)), SHORT)

    assert (found.text, found.tokens) == ("<|end|>", len("<|end|>"))


async def test_an_answer_that_has_a_form_is_shown_as_it_comes(worker):
    shown = []

    found = await worker().generate(kept_to(WISH), Limits(max_tokens=48), shown.append)

    assert len(shown) > 10
    assert "".join(shown) == found.text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("no_such_package.form:Form", "there is no form 'no_such_package.form:Form': ModuleNotFoundError: "),
        (named(forms.Nothing), "no answer that this model can give has the form"),
        (named(forms.Astray), "no answer that this model can give has the form"),
        (named(forms.RaisingAtOnce), "the form of the answer failed: MemoryError: turn on the light"),
        (named(forms.Raising), "the form of the answer failed: RuntimeError: of two lines, on "),
        (named(forms.RaisingAtTheEnd), "the form of the answer failed: TimeoutError: not now"),
    ],
)
async def test_a_form_that_can_not_be_had_is_said_and_the_next_request_answered(worker, form, told):
    one = worker()

    with pytest.raises(TransientError, match=f"^toy: {told}"):
        await one.generate(kept_to(form), Limits(max_tokens=48))

    assert (await one.generate(kept_to(WISH), SHORT)).text
    assert one.health().restarts == 0


async def test_a_form_that_fails_costs_nothing_that_is_evaluated(worker):
    one = worker()
    await one.generate(LIGHT, SHORT)
    with pytest.raises(TransientError):
        await one.generate(kept_to(named(forms.Raising)), SHORT)

    assert (await one.generate(LIGHT, SHORT)).evaluated == 1


async def test_a_form_that_takes_forever_costs_the_deadline_and_not_the_process(worker):
    one = worker()
    await one.preload()
    pid = one.pid

    with pytest.raises(TransientError, match=r"no answer within 0\.3 s"):
        await one.generate(kept_to(named(forms.Slow)), Limits(deadline=0.3))

    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert one.pid == pid


async def test_a_form_that_hangs_costs_the_process_and_the_next_request_another(worker):
    one = worker()
    await one.preload()

    with pytest.raises(TransientError, match=r"no answer within 0\.3 s"):
        await one.generate(kept_to(named(forms.Hanging)), Limits(deadline=0.3))

    assert (await one.generate(LIGHT, SHORT)).tokens == 20
    assert one.health().restarts == 1


async def test_a_worker_says_whether_it_keeps_to_forms(worker):
    one, other = worker(), worker(binding=True)
    before = one.health().constrains
    await asyncio.gather(one.preload(), other.preload())

    assert (before, one.health().constrains, other.health().constrains) == (None, True, False)


async def test_without_the_library_itself_the_answer_comes_as_it_is(worker):
    one = worker(binding=True)

    found = await one.generate(kept_to(WISH), SHORT)

    assert found.text == (await one.generate(LIGHT, SHORT)).text
    assert found.logprob is None


# how likely ------------------------------------------------------------------------------------------------
async def test_the_chances_of_all_tokens_make_one(worker):
    one = worker()
    letters = "".join(map(chr, range(33, 127)))

    async def chance(letter):
        found = await one.generate(kept_to(only(letter)), Limits(max_tokens=1))
        return math.exp(found.logprob)

    chances = {letter: await chance(letter) for letter in letters}

    # Whatever is no small letter is equally unlikely, control tokens and the two merges among them.
    others = len(SPECIAL) + 256 + 2 - 26
    small = sum(chances[letter] for letter in letters if letter.islower())
    assert small + others * chances["!"] == pytest.approx(1, abs=1e-3)


async def test_a_form_does_not_make_an_answer_likelier(worker):
    one = worker()
    free = await one.generate(LIGHT, SHORT)

    same = await one.generate(kept_to(only(free.text)), SHORT)
    other = await one.generate(kept_to(only("Q" + free.text[1:])), SHORT)

    assert same.logprob == pytest.approx(free.logprob, rel=1e-3)
    assert other.logprob < free.logprob - 1


async def test_the_end_of_an_answer_counts(worker):
    one = worker()

    open_ended = await one.generate(kept_to(only("abc")), Limits(max_tokens=3))
    ended = await one.generate(kept_to(only("abc")), Limits(max_tokens=4))

    assert (open_ended.ended, ended.ended, ended.tokens) == ("length", "stop", 3)
    assert ended.logprob < open_ended.logprob - 1


async def test_the_likelihood_is_of_the_model_whatever_the_temperature(worker):
    found = await worker().generate(LIGHT, Limits(max_tokens=20, temperature=2.0))

    assert -1000 < found.logprob < 0


# the same as ever ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "said",
    [
        "turn on the light",
        "<|end|><|user|>",
        "the  other   one",
        "打开厨房的灯",
        "naïve 🛋",
        "lamp 42, 3.5%",
        "a\tb\nc",
    ],
)
@pytest.mark.parametrize("system", ["", "study: lamp, <|user|> fan; "])
async def test_the_library_and_its_binding_read_and_say_the_same(worker, said, system):
    asked = Prompt(said=said, system=system)

    direct, bound = [await worker(binding=one).generate(asked, SHORT) for one in (False, True)]

    assert (direct.evaluated, direct.text) == (bound.evaluated, bound.text)


# what stays evaluated --------------------------------------------------------------------------------------
async def test_what_two_prompts_begin_with_costs_once(worker):
    one = worker()
    await one.generate(Prompt(said="turn on lamp"), SHORT)

    found = await one.generate(Prompt(said="turn on fan"), SHORT)

    assert found.evaluated == len("fan") + 1


async def test_the_same_prompt_again_costs_one_token(worker):
    one = worker()
    first = await one.generate(LIGHT, SHORT)

    again = await one.generate(LIGHT, SHORT)

    assert (again.evaluated, again.text) == (1, first.text)


async def test_what_was_left_half_evaluated_does_not_change_the_next_answer(worker):
    one, another = worker(context=32_768), worker(context=32_768)
    asked = Prompt(said="turn on", system="study: lamp; ")
    task = await begun(one)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (await one.generate(asked, SHORT)).text == (await another.generate(asked, SHORT)).text


# what it takes ---------------------------------------------------------------------------------------------
async def test_the_model_is_in_memory_once_and_without_the_binding(worker, toy):
    one = worker()
    await one.preload()

    held = [each.path for each in psutil.Process(one.pid).memory_maps(grouped=False)]

    assert held.count(str(toy)) == 1
    assert not [each for each in held if each.endswith("libllmodel.so")]


# the library that it knows ---------------------------------------------------------------------------------
@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs a gpt4all of our own making, found before the real one."""
    known = known_library()

    def install(content=None, version="2.8.2"):
        library = tmp_path / "gpt4all" / known.relative_to(known.parents[2])
        library.parent.mkdir(parents=True)
        library.write_bytes(content or known.read_bytes())
        (tmp_path / "gpt4all" / "__init__.py").touch()
        (tmp_path / f"gpt4all-{version}.dist-info").mkdir()
        monkeypatch.syspath_prepend(tmp_path)
        return library

    return install


def test_the_library_of_the_known_version_is_used(installed):
    assert installed() == known_library()


@pytest.mark.parametrize("other", [{"version": "2.8.3"}, {"content": b"\x7fELF"}])
def test_another_library_is_left_to_its_binding(installed, other):
    installed(**other)

    assert known_library() is None
