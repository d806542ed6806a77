"""Base of every configuration section: the class stands at the top of the module that it configures."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of config.yaml: frozen, strict about unknown keys, every field with a description."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)
