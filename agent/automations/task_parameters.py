"""Parameters of a task: from what was given to one argument of a command, or a refusal that can be spoken.

A value is a whole argument or a part of one; nothing ever splits, expands or quotes it, and where a program
would read an argument as code, there may be no parameter at all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from agent.errors import ActionError
from agent.section import Section

LONGEST = 128
"""Characters of a value that is matched against a pattern."""
MOST_REPEATS = 4
"""Parts of a pattern that may repeat: with no more, matching takes no time that anybody would notice."""
PLACE = re.compile(r"(?<!\{)\{([a-z][a-z0-9_]*)\}(?!\})")
"""Where a parameter goes; double braces are left alone, as programs' own templates have them."""
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "csh", "tcsh", "su", "runuser"}
_INTERPRETERS = re.compile(r"(python|perl|ruby|node|php|lua|pwsh|deno|tclsh|expect|osascript)[0-9.]*")
_CODE = re.compile(r"-[a-zA-Z]*[cCeErp][a-zA-Z]*|--?(eval|command|print|run|session-command)")
_SPLIT_FAR_AWAY = {
    "ssh",
    "eval",
    "watch",
    "parallel",
    "at",
    "batch",
    "script",
    "awk",
    "gawk",
    "mawk",
    "nawk",
    "sed",
}
"""Programs that read whole arguments as code, or have a shell read them, on this machine or another one."""


class ParameterConfig(Section):
    """What may be given for a parameter: one of `values`, a whole number, or text of a pattern."""

    values: tuple[str | int, ...] | None = Field(default=None, min_length=1, max_length=1000)
    """All the values there are."""
    min: int | None = Field(default=None, ge=-(10**15), le=10**15)
    """For a whole number: the smallest."""
    max: int | None = Field(default=None, ge=-(10**15), le=10**15)
    """For a whole number: the largest."""
    pattern: str | None = Field(default=None, min_length=1, max_length=200, examples=["[a-z0-9-]{1,32}"])
    """For text: the regular expression that the whole of it matches."""
    longest: int = Field(default=64, ge=1, le=LONGEST)
    """For text: how many characters it may have."""
    leading_dash: bool = False
    """For text: whether it may begin with a dash, which makes an option of it."""
    default: str | int | None = None
    """What it is when nothing is given. Without one it has to be given."""

    @field_validator("values")
    @classmethod
    def _are_arguments(cls, values: tuple[str | int, ...] | None) -> tuple[str | int, ...] | None:
        for one in values or ():
            if not str(one) or not str(one).isprintable():
                raise ValueError(f"{one!r:.80} is no value: it is empty or holds characters that don't print")
        return values

    @field_validator("pattern")
    @classmethod
    def _is_harmless(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        try:
            re.compile(pattern, re.ASCII)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        plain = re.sub(r"\[\^?\]?[^\]]*\]", "a", re.sub(r"\\.", "a", pattern))
        if re.search(r"\)[*+{]", plain):
            raise ValueError(
                f"{pattern!r} repeats a group, which can take for ever; repeat [a-z0-9-] instead"
            )
        if len(re.findall(r"[*+]|\{[0-9]*,[0-9]*\}", plain)) > MOST_REPEATS:
            raise ValueError(f"{pattern!r} repeats more than {MOST_REPEATS} parts, which can take for ever")
        return pattern

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        ranged = self.min is not None or self.max is not None
        if (self.values is not None) + ranged + (self.pattern is not None) != 1:
            raise ValueError("a parameter has one of: values, min with max, pattern")
        if ranged and (self.min is None or self.max is None or self.min > self.max):
            raise ValueError("min and max belong together, the smaller one first")
        if self.default is not None:
            try:
                self.taken("default", self.default)
            except ActionError as error:
                raise ValueError(str(error)) from None
        return self

    def taken(self, name: str, given: Any) -> str:
        """The argument that `given` becomes.

        Raises:
            ActionError: it may not; the text says what would be right.
        """
        if isinstance(given, bool) or not isinstance(given, str | int):
            raise ActionError(f"{name} is {given!r:.80}; a word or a whole number is needed")
        if isinstance(given, int) and abs(given) > 10**15:
            raise ActionError(f"{name} is far too large a number")
        text = str(given)
        if self.values is not None:
            if text in (known := [str(one) for one in self.values]):
                return text
            raise ActionError(f"{name} cannot be {_shown(text)}; it can be {', '.join(known[:20])}")
        if self.pattern is None:
            if _INTEGER.fullmatch(text) and (self.min or 0) <= int(text) <= (self.max or 0):
                return str(int(text))
            raise ActionError(f"{name} is {_shown(text)}; it is a whole number from {self.min} to {self.max}")
        if not text or len(text) > self.longest or not text.isprintable():
            raise ActionError(f"{name} is no printable text of 1 to {self.longest} characters")
        if text.startswith("-") and not self.leading_dash:
            raise ActionError(f"{name} is {_shown(text)}; it may not begin with a dash")
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise ActionError(f"{name} is {_shown(text)}, which does not have the right form")
        return text


def taken(
    parameters: Mapping[str, ParameterConfig], given: Mapping[str, Any], *, task: str
) -> dict[str, str]:
    """Every parameter with its value, from what was given and the defaults.

    Raises:
        ActionError: something is missing, unknown or not allowed.
    """
    for key in given:
        if key not in parameters:
            takes = f"it takes {', '.join(parameters)}" if parameters else "it takes no parameters"
            raise ActionError(f"{task} knows no {_shown(str(key))}; {takes}")
    found = {}
    for name, one in parameters.items():
        value = given.get(name, one.default)
        if value is None:
            raise ActionError(f"{task} needs {name}")
        found[name] = one.taken(name, value)
    return found


def filled(command: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """The command with each parameter in its place; what a value holds is never looked at again."""
    return tuple(PLACE.sub(lambda place: values[place[1]], one) for one in command)


def places(argument: str) -> tuple[str, ...]:
    """The parameters that an argument has places for."""
    return tuple(PLACE.findall(argument))


def read_as_code(command: Sequence[str]) -> Iterator[int]:
    """Which arguments of a command a shell or another interpreter reads as code, as far as one can tell."""
    runs = far_away = expected = False
    names: set[str] = set()
    for at, one in enumerate(command):
        name = PurePosixPath(one).name
        if far_away or expected or (runs and _attached(one)) or ("env" in names and one.startswith("-S")):
            yield at
        # Options may stand between the one that announces code and the code.
        expected = (expected and one[:1] in ("-", "+")) or (runs and _CODE.fullmatch(one) is not None)
        runs = runs or name in _SHELLS or _INTERPRETERS.fullmatch(name) is not None
        splits = one.startswith(("-S", "--split-string")) and "env" in names
        far_away = far_away or splits or name in _SPLIT_FAR_AWAY
        names.add(name)


def _attached(argument: str) -> bool:
    """Whether code stands in the same argument as the option that says so."""
    option, place = PLACE.split(argument)[0], PLACE.search(argument)
    return place is not None and re.match(r"-[cCeEr]|--?(eval|command|print|run)=", option) is not None


def _shown(text: str) -> str:
    return ascii(text)[:80] if not text.isprintable() else repr(text)[:80]
