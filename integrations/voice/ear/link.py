"""What the daemon and the ear say to each other, over a pipe each way.

A frame is `!cI`, its kind and length, and that many bytes, at most 1 MiB. Kind `J` is one JSON object in
UTF-8, kind `A` is audio: `!I`, the number of its stream, and PCM. Bytes in, messages out: whoever reads,
and how, is not known here.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

LARGEST: Final = 1 << 20
_HEAD: Final = struct.Struct("!cI")
_STREAM: Final = struct.Struct("!I")

Frame = dict[str, Any] | tuple[int, bytes]


def packed(message: Mapping[str, Any]) -> bytes:
    """The frame of a message.

    Raises:
        ValueError: it is too large for a frame, or holds what JSON can't.
    """
    return _framed(b"J", json.dumps(message, ensure_ascii=False, allow_nan=False).encode())


def packed_audio(stream: int, pcm: bytes) -> bytes:
    """The frame of a piece of audio of a stream.

    Raises:
        ValueError: it is too large for a frame.
    """
    return _framed(b"A", _STREAM.pack(stream) + pcm)


class Frames:
    """Takes bytes as they come off a pipe, cut anywhere, and gives the frames in them."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes: a message, or (stream, pcm).

        Raises:
            ValueError: this is no frame of ours; nothing that follows can be read either.
        """
        self._rest += data
        start = 0
        try:
            while len(self._rest) - start >= _HEAD.size:
                kind, length = _HEAD.unpack_from(self._rest, start)
                if kind not in {b"J", b"A"} or length > LARGEST:
                    raise ValueError(
                        f"a frame of kind {kind!r} with {length} bytes: the ends have lost each other"
                    )
                end = start + _HEAD.size + length
                if end > len(self._rest):
                    break
                payload = bytes(self._rest[start + _HEAD.size : end])
                start = end
                yield _opened(kind, payload)
        finally:
            del self._rest[:start]


def _framed(kind: bytes, payload: bytes) -> bytes:
    if len(payload) > LARGEST:
        raise ValueError(f"{len(payload)} bytes are too many for a frame of at most {LARGEST}")
    return _HEAD.pack(kind, len(payload)) + payload


def _opened(kind: bytes, payload: bytes) -> Frame:
    if kind == b"J":
        message = json.loads(payload)
        if not isinstance(message, dict):
            raise ValueError(f"a message that is no object: {payload[:40]!r}")
        return message
    if len(payload) < _STREAM.size:
        raise ValueError("audio without the number of its stream")
    return _STREAM.unpack_from(payload)[0], payload[_STREAM.size :]
