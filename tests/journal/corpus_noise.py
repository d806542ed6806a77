"""Journals in which nothing is wrong, however much it sounds like it."""

import random
from typing import Any

from tests.journal.corpus_writers import kernel, person, service, systemd

PLAIN = (
    ("cron.service", "(root) CMD (cd / && run-parts --report /etc/cron.hourly)"),
    ("cron.service", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
    ("cron.service", "pam_unix(cron:session): session closed for user root"),
    ("systemd-timesyncd.service", "Contacted time server 192.168.1.1:123 (192.168.1.1)."),
    (
        "NetworkManager.service",
        "<info>  [1790000000.1234] dhcp4 (eth0): state changed new lease, address=192.168.1.40",
    ),
    ("avahi-daemon.service", "Registering new address record for fe80::1 on eth0.*."),
    (
        "zigbee2mqtt.service",
        "info: \tMQTT publish: topic 'zigbee2mqtt/hall_motion', payload '{\"occupancy\":false}'",
    ),
    ("mosquitto.service", "1790000000: New client connected from 192.168.1.77:51123 as phone (p5, c1, k60)."),
    ("mosquitto.service", "1790000000: Client phone disconnected."),
    ("nginx.service", '192.168.1.5 - - "GET /api/states HTTP/1.1" 200 512'),
    ("jellyfin.service", "[INF] Transcoding finished, exit code 0"),
    ("dbus.service", "[system] Successfully activated service 'org.freedesktop.hostname1'"),
    ("systemd-logind.service", "New session 31 of user ada."),
)


def background(dice: random.Random) -> dict[str, Any]:
    """An entry as there are thousands of."""
    unit, message = dice.choice(PLAIN)
    return service(unit, message, pid=dice.randrange(300, 9000))[1]


def _many(seed: int, count: int = 150) -> list:
    dice = random.Random(seed)
    return [(dice.random() * 20, background(dice)) for _ in range(count)]


def _around(*story: Any, seed: int) -> list:
    before = _many(seed, 30)
    return [*before, *story, *_many(seed + 1000, 30)]


def _boot() -> list:
    lines = [
        kernel("Linux version 6.1.0-rpi8-rpi-v8 (serge@raspberrypi.com)", priority=5),
        kernel("Kernel command line: console=tty1 root=PARTUUID=1234-02 rootfstype=ext4", priority=5),
        kernel("ACPI: SPCR: Unexpected SPCR Access Width.  Defaulting to byte size", priority=3),
        kernel("mmc0: new high speed SDHC card at address aaaa", priority=6),
        kernel(
            "EXT4-fs (mmcblk0p2): mounted filesystem with ordered data mode. Quota mode: none.", priority=6
        ),
        kernel("EXT4-fs (mmcblk0p2): re-mounted. Quota mode: none.", priority=6),
        kernel("usb 1-1.2: new full-speed USB device number 4 using xhci_hcd", priority=6),
        kernel("bcm2835-power: error: no gpu regulator, ignored", priority=4),
        service(
            "systemd-timesyncd.service",
            "System clock time unset or jumped backwards, restored from recorded timestamp: Mon 2026-11-16",
        ),
        service("systemd-timesyncd.service", "Initial synchronization to time server 192.168.1.1:123."),
        systemd("Started ssh.service - OpenBSD Secure Shell server.", "ssh.service"),
        systemd("Started nginx.service - A high performance web server.", "nginx.service"),
        systemd("Startup finished in 2.1s (kernel) + 11.2s (userspace) = 13.4s.", "init.scope"),
    ]
    return [(after, {**fields, "reboot": number == 0}) for number, (after, fields) in enumerate(lines)]


NOISE: dict[str, list] = {
    "quiet-day": _many(1),
    "busy-day": _many(2, 600),
    "boot-of-a-pi": _boot(),
    "one-lookup-failed": _around(
        service("fwupd.service", "Could not resolve host: cdn.fwupd.org", priority=4), seed=3
    ),
    "three-lookups-over-an-hour": _around(
        *(service("apt-daily.service", "Temporary failure in name resolution", after=1500) for _ in range(3)),
        seed=4,
    ),
    "typo-of-a-person": _around(
        service("ssh.service", "Failed password for ada from 192.168.1.7 port 50022 ssh2", pid=901),
        service("ssh.service", "Accepted password for ada from 192.168.1.7 port 50022 ssh2", pid=901),
        seed=5,
    ),
    "a-few-failed-logins-a-day": _around(
        *(
            service(
                "ssh.service",
                f"Failed password for root from 203.0.113.{n} port 4{n} ssh2",
                after=1800,
                pid=n,
            )
            for n in range(12)
        ),
        seed=6,
    ),
    "stick-pulled-out": _around(
        kernel("usb 2-1: USB disconnect, device number 7", priority=6),
        kernel("usb 2-1: new high-speed USB device number 8 using xhci_hcd", priority=6, after=4000),
        seed=7,
    ),
    "the-word-error": _around(
        service("nginx.service", "loaded 0 errors, 0 warnings from error.log"),
        service("grafana.service", 'logger=context level=info msg="no error" error=nil'),
        service("prometheus.service", "level=error handler: previous error count was 0", priority=3),
        seed=8,
    ),
    "restart-by-a-person": _around(
        systemd("Stopping nginx.service - A high performance web server...", "nginx.service"),
        systemd("nginx.service: Deactivated successfully."),
        systemd("Stopped nginx.service - A high performance web server.", "nginx.service"),
        systemd("Starting nginx.service - A high performance web server...", "nginx.service"),
        systemd("Started nginx.service - A high performance web server.", "nginx.service"),
        seed=9,
    ),
    "nightly-backup": _around(
        systemd("Starting backup.service - nightly backup...", "backup.service"),
        service("backup.service", "files: 1201 new, 12 changed, 1 error tolerated"),
        systemd("backup.service: Deactivated successfully."),
        systemd("Finished backup.service - nightly backup.", "backup.service"),
        seed=10,
    ),
    "clock-slewed": _around(
        service("chrony.service", "Selected source 192.168.1.1"),
        service("chrony.service", "System clock TAI offset set to 37 seconds"),
        service("chrony.service", "Source 192.168.1.1 replaced with 192.168.1.2"),
        seed=11,
    ),
    "forged-oom": _around(
        person("Out of memory: Killed process 1 (systemd) total-vm:1kB, anon-rss:1kB", identifier="kernel"),
        seed=12,
    ),
    "forged-failed-unit": _around(
        person("nginx.service: Failed with result 'exit-code'.", identifier="systemd", UNIT="nginx.service"),
        seed=13,
    ),
    "forged-ssh-storm": _around(
        *(
            person(f"Failed password for root from 203.0.113.9 port {n} ssh2", identifier="sshd", after=0.1)
            for n in range(40)
        ),
        seed=14,
    ),
    "forged-disk": _around(
        person("EXT4-fs (sda2): Remounting filesystem read-only", identifier="kernel"),
        person("I/O error, dev sda, sector 12345 op 0x0:(READ)", identifier="kernel", _HOSTNAME="pi"),
        seed=15,
    ),
    "strange-messages": _around(
        service("nginx.service", [27, 91, 51, 49, 109, 72, 105]),
        service("nginx.service", ["first", "second"]),
        service("nginx.service", None),
        service("nginx.service", ""),
        service("nginx.service", "日志 一切正常 ✓ " * 40),
        service("nginx.service", "x" * 9000),
        seed=16,
    ),
    "reconnecting-client": _around(
        service("zigbee2mqtt.service", "MQTT disconnected, reconnecting", priority=4),
        service("zigbee2mqtt.service", "Connected to MQTT server"),
        seed=17,
    ),
    "link-down-once": _around(
        kernel("bcmgenet fd580000.ethernet eth0: Link is Down", priority=6),
        kernel(
            "bcmgenet fd580000.ethernet eth0: Link is Up - 1Gbps/Full - flow control rx/tx",
            priority=6,
            after=4,
        ),
        service("systemd-networkd.service", "eth0: Lost carrier"),
        service("systemd-networkd.service", "eth0: Gained carrier", after=4),
        seed=18,
    ),
    "certificate-renewed": _around(
        service("certbot.service", "Certificate not yet due for renewal"),
        service("certbot.service", "Congratulations, all renewals succeeded"),
        service("caddy.service", "certificate obtained successfully; expires 2027-02-18"),
        seed=19,
    ),
    "reboot": [
        *_many(20, 30),
        systemd("Stopped target multi-user.target - Multi-User System.", "multi-user.target"),
        service("systemd-journald.service", "Journal stopped"),
        *_boot(),
        *_many(21, 20),
    ],
    "one-crash-loop-of-one": _around(
        systemd("esphome.service: Scheduled restart job, restart counter is at 1.", "esphome.service"),
        systemd("Started esphome.service - ESPHome.", "esphome.service"),
        seed=22,
    ),
}
