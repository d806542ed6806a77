"""What the kernel writes under /proc and /sys, read into numbers. Pure, but for `text`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
SYS = Path("/sys")
SMALLEST_USEFUL = 4
"""The order of the smallest free block that counts as large: 16 pages, 64 kB where a page has 4."""
REAL = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "vfat", "exfat", "ntfs", "ntfs3", "bcachefs"}
)
"""File systems on a disk of one's own. What lies on another machine is not waited for."""


def text(path: Path) -> str:
    """What stands in a file of the kernel; OSError where it cannot be read."""
    return path.read_text(encoding="utf-8", errors="replace")


def pressure(written: str) -> float:
    """The share of the last minute in which something waited, in percent, of a file in /proc/pressure.

    Raises:
        ValueError: it says nothing of that.
    """
    for line in written.splitlines():
        kind, *parts = line.split()
        if kind == "some":
            return float(dict(part.split("=", 1) for part in parts)["avg60"])
    raise ValueError("no line 'some'")


def fragmentation(buddyinfo: str) -> float:
    """How much of the free memory lies in pieces too small for anything large, in percent.

    Raises:
        ValueError: nothing is free, or it is no buddyinfo.
    """
    free = large = 0
    for line in buddyinfo.splitlines():
        _, _, after = line.partition("zone")
        for order, count in enumerate(after.split()[1:]):
            pages = int(count) << order
            free += pages
            large += pages if order >= SMALLEST_USEFUL else 0
    if not free:
        raise ValueError("nothing is free")
    return 100.0 * (free - large) / free


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system that is mounted."""

    device: str
    path: str
    kind: str
    read_only: bool


def mounts(written: str) -> Iterator[Mount]:
    """The real file systems of /proc/self/mounts, each device once, at its first place."""
    seen = set()
    for line in written.splitlines():
        device, path, kind, options, *_ = line.split(" ")
        if kind not in REAL or device in seen:
            continue
        seen.add(device)
        plain = path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        yield Mount(device, plain, kind, "ro" in options.split(","))


def traffic(net_dev: str) -> Mapping[str, tuple[int, int]]:
    """Bytes received and sent by each interface of /proc/net/dev, but for loopback."""
    found = {}
    for line in net_dev.splitlines()[2:]:
        name, _, numbers = line.partition(":")
        values = numbers.split()
        if name.strip() != "lo" and len(values) >= 9:  # noqa: PLR2004  # the ninth is what was sent
            found[name.strip()] = (int(values[0]), int(values[8]))
    return found


def gateway(route: str) -> tuple[str, str] | None:
    """The interface of the default route in /proc/net/route, and where it leads; None without one."""
    for line in route.splitlines()[1:]:
        interface, destination, via, *_ = line.split()
        if destination == "00000000" and via != "00000000":
            number = bytes.fromhex(via)[::-1]
            return interface, ".".join(str(one) for one in number)
    return None


def fields(written: str) -> dict[str, str]:
    """A file like os-release: `NAME="value"` in each line."""
    pairs = (line.partition("=") for line in written.splitlines() if "=" in line)
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def slug(path: str) -> str:
    """What a disk at `path` is called in the name of a gauge: `srv_media`; nothing for /."""
    plain = "".join(one if one.isascii() and one.isalnum() else "_" for one in path.strip("/"))
    return plain.lower()


def listening(written: Iterable[str]) -> frozenset[int]:
    """The TCP ports that something listens on, of /proc/net/tcp and tcp6."""
    found = set()
    for table in written:
        for line in table.splitlines()[1:]:
            parts = line.split()
            if len(parts) > 3 and parts[3] == "0A":  # noqa: PLR2004  # the fourth is the state: LISTEN
                found.add(int(parts[1].rpartition(":")[2], 16))
    return frozenset(found)
