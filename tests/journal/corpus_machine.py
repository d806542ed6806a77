# ruff: noqa: E501  # the texts are as they are written
"""Journals of machines in trouble: memory, disks, devices, heat."""

from functools import partial

from tests.journal.corpus_story import Story, of
from tests.journal.corpus_story import fault as fault_in
from tests.journal.corpus_writers import kernel, service, systemd

FAULTS: dict[str, Story] = {}
fault = partial(fault_in, FAULTS)

# memory ----------------------------------------------------------------------------------------------
_KILLED = "Killed process 1234 (jellyfin) total-vm:8123456kB, anon-rss:3456789kB, file-rss:0kB, shmem-rss:0kB, UID:110 pgtables:7400kB oom_score_adj:0"
fault(
    "oom-whole-machine",
    kernel(
        "ffmpeg invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0"
    ),
    kernel("CPU: 2 PID: 1300 Comm: ffmpeg Tainted: G         C         6.1.0-rpi8-rpi-v8 #1"),
    kernel("Mem-Info:"),
    kernel("active_anon:12 inactive_anon:998001 isolated_anon:0"),
    kernel(
        "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
        "task_memcg=/system.slice/jellyfin.service,task=jellyfin,pid=1234,uid=110",
        priority=6,
    ),
    kernel(f"Out of memory: {_KILLED}", priority=3),
    systemd("jellyfin.service: A process of this unit has been killed by the OOM killer.", priority=4),
    systemd("jellyfin.service: Main process exited, code=killed, status=9/KILL", priority=5),
    systemd("jellyfin.service: Failed with result 'oom-kill'.", priority=4),
    faults=[of("oom", "oom-kill:constraint", "jellyfin")],
)
fault(
    "oom-in-a-cgroup",
    kernel(
        "Memory cgroup out of memory: Killed process 871 (node) total-vm:912000kB, anon-rss:260000kB, file-rss:0kB",
        priority=3,
    ),
    faults=[of("oom", "Killed process", "node")],
)
fault(
    "oom-old-kernel",
    kernel("Out of memory: Kill process 999 (influxd) score 412 or sacrifice child", priority=3),
    kernel("Killed process 999 (influxd) total-vm:2048000kB, anon-rss:1048576kB, file-rss:0kB", priority=3),
    faults=[of("oom", "Killed process", "influxd")],
)
fault(
    "oom-by-oomd",
    service(
        "systemd-oomd.service",
        "Killed /system.slice/frigate.service due to memory pressure for /system.slice being 61.20% > 60.00% for > 20s with reclaim activity",
        priority=5,
    ),
    systemd("frigate.service: systemd-oomd killed 12 process(es) in this unit."),
    systemd("frigate.service: Failed with result 'oom-kill'.", priority=4),
    faults=[of("oom", "Killed /system", "frigate")],
)
fault(
    "oom-known-from-systemd-alone",
    systemd("home-assistant.service: A process of this unit has been killed by the OOM killer.", priority=4),
    systemd("home-assistant.service: Failed with result 'oom-kill'.", priority=4),
    faults=[of("oom", "OOM killer", "home-assistant")],
)

