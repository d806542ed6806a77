"""The `tasks:` section: named commands that may be run, with what, how far they reach, and their bounds.

What is dangerous to write is refused when the file is read: a parameter in the program's place, one that a
shell would read, a placeholder nobody declared.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator

from agent.actions.policy import RiskWord
from agent.automations.task_parameters import ParameterConfig, places, read_as_code
from agent.core.actions import ENVELOPE, Risk
from agent.durations import Duration
from agent.section import AbsolutePath, Section

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
TaskId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["backup"])]
ParameterName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]


def _as_text(written: object) -> object:
    """What was meant as text, where YAML read it as something else: a port, a version, the program `true`."""
    if isinstance(written, bool):
        return str(written).lower()
    return str(written) if isinstance(written, int | float) else written


def _one_string(value: SecretStr) -> SecretStr:
    if "\0" in value.get_secret_value():
        raise ValueError("no variable can hold a NUL character")
    return value


Variable = Annotated[SecretStr, BeforeValidator(_as_text), AfterValidator(_one_string)]
Argument = Annotated[str, BeforeValidator(_as_text), Field(max_length=4000)]


class PublishConfig(Section):
    """What the bus hears of a run, beside how it ended."""

    what: Literal["nothing", "code", "line", "output"] = "line"
    """The exit code; `line`: also the last line that was written; `output`: all that was kept."""
    most: int = Field(default=2000, ge=1, le=100_000)
    """How many characters of output are told: the last ones."""


class TaskLimits(Section):
    """What one run may use; null: as much as there is."""

    cpu: Annotated[Duration, Field(ge=1, le=604_800)] | None = None
    """Processor time of each of its processes."""
    memory_mb: int | None = Field(default=None, ge=32)
    """Address space of each of its processes."""
    files: int | None = Field(default=None, ge=16, le=1_000_000)
    """Files that each of its processes may have open."""
    file_mb: int | None = Field(default=None, ge=1)
    """How large a file may become that it writes."""
    nice: int = Field(default=0, ge=0, le=19)
    """How much it yields to others: 19 is the most."""
    io: Literal["best-effort", "idle"] | None = None
    """How much it yields to others on the disk."""


class TaskConfig(Section):
    """A command with a name."""

    command: tuple[Argument, ...] = Field(
        min_length=1, max_length=200, examples=[["restic", "backup", "/srv"]]
    )
    """The program and its arguments, one by one; no shell reads them. `{name}`: here goes a parameter."""
    parameters: dict[ParameterName, ParameterConfig] = Field(default_factory=dict, max_length=16)
    """What may be given with a run, by name."""
    environment: dict[VariableName, Variable] = Field(default_factory=dict, max_length=100)
    """Variables for it. Of the daemon's own it gets HOME and LANG, and a PATH of the system's folders."""
    directory: AbsolutePath = Field(default="/", validate_default=True)
    """Where it runs."""
    timeout: Annotated[Duration, Field(gt=0, le=604_800)] = 600.0
    """How long it may take; then it is asked to end."""
    stop_within: Annotated[Duration, Field(le=60)] = 5.0
    """How long it may take to end when asked to; then it is killed with everything that it started."""
    output: int = Field(default=65_536, ge=0, le=4_194_304)
    """How many bytes of what it writes are kept: half from the beginning, half from the end."""
    success_codes: tuple[Annotated[int, Field(ge=0, le=255)], ...] = Field(default=(0,), min_length=1)
    """Exit codes with which it did its work."""
    risk: RiskWord = "disruptive"
    """How far it reaches; `policy:` says who may have it run."""
    limits: TaskLimits = TaskLimits()
    """What it may use."""
    sandbox: bool = False
    """Whether it runs in a throw-away unit of systemd: without network, files and rights, for five seconds at
    most. Where there is none it does not run."""
    max_running: int = Field(default=1, ge=1, le=16)
    """How many runs of it there may be at a time; more are refused."""
    publish: PublishConfig = PublishConfig()
    """What the bus hears of it."""
    name: str | None = Field(default=None, min_length=1, max_length=80)
    """What people call it. Default: its id, with spaces."""
    aliases: tuple[str, ...] = ()
    """Other names people use."""
    description: str = ""
    """What it is for."""

    @property
    def reach(self) -> Risk:
        """Its risk as the policy takes it."""
        return Risk[self.risk.upper()]

    def names(self, task_id: str) -> tuple[str, ...]:
        """Everything it is called, its own name first."""
        return (self.name or re.sub(r"[-_]+", " ", task_id).strip(), *self.aliases)

    @field_validator("command")
    @classmethod
    def _is_a_command(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        program = command[0]
        if places(program):
            raise ValueError(f"{program!r}: a parameter cannot be the program")
        if not program or program.endswith("/") or ("/" in program and not program.startswith("/")):
            raise ValueError(f"{program!r} is no program: a name or a path from / on would be right")
        for one in command:
            if _UNSEEN.search(one):
                raise ValueError(f"{one!r:.80} holds control characters")
        return command

    @field_validator("parameters")
    @classmethod
    def _are_no_envelope(cls, parameters: dict[str, ParameterConfig]) -> dict[str, ParameterConfig]:
        for name in parameters:
            if name in ENVELOPE:
                raise ValueError(
                    f"no parameter can be called {name!r}: in a message to '.../run/<task>' that is the"
                    f" message's own, as are {', '.join(sorted(ENVELOPE - {name}))};"
                    " another name would be right"
                )
        return parameters

    @model_validator(mode="after")
    def _has_its_places(self) -> Self:
        used = {name for one in self.command for name in places(one)}
        for name in sorted(used - self.parameters.keys()):
            known = ", ".join(self.parameters) or "none"
            raise ValueError(f"command: there is no parameter {name!r}; there are: {known}")
        for name in self.parameters:
            if name not in used:
                raise ValueError(f"parameters: {name!r} has no place in the command; write {{{name}}} there")
        for at in read_as_code(self.command):
            if found := places(self.command[at]):
                raise ValueError(
                    f"command: {self.command[at]!r:.80} is read as code, so {{{found[0]}}} may not stand in"
                    " it; hand it over as an argument or write a script that takes one"
                )
        return self


def _apart(tasks: dict[str, TaskConfig]) -> dict[str, TaskConfig]:
    owners: dict[str, str] = {}
    for task_id, task in tasks.items():
        for name in task.names(task_id):
            other = owners.setdefault(name.casefold(), task_id)
            if other != task_id:
                raise ValueError(f"{other!r} and {task_id!r} are both called {name!r}; give one another name")
    return tasks


TasksSection = Annotated[dict[TaskId, TaskConfig], AfterValidator(_apart)]
"""The `tasks:` section: every task by its id."""
