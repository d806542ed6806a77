"""Templates that devices announce: safe, bounded, compiled once for all who share them.

A template is checked when it is announced and compiled when it is first needed. Rendering never takes longer
than its purse allows, and fails with `UnrenderableError`, whatever the template does.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from agent.api import Message, templates

MOST_KEPT = 4_096
"""Compiled templates that are kept."""


class UnrenderableError(ValueError):
    """A template cannot be used, or not on this payload; the text says why."""


class About(Protocol):
    """The entity that a template belongs to."""

    entity_id: str
    name: str

    def this(self) -> Mapping[str, Any]:
        """Its state, as templates see it."""
        ...


Render = Callable[[Message, About], str | None]


class Template:
    """One template. `render` gives its text for a message, None if the message has nothing to say to it."""

    __slots__ = ("_fill", "render", "source")

    def __init__(self, source: str, render: Render, fill: Callable[[Mapping[str, Any]], str]) -> None:
        self.source = source
        self.render = render
        self._fill = fill

    def fill(self, about: About, **values: Any) -> str:
        """The text with `values` in it.

        Raises:
            UnrenderableError: it cannot be rendered with these.
        """
        return self._fill({"entity_id": about.entity_id, "name": about.name, "this": about.this(), **values})


class Templates:
    """All templates, by their source. `now` gives the time."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self.now = now
        self._known: dict[str, Template] = {}
        self._workshop: Callable[[str], Template] | None = None

    def of(self, source: str) -> Template:
        """The template that `source` describes.

        Raises:
            UnrenderableError: it is none, or asks for more than devices may.
        """
        known = self._known.get(source)
        if known is None:
            if len(source) > templates.LONGEST_SOURCE:
                raise UnrenderableError(
                    f"a template of {len(source)} letters; up to {templates.LONGEST_SOURCE} would do"
                )
            if self._workshop is None:
                self._workshop = _workshop(self.now)
            known = self._workshop(source.strip())
            if len(self._known) >= MOST_KEPT:
                del self._known[next(iter(self._known))]
            self._known[source] = known
        return known


def _workshop(now: Callable[[], datetime]) -> Callable[[str], Template]:
    """What makes templates."""
    from integrations.discovery.templates.workshop import Workshop

    return Workshop(now).make
