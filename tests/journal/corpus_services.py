# ruff: noqa: E501  # the texts are as they are written
"""Journals of services in trouble: units, crashes, the network, logins."""

from functools import partial

from tests.journal.corpus_story import Story, of
from tests.journal.corpus_story import fault as fault_in
from tests.journal.corpus_writers import kernel, person, service, systemd

FAULTS: dict[str, Story] = {}
fault = partial(fault_in, FAULTS)

# units -----------------------------------------------------------------------------------------------
fault(
    "unit-failed-exit-code",
    systemd("nginx.service: Control process exited, code=exited, status=1/FAILURE", priority=5),
    systemd("nginx.service: Failed with result 'exit-code'.", priority=4),
    systemd("Failed to start nginx.service - A high performance web server.", "nginx.service", priority=3),
    faults=[of("unit-failed", "exit-code", "nginx.service")],
)
fault(
    "unit-failed-watchdog",
    systemd("hearthd-voice.service: Watchdog timeout (limit 30s)!", priority=3),
    systemd("hearthd-voice.service: Killing process 812 (hearthd-voice) with signal SIGABRT.", priority=5),
    systemd("hearthd-voice.service: Failed with result 'watchdog'.", priority=4),
    faults=[of("unit-failed", "'watchdog'", "hearthd-voice")],
)
fault(
    "unit-failed-mount",
    systemd("srv-media.mount: Mount process exited, code=exited, status=32/n/a", priority=5),
    systemd("srv-media.mount: Failed with result 'exit-code'.", priority=4),
    systemd("Failed to mount srv-media.mount - /srv/media.", "srv-media.mount", priority=3),
    faults=[of("unit-failed", "Failed with result", "srv-media.mount")],
)
fault(
    "unit-failed-timeout",
    systemd("postgresql@15-main.service: start operation timed out. Terminating.", priority=4),
    systemd("postgresql@15-main.service: Failed with result 'timeout'.", priority=4),
    faults=[of("unit-failed", "'timeout'", "postgresql@15-main")],
)
_CRASH = (
    "{0}: Main process exited, code=exited, status=1/FAILURE",
    "{0}: Failed with result 'exit-code'.",
    "{0}: Scheduled restart job, restart counter is at {1}.",
    "Stopped {0} - a service.",
    "Started {0} - a service.",
)


def _crashes(unit: str, count: int, first: int = 1) -> list:
    return [
        systemd(line.format(unit, number), unit, priority=5)
        for number in range(first, first + count)
        for line in _CRASH
    ]


fault(
    "start-limit-after-crashes",
    *_crashes("node-red.service", 5),
    systemd("node-red.service: Start request repeated too quickly.", priority=4),
    systemd("node-red.service: Failed with result 'exit-code'.", priority=4),
    faults=[of("start-limit", "repeated too quickly", "node-red")],
)
fault(
    "start-limit-by-result",
    systemd("cloudflared.service: Failed with result 'start-limit-hit'.", priority=4),
    faults=[of("start-limit", "start-limit-hit", "cloudflared")],
)
fault(
    "start-limit-socket",
    systemd("cups.socket: Trigger limit hit, refusing further activation.", priority=3),
    systemd("cups.service: Start request repeated too quickly.", priority=4),
    systemd("cups.service: Failed with result 'start-limit-hit'.", priority=4),
    faults=[of("start-limit", "repeated too quickly", "cups.service")],
)
fault(
    "unit-flapping-failing",
    *_crashes("esphome.service", 4),
    faults=[of("unit-flapping", "Scheduled", "esphome", 3)],
)
fault(
    "unit-flapping-clean-exits",
    *(
        line
        for number in range(1, 5)
        for line in (
            systemd("ring-mqtt.service: Deactivated successfully."),
            systemd(f"ring-mqtt.service: Scheduled restart job, restart counter is at {number}.", after=60),
            systemd("Started ring-mqtt.service - ring.", "ring-mqtt.service"),
        )
    ),
    faults=[of("unit-flapping", "Scheduled", "ring-mqtt", 3)],
)
fault(
    "unit-flapping-slowly",
    *(
        line
        for number in range(17, 21)
        for line in (
            systemd(
                "matter-server.service: Main process exited, code=killed, status=9/KILL",
                priority=5,
                after=120,
            ),
            systemd("matter-server.service: Failed with result 'signal'.", priority=4),
            systemd(
                f"matter-server.service: Scheduled restart job, restart counter is at {number}.", after=5
            ),
            systemd("Started matter-server.service - Matter.", "matter-server.service"),
        )
    ),
    faults=[of("unit-flapping", "Scheduled", "matter-server", 3)],
)

