"""The `language:` section: what people speak in this house."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from agent.section import Section


class LanguageConfig(Section):
    """What people speak here, and how they mean numbers."""

    default: str = Field(default="en", pattern=r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*$")
    """The language of the house, as in `en`, `de` or `zh-CN`; an utterance may bring its own."""
    units: Literal["metric", "us"] = "metric"
    """What a temperature without a unit is said in: degrees Celsius (metric) or Fahrenheit (us)."""
    sentences: tuple[Path, ...] = ()
    """Folders with sentence files of your own, `<language>.yaml` or `<language>/*.yaml` in each."""
    learn: Literal["off", "ask", "on"] = "ask"
    """What becomes of a phrase that a model understood and nobody took back: `on` remembers it, so that the
    next time it costs nothing; `ask` proposes it (`hearthd phrases`); `off` learns none and uses none."""
