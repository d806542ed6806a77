"""A peer that speaks the protocol of logind on the D-Bus of the other peer: may it, does it."""

from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

LOGIND = "org.freedesktop.login1"


class Logind:
    """The peer."""

    def __init__(self) -> None:
        self.may = "yes"
        self.inhibitors: list[list[Any]] = []
        self.goes_down = True
        self.calls: list[tuple[str, list[Any]]] = []
        self._down = False
        self._bus: Any = None

    async def appear(self, address: str) -> None:
        self._bus = await MessageBus(address).connect()
        self._bus.add_message_handler(self._asked)
        await self._bus.request_name(LOGIND)

    async def disappear(self) -> None:
        self._bus.disconnect()

    def _asked(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.path != "/org/freedesktop/login1":
            return None
        match message.member:
            case "CanReboot":
                return Message.new_method_return(message, "s", [self.may])
            case "ListInhibitors":
                return Message.new_method_return(message, "a(ssssuu)", [self.inhibitors])
            case "Reboot":
                self.calls.append((message.member, message.body))
                self._down = self.goes_down
                return Message.new_method_return(message)
            case "Get":
                return Message.new_method_return(message, "v", [Variant("b", self._down)])
        return None
