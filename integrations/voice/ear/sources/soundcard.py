"""A microphone of this machine, through PortAudio (ALSA, PulseAudio, PipeWire).

PortAudio is one for the whole process, keeps its list of devices from when it was started, and can wait for
ever where a sound server does not answer. So it is started anew for every opening, each call runs in a
thread that is given up after a while, and while one of them is still stuck nothing else is asked of it.
"""

import atexit
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from types import ModuleType
from typing import Any, Final, TypeVar, cast

from integrations.voice.ear.sources.incoming import Incoming
from integrations.voice.ear.sources.source import BLOCK, RATE, SourceError

T = TypeVar("T")

_ANSWER: Final = 6.0  # seconds that PortAudio may take to answer
_CLOSE: Final = 1.0
# What it is asked for, best first: others have to be converted, in plain Python.
_RATES: Final = (RATE, 48000, 44100)
# Error codes of PortAudio.
_OF_FORMAT: Final = frozenset({-9994, -9997, -9998, -9999})  # sample format, rate, channels, or ALSA's own
_BUSY: Final = -9985
_GONE: Final = -9996


class Soundcard:
    """One microphone, from which PortAudio's own thread brings us sound."""

    def __init__(self, name: str | None, *, rate: int | None = None, channels: int | None = None) -> None:
        """Open it.

        Args:
            name: part of its name, upper or lower case; None is the default one.
            rate: ask for this one only, for a device that promises what it does not keep.
            channels: the same.

        Raises:
            SourceError: PortAudio or the device is missing, busy or silent, or has no format that we can use.
        """
        self._stream, self._incoming, self.device = _PORTAUDIO.open(name, rate, channels)
        self._ours = threading.Lock()

    @property
    def lost(self) -> int:
        """Milliseconds dropped since the last look."""
        return self._incoming.lost

    def read(self) -> bytes:
        """The next block."""
        return self._incoming.read(
            dead=lambda seconds: (
                f"{self.device} gives no sound at all any more (for {seconds:g} s): was it unplugged?"
            )
        )

    def close(self) -> None:
        """Stop it. Where PortAudio hangs, it is left to itself."""
        self._incoming.end(f"{self.device} was closed")
        # Whoever comes first closes it, and nobody does twice.
        if self._ours.acquire(blocking=False):
            _PORTAUDIO.release(self._stream)


def microphones() -> list[dict[str, Any]]:
    """All devices that can record, each with name, channels, rate and whether it is the default."""
    return _PORTAUDIO.devices()


