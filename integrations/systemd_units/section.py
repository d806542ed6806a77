"""What is configured under `plugins: systemd_units:`."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from agent.api import Duration, Section

UNIT = r"^[A-Za-z0-9:_.@\\-]{1,240}\.(service|socket|timer|path|mount|target)$"
UnitName = Annotated[str, StringConstraints(pattern=UNIT)]
Pattern = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_.@\\*?-]{1,255}$")]
OURSELVES = "hearthd.service"


class Settings(Section):
    """What the user configures."""

    allow: tuple[UnitName, ...] = Field(default=(), max_length=200)
    """The units that may be restarted, started, stopped and reloaded: with their ending, as in nginx.service.
    Nothing else can be done to any unit."""
    watch: tuple[Pattern, ...] = Field(default=("*.service",), max_length=50)
    """The units whose changes are told to rules; * stands for anything. Those of `allow` always are."""
    names: dict[Annotated[str, StringConstraints(min_length=1, max_length=60)], UnitName] = Field(
        default_factory=dict, max_length=200
    )
    """What people call units, where that is not the name of the unit: `web server: nginx.service`."""
    job_within: Duration = Field(default=90.0, gt=0, le=3600)
    """How long systemd may take over one job."""
    stay_up: Duration = Field(default=60.0, ge=0, le=3600)
    """How long a unit that was started has to stay up to be called well."""
    reboot: bool = False
    """Whether the machine itself may be started again (`host.reboot`), by whoever the policy lets."""
    address: str | None = Field(default=None, max_length=200)
    """The D-Bus that systemd is on; null is the system's."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if OURSELVES in self.allow:
            raise ValueError(f"{OURSELVES} cannot restart itself from within; leave it out of 'allow'")
        return self
