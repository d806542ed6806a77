"""The `voice:` section."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from agent.api import AbsolutePath, Duration, Section
from integrations.voice.hermes.section import HermesSettings
from integrations.voice.speaking import SpeakerSettings, TtsSettings
from integrations.voice.wyoming.section import Address, WyomingSettings

WakeWord = Literal["hey_jarvis", "okay_nabu", "alexa", "hey_mycroft", "hey_rhasspy"]
Argument = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Microphone(Section):
    """Where sound comes from: one of `device`, `command`, `file` and `stream`."""

    device: str | None = Field(default=None, max_length=200)
    """A part of the name of a microphone, as `hearthd voice list` prints it."""
    command: tuple[Argument, ...] | None = Field(default=None, min_length=1, max_length=50)
    """A program that writes signed 16-bit PCM, as in [arecord, -q, -t, raw, -f, S16_LE, -r, "16000"]."""
    rate: int = Field(default=16_000, ge=8_000, le=192_000)
    """Samples a second that `command` writes."""
    channels: int = Field(default=1, ge=1, le=8)
    """Channels that `command` writes."""
    file: AbsolutePath | None = None
    """A WAV file, heard once, as fast as it was spoken."""
    stream: Address | None = None
    """A server that sends raw PCM, 16 kHz, mono, as in tcp://192.168.1.20:7000."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in ("device", "command", "file", "stream") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)}: a microphone is one of them")
        return self

    def source(self) -> dict[str, Any]:
        """The source as the ear is told of it."""
        if self.command is not None:
            form = {"rate": self.rate, "channels": self.channels}
            return {"kind": "command", "command": list(self.command), **form}
        if self.file is not None:
            return {"kind": "file", "path": str(self.file), "paced": True}
        if self.stream is not None:
            return {"kind": "network", "url": self.stream}
        return {"kind": "soundcard", "device": self.device}


class Stt(Section):
    """How speech becomes text."""

    engine: Literal["auto", "vosk", "pocketsphinx", "wyoming", "none"] = "auto"
    """auto: vosk if there is a model of the house's language, else pocketsphinx, which understands English in
    the forms of sentences that it is given and no other. wyoming: a server, see `url`."""
    model: str | None = Field(default=None, max_length=500)
    """A Vosk model: its name, as `hearthd voice list` prints it, or its folder. null: the one that was pulled
    for the house's language."""
    url: Address | None = None
    """A Wyoming server, as in tcp://192.168.1.20:10300."""
    timeout: Duration = Field(default=10.0, gt=0, le=60)
    """How long that server may take."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.engine == "wyoming" and self.url is None:
            raise ValueError("'engine: wyoming' needs 'url', as in tcp://192.168.1.20:10300")
        return self


class Wake(Section):
    """The word after which we listen."""

    word: WakeWord = "hey_jarvis"
    """Which."""
    threshold: float = Field(default=0.5, gt=0, lt=1)
    """How alike it has to sound; higher wakes less often."""


class Listening(Section):
    """When somebody has finished."""

    end: Duration = Field(default=0.6, ge=0.2, le=5)
    """This long without speech, and the sentence is over."""
    nothing: Duration = Field(default=5.0, ge=1, le=30)
    """This long without any speech, and nobody wanted anything."""
    longest: Duration = Field(default=15.0, ge=2, le=60)
    """No sentence is longer."""
    threshold: float = Field(default=0.5, gt=0, lt=1)
    """How likely it has to be that somebody speaks."""


def _microphone(given: object) -> object:
    if given in ("none", False):
        return None
    if given in ("default", True):
        return Microphone()
    return {"device": given} if isinstance(given, str) else given


def _wake(given: object) -> object:
    if given in ("off", "none", False):
        return None
    return {"word": given} if isinstance(given, str) else given


class Settings(Section):
    """What the user configures."""

    area: str | None = Field(default=None, max_length=128)
    """The area that the microphone is in: "turn on the light" means there."""
    microphone: Annotated[
        Microphone | None, BeforeValidator(_microphone, json_schema_input_type=Microphone | str | None)
    ] = Microphone()
    """default, none, a part of a device's name, or a map."""
    wake: Annotated[Wake | None, BeforeValidator(_wake, json_schema_input_type=Wake | str | None)] = Wake()
    """The word after which we listen, or off: then only when `.../voice/listen` says so."""
    listening: Listening = Listening()
    """When somebody has finished."""
    stt: Stt = Stt()
    """How speech becomes text."""
    sure: float = Field(default=0.65, ge=0, le=1)
    """A word that was heard less surely than this is asked back for before anything is done."""
    tts: TtsSettings = TtsSettings()
    """How text becomes speech."""
    speaker: SpeakerSettings = SpeakerSettings()
    """Where speech and sounds come out."""
    announce: bool = True
    """Whether timers, alarms and reminders are said aloud: by the satellite of the conversation or area in
    which they were asked for, else by the loudspeaker."""
    wyoming: WyomingSettings = WyomingSettings()
    """Satellites and assistants that speak Wyoming."""
    hermes: HermesSettings = HermesSettings()
    """Satellites that speak Hermes, the protocol of Rhasspy 2."""
    areas: dict[str, str] = Field(default_factory=dict, max_length=200)
    """The area of each satellite, by the name that it gives itself."""
