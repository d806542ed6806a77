"""House files: a simulated house in YAML, its floors, areas and entities, and the faults it is to have."""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from agent.configfile.section import read_section
from agent.home.registry import AreaConfig, FloorConfig
from agent.section import Section

MOST = 5_000


class HouseFaults(Section):
    """How a device misbehaves."""

    drop: float = Field(default=0.0, ge=0, le=1)
    """Share of its commands that it ignores."""
    reject: float = Field(default=0.0, ge=0, le=1)
    """Share of its commands that it answers with its unchanged state."""
    delay: float | tuple[float, float] = 0.0
    """Seconds, or from and to, until it obeys."""
    unavailable: bool = False
    """It cannot be reached."""


class HouseEntity(Section):
    """One entity of the simulated house."""

    id: str = Field(pattern=r"^[a-z_]+\.[a-z0-9_]{1,200}$")
    """Its id, as in `light.desk`."""
    name: str = Field(min_length=1, max_length=255)
    """What people call it."""
    area: str | None = None
    """The id of its area."""
    state: str | None = None
    """The state it begins in."""
    attributes: dict[str, Any] = Field(default_factory=dict)
    """The attributes it begins with, by Home Assistant's names: they also say what it can do."""
    aliases: tuple[str, ...] = ()
    """Other names people use."""
    device_class: str | None = None
    """Its class, as in `garage`."""
    unit: str | None = None
    """The unit of what it measures."""

    @property
    def domain(self) -> str:
        """The part of the id before the point."""
        return self.id.partition(".")[0]

    @field_validator("state", mode="before")
    @classmethod
    def _as_text(cls, given: object) -> object:
        """YAML reads an unquoted `on` as true, and 21 as a number."""
        if isinstance(given, bool):
            return "on" if given else "off"
        return f"{given:g}" if isinstance(given, int | float) else given


class HouseFile(Section):
    """A simulated house."""

    floors: tuple[FloorConfig, ...] = ()
    """Its floors."""
    areas: tuple[AreaConfig, ...] = ()
    """Its areas."""
    entities: tuple[HouseEntity, ...] = Field(default=(), max_length=MOST)
    """What is in it."""
    faults: dict[str, HouseFaults] = Field(default_factory=dict)
    """How devices misbehave, by entity id; `*` stands for all."""

    @model_validator(mode="after")
    def _consistent(self) -> "HouseFile":
        areas = {area.id for area in self.areas}
        ids: set[str] = set()
        for entity in self.entities:
            if entity.id in ids:
                raise ValueError(f"{entity.id!r} stands twice; give one of them another id")
            if entity.area is not None and entity.area not in areas:
                raise ValueError(
                    f"{entity.id} is in {entity.area!r}, which is none of the areas: {sorted(areas)}"
                )
            ids.add(entity.id)
        return self

    def home_section(self) -> dict[str, Any]:
        """What a `home:` section needs to say for the house to be known as it is here."""
        return {
            "floors": [floor.model_dump(mode="json") for floor in self.floors],
            "areas": [area.model_dump(mode="json") for area in self.areas],
            "entities": {one.id: {"aliases": list(one.aliases)} for one in self.entities if one.aliases},
        }


def read_house(path: Path) -> HouseFile:
    """The house in `path`.

    Raises:
        ConfigError: one line for each mistake, by file and line.
    """
    return read_section(HouseFile, path, environment=os.environ)