# crashes ---------------------------------------------------------------------------------------------
fault(
    "segfault-kernel",
    kernel(
        "mosquitto[612]: segfault at 8 ip 00007f1c2a3b4c5d sp 00007ffd1e2f3a40 error 4 in libmosquitto.so.1[7f1c2a3a0000+1f000]",
        priority=6,
    ),
    kernel("Code: 48 8b 45 f8 48 8b 00 48 89 c7", priority=6),
    faults=[of("segfault", "segfault at", "mosquitto")],
)
fault(
    "segfault-general-protection",
    kernel(
        "traps: ffmpeg[2041] general protection fault ip:7f33aa11 sp:7ffc22 error:0 in libavcodec.so.59[7f33a000+900000]",
        priority=6,
    ),
    faults=[of("segfault", "general protection", "ffmpeg")],
)
fault(
    "segfault-coredump",
    service(
        "systemd-coredump@3-2201-0.service",
        "Process 2199 (python3) of user 110 dumped core.\n\nStack trace of thread 2199:\n#0  0x00007f n/a",
        priority=2,
        COREDUMP_UNIT="frigate.service",
        COREDUMP_COMM="python3",
    ),
    systemd("frigate.service: Main process exited, code=dumped, status=11/SEGV", priority=5),
    faults=[of("segfault", "dumped core", "python3")],
)
fault(
    "segfault-and-the-unit",
    kernel(
        "snapserver[733]: segfault at 0 ip 000055d0 sp 00007ffe error 6 in snapserver[55d000+20000]",
        priority=6,
    ),
    systemd("snapserver.service: Main process exited, code=dumped, status=11/SEGV", priority=5),
    systemd("snapserver.service: Failed with result 'core-dump'.", priority=4),
    faults=[of("segfault", "segfault at", "snapserver")],
)

# logins ----------------------------------------------------------------------------------------------
fault(
    "auth-storm-passwords",
    *(
        line
        for n in range(15)
        for line in (
            service(
                "ssh.service", f"Invalid user admin{n} from 203.0.113.9 port 4{n:03}", after=1, pid=3000 + n
            ),
            service(
                "ssh.service",
                "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9",
                after=0.1,
                pid=3000 + n,
            ),
            service(
                "ssh.service",
                f"Failed password for invalid user admin{n} from 203.0.113.9 port 4{n:03} ssh2",
                after=0.5,
                pid=3000 + n,
            ),
            service(
                "ssh.service",
                f"Connection closed by invalid user admin{n} 203.0.113.9 port 4{n:03} [preauth]",
                after=0.1,
                pid=3000 + n,
            ),
        )
    ),
    faults=[of("auth-storm", "Failed password", "SSH", 10)],
)
fault(
    "auth-storm-keys-only",
    *(
        service(
            "ssh.service",
            f"Connection closed by authenticating user root 198.51.100.{n} port 5{n:03} [preauth]",
            after=3,
            pid=4000 + n,
        )
        for n in range(14)
    ),
    faults=[of("auth-storm", "Connection closed by", "SSH", 10)],
)
fault(
    "auth-storm-sudo",
    *(
        person(
            "ada : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/ada ; USER=root ; COMMAND=/usr/bin/su",
            program="sudo",
            identifier="sudo",
            after=20,
        )
        for _ in range(4)
    ),
    faults=[of("auth-storm", "incorrect password", "sudo", 4)],
)
fault(
    "auth-storm-broker",
    *(
        service(
            "mosquitto.service",
            f"1790000000: Client cam{n} [192.168.1.{n}:4711] disconnected, not authorised.",
            after=2,
        )
        for n in range(12)
    ),
    faults=[of("auth-storm", "not authorised", "MQTT", 10)],
)
fault(
    "auth-storm-web",
    *(
        service(
            "home-assistant.service",
            f"Login attempt or request with invalid authentication from 203.0.113.77 (203.0.113.77). Requested URL: '/auth/login_flow/{n}'",
            priority=4,
            after=2,
        )
        for n in range(12)
    ),
    faults=[of("auth-storm", "invalid authentication", "home-assistant", 10)],
)
