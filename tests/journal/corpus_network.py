# ruff: noqa: E501  # the texts are as they are written
"""Journals of services that lose touch: certificates, names, the clock, the broker."""

from functools import partial

from tests.journal.corpus_story import Story, of
from tests.journal.corpus_story import fault as fault_in
from tests.journal.corpus_writers import service, systemd

FAULTS: dict[str, Story] = {}
fault = partial(fault_in, FAULTS)

# the network -----------------------------------------------------------------------------------------
fault(
    "certificate-nginx",
    service(
        "nginx.service",
        "SSL_do_handshake() failed (SSL: error:0A000415:SSL routines::sslv3 alert certificate expired) while SSL handshaking",
        priority=3,
    ),
    faults=[of("certificate", "SSL_do_handshake", "nginx")],
)
fault(
    "certificate-python",
    service(
        "home-assistant.service",
        "Client error: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1007)",
        priority=3,
    ),
    faults=[of("certificate", "certificate has expired", "home-assistant")],
)
fault(
    "certificate-go",
    service(
        "telegraf.service",
        'Post "https://influx.lan:8086": x509: certificate has expired or is not yet valid: current time 2026-11-01T00:00:00Z is after 2026-10-30T12:00:00Z',
        priority=3,
    ),
    faults=[of("certificate", "x509", "telegraf")],
)
fault(
    "certificate-not-renewed",
    service(
        "certbot.service",
        "Failed to renew certificate home.example.org with error: Some challenges have failed.",
        priority=3,
    ),
    faults=[of("certificate", "Failed to renew", "certbot")],
)
fault(
    "certificate-soon",
    service("mosquitto-check.service", "certificate for mqtt.lan will expire in 5 days", priority=4),
    faults=[of("certificate", "will expire", "mosquitto-check")],
)
fault(
    "dns-python",
    *(
        service(
            "home-assistant.service",
            f"Error fetching data {n}: Cannot connect to host api.example.org:443 ssl:default [Temporary failure in name resolution]",
            priority=3,
            after=10,
        )
        for n in range(4)
    ),
    faults=[of("dns", "Temporary failure", times=3)],
)
fault(
    "dns-node",
    *(
        service("zigbee2mqtt.service", "getaddrinfo EAI_AGAIN zigbee.example.org", priority=3, after=20)
        for _ in range(3)
    ),
    faults=[of("dns", "EAI_AGAIN", times=3)],
)
fault(
    "dns-go-and-curl",
    service(
        "caddy.service",
        "dial tcp: lookup acme.example.org on 127.0.0.53:53: server misbehaving",
        priority=3,
        after=5,
    ),
    service("backup.service", "curl: (6) Could not resolve host: backup.example.org", priority=3, after=5),
    service(
        "telegraf.service",
        "lookup influx.lan on 192.168.1.1:53: read udp 192.168.1.5:4411->192.168.1.1:53: i/o timeout",
        priority=3,
        after=5,
    ),
    faults=[of("dns", "i/o timeout")],
)
fault(
    "clock-step-chrony",
    service("chrony.service", "System clock wrong by 3600.123456 seconds", priority=4),
    service("chrony.service", "System clock was stepped by 3600.123456 seconds", priority=4),
    faults=[of("clock-step", "wrong by")],
)
fault(
    "clock-step-ntpd",
    service("ntpsec.service", "CLOCK: time stepped by 128.300", priority=5, _EXE="/usr/sbin/ntpd"),
    service("ntpsec.service", "time reset +128.300123 s", priority=5, _EXE="/usr/sbin/ntpd"),
    faults=[of("clock-step", "time reset")],
)
fault(
    "clock-step-systemd",
    systemd("Time has been changed", "init.scope", priority=6),
    faults=[of("clock-step", "Time has been changed")],
)
fault(
    "clock-step-back-unsaid",
    service("cron.service", "(root) CMD (true)"),
    (0.5, {**service("cron.service", "(root) CMD (after the jump)")[1], "jump": -5400.0}),
    faults=[of("clock-step", "after the jump")],
)
fault(
    "broker-lost-zigbee2mqtt",
    service(
        "zigbee2mqtt.service", "error: \tMQTT error: connect ECONNREFUSED 127.0.0.1:1883", priority=3, after=5
    ),
    service("zigbee2mqtt.service", "error: \tNot connected to MQTT server!", priority=3, after=5),
    faults=[of("broker-lost", "Not connected")],
)
fault(
    "broker-lost-home-assistant",
    service(
        "home-assistant.service", "Disconnected from MQTT server core-mosquitto:1883 (7)", priority=4, after=5
    ),
    service(
        "home-assistant.service",
        "Failed to connect to MQTT server due to exception: [Errno 111] Connection refused",
        priority=3,
        after=5,
    ),
    faults=[of("broker-lost", "Failed to connect")],
)
fault(
    "broker-lost-node-red",
    service(
        "node-red.service",
        "[warn] [mqtt-broker:house] Connection failed to broker: mqtt://localhost:1883",
        priority=4,
        after=5,
    ),
    service(
        "node-red.service",
        "[warn] [mqtt-broker:house] Connection failed to broker: mqtt://localhost:1883",
        priority=4,
        after=15,
    ),
    faults=[of("broker-lost", "Connection failed", times=2)],
)
fault(
    "broker-lost-port-taken",
    service("mosquitto.service", "1790000000: Error: Address already in use", priority=3),
    systemd("mosquitto.service: Main process exited, code=exited, status=1/FAILURE", priority=5),
    systemd("mosquitto.service: Failed with result 'exit-code'.", priority=4),
    faults=[
        of("broker-lost", "Address already in use"),
        of("unit-failed", "Failed with result", "mosquitto"),
    ],
)
