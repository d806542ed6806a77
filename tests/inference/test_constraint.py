"""What may follow in an answer that is kept to a form, letter by letter and byte by byte."""

import time

import pytest

from agent.inference.constraint import Constraint, FormError, begun
from tests.inference import forms
from tests.inference.forms import named, only


def constraint(form, *said, within=5.0):
    """A constraint after the pieces in `said`."""
    made = Constraint(form("lamp"), until=time.monotonic() + within)
    for piece in said:
        assert made.allows(piece), piece
        made.add(piece)
    return made


def by_name(form):
    return begun(form, "lamp", until=time.monotonic() + 5)


@pytest.mark.parametrize(
    ("form", "said", "piece", "allowed"),
    [
        (forms.OnOff, b"o", b"n", True),
        (forms.OnOff, b"o", b"ff", True),
        (forms.OnOff, b"o", b"f", True),
        (forms.OnOff, b"o", b"x", False),
        (forms.OnOff, b"on", b"n", False),
        (forms.OnOff, b"o", b"", False),
        (forms.Wish, b"On|area hall|level ", b"50", True),
        (forms.Wish, b"On|area hall|level ", b"500", False),
        (forms.Small, b"abab", b"ba", True),
        (forms.Small, b"abab", b"bA", False),
    ],
)
def test_a_piece_is_allowed_where_an_answer_can_go_on_with_it(form, said, piece, allowed):
    assert constraint(form, said).allows(piece) is allowed


@pytest.mark.parametrize(("said", "complete"), [(b"on", True), (b"o", False), (b"off", True), (b"of", False)])
def test_an_answer_may_end_where_it_is_whole(said, complete):
    assert constraint(forms.OnOff, said).complete is complete


@pytest.mark.parametrize("text", forms.Rooms.answers)
def test_a_letter_may_come_byte_by_byte(text):
    pieces = [bytes([one]) for one in text.encode()]

    assert constraint(forms.Rooms, *pieces).complete


def test_a_piece_may_end_one_letter_and_begin_another():
    content = "打开".encode()

    made = constraint(forms.Rooms, content[:2], content[2:4], content[4:])

    assert made.allows("厨房的灯🛋".encode())


@pytest.mark.parametrize(
    ("form", "piece"),
    [
        (forms.Small, "灯".encode()[:1]),
        (forms.Rooms, "灯".encode()[:2]),
        (forms.Rooms, "电".encode()[:2]),
        (forms.Rooms, b"\x80"),
        (forms.Rooms, b"\xff"),
        (forms.Rooms, b"\xed\xa0"),
        (forms.Rooms, b"\xc0"),
    ],
)
def test_part_of_a_letter_that_can_not_become_an_allowed_one_is_refused(form, piece):
    assert not constraint(form).allows(piece)


def test_an_answer_does_not_end_in_the_middle_of_a_letter():
    whole = "打开厨房的灯🛋".encode()

    assert not constraint(forms.Rooms, whole[:-1]).complete


def test_a_form_is_found_by_its_name():
    made = by_name(named(forms.OnOff))

    assert (made.allows(b"of"), made.allows(b"a")) == (True, False)


def test_a_form_is_made_of_what_was_said():
    made = by_name(named(forms.Echo))

    assert (made.allows(b"lamp"), made.allows(b"lamps")) == (True, False)


@pytest.mark.parametrize(
    "name",
    [
        "no_such_package:Form",
        "tests.inference.forms:Missing",
        "tests.inference.forms",
        ":Form",
        "tests.inference.forms:",
        ".forms:OnOff",
        "tests/inference/forms.py:OnOff",
        "",
    ],
)
def test_a_form_that_does_not_exist_is_one_line(name):
    with pytest.raises(FormError, match=r"^there is no form '.*': .+$"):
        by_name(name)


def test_a_form_whose_module_fails_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "failing_form.py").write_text("raise OSError('the\\ndisk')")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(FormError, match=r"^there is no form 'failing_form:Form': OSError: the disk$"):
        by_name("failing_form:Form")


@pytest.mark.parametrize(
    "form",
    [
        "os:sep",
        "builtins:str",
        *map(named, (forms.RaisingAtOnce, forms.Lettered, forms.Bare)),
    ],
)
def test_a_form_that_can_not_be_used_is_one_line(form):
    with pytest.raises(FormError, match=r"^the form of the answer failed: \w+Error: .+$"):
        by_name(form)


@pytest.mark.parametrize("form", [forms.Raising, forms.Endless])
def test_a_form_that_fails_while_it_is_asked_is_one_line(form):
    made = by_name(named(form))

    with pytest.raises(FormError, match=r"^the form of the answer failed: \w+Error: .+$"):
        made.allows(b"a")


def test_a_form_that_fails_at_the_end_is_one_line():
    made = by_name(named(forms.RaisingAtTheEnd))

    with pytest.raises(FormError, match=r"^the form of the answer failed: TimeoutError: not now$"):
        _ = made.complete


def test_a_form_is_not_asked_after_the_answer_is_due():
    late = constraint(forms.Small, within=-1.0)

    with pytest.raises(TimeoutError):
        late.allows(b"a")


def test_a_form_can_be_made_by_its_module_as_it_is_named():
    assert by_name(only("厨房")).allows("厨".encode())
