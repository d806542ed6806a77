"""What `hearthd install-service` puts where: files of systemd and polkit, made for this installation. Pure.

The originals stand in `systemd/` of a checkout, and in `share/hearthd/systemd` of an installed hearthd.
"""

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import orjson

from agent.errors import ConfigError

OPT = "/opt/hearthd"
"""Where the originals take hearthd to be installed."""
SERVICE = "hearthd.service"
SANDBOX = "hearthd-sandbox.socket"
UNITS = (SERVICE, SANDBOX, "hearthd-sandbox@.service", "hearthd-sandbox.slice")
UPKEEP = "upkeep"
"""The drop-in that is made of the configuration: where the service may write."""
DROP_INS = ("voice", "gpu", "gpu-nvidia", "internet")
RULE = "50-hearthd.rules"
_HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108  # what the service cannot see
_NO_UNITS = "[/* units */]"
_NO_REBOOT = "/* reboot */ false"
JOURNALS = "/var/log/journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the configuration lets the service do to the machine."""

    units: tuple[str, ...] = ()
    """The units that it may restart."""
    reboot: bool = False
    """Whether it may restart the machine."""
    owned: tuple[str, ...] = ()
    """Folders in which it may delete files of others: caches, the journal."""
    written: tuple[str, ...] = ()
    """Folders that it may write to as far as its user may: those of logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which folders the files go to."""

    units: str
    sysusers: str
    tmpfiles: str
    polkit: str


OURS = Layout(
    units="etc/systemd/system",
    sysusers="etc/sysusers.d",
    tmpfiles="etc/tmpfiles.d",
    polkit="etc/polkit-1/rules.d",
)
"""Of a machine's administrator."""
PACKAGED = Layout(
    units="usr/lib/systemd/system",
    sysusers="usr/lib/sysusers.d",
    tmpfiles="usr/lib/tmpfiles.d",
    polkit="usr/share/polkit-1/rules.d",
)
"""Of a distribution's package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The hearthd that the service is to run."""

    prefix: PurePosixPath
    """Its environment."""
    base: PurePosixPath
    """Where its Python was installed."""

    @property
    def path(self) -> PurePosixPath:
        """What is started."""
        return self.prefix / "bin" / "hearthd"

    def check(self) -> None:
        """Raise ConfigError where the service could not see it."""
        for what, where in (("hearthd", self.prefix), ("its Python", self.base)):
            hidden = next((one for one in _HIDDEN if where.is_relative_to(one)), None)
            if hidden is not None:
                raise ConfigError(
                    f"{what} is in {where}, and the service sees nothing of {hidden}: install hearthd with"
                    f" the system's Python: /usr/bin/python3 -m venv {OPT}"
                )


def this_program() -> Program:
    """The hearthd that runs now."""
    return Program(prefix=PurePosixPath(sys.prefix), base=PurePosixPath(Path(sys.base_prefix).resolve()))


def originals() -> Path:
    """The folder with the files as they are shipped.

    Raises:
        ConfigError: this installation has none.
    """
    checkout = Path(__file__).resolve().parents[2] / "systemd"
    installed = Path(sys.prefix) / "share" / "hearthd" / "systemd"
    for folder in (checkout, installed):
        if (folder / SERVICE).is_file():
            return folder
    raise ConfigError(f"the files for systemd are neither in {checkout} nor in {installed}; install again")


def files(
    folder: Path, layout: Layout, *, program: Program, allowed: Allowed, drop_ins: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Every file with its content: paths below the root."""
    for name in UNITS:
        yield f"{layout.units}/{name}", _for(program, (folder / name).read_text())
    for name in sorted(drop_ins):
        yield drop_in(layout, name), (folder / "drop-ins" / f"{name}.conf").read_text()
    if allowed.owned or allowed.written:
        yield drop_in(layout, UPKEEP), writable((*allowed.owned, *allowed.written))
    yield f"{layout.sysusers}/hearthd.conf", (folder / "sysusers.conf").read_text()
    rights = "".join(map(right, allowed.owned))
    yield f"{layout.tmpfiles}/hearthd.conf", (folder / "tmpfiles.conf").read_text() + rights
    if allowed.units or allowed.reboot:
        original = (folder / "polkit.rules").read_text()
        yield f"{layout.polkit}/{RULE}", rule(original, allowed.units, reboot=allowed.reboot)


def possible(layout: Layout) -> tuple[str, ...]:
    """Every path that may be ours, for whoever removes them."""
    return (
        *(f"{layout.units}/{name}" for name in UNITS),
        *(drop_in(layout, name) for name in (*DROP_INS, UPKEEP)),
        f"{layout.sysusers}/hearthd.conf",
        f"{layout.tmpfiles}/hearthd.conf",
        f"{layout.polkit}/{RULE}",
    )


def drop_in(layout: Layout, name: str) -> str:
    """The path of a drop-in for the service."""
    return f"{layout.units}/{SERVICE}.d/{name}.conf"


def rule(original: str, units: Sequence[str], *, reboot: bool = False) -> str:
    """The rule of polkit by which the service may restart `units`, and the machine with `reboot`."""
    made = original.replace(_NO_UNITS, orjson.dumps(sorted(set(units))).decode())
    return made.replace(_NO_REBOOT, "true") if reboot else made


def writable(folders: Iterable[str]) -> str:
    """The drop-in by which the service sees `folders` as more than something to read."""
    lines = [f"ReadWritePaths={_quoted('-' + one)}" for one in sorted(set(folders))]
    head = "# Written by `hearthd install-service` from the configuration: plugins, upkeep; journal, vacuum."
    return "\n".join((head, "[Service]", *lines)) + "\n"


def right(folder: str) -> str:
    """The line of tmpfiles.d by which the service's user may delete what is in `folder`."""
    return f"A+ {_quoted(folder)} - - - - u:hearthd:rwX,d:u:hearthd:rwX\n"


def fit(folder: str) -> bool:
    """Whether `folder` can stand in a file of systemd."""
    return folder.isprintable() and not set('"\\') & set(folder)


def _quoted(path: str) -> str:
    plain = path.replace("%", "%%")
    return f'"{plain}"' if " " in plain else plain


def _for(program: Program, text: str) -> str:
    """A unit that starts `program` instead of the one in /opt."""
    further = {f"-{where}" for where in (program.prefix, program.base) if not where.is_relative_to("/usr")}
    text = text.replace(f"ExecPaths=/usr -{OPT}", " ".join(("ExecPaths=/usr", *sorted(further))))
    return text.replace(f"ExecStart={OPT}/bin/hearthd", f"ExecStart={program.path}")
