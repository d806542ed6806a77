"""From bytes to packets: framing, and PUBLISH, which is nearly all that ever comes and goes.

Only whole packets come out; of one that is too long only the beginning (its topic is needed to refuse it),
and the rest is skipped without being kept.
"""

from collections.abc import Iterator
from typing import NamedTuple

PUBLISH, PUBACK = 0x30, 0x40
HEAD = 70_000
"""Bytes of a packet beside its payload: the topic at its longest, and properties."""
MESSAGE_EXPIRY, RESPONSE_TOPIC, CORRELATION_DATA = 0x02, 0x08, 0x09
SUBSCRIPTION_IDENTIFIER, USER_PROPERTY = 0x0B, 0x26
_SIZES = {0x01: 1, 0x23: 2}
"""Bytes of the properties of a PUBLISH that have always as many: its format, and an alias of its topic."""
SHIFTS = (0, 7, 14, 21)
MORE = 0x80
LONGEST = 2**28 - 1
"""Bytes of a packet behind its length, as many as that can say."""
LONGEST_EXPIRY = 2**32 - 1
REFUSED = 0x80
"""The lowest reason code that is a refusal."""


class Publication(NamedTuple):
    """A PUBLISH packet; a tuple because thousands of them come in a second."""

    topic: str
    payload: bytes
    size: int
    """Bytes of the whole payload, of which `payload` may be only the beginning."""
    qos: int
    retain: bool
    packet: int
    subscriptions: tuple[int, ...]
    """Identifiers of the subscriptions that it came for; empty if the broker does not say."""
    response_topic: str | None = None
    correlation: bytes | None = None
    expiry: int | None = None


class Framer:
    """Cuts what is read into packets: first byte, body, length that the body should have."""

    def __init__(self, *, longest: int) -> None:
        self._longest = longest + HEAD
        self._rest = b""
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes, int]]:
        """Every packet that `data` completes.

        Raises:
            ValueError: this is not MQTT.
        """
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if self._rest:
            data = self._rest + data
            self._rest = b""
        start, end = 0, len(data)
        while start < end:
            body, length = _length(data, start + 1, end)
            stop = body + length
            if not body or stop > end:
                break
            yield data[start], data[body:stop], length
            start = stop
        else:
            return
        if body and length > self._longest and end - body >= HEAD:
            self._skip = stop - end
            yield data[start], data[body:], length
            return
        self._rest = data[start:]


def publication(command: int, body: bytes, length: int, *, modern: bool) -> Publication:
    """The PUBLISH packet in `body`; `modern`: it is one of MQTT 5.

    Raises:
        ValueError: it is malformed.
    """
    at = 2 + (body[0] << 8 | body[1])
    topic = body[2:at].decode()
    qos = command >> 1 & 3
    packet = 0
    if qos:
        packet = body[at] << 8 | body[at + 1]
        at += 2
    retain = bool(command & 1)
    if not modern:
        return Publication(topic, body[at:], length - at, qos, retain, packet, ())
    size = body[at]
    if size == 0:
        at += 1
        return Publication(topic, body[at:], length - at, qos, retain, packet, ())
    if size <= len(SHIFTS) + 1 and body[at + 1] == SUBSCRIPTION_IDENTIFIER:
        after, identifier = _length(body, at + 2, at + 1 + size)
        if after == at + 1 + size:
            return Publication(topic, body[after:], length - after, qos, retain, packet, (identifier,))
    at, size = _length(body, at, len(body))
    if not at or at + size > len(body):
        if length <= len(body):
            raise ValueError("properties of more bytes than there are")
        return Publication(topic, b"", length, qos, retain, packet, ())
    numbers, response, correlation, expiry = _properties(body, at, at + size)
    at += size
    return Publication(
        topic, body[at:], length - at, qos, retain, packet, numbers, response, correlation, expiry
    )


def publish_packet(
    topic: str,
    payload: bytes,
    *,
    number: int | None,
    retain: bool,
    modern: bool,
    expiry: int | None = None,
    correlation: bytes | None = None,
) -> bytes:
    """A PUBLISH packet: of QoS 1 if it has a `number`; `expiry` and `correlation` are for MQTT 5 alone.

    Raises:
        ValueError: it is longer than a packet can be.
    """
    head = topic.encode()
    head = len(head).to_bytes(2) + head
    if number is not None:
        head += number.to_bytes(2)
    if modern:
        found = b"" if expiry is None else b"\x02" + min(expiry, LONGEST_EXPIRY).to_bytes(4)
        if correlation is not None:
            found += b"\x09" + len(correlation).to_bytes(2) + correlation
        head += _written_length(len(found)) + found
    size = len(head) + len(payload)
    if size > LONGEST:
        raise ValueError(f"a packet of {size} bytes; {LONGEST} are the most")
    first = PUBLISH | (0 if number is None else 2) | retain
    return bytes((first,)) + _written_length(size) + head + payload


def acknowledgement(body: bytes, *, modern: bool) -> tuple[int, int]:
    """The number of the publication that the PUBACK packet in `body` is about, and its reason code."""
    return body[0] << 8 | body[1], body[2] if modern and len(body) > len(b"id") else 0


def _properties(
    body: bytes, at: int, end: int
) -> tuple[tuple[int, ...], str | None, bytes | None, int | None]:
    """Those of the properties between `at` and `end` that we use.

    The rest is passed over unread: whatever a sender put into it has gone through the broker, and must not
    cost us the connection.
    """
    numbers: list[int] = []
    response: str | None = None
    correlation: bytes | None = None
    expiry: int | None = None
    while at < end:
        kind = body[at]
        at += 1
        if kind == SUBSCRIPTION_IDENTIFIER:
            at, number = _length(body, at, end)
            if not at:
                raise ValueError("a property that is cut off")
            numbers.append(number)
        elif kind == MESSAGE_EXPIRY:
            expiry = int.from_bytes(body[at : at + 4])
            at += 4
        elif kind in _SIZES:
            at += _SIZES[kind]
        else:
            for _ in range(2 if kind == USER_PROPERTY else 1):
                after = at + 2 + (body[at] << 8 | body[at + 1])
                value, at = body[at + 2 : after], after
            if kind == RESPONSE_TOPIC:
                response = value.decode()
            elif kind == CORRELATION_DATA:
                correlation = value
    return tuple(numbers), response, correlation, expiry


def _length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the variable number at `at` ends, and the number; (0, 0) while it is not all there."""
    number = 0
    for shift in SHIFTS:
        if at >= end:
            return 0, 0
        digit = data[at]
        at += 1
        number |= (digit & 0x7F) << shift
        if digit < MORE:
            return at, number
    raise ValueError("a length of more than four bytes")


def _written_length(number: int) -> bytes:
    digits = bytearray()
    while number >= MORE:
        digits.append(number & 0x7F | MORE)
        number >>= 7
    digits.append(number)
    return bytes(digits)
