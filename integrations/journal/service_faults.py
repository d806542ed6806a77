"""Known faults of units and programs: what systemd says of them, and what they say themselves."""

from functools import partial

from integrations.journal.fault import Fault, anybody, kernel, program, systemd
from integrations.journal.section import Severity

_UNIT = r"(?P<unit>[\w@.\\:-]+\.(?:service|socket|mount|automount|swap|timer|path|target))"
_SSHD = program("sshd", "ssh", "sshd-session", "sshd-auth")
_SUDO = program("sudo", "su", "login", "polkitd", "doas", "sudo-rs")
_MAIL = program(
    "dovecot", "vsftpd", "proftpd", "postfix", "smtpd", "saslauthd", "nginx", "apache2", "cockpit-session"
)
_BROKER = program("mosquitto", "emqx", "vernemq", "nanomq")
_DUMPER = program("systemd-coredump")

_of_unit = partial(Fault, by=systemd, subject="{unit}", key="unit-{unit}")
UNITS = (
    Fault(
        kind="oom",
        by=systemd,
        words=("oom killer", "oom-kill"),
        pattern=(
            rf"^{_UNIT}: (?:A process of this unit has been killed by the OOM killer|"
            r"Failed with result 'oom-kill')"
        ),
        subject="{unit}",
        title="{unit} was killed for want of memory",
        weight=0,
        now=True,
    ),
    Fault(
        kind="segfault",
        by=systemd,
        words=("failed with result 'core-dump'",),
        pattern=rf"^{_UNIT}: Failed with result 'core-dump'",
        subject="{unit}",
        title="{unit} crashed",
        weight=0,
        now=True,
    ),
    _of_unit(
        kind="start-limit",
        words=("start request repeated too quickly", "start-limit-hit"),
        pattern=rf"^{_UNIT}: (?:Start request repeated too quickly|Failed with result 'start-limit-hit')",
        title="{unit} failed too often and is not started any more",
    ),
    _of_unit(
        kind="unit-failed",
        words=("failed with result",),
        pattern=rf"^{_UNIT}: Failed with result '(?P<why>[\w-]+)'",
        title="{unit} failed ({why})",
    ),
    _of_unit(
        kind="unit-failed",
        words=("entered failed state",),
        pattern=rf"^(?:Unit )?{_UNIT}:? (?:Unit )?entered failed state",
        title="{unit} failed",
    ),
    _of_unit(
        kind="unit-flapping",
        words=("scheduled restart job",),
        pattern=rf"^{_UNIT}: Scheduled restart job",
        title="{unit} is started again and again",
    ),
    _of_unit(
        kind="unit-failed",
        words=("started ", "mounted ", "finished ", "listening on "),
        pattern=r"^(?:Started|Mounted|Finished|Listening on) \S",
        ends=True,
    ),
)

CRASHES = (
    Fault(
        kind="segfault",
        by=kernel,
        words=("segfault at", "general protection", "trap invalid opcode", "trap divide error", "trap stack"),
        pattern=(
            r"^(?:traps: )?(?P<who>[^\[\n]{1,64})\[(?P<pid>\d+)\]:? (?:segfault at|general protection|"
            r"trap (?:invalid opcode|divide error|stack segment))"
        ),
        subject="{who}",
        title="{who} crashed",
    ),
    Fault(
        kind="segfault",
        by=_DUMPER,
        words=("dumped core",),
        pattern=r"^Process (?P<pid>\d+) \((?P<who>[^)\n]{1,64})\) of user \d+ dumped core",
        subject="{who}",
        title="{who} crashed",
        weight=0,
        now=True,
    ),
)

