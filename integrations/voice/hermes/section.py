"""What is configured under `voice: hermes:`."""

from pydantic import Field

from agent.api import Duration, Section


class HermesSettings(Section):
    """Satellites that speak Hermes."""

    enabled: bool = False
    """Whether we are their base station. No other one may be on the same broker."""
    handle: bool = True
    """Whether we do what is said and answer. false: `hermes/intent/...` is published, and others do."""
    sounds: bool = True
    """Whether short sounds tell at a satellite that it woke, understood, or failed; it may switch them off
    for itself, with `hermes/feedback/sound/toggleOff`."""
    timeout: Duration = Field(default=30.0, ge=1, le=300)
    """A session in which nothing happens for this long is over."""
