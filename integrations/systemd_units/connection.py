"""One line to systemd over D-Bus: calls with a time limit, jobs awaited, signals handed on.

Only this module imports dbus-fast, and not before there is a D-Bus to talk to. No call ever asks for an
interactive authorization: what polkit does not grant is denied at once.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.api import ActionError, TransientError
from integrations.systemd_units.unit import Unit, listed, name_of_path

SYSTEMD = "org.freedesktop.systemd1"
MANAGER = f"{SYSTEMD}.Manager"
UNIT = f"{SYSTEMD}.Unit"
SERVICE = f"{SYSTEMD}.Service"
PROPERTIES = "org.freedesktop.DBus.Properties"
DBUS = "org.freedesktop.DBus"
TOP = "/org/freedesktop/systemd1"
DEFAULT = "unix:path=/run/dbus/system_bus_socket"
CALL_WITHIN = 5.0
DENIED = frozenset({f"{DBUS}.Error.AccessDenied", f"{DBUS}.Error.InteractiveAuthorizationRequired"})
ABSENT = frozenset({f"{SYSTEMD}.NoSuchUnit", f"{SYSTEMD}.LoadFailed"})
NOBODY = tuple(f"{DBUS}.Error.{one}" for one in ("ServiceUnknown", "NameHasNoOwner", "Spawn", "NoReply"))
_MATCHES = (
    f"type='signal',sender='{SYSTEMD}',interface='{MANAGER}',member='JobRemoved'",
    f"type='signal',sender='{SYSTEMD}',interface='{MANAGER}',member='Reloading'",
    f"type='signal',sender='{SYSTEMD}',interface='{PROPERTIES}',path_namespace='{TOP}/unit',arg0='{UNIT}'",
    f"type='signal',sender='{DBUS}',interface='{DBUS}',member='NameOwnerChanged',arg0='{SYSTEMD}'",
)


class DeniedError(ActionError):
    """The machine does not let us."""


class Signals:
    """What is heard of systemd; the defaults do nothing."""

    def changed(self, unit: str, active: str) -> None:
        """A unit is in the state `active` now, as it was before or not."""

    def anew(self) -> None:
        """Systemd was restarted or reloaded: everything may be otherwise."""


class Connection:
    """A line that is open."""

    def __init__(self, bus: Any, signals: Signals) -> None:
        self._bus = bus
        self._signals = signals
        self._jobs: dict[str, str] = {}
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._collecting = 0

    @classmethod
    async def open(cls, address: str | None, signals: Signals) -> "Connection":
        """Connect, and hear of every unit from now on.

        Raises:
            TransientError: there is no D-Bus, or no systemd on it; the text says which.
        """
        where = address or os.environ.get("DBUS_SYSTEM_BUS_ADDRESS") or DEFAULT
        socket = where.partition("unix:path=")[2].partition(",")[0]
        if socket and not Path(socket).exists():  # noqa: ASYNC240  # one look at /run
            raise TransientError(f"there is no D-Bus at {socket}")
        from dbus_fast.aio import MessageBus

        try:
            async with asyncio.timeout(CALL_WITHIN):
                bus = await MessageBus(where).connect()
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            raise TransientError(f"D-Bus at {where} does not answer: {error!r}") from error
        one = cls(bus, signals)
        try:
            bus.add_message_handler(one._heard)
            for rule in _MATCHES:
                await one.call(DBUS, "/org/freedesktop/DBus", DBUS, "AddMatch", "s", rule)
            await one.subscribe()
        except (ActionError, TransientError) as error:
            one.close()
            raise TransientError(str(error)) from error
        return one

    async def subscribe(self) -> None:
        """Have systemd tell what happens; needed again when it was restarted."""
        with suppress(DeniedError):
            await self.manager("Subscribe")

    async def closed(self) -> None:
        """Wait until the line is cut."""
        with suppress(OSError, EOFError):
            await self._bus.wait_for_disconnect()

    def close(self) -> None:
        """Hang up."""
        for future in self._waiting.values():
            if not future.done():
                future.set_result("lost")
        with suppress(OSError):
            self._bus.disconnect()

    # questions ------------------------------------------------------------------------------------------
    async def units(self) -> dict[str, Unit]:
        """Every unit that is loaded, by name."""
        (rows,) = await self.manager("ListUnits")
        return {unit.name: unit for unit in map(listed, rows)}

    async def unit_files(self) -> dict[str, str]:
        """The state of every unit file (`enabled`, `disabled` ...) by the name of its unit."""
        (rows,) = await self.manager("ListUnitFiles")
        return {str(path).rpartition("/")[2]: str(state) for path, state in rows}

    async def properties(self, unit: str) -> Mapping[str, Any]:
        """All that systemd says of a unit; of a service also what it says of its process.

        Raises:
            ActionError: there is no such unit.
        """
        (path,) = await self.manager("LoadUnit", "s", unit)
        found = await self._all(path, UNIT)
        if unit.endswith(".service"):
            found |= await self._all(path, SERVICE)
        return found

    async def manager(self, member: str, signature: str = "", *body: Any) -> list[Any]:
        """Call a method of systemd itself."""
        return await self.call(SYSTEMD, TOP, MANAGER, member, signature, *body)

    async def call(
        self, destination: str, path: str, interface: str, member: str, signature: str, *body: Any
    ) -> list[Any]:
        """Call a method and return what it gives.

        Raises:
            DeniedError: we may not.
            ActionError: it could not be done, and the text says why.
            TransientError: nobody answers.
        """
        from dbus_fast import Message, MessageType

        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            async with asyncio.timeout(CALL_WITHIN):
                reply = await self._bus.call(message)
        except TimeoutError as error:
            raise TransientError(f"systemd did not answer {member} within {CALL_WITHIN:g} s") from error
        except (OSError, EOFError) as error:
            raise TransientError("the line to D-Bus was cut") from error
        if reply is None:
            raise TransientError("the line to D-Bus was cut")
        if reply.message_type is MessageType.ERROR:
            text = str(reply.body[0]) if reply.body else str(reply.error_name)
            if reply.error_name in DENIED:
                raise DeniedError(f"this machine does not let hearthd do that ({text:.120})")
            if reply.error_name in ABSENT:
                raise ActionError(f"systemd knows no such unit ({text:.120})")
            if str(reply.error_name).startswith(NOBODY):
                raise TransientError("there is no systemd on this D-Bus")
            raise ActionError(f"systemd refused it: {text:.200}")
        return list(reply.body)

    # jobs -----------------------------------------------------------------------------------------------
    async def job(self, member: str, unit: str, *, within: float, started: Callable[[], None]) -> str:
        """Have systemd do `member` (RestartUnit ...) to `unit`; how the job ended: `done`, `failed` ...

        Raises:
            DeniedError: we may not.
            ActionError: there is no job, or it did not end `within` so many seconds.
            TransientError: nobody answers.
        """
        self._collecting += 1
        try:
            (path,) = await self.manager(member, "ss", unit, "replace")
            started()
            # The signal may have come before the reply was handled.
            if path in self._jobs:
                return str(self._jobs[path])
            future = self._waiting[path] = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(within):
                result: str = await future
                return result
        except TimeoutError as error:
            raise ActionError(f"systemd has not finished with {unit} after {within:g} s") from error
        finally:
            self._collecting -= 1
            if not self._collecting:
                self._jobs.clear()
                self._waiting.clear()

    async def _all(self, path: str, interface: str) -> dict[str, Any]:
        (found,) = await self.call(SYSTEMD, path, PROPERTIES, "GetAll", "s", interface)
        return {name: variant.value for name, variant in found.items()}

    def _heard(self, message: Any) -> None:
        """Take a message that is no reply."""
        match message.member:
            case "JobRemoved" if message.interface == MANAGER and self._collecting:
                _number, path, _unit, result = message.body
                self._jobs[path] = result
                future = self._waiting.get(path)
                if future is not None and not future.done():
                    future.set_result(result)
            case "PropertiesChanged" if message.body and message.body[0] == UNIT:
                active = message.body[1].get("ActiveState")
                if active is not None:
                    self._signals.changed(name_of_path(message.path), str(active.value))
            case "Reloading" if message.interface == MANAGER and message.body == [False]:
                self._signals.anew()
            case "NameOwnerChanged" if message.body[0] == SYSTEMD and message.body[2]:
                self._signals.anew()
