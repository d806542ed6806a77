"""The root of a small Debian with hearthd's dependencies in it: built once, then kept in the user's cache."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = os.environ.get("HEARTHD_SUITE", "bookworm")
"""Which Debian: bookworm is 12, trixie 13."""
PYTHON = {"bookworm": "3.11", "trixie": "3.13"}
PACKAGES = (
    *("dbus", "libpython3-stdlib", "mosquitto", "mosquitto-clients", "polkitd", "procps", "python3"),
    *("python3-venv", "systemd", "systemd-sysv", "tzdata"),
)
LEFT_OUT = ("man", "doc", "locale")
OPT = "opt/hearthd"


def obstacle() -> str | None:
    """Why no system can be booted here, None if one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "booting a system in a container takes root on Linux"
    missing = [one for one in ("systemd-nspawn", "mmdebstrap", "nsenter") if shutil.which(one) is None]
    if missing:
        return f"not installed: {', '.join(missing)}; apt install systemd-container mmdebstrap"
    if SUITE not in PYTHON:
        return f"HEARTHD_SUITE={SUITE}: there are {', '.join(PYTHON)}"
    return None


def base() -> Path:
    """A Debian with systemd, a broker, and an empty environment in /opt/hearthd."""
    return _kept("root", ",".join(PACKAGES), _bootstrap)


def dependencies() -> Path:
    """What hearthd is to find in its environment, as the lock file has it."""
    lock = ROOT / "requirements.lock"
    return _kept("needs", lock.read_text(), _install)


def wheel(folder: Path, source: Path = ROOT) -> Path:
    """A wheel of hearthd, as it would be published now."""
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=source)
    [built] = folder.glob("*.whl")
    return built


def _kept(what: str, contents: str, build: object) -> Path:
    """A folder of the cache with those contents, built if it is not there."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hearthd" / "systemd"
    digest = hashlib.sha256(f"{SUITE} {contents} 1".encode()).hexdigest()[:12]
    folder = home / f"{what}-{SUITE}-{digest}"
    if not folder.exists():
        new = folder.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        build(new)  # type: ignore[operator]
        for older in home.glob(f"{what}-{SUITE}-*"):
            if older != new:
                shutil.rmtree(older, ignore_errors=True)
        new.rename(folder)
    return folder


def _bootstrap(folder: Path) -> None:
    slim = [f"--dpkgopt=path-exclude=/usr/share/{one}/*" for one in LEFT_OUT]
    options = ("--quiet", "--variant=minbase", '--aptopt=APT::Install-Recommends "false"', *slim)
    mirror = os.environ.get("HEARTHD_MIRROR", "http://deb.debian.org/debian")
    packed = folder.with_suffix(".tar")
    _run("mmdebstrap", *options, f"--include={','.join(PACKAGES)}", SUITE, str(packed), mirror)
    _run("tar", "-C", str(folder), "-xf", str(packed))
    packed.unlink()
    folder.chmod(0o755)
    _run("chroot", str(folder), "/usr/bin/python3", "-m", "venv", f"/{OPT}")
    (folder / "etc" / "hosts").write_text("127.0.0.1 localhost\n")


def _install(folder: Path) -> None:
    version = PYTHON[SUITE]
    # Compiled by our own Python where it is the same.
    same = version == f"{sys.version_info.major}.{sys.version_info.minor}"
    compiled = ("--compile-bytecode",) if same else ()
    packages = folder / OPT / "lib" / f"python{version}" / "site-packages"
    _run(
        *(sys.executable, "-m", "uv", "pip", "install", "-q", "--link-mode=copy", "--require-hashes"),
        *compiled,
        *("--python-version", version, "--target", str(packages), "-r", str(ROOT / "requirements.lock")),
    )


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)}: {done.stderr[-2000:]}")