_certificate = partial(Fault, kind="certificate", by=anybody, subject="{writer}")
_dns = partial(
    Fault, kind="dns", by=anybody, key="dns", title="names cannot be resolved ({writer}, maybe others)"
)
_broker = partial(Fault, kind="broker-lost", by=anybody, key="broker-lost")
NETWORK = (
    _certificate(
        words=("certificate has expired", "certificate expired", "certificate_expired", "cert has expired"),
        pattern=r"(?i)certificate(?:[ _]has)?[ _]expired|cert_has_expired|cert has expired",
        title="{writer} meets a certificate that has expired",
    ),
    _certificate(
        words=("expire",),
        # When it expires is what every certificate says; only the next three weeks are soon.
        pattern=(
            r"(?i)certificate\b.{0,120}?\b(?:(?:will expire|expires|expiring) in"
            r" (?:less than )?(?:(?:1?\d|2[01]) days?|\d+ (?:hours?|minutes?))|"
            r"is about to expire|expires soon)"
        ),
        title="{writer}: a certificate expires soon",
        severity=Severity.WARNING,
    ),
    _certificate(
        words=("failed to renew certificate", "renewal failed", "could not get certificate", "will renew"),
        pattern=r"(?i)failed to renew certificate|certificate.{0,80}renewal failed|could not get certificate",
        title="{writer} could not renew a certificate",
    ),
    _dns(
        words=(
            "temporary failure in name resolution",
            "eai_again",
            "could not resolve host",
            "try again later",
        ),
        pattern=r"Temporary failure in name resolution|EAI_AGAIN|[Cc]ould not resolve host",
    ),
    _dns(
        words=("server misbehaving", "lookup ", "servfail", "dns request timed out", "dns query timed out"),
        pattern=(
            r"lookup \S+(?: on \S+)?: (?:server misbehaving|.*i/o timeout|.*connection refused)|"
            r"\bSERVFAIL\b|DNS (?:request|query) timed out"
        ),
    ),
    _broker(
        words=("mqtt",),
        pattern=(
            r"(?i)(?:not connected to mqtt|mqtt (?:client )?(?:disconnected|connection (?:lost|"
            r"closed|failed|error|refused))|disconnected from mqtt|failed to connect (?:to )?mqtt|"
            r"mqtt failed to connect|mqtt.{0,60}ECONNREFUSED|(?:unable|"
            r"failed) to connect to (?:the )?(?:mqtt )?(?:server|"
            r"broker)|connection failed to broker|lost connection to (?:the )?(?:mqtt )?broker)"
        ),
        title="the MQTT broker cannot be reached ({writer}, maybe others)",
    ),
    Fault(
        kind="broker-lost",
        by=_BROKER,
        words=("address already in use", "out of memory", "unable to open", "error loading", "error: unable"),
        pattern=r"^(?:\d+: )?Error: (?:Address already in use|Unable to open|Out of memory|.*loading)",
        title="the MQTT broker cannot start",
        key="broker-lost",
        now=True,
    ),
    _broker(
        words=("connected to mqtt", "mqtt connected", "connected to broker", "mqtt connection established"),
        pattern=(
            r"(?i)(?<!dis)(?<!not )(?:connected to (?:the )?(?:mqtt )?(?:server|broker)|"
            r"connected to mqtt|mqtt connected|mqtt connection established)"
        ),
        ends=True,
    ),
)

_login = partial(Fault, kind="auth-storm", provoked=True)
LOGINS = (
    _login(
        by=_SSHD,
        words=("failed password", "failed publickey", "failed keyboard", "failed none"),
        pattern=(
            r"^Failed (?:password|publickey|keyboard-interactive\S*|none) "
            r"for (?:invalid user )?(?P<who>.{0,64}?) from (?P<address>\S{1,64})"
        ),
        subject="sshd",
        title="many failed logins over SSH, last from {address}",
    ),
    _login(
        by=_SSHD,
        words=("authenticating user", "invalid user", "maximum authentication attempts"),
        pattern=(
            r"^(?:(?:Connection (?:closed|reset) by|Disconnected from) (?:authenticating|"
            r"invalid) user .{0,64}? (?P<address>[\da-fA-F.:]{3,45}) port|"
            r"error: maximum authentication attempts exceeded)"
        ),
        subject="sshd",
        title="many failed logins over SSH, last from {address}",
    ),
    _login(
        by=_SUDO,
        words=("incorrect password attempt",),
        pattern=r"(?P<who>\S{1,64}) : (?P<times>\d+) incorrect password attempts?",
        subject="sudo",
        title="many wrong passwords for sudo",
        times="times",
    ),
    _login(
        by=_SUDO,
        words=("failed su ", "failed login", "authentication failure"),
        pattern=(
            r"^(?:FAILED SU|FAILED LOGIN|pam_unix\((?:su|su-l|login|polkit"
            r"-1)(?::auth)\): authentication failure)"
        ),
        subject="login",
        title="many failed logins at the machine itself",
    ),
    _login(
        by=_MAIL,
        words=(
            "auth failed",
            "authentication failed",
            "password mismatch",
            "authentication failure",
            "login failed",
        ),
        pattern=(
            r"(?i)(?:auth failed, (?P<times>\d+) attempts|auth(?:entication)? fail(?:ed|"
            r"ure)|password mismatch|login failed)"
        ),
        subject="{writer}",
        title="many failed logins at {writer}",
        times="times",
    ),
    _login(
        by=_BROKER,
        words=("not authorised", "not authorized", "bad user name or password"),
        pattern=r"disconnected[,:]? not authori[sz]ed|[Bb]ad user ?name or password",
        subject="mosquitto",
        title="many clients are refused by the MQTT broker",
    ),
    _login(
        by=anybody,
        words=("invalid authentication",),
        pattern=r"Login attempt or request with invalid authentication from (?P<address>[\w.:-]{1,64})",
        subject="{writer}",
        title="many failed logins at {writer}",
    ),
)

FAULTS = (*UNITS, *CRASHES, *LOGINS, *NETWORK)
