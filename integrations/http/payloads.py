"""What may come in the body of a request, and how it becomes values or an honest no."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from agent.api import Message, Section

S = TypeVar("S", bound=Section)
LONGEST_TEXT = 100_000
"""Characters that are looked at; what a person can say is bounded by the reader itself."""
LONGEST_NAME = 128


class RefusalError(Exception):
    """A request that is not carried out; the text says what is wrong and what would be right."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("only printable characters can be in it")
    return name


Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME), AfterValidator(_printable)]


class Ask(Section):
    """What somebody says."""

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    """The words."""
    session: Name | None = None
    """The conversation that they belong to; left out it is that of the key or the address."""
    area: Name | None = None
    """Where they were said, by id or name."""
    language: Name | None = None
    """As in en or zh-CN; left out it is that of the house."""


class Listen(Section):
    """A wish to be listened to now, without a wake word."""

    id: Name | None = None
    """Stands as `listen` in what is told on the bus of what was then said; left out it is made up."""
    area: Name | None = None
    """Where it is said, by id or name; left out it is where the microphone is."""


def read(model: type[S], body: bytes) -> S:
    """`body` as a `model`.

    Raises:
        RefusalError: it is none.
    """
    try:
        found = Message("", body).json()
    except ValueError as error:
        raise RefusalError(400, f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise RefusalError(400, f"the body is {_kind(found)}; an object is needed")
    try:
        return model.model_validate(found)
    except ValidationError as error:
        known = ", ".join(model.model_fields)
        wrong = (_told(one["type"], one["loc"], one["msg"], known) for one in error.errors(include_url=False))
        raise RefusalError(400, "; ".join(wrong)) from None


def _told(kind: str, loc: tuple[int | str, ...], message: str, known: str) -> str:
    name = ".".join(map(str, loc))
    if kind == "missing":
        return f"{name!r} is missing"
    if kind == "extra_forbidden":
        return f"{name!r:.80} is not known here; {known} can be given"
    return f"{name!r}: {message.removeprefix('Value error, ')}"


def _kind(found: object) -> str:
    words = {list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return words.get(type(found), "a number")
