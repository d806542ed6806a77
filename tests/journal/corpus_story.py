"""The faults of the corpus: a story, and what is to be found in it by which line."""

from typing import Any

Story = tuple[list, list[dict[str, Any]], dict[str, Any]]


def fault(told: dict[str, Story], name: str, *story: Any, faults: list[dict[str, Any]], **more: Any) -> None:
    """Note a journal under its name."""
    told[name] = (list(story), faults, more)


def of(kind: str, at: str, about: str = "", times: int = 1) -> dict[str, Any]:
    """A fault of that kind, known by the line in which `at` stands for the so many `times`."""
    return {"kind": kind, "at": at, "about": about, "times": times}
