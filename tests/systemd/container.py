"""A whole system in a container: systemd as its first process, on a root that is thrown away afterwards.

Where the controllers of cgroups are those of version 1, systemd-nspawn mounts them read-only, and MemoryMax=
and TasksMax= would do nothing: a first process of ours mounts them again and becomes systemd.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.systemd.root import SUITE, base, dependencies

NAME = f"hearthd-{os.getpid()}"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BOOTED_WITHIN, DOWN_WITHIN = 60.0, 20.0
_INIT = """\
#!/bin/sh
for one in memory pids cpu cpuacct; do mount -o remount,rw,bind /sys/fs/cgroup/$one 2>/dev/null; done
exec /lib/systemd/systemd
"""
_JOIN = """\
own() { awk -F: -v c="$1" '$2==c{print $3}' /proc/self/cgroup; }
for one in memory pids cpu; do
    [ -d /sys/fs/cgroup/$one ] || continue
    in=/sys/fs/cgroup/$one$(own $one); in=${in%/}/NAME
    mkdir -p $in && echo $$ > $in/cgroup.procs
done
for one in systemd unified; do
    [ -d /sys/fs/cgroup/$one ] || continue
    in=/sys/fs/cgroup/$one/NAME
    mkdir -p $in && echo $$ > $in/cgroup.procs
done
exec "$@"
"""


class Container:
    """One system, to be booted, asked, and booted again."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hearthd-system-"))
        self.root = self._folder / "root"
        self._layer = self._folder / "layer"
        self._console = self._folder / "console"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._first = 0
        for one in (self.root, self._layer):
            one.mkdir()
        self._mount("-t", "tmpfs", "-o", "size=768m", "none", str(self._layer))
        for one in ("upper", "work"):
            (self._layer / one).mkdir()
        lower = f"{dependencies()}:{base()}"
        options = f"lowerdir={lower},upperdir={self._layer}/upper,workdir={self._layer}/work"
        self._mount("-t", "overlay", "-o", options, "overlay", str(self.root))
        self.write("/sbin/init-test", _INIT, mode=0o755)

    # life -------------------------------------------------------------------------------------------------
    def boot(self) -> None:
        """Start it, and wait until everything in it has started."""
        # What IPAddressDeny= takes, nspawn keeps from its guests unless it is told otherwise.
        nspawn = (
            *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network"),
            *("--system-call-filter=bpf", "--capability=CAP_BPF,CAP_NET_ADMIN"),
            *("--kill-signal=SIGRTMIN+3", f"--machine={NAME}", f"--directory={self.root}"),
            *("--console=pipe", "/sbin/init-test"),
        )
        join = ("sh", "-c", _JOIN.replace("NAME", NAME), "sh")
        if Path("/run/systemd/system").exists():
            join = ("systemd-run", "--quiet", "--scope", "-p", "Delegate=yes")
        environment = {**os.environ}
        if SUITE != "bookworm":
            environment["SYSTEMD_NSPAWN_UNIFIED_HIERARCHY"] = "1"
        with self._console.open("ab") as console:
            self._nspawn = subprocess.Popen(
                [*join, *nspawn],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        self._until(self._find_first, BOOTED_WITHIN)
        self._until(
            lambda: self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"),
            BOOTED_WITHIN,
        )

    def power_off(self) -> None:
        """Shut it down as a person would."""
        if self._nspawn is None:
            return
        # It may have gone by itself.
        if self._first and self._nspawn.poll() is None:
            os.kill(self._first, signal.SIGRTMIN + 4)
        try:
            self._nspawn.wait(DOWN_WITHIN)
        except subprocess.TimeoutExpired:
            if self._first:
                os.kill(self._first, signal.SIGKILL)
            self._nspawn.kill()
            self._nspawn.wait(DOWN_WITHIN)
        self._nspawn, self._first = None, 0

    def close(self) -> None:
        """Shut it down and leave nothing of it."""
        self.power_off()
        for one in (self.root, self._layer):
            subprocess.run(["umount", str(one)], check=False, capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)
        for one in sorted(Path("/sys/fs/cgroup").glob(f"**/{NAME}*/**/"), reverse=True):
            try:
                one.rmdir()
            except OSError:
                continue

    # inside -----------------------------------------------------------------------------------------------
    def run(self, *command: str, user: str | None = None, within: float = 40.0) -> Any:
        """Run a command in it, as root or as `user`, to its end."""
        become = (
            () if user is None else ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--")
        )
        return subprocess.run(
            [
                *("nsenter", "-t", str(self._first), "-a", "--", "env", "-i", f"PATH={PATH}", "LANG=C.UTF-8"),
                *become,
                *command,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=within,
            check=False,
        )

    def does(self, *command: str, **how: Any) -> str:
        """What a command in it prints, which is to succeed."""
        done = self.run(*command, **how)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return str(done.stdout).strip()

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file in it."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def read(self, path: str) -> str | None:
        """A file in it, None if there is none."""
        file = self.root / path.lstrip("/")
        return file.read_text() if file.exists() else None

    def shows(self, unit: str, what: str) -> str:
        """A property of a unit."""
        return self.does("systemctl", "show", "-P", what, unit)

    def journal(self, unit: str = "hearthd.service") -> str:
        """What a unit wrote, and what systemd wrote of it, in this boot."""
        return self.does("journalctl", "-b", "-u", unit, "-o", "cat", "--no-pager", "--all")

    def processes(self, pattern: str) -> str:
        """The processes in it whose command line has that in it."""
        return str(self.run("pgrep", "-af", pattern).stdout).strip()

    # ------------------------------------------------------------------------------------------------------
    def _find_first(self) -> bool:
        assert self._nspawn is not None
        if self._nspawn.poll() is not None:
            said = self._console.read_text(errors="replace")[-1500:].strip()
            self._nspawn = None
            pytest.skip(f"this machine does not let systemd-nspawn boot a system: {said}")
        parent = self._nspawn.pid
        for pid in (parent, *_children(parent)):
            for child in _children(pid):
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    self._first = child
                    return True
        return False

    def _until(self, claim: Callable[[], object], limit: float) -> None:
        deadline = time.monotonic() + limit
        while not claim():
            if time.monotonic() > deadline:
                said = self._console.read_text(errors="replace")[-1500:]
                pytest.fail(f"the system does not come up: {said}")
            time.sleep(0.05)

    def _mount(self, *arguments: str) -> None:
        done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"this machine does not let us mount: {done.stderr.strip()}")


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
