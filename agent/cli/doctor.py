"""`hearthd doctor`: one line for each thing that is needed: ok, or what is wrong and what to do."""

import json
import shutil
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import urlsplit

from agent import config as configuration
from agent.actions import audit
from agent.cli.desk import CommandDesk
from agent.cli.quiet import quietly
from agent.engines.tiny import shipped
from agent.errors import ConfigError, HearthError
from agent.inference.choice import missing, reads_newer
from agent.inference.gguf import check
from agent.inference.section import FileConfig, ServerConfig
from agent.integration import loader
from agent.integration.desk import Finding
from agent.runtime.clock import Clock
from agent.runtime.key import derived
from agent.runtime.presence import find
from agent.runtime.sandbox import Sandbox

LEAST_DISK = 100 * 1024 * 1024
EARLIEST_YEAR = 2026
INTEGRATION_WITHIN = 20.0
"""Seconds in which an integration has looked at everything; each of its looks takes 5 at most."""


def doctor(loaded: configuration.Loaded, *, as_json: bool) -> int:
    """Look at everything, print a line each; 1 if something needed is missing."""
    quietly()
    findings = list(_findings(loaded))
    if as_json:
        print(json.dumps([asdict(one) for one in findings], indent=2))
    else:
        for one in findings:
            word = "ok" if one.ok else "missing" if one.needed else "note"
            print(f"{one.what:<16} {word:<8} {one.says}")
    return 0 if all(one.ok or not one.needed for one in findings) else 1


def _findings(loaded: configuration.Loaded) -> Iterator[Finding]:
    files = ", ".join(str(file) for file in loaded.files) or "no file: the defaults hold"
    yield Finding(what="configuration", ok=True, says=files)
    state_dir = loaded.config.node.state_dir
    yield _state_dir(state_dir)
    yield _disk(state_dir)
    yield _broker(loaded)
    yield _shipped_model(enabled=loaded.config.models.shipped.enabled)
    for name, provider in loaded.config.models.providers.items():
        found = _model(f"model {name}", provider)
        chats = name == loaded.config.models.roles.chat
        yield replace(found, says=f"{found.says}; it answers in words, too") if chats else found
    yield _clock()
    yield from _integrations(loaded)
    yield _sandbox(loaded)
    yield _audit(state_dir)
    running = find(state_dir) or find(state_dir / "demo")
    says = (
        f"process {running.pid} as {running.node}" if running else "not running; start it with 'hearthd run'"
    )
    yield Finding(what="daemon", ok=running is not None, says=says, needed=False)


def _integrations(loaded: configuration.Loaded) -> Iterator[Finding]:
    """What integrations need, by what they themselves say."""
    for found in loader.find(*loaded.plugin_folders):
        if found.manifest.commands is None or found.problem is not None:
            continue
        told: list[Finding] = []
        wrong: list[str] = []
        looking = threading.Thread(target=_ask, args=(found, loaded, told, wrong), daemon=True)
        looking.start()
        looking.join(INTEGRATION_WITHIN)
        yield from [*told]
        if looking.is_alive():
            wrong.append(f"no answer within {INTEGRATION_WITHIN:g} s")
        if wrong:
            yield Finding(what=found.manifest.domain, ok=False, says=wrong[0], needed=False)


def _ask(found: loader.Found, loaded: configuration.Loaded, told: list[Finding], wrong: list[str]) -> None:
    try:
        module = loader.load_commands(found)
        look = getattr(module, "doctor", None)
        if look is not None:
            told.extend(look(CommandDesk(found, loaded, config=loaded.path)))
    except HearthError as error:
        wrong.append(str(error))
    except Exception as error:  # noqa: BLE001  # whoever wrote the integration, the others are looked at
        wrong.append(f"{type(error).__name__}: {error}")


def _sandbox(loaded: configuration.Loaded) -> Finding:
    wanted = [f"tasks: {name}:" for name, task in loaded.config.tasks.items() if task.sandbox]
    wanted += ["plugins: code:"] if loaded.enabled("code", default=False) else []
    if not wanted:
        return Finding(what="sandbox", ok=True, says="not needed: nothing that is configured runs in it")
    missing = Sandbox(clock=Clock()).missing()
    says = f"'{wanted[0]}' can use it" if missing is None else f"{missing}; '{wanted[0]}' wants it"
    return Finding(what="sandbox", ok=missing is None, says=says)


def _state_dir(path: Path) -> Finding:
    nearest = next(one for one in (path, *path.parents) if one.exists())
    try:
        probe = nearest / ".hearthd-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        says = f"{path}: {error.strerror}; set node.state_dir to a folder of ours"
        return Finding(what="state directory", ok=False, says=says)
    return Finding(what="state directory", ok=True, says=str(path))