# disks -----------------------------------------------------------------------------------------------
fault(
    "disk-full-database",
    service(
        "influxdb.service",
        "error writing WAL: write /var/lib/influxdb/wal/_00012.wal: no space left on device",
        priority=3,
    ),
    service("influxdb.service", "engine: cache snapshot failed: no space left on device", priority=3),
    faults=[of("disk-full", "error writing WAL")],
)
fault(
    "disk-full-many-services",
    service(
        "rsyslog.service",
        "action 'action-8-builtin:omfile' suspended: write error: No space left on device",
        priority=3,
    ),
    service(
        "nginx.service", 'open() "/var/log/nginx/access.log" failed (28: No space left on device)', priority=2
    ),
    service(
        "mosquitto.service",
        "1790000000: Error saving in-memory database, No space left on device.",
        priority=3,
    ),
    faults=[of("disk-full", "omfile")],
)
fault(
    "disk-full-node-program",
    service("zigbee2mqtt.service", "error: \tENOSPC: no space left on device, write", priority=3),
    faults=[of("disk-full", "ENOSPC")],
)
fault(
    "disk-full-journald",
    service(
        "systemd-journald.service",
        "Failed to write entry (23 items, 812 bytes), ignoring: No space left on device",
        priority=3,
    ),
    faults=[of("disk-full", "Failed to write entry")],
)
fault(
    "inodes-full-monit",
    service(
        "monit.service", "'rootfs' inode usage 99.8% matches resource limit [inode usage > 95.0%]", priority=3
    ),
    faults=[of("inodes-full", "inode usage")],
)
fault(
    "inodes-full-kernel",
    kernel("EXT4-fs warning (device sda1): ext4_new_inode: no free inodes", priority=4),
    faults=[of("inodes-full", "no free inodes")],
)
fault(
    "inodes-full-agent",
    service("netdata.service", "disk / is out of inodes, no file can be created", priority=3),
    faults=[of("inodes-full", "out of inodes")],
)
fault(
    "read-only-ext4",
    kernel(
        "EXT4-fs error (device mmcblk0p2): ext4_find_entry:1455: inode #1234: comm apt: reading directory lblock 0",
        priority=2,
    ),
    kernel("Aborting journal on device mmcblk0p2-8.", priority=3),
    kernel("EXT4-fs (mmcblk0p2): Remounting filesystem read-only", priority=2),
    faults=[of("io-error", "ext4_find_entry", "mmcblk0"), of("read-only", "Remounting", "mmcblk0p2")],
)
fault(
    "read-only-btrfs",
    kernel(
        "BTRFS: error (device sda3: state A) in btrfs_commit_transaction:2434: errno=-5 IO failure (Error while writing out transaction)",
        priority=3,
    ),
    kernel("BTRFS info (device sda3: state E): forced readonly", priority=6),
    faults=[of("read-only", "forced readonly", "sda3")],
)
fault(
    "read-only-xfs",
    kernel(
        "XFS (sdb1): Corruption of in-memory data (0x8) detected at xfs_defer_finish_noroll+0x4e6.  Shutting down filesystem.",
        priority=1,
    ),
    kernel("XFS (sdb1): Please unmount the filesystem and rectify the problem(s)", priority=1),
    faults=[of("read-only", "Corruption", "sdb1")],
)
fault(
    "io-error-disk",
    kernel("ata1.00: exception Emask 0x0 SAct 0x40 SErr 0x0 action 0x0", priority=3),
    kernel("ata1.00: failed command: READ FPDMA QUEUED", priority=3),
    kernel(
        "sd 0:0:0:0: [sda] tag#6 FAILED Result: hostbyte=DID_OK driverbyte=DRIVER_OK cmd_age=3s", priority=6
    ),
    kernel("sd 0:0:0:0: [sda] tag#6 Sense Key : Medium Error [current]", priority=6),
    kernel(
        "blk_update_request: I/O error, dev sda, sector 7814037 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 0",
        priority=3,
    ),
    kernel("Buffer I/O error on dev sda1, logical block 976754, async page read", priority=3),
    faults=[of("io-error", "FAILED Result", "sda")],
)
fault(
    "io-error-card",
    kernel("mmc0: Timeout waiting for hardware interrupt.", priority=3),
    kernel("mmc0: sdhci: ============ SDHCI REGISTER DUMP ===========", priority=3),
    faults=[of("io-error", "Timeout waiting", "mmc0")],
)
fault(
    "io-error-nvme",
    kernel("nvme nvme0: I/O 23 (Read) QID 5 timeout, aborting", priority=4),
    kernel("nvme nvme0: Abort status: 0x0", priority=4),
    kernel("nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10", priority=4),
    faults=[of("io-error", "QID 5 timeout", "nvme0")],
)
fault(
    "io-error-smart",
    service(
        "smartmontools.service",
        "Device: /dev/sdb [SAT], 8 Currently unreadable (pending) sectors",
        priority=2,
        _COMM="smartd",
        _EXE="/usr/sbin/smartd",
    ),
    faults=[of("io-error", "unreadable", "sdb")],
)
fault(
    "io-error-raid",
    kernel("md/raid1:md0: Disk failure on sdc1, disabling device.", priority=1),
    kernel("md/raid1:md0: Operation continuing on 1 devices.", priority=1),
    faults=[of("io-error", "Disk failure", "sdc")],
)

# devices ---------------------------------------------------------------------------------------------
fault(
    "usb-lost-zigbee-stick",
    kernel("usb 1-1.2: USB disconnect, device number 5", priority=6),
    kernel("cp210x ttyUSB0: cp210x converter now disconnected from ttyUSB0", priority=6),
    kernel("cp210x 1-1.2:1.0: device disconnected", priority=6),
    faults=[of("usb-lost", "now disconnected from", "1-1.2")],
)
fault(
    "usb-lost-again-and-again",
    *(
        line
        for number in range(5, 8)
        for line in (
            kernel(f"usb 1-1.4: USB disconnect, device number {number}", priority=6, after=30),
            kernel(
                f"usb 1-1.4: new full-speed USB device number {number + 1} using xhci_hcd",
                priority=6,
                after=2,
            ),
        )
    ),
    faults=[of("usb-lost", "USB disconnect", "1-1.4", 2)],
)
fault(
    "usb-lost-disk-in-use",
    kernel("usb 2-2: USB disconnect, device number 3", priority=6),
    kernel(
        "sd 4:0:0:0: [sdb] Synchronize Cache(10) failed: Result: hostbyte=DID_NO_CONNECT driverbyte=DRIVER_OK",
        priority=6,
    ),
    faults=[of("usb-lost", "Synchronize Cache", "2-2")],
)
fault(
    "usb-lost-bad-cable",
    kernel("usb 1-1.3: device descriptor read/64, error -71", priority=3),
    kernel("usb 1-1.3: device not accepting address 9, error -71", priority=3),
    kernel("usb 1-1-port3: unable to enumerate USB device", priority=3),
    faults=[of("usb-lost", "not accepting address", "USB port")],
)
fault(
    "thermal-core",
    kernel("CPU1: Core temperature above threshold, cpu clock throttled (total events = 12)", priority=2),
    kernel("CPU1: Core temperature/speed normal", priority=6, after=5),
    faults=[of("thermal", "above threshold")],
)
fault(
    "thermal-package",
    *(
        kernel(
            f"CPU{n}: Package temperature above threshold, cpu clock throttled (total events = {n + 1})",
            priority=2,
        )
        for n in range(4)
    ),
    faults=[of("thermal", "Package temperature")],
)
fault(
    "thermal-critical",
    kernel("thermal thermal_zone0: critical temperature reached (105 C), shutting down", priority=0),
    kernel("reboot: HARDWARE PROTECTION shutdown (Temperature too high)", priority=0),
    faults=[of("thermal", "critical temperature")],
)
fault(
    "power-pi",
    kernel("hwmon hwmon1: Undervoltage detected!", priority=2),
    kernel("hwmon hwmon1: Voltage normalised", priority=6, after=4),
    faults=[of("power", "Undervoltage")],
)
