"""Short Python, run in the sandbox: no network, no files, a few seconds. Off unless it is configured.

One service, `code.run`, for people and for models that would rather compute than guess. What it prints is
text of nobody's: it is shown, and nothing is done because of it.
"""

from collections.abc import Callable, Mapping

from pydantic import Field
from typing_extensions import override

from agent.api import (
    Action,
    ActionError,
    Doer,
    Duration,
    House,
    Integration,
    Order,
    Own,
    Plan,
    Question,
    Ran,
    Risk,
    Sandbox,
    Section,
    Step,
    Teller,
    TransientError,
    Wanted,
)

RUN = "code.run"
SNIPPET = "code.snippet"
LONGEST = 10_000


class Settings(Section):
    """What the user configures."""

    seconds: Duration = Field(default=4.0, ge=0.1, le=4.5)
    """How long a snippet may take. The unit itself ends after five seconds."""
    output: int = Field(default=2000, ge=100, le=20_000)
    """How many bytes of what it prints are told."""


class Code(Integration[Settings]):
    """Runs snippets."""

    Config = Settings

    def __init__(self, config: Settings, house: House) -> None:
        super().__init__(config, house)
        self._sandbox = Sandbox(clock=house.clock)

    @override
    async def init(self) -> None:
        if (obstacle := self._sandbox.missing()) is not None:
            raise TransientError(obstacle)

    @override
    def whole(self) -> Mapping[str, tuple[Own, Doer]]:
        return {RUN: (self.plan, self.do)}

    @override
    def tells(self) -> Mapping[str, Teller]:
        return {"OpsRunCode": self.asked}

    async def asked(self, question: Question) -> Wanted:
        """What a model that read the sentence wants to have run."""
        return Wanted(
            service=RUN, data={"python": question.slots.get("python", "")}, names={SNIPPET: "the snippet"}
        )

    def plan(self, action: Action) -> Plan:
        """One step: the snippet.

        Raises:
            ActionError: it is none.
        """
        python = action.data.get("python")
        if (
            set(action.data) != {"python"}
            or action.target
            or not isinstance(python, str)
            or not python.strip()
        ):
            raise ActionError(f"{RUN} takes a snippet and nothing else, as in python='print(2 + 2)'")
        if len(python) > LONGEST:
            raise ActionError(f"a snippet of {len(python)} letters; up to {LONGEST} would do")
        # It can do nothing, but whoever is not known should not keep the processor busy unasked.
        step = Step(
            action=action,
            entity=SNIPPET,
            owner=self.house.owner,
            risk=Risk.DISRUPTIVE,
            data={"python": python},
        )
        return Plan(steps=(step,))

    async def do(self, step: Step, started: Callable[[], None]) -> str:
        """Run it; what it printed.

        Raises:
            ActionError: it did not end well.
        """
        started()
        ran = await self._sandbox.run(
            Order(python=step.data["python"], seconds=self.config.seconds, output=self.config.output)
        )
        ended = _told(ran, self.config.seconds)
        if ran.code != 0:
            raise ActionError(ended)
        return ended


def _told(ran: Ran, seconds: float) -> str:
    """What came of a run, in words."""
    printed = "".join(
        one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}"
        for one in ran.output.decode(errors="replace")
    ).strip()
    if ran.truncated:
        printed += f" ... and {ran.truncated} bytes more"
    if ran.obstacle is not None:
        how = ran.obstacle
    elif ran.timed_out:
        how = f"it was not done within {seconds:g} s"
    elif ran.signal is not None:
        how = f"it was ended by {ran.signal}"
    else:
        how = "" if ran.code == 0 else f"exit code {ran.code}"
    return ": ".join(filter(None, (how, printed))) or "it printed nothing"


INTEGRATION = Code
