"""Forms of answers that the tests ask for, sound ones and others."""

import re
import time
from typing import ClassVar

AREAS = ("kitchen", "hall")


def named(form):
    """The name by which a worker finds it."""
    return f"{__name__}:{form.__name__}"


def only(text):
    """The name of a form that allows nothing but `text`."""
    return f"{__name__}:only_{text.encode().hex()}"


def __getattr__(name):
    if not name.startswith("only_"):
        raise AttributeError(f"no form {name}")
    return type(name, (Listed,), {"answers": (bytes.fromhex(name.removeprefix("only_")).decode(),)})


class Listed:
    """One of `answers`."""

    answers: tuple[str, ...] = ()

    def __init__(self, _said):
        self.letters = frozenset(one for answer in self.answers for one in answer if one > "\x7f")

    def allows(self, text):
        return any(one.startswith(text) for one in self.answers)

    def is_whole(self, text):
        return text in self.answers


class OnOff(Listed):
    answers = ("on", "off")


class Wish(Listed):
    answers = tuple(
        f"{act}|area {area}{level}"
        for act in ("On", "Off")
        for area in AREAS
        for level in ("", *(f"|level {number}" for number in range(100)))
    )


class Rooms(Listed):
    answers = ("打开厨房的灯🛋", "打开客厅的灯🛋", "naïve")


class Control(Listed):
    answers = ("<|end|>",)


class Nothing(Listed):
    """No answer at all."""


class Astray(Listed):
    """Says of "a" that it is a beginning, and it is none."""

    def allows(self, text):
        return text == "a"


class Echo(Listed):
    """What was said, and nothing else."""

    def __init__(self, said):
        self.answers = (said,)
        super().__init__(said)


class Small:
    """Small letters, as many as `least` of them and any more."""

    letters: frozenset[str] = frozenset()
    least = 0

    def __init__(self, said):
        pass

    def allows(self, text):
        return re.fullmatch(r"[a-z]*", text) is not None

    def is_whole(self, text):
        return self.allows(text) and len(text) >= self.least


class Long(Small):
    least = 30


class Slow(Small):
    """Takes its time to find that nothing will do."""

    def allows(self, _text):
        time.sleep(0.01)
        return False


class Hanging(Small):
    def allows(self, _text):
        time.sleep(60)


class Raising(Small):
    def allows(self, text):
        raise RuntimeError(f"of two\nlines, on {text!r}")


class RaisingAtTheEnd(OnOff):
    def is_whole(self, _text):
        raise TimeoutError("not now")


class RaisingAtOnce(Small):
    def __init__(self, said):
        raise MemoryError(said)


class Endless(Small):
    def allows(self, text):
        return self.allows(text)


class Lettered(Small):
    letters = None


class Bare:
    def __init__(self, said):
        pass


class Swells(Listed):
    """Takes 64 MB that it never gives back."""

    answers = ("on", "off")
    kept: ClassVar[list[bytearray]] = []

    def __init__(self, said):
        super().__init__(said)
        self.kept.append(bytearray(b"x" * (64 << 20)))
