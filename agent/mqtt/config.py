"""The `mqtt:` section, apart from paho: whoever only reads the configuration does not load a client."""

from typing import Literal

from pydantic import Field, SecretStr

from agent.section import Section


class TlsConfig(Section):
    """The `mqtt.tls:` section. TLS 1.2 is the least that is spoken."""

    ca: str | None = None
    """File with the certificate authorities to trust; without it, those of the system."""
    certificate: str | None = None
    """File with our own certificate, if the broker asks for one."""
    key: str | None = None
    """File with the key of our certificate."""


class MqttConfig(Section):
    """The `mqtt:` section."""

    host: str = "127.0.0.1"
    """Name or address of the broker."""
    port: int = Field(default=1883, ge=1, le=65_535)
    """TCP port of the broker."""
    username: str | None = None
    """User name at the broker."""
    password: SecretStr | None = None
    """Password at the broker."""
    client_id: str = ""
    """Our name at the broker, unlike every other client's; empty: `hearthd-<node>`."""
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    """Version of MQTT; `auto` begins with 5 and falls back to 3.1.1."""
    transport: Literal["tcp", "websockets"] = "tcp"
    """How packets travel."""
    path: str = "/mqtt"
    """Path of the websocket."""
    keepalive: int = Field(default=30, ge=5, le=3600)
    """Seconds of silence after which we ask whether the broker is still there."""
    tls: TlsConfig | None = None
    """Present: the connection is encrypted."""
    session_expiry: int = Field(default=3600, ge=0)
    """Seconds for which the broker keeps messages for us while we are away (MQTT 5)."""
    max_payload: int = Field(default=1024 * 1024, ge=1024)
    """Bytes of the longest message that is handed on; longer ones are counted and logged."""
    most_waiting: int = Field(default=10_000, ge=10)
    """Messages that may wait in each direction."""
    most_in_flight: int = Field(default=1000, ge=1, le=65_535)
    """Messages that may be under way to the broker without its acknowledgement."""
