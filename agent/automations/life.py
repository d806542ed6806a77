"""What a rule is doing at the moment."""

from collections import deque
from dataclasses import dataclass, field

from agent.automations.fired import Fired
from agent.automations.runs import Run


@dataclass(slots=True)
class Life:
    """The run of a rule, and what set it off meanwhile."""

    run: Run | None = None
    queue: deque[Fired] = field(default_factory=deque)
    """Runs after this one, in their order."""
    quiet: Fired | None = None
    """Waits until it has been quiet."""

    @property
    def running(self) -> str | None:
        """The id of its run."""
        return None if self.run is None else self.run.order.id

    @property
    def waiting(self) -> tuple[Fired, ...]:
        """What set it off and has not begun."""
        return (*self.queue, *((self.quiet,) if self.quiet is not None else ()))
