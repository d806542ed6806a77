"""How a simulated device misbehaves: dice of its own, so that what others are asked changes nothing for it.

The same house file, seed and sequence of commands to a device give the same faults, in every run.
"""

from dataclasses import dataclass
from random import Random

from agent.api import HouseFaults


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one command."""

    drop: bool
    reject: bool
    delay: float


class Faults:
    """The faults of one device."""

    def __init__(self, entity: str, *, seed: int) -> None:
        self._seed = f"{seed} {entity}"
        self.set(HouseFaults())

    def set(self, configured: HouseFaults) -> None:
        """Misbehave as `configured` from now on; the dice begin anew."""
        self.configured = configured
        self._dice = Random(self._seed)  # noqa: S311  # faults are to repeat, not to surprise

    def fate(self) -> Fate:
        """What becomes of the next command."""
        drop, reject, delay = self._dice.random(), self._dice.random(), self._dice.random()
        configured = self.configured
        slow = configured.delay
        low, high = (slow, slow) if isinstance(slow, float | int) else slow
        return Fate(
            drop=drop < configured.drop,
            reject=reject < configured.reject,
            delay=max(0.0, low + (high - low) * delay),
        )
