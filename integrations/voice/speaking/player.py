"""Sound goes to a program: paplay, pw-play or aplay, whichever is there and works, or one of the user's.

The samples go over a pipe; whoever stops waiting for the end kills the program, and with it the sound.
"""

import asyncio
import shutil
from contextlib import suppress
from typing import NamedTuple

from agent.api import ConfigError, TransientError
from integrations.voice.speaking.audio import Audio, scaled, wav_header
from integrations.voice.speaking.program import end, piped, start, words
from integrations.voice.speaking.section import SpeakerSettings

PLAYERS = ("paplay", "pw-play", "aplay")
CHUNK = 16_384
"""Bytes that are scaled at a time: a moment of work between two looks at everything else."""
LATE = 4.0
"""Seconds that a player may take beyond the length of what it plays."""


class _Way(NamedTuple):
    argv: tuple[str, ...]
    wav: bool
    """Whether it wants a header."""


class Player:
    """Plays one thing at a time."""

    def __init__(self, settings: SpeakerSettings) -> None:
        self._settings = settings
        self._works: str | None = None
        self._knows_raw: bool | None = None

    async def play(self, audio: Audio, gain: float) -> None:
        """Play `audio` to its end; cancelled, the sound is over at once. `gain` is a factor up to 1.

        Raises:
            ConfigError: there is no player.
            TransientError: none that is there plays it.
        """
        if not audio.pcm:
            return
        obstacles = []
        for name in self._players():
            way = await self._way(name, audio)
            obstacle = await self._played(way, audio, gain)
            if obstacle is None:
                self._works = name
                return
            obstacles.append(f"{way.argv[0]}: {obstacle}")
        raise TransientError(f"nothing can be played: {'; '.join(obstacles)}")

    def _players(self) -> list[str]:
        """The players to be tried, the one that worked last first.

        Raises:
            ConfigError: there are none.
        """
        if self._settings.command is not None:
            program = self._settings.command[0]
            if shutil.which(program) is None:
                raise ConfigError(f"{program} is not installed; 'voice: speaker: command:' names it")
            return [program]
        found = [name for name in PLAYERS if shutil.which(name)]
        if not found:
            raise ConfigError(
                f"there is no player; one of {', '.join(PLAYERS)} is needed: "
                "`apt install pulseaudio-utils` or `apt install alsa-utils` would be right"
            )
        return sorted(found, key=lambda name: name != self._works)

    async def _way(self, name: str, audio: Audio) -> _Way:
        """How `name` is called to play `audio`."""
        rate, channels, device = str(audio.rate), str(audio.channels), self._settings.device
        if self._settings.command is not None:
            raw = any("{rate}" in one for one in self._settings.command)
            fills = {"{rate}": rate, "{channels}": channels, "{device}": device or "default"}
            return _Way(tuple(_filled(one, fills) for one in self._settings.command), wav=not raw)
        match name:
            case "paplay":
                # Without a latency it waits until it has two seconds of sound, or all of it.
                argv = [
                    name, "--raw", "--format=s16le", f"--rate={rate}", f"--channels={channels}",
                    "--client-name=hearthd", "--latency-msec=300",
                    *([f"--device={device}"] if device else []),
                ]  # fmt: skip
            case "pw-play":
                raw_option = ["--raw"] if await self._pipewire_knows_raw() else []
                target = ["--target", device] if device else []
                argv = [
                    name,
                    *raw_option,
                    "--rate",
                    rate,
                    "--channels",
                    channels,
                    "--format",
                    "s16",
                    *target,
                    "-",
                ]
            case _:
                argv = [
                    name, "--quiet", "--file-type=raw", "--format=S16_LE", f"--rate={rate}",
                    f"--channels={channels}", *([f"--device={device}"] if device else []), "-",
                ]  # fmt: skip
        return _Way(tuple(argv), wav=False)

    async def _pipewire_knows_raw(self) -> bool:
        """Whether pw-play has to be told that its input is raw; of old it always was, from a pipe."""
        if self._knows_raw is None:
            try:
                told = await piped("pw-play", "--help", data=b"", within=LATE)
            except TransientError:
                return False
            self._knows_raw = b"--raw" in told
        return self._knows_raw

    async def _played(self, way: _Way, audio: Audio, gain: float) -> str | None:
        """Play it; None if that went well, else what went wrong."""
        process = None
        try:
            async with asyncio.timeout(audio.seconds + LATE):
                process = await start(*way.argv, output=False)
                _, said = await asyncio.gather(_fed(process, way, audio, gain), words(process))
                code = await process.wait()
        except TimeoutError:
            return "it does not come to an end"
        except (ConfigError, TransientError) as error:
            return str(error)
        finally:
            if process is not None:
                await end(process)
        return (said or f"it ended with {code}") if code else None


async def _fed(process: asyncio.subprocess.Process, way: _Way, audio: Audio, gain: float) -> None:
    """Give the player the sound as fast as it wants it; that it does not shows when it ends."""
    assert process.stdin is not None  # noqa: S101  # it was asked for
    with suppress(ConnectionError):
        if way.wav:
            process.stdin.write(wav_header(audio))
        for at in range(0, len(audio.pcm), CHUNK):
            process.stdin.write(scaled(audio.pcm[at : at + CHUNK], gain))
            await process.stdin.drain()
    process.stdin.close()


def _filled(argument: str, fills: dict[str, str]) -> str:
    for name, value in fills.items():
        argument = argument.replace(name, value)
    return argument
