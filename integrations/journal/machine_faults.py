"""Known faults of the machine: memory, disks, heat, devices, clock. What the kernel says of itself."""

from functools import partial

from integrations.journal.fault import Fault, kernel, program, systemd, whoever
from integrations.journal.section import Severity

_DEVICE = (
    r"(?P<device>(?:sd[a-z]{1,2}|hd[a-z]|vd[a-z]|xvd[a-z]|mmcblk\d+|"
    r"nvme\d+n\d+|dm-\d+|md\d+|sr\d+)(?:p?\d+)?)"
)
_OOMD = program("systemd-oomd")
_SMART = program("smartd", "smartmontools")
_CLOCK = program("chronyd", "chrony", "ntpd", "ntp", "ntpsec", "systemd-timesyncd")

MEMORY = (
    Fault(
        kind="oom",
        by=kernel,
        words=("killed process",),
        pattern=(
            r"[Kk]illed process (?P<pid>\d+),? (?:UID \d+,? )?\((?P<who>.{"
            r"1,64}?)\)(?:.{0,200}?anon-rss:(?P<kb>\d+)kB)?"
        ),
        subject="{who}",
        title="{who} was killed for want of memory; it held {memory}",
    ),
    Fault(
        kind="oom",
        by=kernel,
        words=("oom-kill:",),
        pattern=r"oom-kill:constraint=.*[,=]task=(?P<who>[^,]{1,64}),pid=\d+",
        subject="{who}",
        title="{who} was killed for want of memory",
        weight=0,
        now=True,
    ),
    Fault(
        kind="oom",
        by=_OOMD,
        words=("due to memory",),
        pattern=r"Killed (?:/\S*/)?(?P<who>[^/\s]+) due to memory (?:pressure|used)",
        subject="{who}",
        title="{who} was killed by systemd-oomd for want of memory",
    ),
)

_io = partial(Fault, kind="io-error", by=kernel, subject="{disk}")
DISKS = (
    Fault(
        kind="read-only",
        by=kernel,
        words=("remounting filesystem read-only", "forced readonly", "forcing read-only"),
        pattern=(
            rf"\((?:device )?{_DEVICE}\b.*"
            r"(?:emounting filesystem read-only|forced readonly|forcing read-only)"
        ),
        subject="{device}",
        title="the file system on {device} was made read-only",
    ),
    Fault(
        kind="read-only",
        by=kernel,
        words=("filesystem has been shut down", "shutting down filesystem", "corruption of in-memory data"),
        pattern=(
            rf"XFS \({_DEVICE}\):.*(?:has been shut down|[Ss]hutting down filesystem|"
            r"orruption of in-memory data)"
        ),
        subject="{device}",
        title="the file system on {device} was shut down",
    ),
    Fault(
        kind="read-only",
        by=kernel,
        words=("stopped filesystem", "f2fs_stop_checkpoint"),
        pattern=rf"F2FS-fs \({_DEVICE}\):.*(?:[Ss]topped filesystem|stop_checkpoint)",
        subject="{device}",
        title="the file system on {device} was stopped",
    ),
    _io(
        words=("i/o error, dev", "medium error, dev", "target error, dev", "print_req_error"),
        pattern=rf"(?:I/O|medium|target) error, dev {_DEVICE}, sector",
        title="errors while reading or writing {disk}",
    ),
    _io(
        words=("buffer i/o error on dev",),
        pattern=rf"Buffer I/O error on dev(?:ice)? {_DEVICE}\b",
        title="errors while reading or writing {disk}",
        weight=0,
        now=True,
    ),
    _io(
        words=("-fs error", "i/o error while writing superblock", "metadata i/o error", "log i/o error"),
        pattern=rf"(?:EXT\d-fs error \(device |EXT\d-fs \((?=.*I/O error)|XFS \((?=.*I/O error)){_DEVICE}\)",
        title="errors in the file system on {device}",
    ),
    _io(
        words=("failed result: hostbyte", "unhandled error code", "medium error"),
        pattern=(
            rf"\[{_DEVICE}\].*(?:FAILED Result: hostbyte=(?!DID_NO_CONNECT)|Sense Key : (?:Medium|"
            rf"Hardware) Error)"
        ),
        title="errors while reading or writing {disk}",
        weight=0,
        now=True,
    ),
    _io(
        words=("nvme",),
        pattern=(
            r"nvme (?P<disk>nvme\d+): (?:I/O \d+ .*timeout|controller is down|Abort status|"
            r"Device not ready)"
        ),
        title="{disk} does not answer",
    ),
    _io(
        words=("mmc",),
        pattern=(
            r"(?P<disk>mmc(?:blk)?\d+): (?:error -\d+ (?:whilst|sending|transferring|"
            r"requesting)|Timeout waiting for hardware|Card stuck|recovery failed|tuning execution failed)"
        ),
        title="the memory card {disk} fails",
    ),
    _io(
        words=("comreset failed", "revalidation failed", ": disabled"),
        pattern=r"(?P<disk>ata\d+)(?:\.\d+)?: (?:COMRESET failed|revalidation failed|disabled$)",
        title="the disk at {disk} does not answer",
    ),
    _io(
        words=("disk failure on",),
        pattern=rf"(?P<array>md\w*):? ?Disk failure on {_DEVICE}",
        title="{disk} dropped out of its array",
    ),
    Fault(
        kind="io-error",
        by=_SMART,
        words=("unreadable (pending)", "offline uncorrectable", "self-check", "failed smart"),
        pattern=(
            r"Device: /dev/(?P<device>\w+).*(?:Currently unreadable|[Oo]ffline uncorrectable|"
            r"FAILED SMART|SMART Failure)"
        ),
        subject="{disk}",
        title="{disk} reports bad sectors or its own failure",
        severity=Severity.CRITICAL,
    ),
    Fault(
        kind="inodes-full",
        by=whoever,
        words=("inode",),
        pattern=(
            r"(?i)(?:no (?:free|more) inodes|out of inodes|inodes? (?:are )?exhausted|"
            r"inode (?:usage|utili[sz]ation)\b.{0,40}(?:9[5-9]|100)(?:\.\d+)? ?%.{0,60}(?:limit|"
            r"exceed|critical)|insufficient inodes)"
        ),
        title="no inodes are left: no file can be made ({writer})",
        key="inodes-full",
    ),
    Fault(
        kind="disk-full",
        by=whoever,
        words=("no space left on device", "enospc", "disk full", "disk is full", "no space left"),
        pattern=(
            r"No space left on device|ENOSPC|\b[Dd]isk (?:is )?full\b|no space left on device|"
            r"No space left"
        ),
        title="a disk is full: {writer} cannot write",
        key="disk-full",
    ),
)

