"""What `hearthd doctor` and `hearthd voice list` say of voice: microphones, models, speech programs."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.api import Desk, Finding
from integrations.voice.catalogue import CATALOGUE
from integrations.voice.ear.recognisers import RecogniserError
from integrations.voice.ear.recognisers.model_folder import model_folder
from integrations.voice.models import chosen_model, pulled
from integrations.voice.section import Settings
from integrations.voice.speaking import choice
from integrations.voice.speaking.espeak import PROGRAM as ESPEAK
from integrations.voice.speaking.piper import PROGRAM as PIPER
from integrations.voice.speaking.player import PLAYERS
from integrations.voice.speaking.section import for_language

WITHIN = 5.0
"""Seconds that one look may take."""
MICROPHONE, HEARING, SPEAKING = "microphone", "speech to text", "text to speech"


def microphones() -> tuple[list[dict[str, Any]], str | None]:
    """The microphones of this machine; and why they can't be told, if so."""
    argv = [sys.executable, "-m", "integrations.voice.ear.sources"]
    try:
        asked = subprocess.run(argv, capture_output=True, timeout=WITHIN, check=False)  # noqa: S603  # ourselves
        told = json.loads(asked.stdout)
    except subprocess.TimeoutExpired:
        return [], "the sound system does not answer: is PulseAudio or PipeWire stuck?"
    except (OSError, ValueError):
        return [], "the sound system can't be asked: PortAudio fails"
    return told.get("devices", []), told.get("reason")


def listed(desk: Desk) -> dict[str, Any]:
    """Microphones and models, JSON-ready."""
    devices, problem = microphones()
    used = chosen_model(desk.settings(Settings).stt, desk.state_dir / "voice", desk.language)
    here = {one.name: one for one in pulled(desk.state_dir / "voice")}
    if used is not None:
        here.setdefault(used.name, used)
    models = [_model(path, used=path == used) for path in here.values()]
    models += [
        {
            "name": one.name,
            "language": one.language,
            "size_mb": one.size_mb,
            "state": "can be pulled",
            "where": one.url,
            "checksum": one.sha256 is not None,
        }
        for one in CATALOGUE.values()
        if one.name not in here
    ]
    told = [{key: one[key] for key in ("name", "channels", "rate", "default")} for one in devices]
    return {"microphones": told, "problem": problem, "models": models}


def _model(path: Path, *, used: bool) -> dict[str, Any]:
    """One that is here, or should be."""
    language, state = None, "in use" if used else "here"
    try:
        language = model_folder(str(path), language=None).language
    except (RecogniserError, OSError, ValueError) as error:
        state = str(error)
    size = sum(one.stat().st_size for one in path.rglob("*") if one.is_file()) if path.is_dir() else 0
    return {
        "name": path.name,
        "language": language,
        "size_mb": round(size / 1e6),
        "state": state,
        "where": str(path),
        "checksum": None,
    }


def findings(desk: Desk) -> Iterator[Finding]:
    """What is needed, and how it is."""
    if not desk.enabled:
        yield Finding(what=MICROPHONE, ok=True, says="not needed: the configuration has no 'voice:'")
        return
    config = desk.settings(Settings)
    running = desk.ask("voice")
    yield _microphone(config, running if isinstance(running, Mapping) else {})
    yield _hearing(config, desk)
    yield _speaking(config, desk.language)


def _microphone(config: Settings, running: Mapping[str, Any]) -> Finding:
    source = config.microphone
    if source is None:
        ok, says = True, "none is wanted: 'voice: microphone:' is none"
    elif running.get("state") not in (None, "off"):
        ok, says = True, f"the daemon hears {running.get('microphone')}"
    elif source.command is not None:
        ok = shutil.which(source.command[0]) is not None
        says = (
            source.command[0]
            if ok
            else f"{source.command[0]} is not installed; 'voice: microphone:' names it"
        )
    elif source.file is not None:
        ok = source.file.is_file()
        says = str(source.file) if ok else f"{source.file} is not there"
    elif source.stream is not None:
        obstacle = _obstacle(source.stream)
        ok, says = obstacle is None, f"{source.stream} {obstacle or 'takes connections'}"
    else:
        ok, says = _soundcard(source.device)
    # It may be plugged in later, and the rest goes on without.
    return Finding(what=MICROPHONE, ok=ok, says=says, needed=False)


