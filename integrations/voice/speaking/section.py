"""What is configured under `voice: tts:` and `voice: speaker:`."""

from collections.abc import Mapping
from datetime import datetime, time, tzinfo
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from agent.api import AbsolutePath, Duration, Section

T = TypeVar("T")
ANY = ""
"""Stands for every language that has nothing of its own."""

Language = Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3})?$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_+./ -]{0,99}$")]
Engine = Literal["espeak", "piper", "wyoming"]


def _for_any(given: object) -> object:
    if given is None:
        return {}
    return given if isinstance(given, Mapping) else {ANY: given}


def for_language(given: Mapping[str, T], language: str) -> T | None:
    """What `given` has for `language`: as it is, without its country, or for any; None if nothing."""
    known = {key.lower(): value for key, value in given.items()}
    wanted = language.lower()
    for key in (wanted, wanted.partition("-")[0], ANY):
        if key in known:
            return known[key]
    return None


class TtsSettings(Section):
    """How text becomes speech."""

    engine: Literal["auto", "espeak", "piper", "wyoming", "none"] = "auto"
    """Who speaks. auto: the Wyoming server if there is a url, else piper if there is a model and the program,
    else espeak-ng; where one fails the next one speaks. none: nothing is said."""
    voice: Annotated[
        dict[Language, Name], BeforeValidator(_for_any, json_schema_input_type=str | dict[str, str])
    ] = Field(default_factory=dict, max_length=50)
    """Whose voice, of the engine that is asked first: of espeak-ng as in en-us+f3, of a Wyoming server its
    name, of piper a speaker's number. One for all, or by language as in {en: en-us+f3, zh-CN: cmn};
    what is not named is chosen by language."""
    speed: int = Field(default=175, ge=80, le=450)
    """Words a minute; a Wyoming server has its own."""
    pitch: int = Field(default=50, ge=0, le=99)
    """Of espeak-ng; 50 is in the middle."""
    model: Annotated[
        dict[Language, AbsolutePath],
        BeforeValidator(_for_any, json_schema_input_type=str | dict[str, str]),
    ] = Field(default_factory=dict, max_length=50)
    """The .onnx file of piper, its .onnx.json beside it; one, or by language."""
    url: str | None = None
    """A Wyoming server, as in tcp://192.168.1.20:10200."""
    timeout: Duration = Field(default=15.0, gt=0, le=120)
    """How long it may take before it is called silent."""

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str | None) -> str | None:
        if url is not None:
            try:
                parts = urlsplit(url)
                usable = parts.scheme == "tcp" and bool(parts.hostname) and bool(parts.port)
            except ValueError:
                usable = False
            if not usable:
                raise ValueError(f"{url!r:.80} is none; tcp://192.168.1.20:10200 would be right")
        return url

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.engine == "piper" and not self.model:
            raise ValueError("'engine: piper' needs 'model', the .onnx file of a voice")
        if self.engine == "wyoming" and self.url is None:
            raise ValueError("'engine: wyoming' needs 'url', as in tcp://192.168.1.20:10200")
        return self


class QuietVolume(Section):
    """A part of the day in which speech is softer, or is not heard at all."""

    start: time
    """Local time it begins, as 22:30."""
    end: time
    """Local time it ends; before `start` if it runs over midnight."""
    volume: int = Field(default=0, ge=0, le=100)
    """How loud it is then; 0: nothing is played."""

    def holds(self, now: datetime, zone: tzinfo | None) -> bool:
        """Whether `now` is within it. Without a `zone`: the machine's."""
        at = now.astimezone(zone).time()
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


class SpeakerSettings(Section):
    """Where speech and sounds come out."""

    command: tuple[Annotated[str, Field(min_length=1)], ...] | None = Field(default=None, min_length=1)
    """A program of your own that plays WAV from its standard input, and its arguments. {device}, {rate} and
    {channels} are filled in; with {rate} it gets raw signed 16 bit PCM instead.
    null: the first of paplay, pw-play and aplay that is there and works."""
    device: Annotated[str, StringConstraints(pattern=r"^[^\s-][^\x00-\x1f]{0,199}$")] | None = None
    """Name of the loudspeaker, as the player calls it; null: the usual one."""
    volume: int = Field(default=80, ge=0, le=100)
    """How loud; 0: nothing is played."""
    quiet: QuietVolume | None = None
    """When it is softer, or silent."""
    sounds: bool = True
    """Whether short sounds tell that it woke, understood, or failed."""