HEAT = (
    Fault(
        kind="thermal",
        by=kernel,
        words=("temperature above threshold", "temperature is above threshold"),
        pattern=r"(?P<what>CPU\d+): (?:Core|Package) temperature (?:is )?above threshold",
        title="the processor is too hot and slowed down",
        key="thermal",
    ),
    Fault(
        kind="thermal",
        by=kernel,
        words=("critical temperature reached", "temperature too high"),
        pattern=r"critical temperature reached|[Tt]emperature too high",
        title="the machine is critically hot and shuts down",
        key="thermal",
        severity=Severity.CRITICAL,
    ),
    Fault(
        kind="thermal",
        by=kernel,
        words=("temperature/speed normal",),
        pattern=r"temperature/speed normal",
        key="thermal",
        ends=True,
    ),
    Fault(
        kind="power",
        by=kernel,
        words=("under-voltage detected", "undervoltage detected"),
        pattern=r"[Uu]nder-?voltage detected",
        title="the power supply is too weak",
        key="power",
    ),
    Fault(
        kind="power",
        by=kernel,
        words=("voltage normalised",),
        pattern=r"[Vv]oltage normalised",
        key="power",
        ends=True,
    ),
)

_step = partial(Fault, kind="clock-step", key="clock-step", least_uptime=180.0)
CLOCK = (
    _step(
        by=_CLOCK,
        words=("clock was stepped", "clock wrong by", "time reset", "step time server", "clock_step"),
        pattern=(
            r"System clock was stepped by (?P<by>-?[\d.]+)|System clock wrong by (?P<wrong>-?[\d.]+)|"
            r"time reset (?P<reset>[+-]?[\d.]+)|(?i:step[ -]time[ -]server)"
        ),
        title="the clock was wrong and was set by {by}{wrong}{reset} s",
    ),
    _step(
        by=_CLOCK,
        words=("time unset or jumped backwards",),
        pattern=r"System clock time unset or jumped backwards",
        title="the clock jumped back",
    ),
    _step(
        by=systemd,
        words=("time has been changed", "system time changed"),
        pattern=r"^(?:System )?[Tt]ime (?:has been )?changed",
        title="the clock was set to another time",
    ),
)

_PORT = r"(?P<port>\d+-\d+(?:\.\d+)*)"
DEVICES = (
    Fault(
        kind="usb-lost",
        by=kernel,
        words=("usb disconnect",),
        pattern=rf"usb {_PORT}: USB disconnect",
        subject="{port}",
        title="the device at the USB port {port} comes and goes",
    ),
    Fault(
        kind="usb-lost",
        by=kernel,
        words=("now disconnected from tty",),
        pattern=r"now disconnected from (?P<tty>tty\w+)",
        subject="{tty}",
        title="the USB device {tty} is gone",
        now=True,
    ),
    Fault(
        kind="usb-lost",
        by=kernel,
        words=("synchronize cache",),
        pattern=r"\[(?P<device>sd[a-z]+)\] Synchronize Cache\(\d+\) failed",
        subject="{device}",
        title="the USB disk {device} was pulled out while in use",
        now=True,
        severity=Severity.ERROR,
    ),
    Fault(
        kind="usb-lost",
        by=kernel,
        words=(
            "device descriptor read",
            "device not accepting address",
            "unable to enumerate",
            "over-current",
        ),
        pattern=(
            rf"usb (?:{_PORT}|usb(?P<hub>\d+)-port(?P<socket>\d+)): (?:device descriptor read|"
            rf"device not accepting address|unable to enumerate|over-current)"
        ),
        subject="{port}{hub}",
        title="the device at a USB port cannot be spoken to",
    ),
    Fault(
        kind="usb-lost",
        by=kernel,
        words=("usb device number",),
        pattern=rf"usb {_PORT}: new \S+ USB device number",
        subject="{port}",
        ends=True,
    ),
)

FAULTS = (*MEMORY, *DISKS, *HEAT, *CLOCK, *DEVICES)