def chosen(name: str | None, there: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The microphone of that name: one that is called so, else the first with it as a part of its name.

    Raises:
        SourceError: there is none; the message names those that exist.
    """
    if not there:
        raise SourceError(
            "there is no microphone on this machine: plug one in, and see that hearthd's user is in the group"
            " 'audio' and that no other program holds it"
        )
    names = ", ".join(repr(one["name"]) for one in there)
    if name is None:
        for one in there:
            if one["default"]:
                return one
        raise SourceError(f"no microphone is the default one: choose one of {names}")
    wanted = name.strip().casefold()
    for fits in (str.__eq__, str.__contains__):
        for one in there:
            if fits(one["name"].casefold(), wanted):
                return one
    raise SourceError(
        f"no microphone is called {name!r}: there are {names}"
        " (one that another program holds may be missing here)"
    )


def refused(device: str, code: int, told: str) -> str:
    """What it means to people that a device could not be opened."""
    if code == _BUSY:
        return (
            f"{device} is busy: another program records from it. End that, or choose a shared device"
            " ('pulse', 'pipewire' or 'default')"
        )
    if code == _GONE:
        return f"{device} is not there any more: was it unplugged?"
    return f"{device} cannot be opened: {told}"


def wanted_formats(rate: int, channels: int) -> Iterator[tuple[int, int]]:
    """Rates and channels to try, best first, for a device whose own are these."""
    seen = set()
    for many in (1, 2, channels):
        for often in (*_RATES, rate):
            if many <= channels and (often, many) not in seen:
                seen.add((often, many))
                yield often, many


def _listed(library: ModuleType) -> list[dict[str, Any]]:
    default = library.default.device[0]
    return [
        {
            "name": str(device["name"]),
            "channels": int(device["max_input_channels"]),
            "rate": int(device["default_samplerate"]),
            "default": device["index"] == default,
            "index": int(device["index"]),
        }
        for device in library.query_devices()
        if device["max_input_channels"] > 0
    ]


def _opened(
    library: ModuleType, name: str | None, only_rate: int | None, only_channels: int | None
) -> tuple[Any, Incoming, str]:
    found = chosen(name, _listed(library))
    device, told = f"the microphone {found['name']!r}", ""
    wanted = wanted_formats(found["rate"], found["channels"])
    if only_rate or only_channels:
        wanted = iter([(only_rate or RATE, only_channels or 1)])
    for rate, channels in wanted:
        incoming = Incoming(rate=rate, channels=channels)
        try:
            stream = library.RawInputStream(
                device=found["index"],
                samplerate=rate,
                channels=channels,
                dtype="int16",
                blocksize=BLOCK // 2 * rate // RATE,
                latency="low",  # PulseAudio gives two seconds at a time otherwise
                callback=lambda sound, _frames, _time, _status, put=incoming.put: put(bytes(sound)),
                finished_callback=partial(incoming.end, f"{device} has stopped: was it unplugged?"),
            )
            with ExitStack() as unless_started:
                unless_started.callback(stream.close, ignore_errors=True)
                stream.start()
                unless_started.pop_all()
        except library.PortAudioError as error:
            code, told = _of(error)
            if code not in _OF_FORMAT:
                raise SourceError(refused(device, code, told)) from None
            continue
        return stream, incoming, device
    raise SourceError(
        f"{device} records in no format that can be used: 16, 44.1 or 48 kHz, 16 bit, in mono or stereo,"
        f" would be right (its own: {found['rate']} Hz, {found['channels']} channels; PortAudio said: {told})"
    )


def _of(error: Exception) -> tuple[int, str]:
    """Code and text of an error of PortAudio, with what ALSA says of it: (text, code, (api, code, text))."""
    told, code, below = (*error.args, "", 0, ())[:3] if len(error.args) > 1 else (*error.args, 0, ())
    return int(code), " ".join([str(told), *(str(word) for word in below[2:])])


class _PortAudio:
    """The library: imported when it is first needed, and asked one thing at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._stuck: threading.Thread | None = None
        self._streams = 0

    def devices(self) -> list[dict[str, Any]]:
        """The microphones there are."""
        return self._ask(_listed, lambda _: None)

    def open(self, name: str | None, rate: int | None, channels: int | None) -> tuple[Any, Incoming, str]:
        """A running stream, where its sound comes in, and what the device is called."""

        def forget(opened: tuple[Any, Incoming, str]) -> None:
            opened[0].close(ignore_errors=True)

        opened = self._ask(lambda library: _opened(library, name, rate, channels), forget)
        self._streams += 1
        return opened

    def release(self, stream: Any) -> None:
        """Stop and close a stream; one that cannot be closed now is, if PortAudio ever goes on."""

        def work() -> None:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)
            self._streams -= 1

        # ALSA's plugin for PulseAudio may lock itself up for good when its server dies. Such a stream is left
        # where it is; another can be opened beside it, only that PortAudio cannot look for devices again.
        _run(work, _CLOSE)

    def _ask(self, asked: Callable[[ModuleType], T], forget: Callable[[T], None]) -> T:
        """What `asked` gives, with the devices as they are now; `forget` is for an answer that came too late.

        Raises:
            SourceError: the library is missing, fails, or does not answer.
        """
        answers: list[T] = []
        errors: list[Exception] = []
        handover = threading.Lock()
        given_up = threading.Event()

        def work() -> None:
            try:
                library = _imported()
                # Starting it anew closes every stream there is.
                if not self._streams:
                    _restart(library)
                answer = asked(library)
            except Exception as error:  # noqa: BLE001  raised again by whoever asked
                errors.append(error)
                return
            with handover:
                if not given_up.is_set():
                    answers.append(answer)
                    return
            forget(answer)

        with self._turn:
            if self._stuck is not None and self._stuck.is_alive():
                raise SourceError(_HANGS)
            self._stuck = _run(work, _ANSWER)
            with handover:
                given_up.set()
            if answers:
                return answers[0]
            raise errors[0] if errors else SourceError(_HANGS)


def _run(work: Callable[[], None], seconds: float) -> threading.Thread | None:
    """Do it in a thread; the thread, if that took too long."""
    thread = threading.Thread(target=work, name="portaudio", daemon=True)
    thread.start()
    thread.join(seconds)
    return thread if thread.is_alive() else None


def _imported() -> ModuleType:
    try:
        import sounddevice  # type: ignore[import-untyped]
    except ImportError as error:
        raise SourceError(f"the Python package sounddevice is missing ({error}): install it") from None
    except OSError as error:
        raise SourceError(
            f"the library PortAudio is missing or broken ({error}): apt install libportaudio2,"
            " or use a command (arecord, parecord) as the microphone"
        ) from None
    except Exception as error:  # noqa: BLE001
        # It starts PortAudio when it is imported, and has no name for its error outside.
        raise SourceError(f"the sound system cannot be started: {error}") from None
    # It would wait for ever at the end of the process, if PortAudio hangs then.
    atexit.unregister(sounddevice._exit_handler)  # noqa: SLF001
    return cast("ModuleType", sounddevice)


def _restart(library: ModuleType) -> None:
    """Have PortAudio look for devices again: it does when it starts; sounddevice has no public way."""
    try:
        while library._initialized:  # noqa: SLF001
            library._terminate()  # noqa: SLF001
        library._initialize()  # noqa: SLF001
    except library.PortAudioError as error:
        raise SourceError(f"the sound system cannot be started: {_of(error)[1]}") from None


_HANGS: Final = "the sound system does not answer: is PulseAudio or PipeWire stuck? ('pactl info' shows it)"
_PORTAUDIO: Final = _PortAudio()
