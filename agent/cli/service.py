"""`hearthd install-service`: hearthd as a service of this machine, or no longer.

Doing it twice changes nothing. What is yours stays: the configuration in /etc/hearthd, and the state in
/var/lib/hearthd.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from agent import config as configuration
from agent.cli.installing import (
    DROP_INS,
    JOURNALS,
    OPT,
    OURS,
    PACKAGED,
    SANDBOX,
    SERVICE,
    Allowed,
    Program,
    drop_in,
    files,
    fit,
    originals,
    possible,
    this_program,
)
from agent.cli.quiet import quietly
from agent.errors import ConfigError
from agent.integration import loader

RUNS = Path("/run/systemd/system")
"""There while systemd is what started this machine."""
WITHIN = 120
_LOGS = re.compile(r'^[ \t]*((?:"?/[^\s{"]+"?\s+)+)\{', re.MULTILINE)
"""The paths before the options of a file of logrotate."""


def install_service(options: argparse.Namespace) -> int:
    """Install the service, or remove it; says each thing that it does."""
    quietly()
    try:
        if options.root is None:
            _check_here(options)
        root: Path = options.root or Path("/")
        if options.uninstall:
            _uninstall(root, packaged=options.root is not None)
        else:
            _install(root, options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        raise  # whoever reads what is said has heard enough
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _check_here(options: argparse.Namespace) -> None:
    """Raise ConfigError where no service can be installed."""
    if os.geteuid() != 0:
        again = " --uninstall" if options.uninstall else ""
        raise ConfigError(
            f"this writes to /etc and starts a service, which needs root: sudo {sys.prefix}/bin/hearthd"
            f" install-service{again}"
        )
    if not RUNS.exists() or shutil.which("systemctl") is None:
        raise ConfigError(
            "systemd does not run this machine; 'hearthd run' is the daemon, whoever starts it, and"
            " --root DIR only writes the files"
        )


def _install(root: Path, options: argparse.Namespace) -> None:
    packaged = options.root is not None
    layout = PACKAGED if packaged else OURS
    program = Program(prefix=PurePosixPath(OPT), base=PurePosixPath("/usr")) if packaged else this_program()
    program.check()
    loaded = _configuration(root, options.config)
    there = {name for name in DROP_INS if (root / drop_in(layout, name)).exists()}
    wanted = dict(
        files(
            originals(),
            layout,
            program=program,
            allowed=_allowed(loaded),
            drop_ins=there.union(options.drop_in),
        )
    )
    _write(root, wanted)
    _remove(root, [one for one in possible(layout) if one not in wanted])
    if packaged:
        return
    _run("systemd-sysusers", str(root / layout.sysusers / "hearthd.conf"))
    _run("systemd-tmpfiles", "--create", str(root / layout.tmpfiles / "hearthd.conf"))
    _run("systemctl", "daemon-reload")
    if _wants_sandbox(loaded):
        _run("systemctl", "enable", "--now", SANDBOX)
    else:
        _run("systemctl", "disable", "--now", SANDBOX)
    _run("systemctl", "enable", SERVICE)
    _run("systemctl", "restart", SERVICE)
    print(f"{SERVICE} runs; 'journalctl -u hearthd' is what it says, 'hearthd health' how it is")


def _uninstall(root: Path, *, packaged: bool) -> None:
    layout = PACKAGED if packaged else OURS
    there = [one for one in possible(layout) if (root / one).exists()]
    if not there:
        print("there is no service of ours")
        return
    if not packaged:
        _run("systemctl", "disable", "--now", SERVICE, SANDBOX)
    _remove(root, there)
    if not packaged:
        _run("systemctl", "daemon-reload")
        shutil.rmtree("/run/hearthd-sandbox", ignore_errors=True)
        print("kept: /etc/hearthd, /var/lib/hearthd and the user hearthd")


def _configuration(root: Path, given: Path | None) -> configuration.Loaded:
    """The configuration as the service will read it.

    Raises:
        ConfigError: it is a bad one.
    """
    folder = str(root / "etc" / "hearthd")
    return configuration.read(given, environment={"CONFIGURATION_DIRECTORY": folder})


def _allowed(loaded: configuration.Loaded) -> Allowed:
    """What the configuration lets the service do to the machine."""
    units, upkeep, journal = (_settings(loaded, domain) for domain in ("systemd_units", "upkeep", "journal"))
    owned = [str(one.folder) for one in (upkeep.caches.values() if upkeep is not None else ())]
    owned += [JOURNALS] if journal is not None and journal.vacuum.least is not None else []
    logs = upkeep.logs.values() if upkeep is not None else ()
    written = [folder for one in logs for folder in _rotated(Path(one.file))]
    return Allowed(
        units=tuple(units.allow) if units is not None else (),
        reboot=units is not None and units.reboot,
        owned=tuple(sorted(filter(fit, set(owned)))),
        written=tuple(sorted(filter(fit, set(written)))),
    )


def _settings(loaded: configuration.Loaded, domain: str) -> Any:
    """The settings of an integration that is there and enabled, else None."""
    for found in loader.find(*loaded.plugin_folders):
        manifest = found.manifest
        if manifest.domain == domain and loaded.enabled(domain, default=manifest.enabled):
            return loaded.section(domain, loader.load(found).Config)
    return None


def _rotated(file: Path) -> set[str]:
    """The folders of the logs that a file of logrotate is about; none where it is not there yet."""
    try:
        text = file.read_text(errors="replace")
    except OSError:
        return set()
    paths = (one for match in _LOGS.finditer(text) for one in match[1].replace('"', " ").split())
    return {str(Path(one).parent) for one in paths if "*" not in str(Path(one).parent)}


def _wants_sandbox(loaded: configuration.Loaded) -> bool:
    """Whether anything is to run in the sandbox."""
    tasks = any(task.sandbox for task in loaded.config.tasks.values())
    return tasks or loaded.enabled("code", default=False)


def _write(root: Path, wanted: Mapping[str, str]) -> None:
    for name, content in wanted.items():
        path = root / name
        if path.is_file() and path.read_text() == content:
            print(f"as it was: {path}")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(content)
        new.chmod(0o644)
        new.replace(path)
        print(f"wrote {path}")


def _remove(root: Path, names: list[str]) -> None:
    for path in _there(root, names):
        path.unlink()
        print(f"removed {path}")
        if path.parent.name == f"{SERVICE}.d" and not any(path.parent.iterdir()):
            path.parent.rmdir()


def _there(root: Path, names: list[str]) -> Iterator[Path]:
    return (path for path in (root / name for name in names) if path.exists())


def _run(*command: str) -> None:
    """Run a command of systemd's.

    Raises:
        ConfigError: it fails.
    """
    said = " ".join(command)
    print(f"run {said}", flush=True)
    try:
        done = subprocess.run(  # noqa: S603  # fixed commands with names of ours
            command, capture_output=True, text=True, timeout=WITHIN, check=False
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{said}: {error}") from None
    if done.returncode != 0:
        raise ConfigError(f"{said}: {done.stderr.strip() or f'exit code {done.returncode}'}")
