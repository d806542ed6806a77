"""A short conversation with the daemon over the broker, for the command line: ask, hear the answer, leave.

No will, no session, no asyncio: paho's own thread fills a queue, and the caller waits on it.
"""

import queue
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.errors import TransientError
from agent.mqtt.signature import signed
from agent.mqtt.topics import Topics

ANSWER_WITHIN = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to get at the broker."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    websockets: bool = False


class Caller:
    """One conversation. Use `calling`."""

    def __init__(self, client: Client, topics: Topics, key: bytes | None) -> None:
        self.topics = topics
        self._client = client
        self._key = key
        self._heard: queue.Queue[dict[str, Any]] = queue.Queue(maxsize=100_000)
        self._listening: queue.Queue[None] = queue.Queue()
        client.on_message = self._on_message
        client.on_subscribe = lambda *_: self._listening.put(None)

    def listen(self, topic: str) -> None:
        """Hear what is published on `topic` from now on.

        Raises:
            TransientError: the broker does not answer.
        """
        self._client.subscribe(topic, qos=1)
        try:
            self._listening.get(timeout=ANSWER_WITHIN)
        except queue.Empty:
            raise TransientError("the broker does not answer") from None

    def send(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Publish `payload`, signed where the key can be read."""
        body = dict(payload) if self._key is None else signed(payload, topic=topic, key=self._key)
        self._client.publish(topic, orjson.dumps(body), qos=1)

    def next(self, within: float) -> dict[str, Any] | None:
        """The next thing heard, None if nothing is within that many seconds."""
        try:
            return self._heard.get(timeout=max(0.0, within))
        except queue.Empty:
            return None

    def ask(self, what: str, *, within: float = ANSWER_WITHIN, **arguments: Any) -> Any:
        """The daemon's answer to `query/<what>`; few take more than a moment.

        Raises:
            TransientError: it does not answer, or says why it cannot.
        """
        question = secrets.token_hex(8)
        self.listen(self.topics("answer", question))
        self.send(self.topics("query", what), {"id": question, **arguments})
        answer = self.next(within)
        if answer is None:
            raise TransientError(f"the daemon did not answer within {within:g} s")
        if "error" in answer:
            raise TransientError(str(answer["error"]))
        return answer.get("answer")

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if message.retain:
            return
        try:
            found = orjson.loads(message.payload)
        except ValueError:
            return
        if isinstance(found, dict) and not self._heard.full():
            self._heard.put_nowait(found)


@contextmanager
def calling(access: Access, *, topics: Topics, key: bytes | None) -> Iterator[Caller]:
    """A conversation for as long as the block runs.

    Raises:
        TransientError: there is no broker, or it does not let us in.
    """
    connected: queue.Queue[str] = queue.Queue()
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"hearthd-call-{secrets.token_hex(6)}",
        protocol=MQTTProtocolVersion.MQTTv311,
        transport="websockets" if access.websockets else "tcp",
    )
    if access.username is not None:
        client.username_pw_set(access.username, access.password)
    if access.ca is not None:
        client.tls_set(access.ca, access.certificate, access.key)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: connected.put(
        "" if not reason.is_failure else str(reason)
    )
    where = f"{access.host}:{access.port}"
    caller = Caller(client, topics, key)
    try:
        client.connect(access.host, access.port, keepalive=30)
    except OSError as error:
        raise TransientError(f"no broker answers at {where}: {error}") from error
    client.loop_start()
    try:
        try:
            refusal = connected.get(timeout=ANSWER_WITHIN)
        except queue.Empty:
            raise TransientError(f"the broker at {where} does not answer") from None
        if refusal:
            raise TransientError(f"the broker at {where} refuses us: {refusal}")
        yield caller
    finally:
        client.disconnect()
        client.loop_stop()
