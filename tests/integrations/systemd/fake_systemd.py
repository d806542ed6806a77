"""A peer that speaks the protocol of systemd on a D-Bus of its own: units, jobs, signals, denials."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

SYSTEMD = "org.freedesktop.systemd1"
TOP = "/org/freedesktop/systemd1"
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
<allow user="*"/></policy></busconfig>"""


@dataclass
class Unit:
    """A unit, and how it behaves when something is done to it."""

    name: str
    active: str = "active"
    sub: str = "running"
    load: str = "loaded"
    properties: dict[str, Any] = field(default_factory=dict)
    service: dict[str, Any] = field(default_factory=dict)
    job: str = "done"
    """How its jobs end; `never`: they don't."""
    becomes: str | None = None
    """Its state after a job, if not the one that was asked for."""
    passes: tuple[str, ...] = ()
    """What it goes through on the way."""
    starts: int = 0

    @property
    def path(self) -> str:
        escaped = "".join(one if one.isalnum() else f"_{ord(one):02x}" for one in self.name)
        return f"{TOP}/unit/{escaped}"


class Systemd:
    """The peer."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.socket = folder / "bus"
        self.address = f"unix:path={self.socket}"
        self.units: dict[str, Unit] = {}
        self.denied: set[str] = set()
        self.calls: list[tuple[str, str]] = []
        self.files = {"/usr/lib/systemd/system/nginx.service": "enabled"}
        self.early = False
        """Whether the signal that a job ended comes before the reply that says which job it was."""
        self.subscribed = 0
        self._daemon: asyncio.subprocess.Process | None = None
        self._bus: Any = None
        self._jobs = 0

    def unit(self, name: str, **more: Any) -> Unit:
        self.units[name] = Unit(name=name, **more)
        return self.units[name]

    async def start_bus(self) -> None:
        config = self._folder / "config"
        config.write_text(CONFIG.format(path=self.socket))
        self._daemon = await asyncio.create_subprocess_exec(
            *("dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--nosyslog"),
            "--print-address",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self._daemon.stdout is not None
        async with asyncio.timeout(5):
            await self._daemon.stdout.readline()

    async def appear(self) -> None:
        """Come onto the bus."""
        self._bus = await MessageBus(self.address).connect()
        self._bus.add_message_handler(self._asked)
        await self._bus.request_name(SYSTEMD)

    async def disappear(self) -> None:
        if self._bus is not None:
            self._bus.disconnect()
            with suppress(OSError, EOFError):
                await self._bus.wait_for_disconnect()
            self._bus = None

    async def stop_bus(self) -> None:
        if self._daemon is not None:
            self._daemon.kill()
            await self._daemon.communicate()
            self._daemon = None
            self.socket.unlink(missing_ok=True)

    def goes(self, name: str, active: str, sub: str = "") -> None:
        """A unit goes into another state, and everybody hears of it."""
        unit = self.units[name]
        unit.active, unit.sub = active, sub or active
        changed = {"ActiveState": Variant("s", active), "SubState": Variant("s", unit.sub)}
        self._signal(
            unit.path,
            "org.freedesktop.DBus.Properties",
            "PropertiesChanged",
            "sa{sv}as",
            [f"{SYSTEMD}.Unit", changed, []],
        )

    # ----------------------------------------------------------------------------------------------------
    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        self._bus.send(Message.new_signal(path, interface, member, signature, body))

    def _asked(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL or not str(message.path).startswith(TOP):
            return None
        answer = getattr(self, f"_do_{message.member.lower()}", None)
        if answer is None:
            return None
        return answer(message)

    def _do_subscribe(self, message: Message) -> Message:
        self.subscribed += 1
        return Message.new_method_return(message)

    def _do_listunits(self, message: Message) -> Message:
        rows = [
            [
                one.name,
                one.properties.get("Description", one.name),
                one.load,
                one.active,
                one.sub,
                "",
                one.path,
                0,
                "",
                "/",
            ]
            for one in self.units.values()
        ]
        return Message.new_method_return(message, "a(ssssssouso)", [rows])

    def _do_listunitfiles(self, message: Message) -> Message:
        return Message.new_method_return(message, "a(ss)", [[list(one) for one in self.files.items()]])

    def _do_loadunit(self, message: Message) -> Message:
        name = message.body[0]
        unit = self.units.get(name) or Unit(name=name, active="inactive", sub="dead", load="not-found")
        return Message.new_method_return(message, "o", [unit.path])

    def _do_getall(self, message: Message) -> Message:
        unit = next((one for one in self.units.values() if one.path == message.path), None)
        unit = unit or Unit(name="?", active="inactive", sub="dead", load="not-found")
        if message.body[0] == f"{SYSTEMD}.Unit":
            found = {
                "ActiveState": unit.active,
                "SubState": unit.sub,
                "LoadState": unit.load,
                "InvocationID": bytes([unit.starts]),
                "CanReload": False,
                **unit.properties,
            }
        else:
            found = {"Result": "success", "Type": "simple", **unit.service}
        return Message.new_method_return(
            message, "a{sv}", [{key: Variant(*_typed(value)) for key, value in found.items()}]
        )

    def _do_restartunit(self, message: Message) -> Message | bool:
        return self._job(message, "active")

    _do_startunit = _do_restartunit
    _do_reloadunit = _do_restartunit

    def _do_stopunit(self, message: Message) -> Message | bool:
        return self._job(message, "inactive")

    def _job(self, message: Message, then: str) -> Message | bool:
        name, _mode = message.body
        self.calls.append((message.member, name))
        if message.member in self.denied:
            return Message.new_error(message, "org.freedesktop.DBus.Error.AccessDenied", "Permission denied")
        if name not in self.units:
            return Message.new_error(message, f"{SYSTEMD}.NoSuchUnit", f"Unit {name} not found.")
        unit = self.units[name]
        self._jobs += 1
        number, path = self._jobs, f"{TOP}/job/{self._jobs}"

        def end() -> None:
            if unit.job == "never":
                return
            if message.member != "ReloadUnit":
                unit.starts += 1
            for state in unit.passes:
                self.goes(name, state)
            self.goes(name, unit.becomes or (then if unit.job == "done" else "failed"))
            self._signal(TOP, f"{SYSTEMD}.Manager", "JobRemoved", "uoss", [number, path, name, unit.job])

        if self.early:
            end()
        else:
            asyncio.get_running_loop().call_later(0.02, end)
        return Message.new_method_return(message, "o", [path])


def _typed(value: Any) -> tuple[str, Any]:
    signature: dict[type, str] = {str: "s", bool: "b", int: "t", bytes: "ay"}
    return signature[type(value)], value


@asynccontextmanager
async def systemd(
    folder: Path, prepare: Callable[[Systemd], None] = lambda _: None
) -> AsyncIterator[Systemd]:
    """A D-Bus with the peer on it."""
    one = Systemd(folder)
    prepare(one)
    await one.start_bus()
    await one.appear()
    try:
        yield one
    finally:
        await one.disappear()
        await one.stop_bus()
