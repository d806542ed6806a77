"""How likely an answer of the model has to be before it counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agent.core.intents import Intent, acts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """From the likelihood of an answer to how often such answers are right, and how often they have to be."""

    offset: float
    slope: float
    act: float
    """The share of right answers from which on an act is carried out."""
    ask: float
    """The same for what changes nothing."""
    machine_act: float
    machine_ask: float
    """The same for what is wanted of the machine, which seldom is what people say of anything else."""
    guess: float
    """From here on it is worth asking back."""

    def enough(self, intents: Sequence[Intent]) -> float:
        """How sure one has to be of `intents`."""
        machine = all(one.name.startswith("Ops") for one in intents)
        if any(acts(one.name) for one in intents):
            return self.machine_act if machine else self.act
        return self.machine_ask if machine else self.ask

    def share(self, logprob: float) -> float:
        """How often answers as likely as this are right: Platt's scaling (1999)."""
        return 1 / (1 + math.exp(-(self.offset + self.slope * max(logprob, -50.0))))
