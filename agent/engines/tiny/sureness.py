"""How likely an answer of the model has to be before it counts."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """From the likelihood of an answer to how often such answers are right, and how often they have to be."""

    offset: float
    slope: float
    act: float
    """The share of right answers from which on an act is carried out."""
    ask: float
    """The same for what changes nothing."""
    guess: float
    """From here on it is worth asking back."""

    def share(self, logprob: float) -> float:
        """How often answers as likely as this are right: Platt's scaling (1999)."""
        return 1 / (1 + math.exp(-(self.offset + self.slope * max(logprob, -50.0))))
