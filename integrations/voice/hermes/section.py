"""What is configured under `voice: hermes:`."""

from agent.api import Section


class HermesSettings(Section):
    """Satellites that speak Hermes."""

    enabled: bool = False
    """Whether we listen to them."""