def _disk(path: Path) -> Finding:
    nearest = next(one for one in (path, *path.parents) if one.exists())
    free = shutil.disk_usage(nearest).free
    says = f"{free / 1e9:.1f} GB free at {nearest}"
    if free < LEAST_DISK:
        return Finding(
            what="disk", ok=False, says=f"{says}; actions are refused once they cannot be recorded"
        )
    return Finding(what="disk", ok=True, says=says)


def _broker(loaded: configuration.Loaded) -> Finding:
    mqtt = loaded.config.mqtt
    if mqtt is None:
        binary = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        says = f"our own on loopback: {binary or 'the one in Python; mosquitto is faster'}"
        return Finding(what="broker", ok=True, says=says)
    where = f"{mqtt.host}:{mqtt.port}"
    obstacle = _obstacle(mqtt.host, mqtt.port)
    if obstacle is not None:
        says = f"{where}: {obstacle}; start the broker, or correct mqtt.host and mqtt.port"
        return Finding(what="broker", ok=False, says=says)
    return Finding(what="broker", ok=True, says=f"{where} answers")


def _shipped_model(*, enabled: bool) -> Finding:
    if not enabled:
        return Finding(what="model", ok=True, says="the shipped one is not used: models.shipped.enabled")
    try:
        file, _ = shipped.model()
    except ConfigError as error:
        says = f"{error}; sentences that fit no template are not understood"
        return Finding(what="model", ok=False, says=says, needed=False)
    try:
        found = check(file.path, context=file.context, sha256=file.sha256)
    except ConfigError as error:
        return Finding(what="model", ok=False, says=f"{error}; install hearthd again")
    return Finding(
        what="model", ok=True, says=f"{file.path}, {found.size / 1e6:.1f} MB, its checksum is right"
    )


def _model(what: str, provider: FileConfig | ServerConfig) -> Finding:
    """A model of the configuration."""
    if isinstance(provider, ServerConfig):
        where = urlsplit(provider.url)
        port = where.port or (443 if where.scheme == "https" else 80)
        obstacle = _obstacle(where.hostname or "", port)
        hint = "start the server, or correct its url"
        says = f"{provider.url}: {obstacle}; {hint}" if obstacle else f"{provider.url} takes connections"
        return Finding(what=what, ok=obstacle is None, says=says, needed=False)
    if (why := missing(provider.library)) is not None:
        return Finding(what=what, ok=False, says=why)
    limit = provider.memory_limit_mb
    try:
        check(
            provider.path,
            context=provider.context,
            memory_limit=None if limit is None else limit << 20,
            sha256=provider.sha256,
            newer=reads_newer(provider.library),
        )
    except ConfigError as error:
        return Finding(
            what=what, ok=False, says=f"{error}; 'hearthd model list' shows those that can be used"
        )
    return Finding(what=what, ok=True, says=f"{provider.path} can be loaded")


def _obstacle(host: str, port: int) -> str | None:
    """Why no connection can be made to that address."""
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError as error:
        return str(error)
    return None


def _clock() -> Finding:
    year = Clock().now().year
    if year < EARLIEST_YEAR:
        return Finding(what="clock", ok=False, says=f"it says {year}: set the time, commands would expire")
    tool = shutil.which("timedatectl")
    if tool is None:
        return Finding(
            what="clock", ok=True, says="plausible; whether it is synchronised cannot be told here"
        )
    try:
        asked = subprocess.run(  # noqa: S603  # a fixed command, found on the PATH
            [tool, "show", "-p", "NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=3,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Finding(what="clock", ok=True, says="plausible; timedatectl does not answer")
    if asked.stdout.strip() == "no":
        return Finding(
            what="clock", ok=False, says="not synchronised; enable systemd-timesyncd", needed=False
        )
    return Finding(what="clock", ok=True, says="plausible")


def _audit(state_dir: Path) -> Finding:
    database = state_dir / "hearthd.db"
    if not database.exists():
        return Finding(what="audit log", ok=True, says="none yet")
    try:
        key = derived((state_dir / "key").read_bytes(), "audit")
        db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            end = audit.verify(db, key, audit.read_anchor(state_dir / "audit.anchor"))
        finally:
            db.close()
    except audit.AuditError as error:
        return Finding(what="audit log", ok=False, says=f"it was tampered with: {error}")
    except (OSError, sqlite3.Error) as error:
        return Finding(
            what="audit log", ok=False, says=f"it cannot be read: {error}; run this as hearthd's user"
        )
    return Finding(what="audit log", ok=True, says=f"{end.number} records, the chain holds")
