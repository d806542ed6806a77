"""Makes templates: checked at once, compiled when first needed, by a shortcut where there is one."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from agent.api import Message, templates
from integrations.discovery.templates import About, Render, Template, UnrenderableError

LONGEST_OUTPUT = 65_536
"""Letters that a template may give."""
Fill = Callable[[Mapping[str, Any]], str]


class Workshop:
    """Makes templates for one sandbox. `now` gives the time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._purse = templates.Purse()
        self._sandbox = templates.Sandbox(purse=self._purse, now=now)

    def make(self, source: str) -> Template:
        """The template that `source` describes.

        Raises:
            UnrenderableError: it is none, or asks for more than devices may.
        """
        try:
            tree = templates.checked(source, self._sandbox)
            quick = templates.shortcut(tree, self._sandbox)
        except templates.FAILURES as error:
            raise UnrenderableError(_complaint(source, error)) from None
        fill = self._filling(source, tree)
        return Template(source, _slow(source, fill) if quick is None else _quick(source, quick), fill)

    def _filling(self, source: str, tree: Any) -> Fill:
        compiled: list[Any] = []

        def fill(values: Mapping[str, Any]) -> str:
            self._purse.fill()
            try:
                if not compiled:
                    compiled.append(self._sandbox.from_string(templates.priced(tree, self._sandbox)))
                text = compiled[0].render(values)
            except templates.FAILURES as error:
                raise UnrenderableError(_complaint(source, error)) from None
            return _whole(source, str(text).strip())

        return fill


def _quick(source: str, compute: templates.Compute) -> Render:
    def render(message: Message, _about: About) -> str | None:
        try:
            text: str = compute(message)
        except templates.NotGivenError:
            return None
        except templates.FAILURES as error:
            raise UnrenderableError(_complaint(source, error)) from None
        if len(text) > LONGEST_OUTPUT:
            raise UnrenderableError(_complaint(source, f"it gives {len(text)} letters"))
        return _whole(source, text)

    return render


def _slow(source: str, fill: Fill) -> Render:
    def render(message: Message, about: About) -> str | None:
        if len(message.payload) > templates.LONGEST_INPUT:
            raise UnrenderableError(_complaint(source, f"the payload has {len(message.payload)} bytes"))
        try:
            return fill(_variables(source, message, about))
        except templates.NotGivenError:
            return None

    return render


def _whole(source: str, text: str) -> str:
    """`text`, if it can be written down: half of a surrogate pair can not."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UnrenderableError(_complaint(source, "it gives a letter that is none")) from None
    return text


def _variables(source: str, message: Message, about: About) -> dict[str, Any]:
    try:
        text = message.text()
    except ValueError:
        raise UnrenderableError(_complaint(source, "the payload is not UTF-8")) from None
    values = {"value": text, "entity_id": about.entity_id, "name": about.name, "this": about.this()}
    with suppress(ValueError):  # value_json stays undefined then, as Home Assistant has it
        values["value_json"] = message.json()
    return values


def _complaint(source: str, error: object) -> str:
    shown = source if len(source) <= 120 else source[:117] + "..."  # noqa: PLR2004
    return f"template {shown!r}: {str(error)[:300] or type(error).__name__}"
