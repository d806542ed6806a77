"""One connection to the broker in the words of MQTT: what is sent, and what the broker says to its owner.

A Link lives once: up, then down. The next connection is another Link.
"""

import ssl
from collections.abc import Sequence
from typing import Any, Literal, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions
from typing_extensions import override

from agent.mqtt.config import MqttConfig
from agent.mqtt.packets import PUBLISH, REFUSED, Publication, acknowledgement, publication, publish_packet
from agent.mqtt.wire import Wire


class Owner(Protocol):
    """Who a Link reports to, in the event loop."""

    def up(self, link: "Link", *, session: bool, receive_maximum: int, identifiers: bool) -> None:
        """The broker accepted us. `receive_maximum`: unacknowledged publications it takes."""

    def down(self, link: "Link", *, reason: str, code: int | None) -> None:
        """The connection ended; `code` is MQTT's reason code if the broker gave one."""

    def received(self, link: "Link", found: Publication) -> None:
        """A publication."""

    def oversized(self, topic: str, size: int) -> None:
        """A publication was skipped because it is longer than allowed."""

    def batch_read(self) -> None:
        """All that one read brought was reported."""

    def acknowledged(self, link: "Link", packet: int, *, refused: str | None) -> None:
        """The broker has the publication with that packet number, or says why it will not."""

    def subscribed(self, link: "Link", packet: int, refused: Sequence[str | None]) -> None:
        """The broker's answer to a SUBSCRIBE: for each filter None or why not."""


class Link(Wire):
    """A connection for an owner. Call `open`, once.

    Unless it is `lasting`, the broker keeps nothing for us once it is over.
    """

    def __init__(
        self,
        *,
        config: MqttConfig,
        client_id: str,
        protocol: Literal["5", "3.1.1"],
        will: tuple[str, str] | None,
        owner: Owner,
        lasting: bool = True,
    ) -> None:
        super().__init__(
            client_id=client_id,
            protocol=protocol,
            transport=config.transport,
            encrypted=config.tls is not None,
            longest=config.max_payload,
            lasting=lasting,
        )
        self._lasting = lasting
        self._config = config
        self._owner = owner
        if will is not None:
            self.will_set(*will, qos=1, retain=True)
        if config.username is not None:
            password = config.password.get_secret_value() if config.password else None
            self.username_pw_set(config.username, password)
        if config.transport == "websockets":
            self.ws_set_options(path=config.path)
        self.on_connect = self._connected
        self.on_disconnect = self._disconnected
        self.on_subscribe = self._subscribed

    # what is sent ---------------------------------------------------------------------------------------
    def send(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int,
        retain: bool,
        expiry: int | None = None,
        correlation: bytes | None = None,
    ) -> int:
        """Publish now; the number of the packet."""
        number = self._mid_generate()
        packet = publish_packet(
            topic,
            payload,
            number=number if qos else None,
            retain=retain,
            modern=self.modern,
            expiry=expiry,
            correlation=correlation,
        )
        if self._sock is not None:
            self._packet_queue(PUBLISH, packet, number, qos)
        return number

    def send_subscribe(self, filters: Sequence[tuple[str, int, bool]], *, identifier: int | None) -> int:
        """Subscribe to filters with QoS and whether the retain flag is to stay; the number of the packet."""
        properties = None
        if self.modern:
            if identifier is not None:
                properties = _properties(PacketTypes.SUBSCRIBE)
                properties.SubscriptionIdentifier = identifier
            options = [
                (one.encode(), SubscribeOptions(qos=qos, retainAsPublished=kept))
                for one, qos, kept in filters
            ]
            return self._send_subscribe(False, options, properties)[1]  # noqa: FBT003  # paho's own signature
        return self._send_subscribe(False, [(one.encode(), qos) for one, qos, _ in filters])[1]  # noqa: FBT003

    def send_ack(self, packet: int) -> None:
        """Acknowledge a publication of QoS 1; nothing happens if this connection is over."""
        if self._sock is not None:
            self._send_puback(packet)

    # what the Wire asks ----------------------------------------------------------------------------------
    @override
    def _connect(self) -> None:
        config = self._config
        if config.tls is not None:
            context = ssl.create_default_context(cafile=config.tls.ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if config.tls.certificate:
                context.load_cert_chain(config.tls.certificate, config.tls.key)
            self.tls_set_context(context)
        if self.modern:
            properties = _properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = config.session_expiry if self._lasting else 0
            self.connect(
                config.host,
                config.port,
                config.keepalive,
                clean_start=not self._lasting,
                properties=properties,
            )
        else:
            self.connect(config.host, config.port, config.keepalive)

    @override
    def _take_publication(self, command: int, body: bytes, length: int) -> None:
        found = publication(command, body, length, modern=self.modern)
        if found.size <= self._config.max_payload:
            self._owner.received(self, found)
            return
        if found.qos:
            self.send_ack(found.packet)
        self._owner.oversized(found.topic, found.size)

    @override
    def _take_acknowledgement(self, body: bytes) -> None:
        number, code = acknowledgement(body, modern=self.modern)
        refused = str(ReasonCode(PacketTypes.PUBACK, identifier=code)) if code >= REFUSED else None
        self._owner.acknowledged(self, number, refused=refused)

    @override
    def _batch_taken(self) -> None:
        self._owner.batch_read()

    @override
    def _down(self, reason: str, code: int | None) -> None:
        self._owner.down(self, reason=reason, code=code)

    # paho's callbacks -----------------------------------------------------------------------------------
    def _connected(
        self, _c: Client, _u: object, flags: ConnectFlags, reason: ReasonCode, found: Properties | None
    ) -> None:
        if reason.is_failure:
            self._end(f"{reason}", reason.value)
            return
        known: Any = found
        self._owner.up(
            self,
            session=flags.session_present,
            receive_maximum=getattr(known, "ReceiveMaximum", 65_535),
            identifiers=self.modern and getattr(known, "SubscriptionIdentifierAvailable", 1) == 1,
        )

    def _disconnected(
        self, _c: Client, _u: object, flags: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        told = flags.is_disconnect_packet_from_server
        self._end(f"{reason}", reason.value if told else None)

    def _subscribed(
        self, _c: Client, _u: object, mid: int, reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        self._owner.subscribed(self, mid, [str(one) if one.is_failure else None for one in reasons])


def _properties(kind: int) -> Any:
    return Properties(kind)  # type: ignore[no-untyped-call]