def _soundcard(wanted: str | None) -> tuple[bool, str]:
    """Whether the sound card that is configured is there, and what is to be said of it."""
    devices, problem = microphones()
    names = [str(one["name"]) for one in devices]
    if problem is not None or not devices:
        why = problem or "there is none; plug one in, and see that our user is in the group 'audio'"
        return False, f"{why} ('voice: {{microphone: none}}' if there is to be none)"
    if wanted is None:
        default = next((str(one["name"]) for one in devices if one["default"]), None)
        says = default or f"none is the default one; choose with 'voice: microphone:' from {', '.join(names)}"
        return default is not None, says
    fitting = next((one for one in names if wanted.strip().casefold() in one.casefold()), None)
    return fitting is not None, fitting or f"none is called {wanted!r}; there are {', '.join(names)}"


def _hearing(config: Settings, desk: Desk) -> Finding:
    stt, english = config.stt, desk.language.casefold().startswith("en")
    if stt.engine == "none":
        return Finding(what=HEARING, ok=True, says="'voice: stt: engine:' is none")
    if stt.engine == "wyoming":
        obstacle = _obstacle(stt.url or "")
        says = f"wyoming, because it is set: {stt.url} {obstacle or 'takes connections'}"
        return Finding(what=HEARING, ok=obstacle is None, says=says, needed=False)
    model = chosen_model(stt, desk.state_dir / "voice", desk.language)
    if stt.engine == "pocketsphinx" or (stt.engine == "auto" and model is None):
        why = "it is set" if stt.engine == "pocketsphinx" else "there is no model of Vosk"
        if not english:
            says = f"pocketsphinx understands English only, and this house speaks {desk.language!r}"
            return Finding(what=HEARING, ok=False, says=f"{says}; 'hearthd voice list' names models to pull")
        says = f"pocketsphinx, because {why}; it hears the sentences that the house knows and nothing else"
        return Finding(what=HEARING, ok=True, says=says)
    try:
        found = model_folder(str(model) if model else None, language=desk.language)
    except (RecogniserError, OSError, ValueError) as error:
        return Finding(what=HEARING, ok=False, says=str(error))
    why = "it is set" if stt.engine == "vosk" or stt.model else "there is a model of it for this language"
    says = f"vosk, because {why}: {found.path}, whole, {len(found.words)} words"
    return Finding(what=HEARING, ok=True, says=says)


def _speaking(config: Settings, language: str) -> Finding:
    engines, why = choice(config.tts)
    if not engines:
        return Finding(what=SPEAKING, ok=True, says=f"nothing is said: {why}")
    obstacles = {one: _engine_obstacle(one, config, language) for one in engines}
    well = next((one for one in engines if obstacles[one] is None), None)
    wrong = "; ".join(text for text in obstacles.values() if text is not None)
    if well is None:
        return Finding(what=SPEAKING, ok=False, says=wrong)
    player = (
        config.speaker.command[0] if config.speaker.command else next(filter(shutil.which, PLAYERS), None)
    )
    if player is None or shutil.which(player) is None:
        says = f"{player} is not installed" if player else f"there is no player, none of {', '.join(PLAYERS)}"
        return Finding(what=SPEAKING, ok=False, says=f"{well}; {says}: `apt install pulseaudio-utils`")
    says = f"{well}, because {why}; played by {player}{f' ({wrong})' if wrong else ''}"
    return Finding(what=SPEAKING, ok=True, says=says)


def _engine_obstacle(engine: str, config: Settings, language: str) -> str | None:
    """Why that engine can't speak."""
    if engine == "wyoming":
        obstacle = _obstacle(config.tts.url or "")
        return obstacle and f"{config.tts.url} {obstacle}"
    if engine == "piper":
        model = for_language(config.tts.model, language)
        if shutil.which(PIPER) is None:
            return "piper is not installed: `pipx install piper-tts`"
        return None if model is None or model.is_file() else f"{model} is not there"
    return None if shutil.which(ESPEAK) else "espeak-ng is not installed: `apt install espeak-ng`"


def _obstacle(url: str) -> str | None:
    """Why nobody can be reached there."""
    try:
        where = urlsplit(url)
        socket.create_connection((where.hostname or "", where.port or 0), timeout=WITHIN).close()
    except (OSError, ValueError) as error:
        return f"can't be reached: {error}"
    return None
