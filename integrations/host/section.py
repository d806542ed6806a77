"""What is configured under `plugins: host:`, and from which values on a gauge is worrying."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from agent.api import Duration, Section, Threshold, thresholds_over

DEFAULTS: Mapping[str, Threshold] = {
    "memory": Threshold(warning=92, critical=97, hysteresis=3),
    "swap": Threshold(warning=80, critical=95, hysteresis=10),
    "pressure_memory": Threshold(warning=20, critical=50, hysteresis=10),
    "pressure_io": Threshold(warning=60, critical=90, hysteresis=20),
    "disk": Threshold(warning=90, critical=97, hysteresis=1),
    "inodes": Threshold(warning=90, critical=97, hysteresis=1),
    "temperature": Threshold(warning=80, critical=90, hysteresis=5),
    "gpu_temperature": Threshold(warning=85, critical=95, hysteresis=5),
    "disks_failing": Threshold(warning=1, critical=1),
    "disks_read_only": Threshold(warning=1),
    "ups_charge": Threshold(warning=50, critical=20, below=True, hysteresis=5),
    "battery": Threshold(warning=20, critical=8, below=True, hysteresis=3),
}
_PER_DISK = ("disk", "inodes")
HostName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,252}[A-Za-z0-9])?$", to_lower=True)
]
Said = Annotated[str, StringConstraints(min_length=1, max_length=60, to_lower=True)]


def kind_of(name: str) -> str:
    """`disk` for `disk_srv`; a gauge that is one of a kind is its own."""
    first = name.partition("_")[0]
    return first if first in _PER_DISK else name


class Settings(Section):
    """What the user configures."""

    interval: Duration = Field(default=30.0, ge=1, le=3600)
    """How often the machine is measured."""
    thresholds: dict[str, Threshold] = Field(default_factory=dict, max_length=200)
    """By gauge; what is left out is as by default. `disk` is for every disk, `disk_srv` for one of them."""
    hosts: dict[Said, HostName] = Field(default_factory=dict, max_length=200)
    """What people call other machines, for "is the NAS up?": `nas: 192.168.1.5`."""
    internet: HostName | None = None
    """Who is asked for an answer when somebody wants to know whether the internet is up: `one.one.one.one`.
    Null asks the gateway alone: nothing outside is contacted unless you name it."""
    ups: str | None = Field(default="localhost:3493", pattern=r"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$")
    """Where the Network UPS Tools are, if they are; null never looks."""
    smart: bool = True
    """Whether disks are asked about their health, once in an hour, where smartctl may do that."""
    containers: tuple[str, ...] = ("/run/docker.sock", "/run/podman/podman.sock")
    """The sockets of container engines that are asked which containers there are, and nothing else."""
    announce: bool = True
    """Whether the machine is announced to Home Assistant."""
    discovery_prefix: str = "homeassistant"
    """The topic under which Home Assistant listens for devices."""

    @field_validator("thresholds")
    @classmethod
    def _over_defaults(cls, written: dict[str, Threshold]) -> dict[str, Threshold]:
        return thresholds_over(written, DEFAULTS, kind_of)
