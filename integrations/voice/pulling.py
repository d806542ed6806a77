"""Getting a model of Vosk: downloaded, looked at, unpacked beside its place, and only then put there."""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from agent.api import ConfigError, Desk, TransientError
from integrations.voice.catalogue import CATALOGUE, Pulled
from integrations.voice.ear.recognisers import RecogniserError
from integrations.voice.ear.recognisers.model_folder import ModelFolder, model_folder
from integrations.voice.unpacking import look, unpack

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,127}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_OURSELVES = frozenset({"127.0.0.1", "::1", "localhost"})
_BESIDE = ".unpacking"


def pull(desk: Desk, what: str, *, sha256: str | None, trusting: bool) -> Pulled:
    """Have the model `what`, a name of the catalogue or an address, in the folder of models.

    Args:
        desk: what the command line knows.
        what: a name of the catalogue, or the address of a ZIP archive.
        sha256: the checksum of the archive; for a name of the catalogue the known one, unless given.
        trusting: without a checksum, whatever is at the address is believed.

    Raises:
        ConfigError: it can't be had like this.
        TransientError: not now; the same command goes on from there.
    """
    url, name, sha256 = _wanted(what, sha256, trusting=trusting)
    place = desk.state_dir / "voice"
    target, archive = place / name, place / f"{name}.zip"
    there = _whole(target)
    if there is not None:
        return Pulled(name=name, folder=target, language=there.language, sha256=None, come=False)
    # What was downloaded and never unpacked may be of another pull.
    if archive.exists() and (sha256 is None or _digest(archive) != sha256):
        archive.unlink()
    if not archive.exists():
        desk.fetch(url, archive, sha256=sha256, name="ZIP archive", magic=b"PK\x03\x04", check=look)
    found = _digest(archive)
    try:
        model = _put(archive, target)
    except ConfigError:
        archive.unlink(missing_ok=True)
        raise
    archive.unlink(missing_ok=True)
    return Pulled(name=name, folder=target, language=model.language, sha256=found, come=True)


def _wanted(what: str, sha256: str | None, *, trusting: bool) -> tuple[str, str, str | None]:
    """Address, name and checksum."""
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise ConfigError("--sha256: 64 hexadecimal digits, as sha256sum prints them")
    if "://" in what:
        url = what
        name = unquote(PurePosixPath(urlsplit(url).path).name).removesuffix(".zip")
    else:
        name = what.removesuffix(".zip")
        offered = CATALOGUE.get(name)
        if offered is None:
            raise ConfigError(
                f"there is no model {what!r} in the catalogue: it has {', '.join(CATALOGUE)};"
                " another one has an address (https://...zip) and a --sha256"
            )
        url, sha256 = offered.url, sha256 or offered.sha256
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{url}: {name!r} can't name a folder here; letters, digits, '.', '_' and '-' can")
    if sha256 is None:
        if not trusting:
            raise ConfigError(
                f"{url}: no checksum of it is known; give it with --sha256, or believe whatever is there with"
                " --trust-address"
            )
        where = urlsplit(url)
        if where.scheme != "https" and where.hostname not in _OURSELVES:
            raise ConfigError(f"{url}: --trust-address takes https; anybody on the way could change this")
    return url, name, sha256.lower() if sha256 else None


def _put(archive: Path, target: Path) -> ModelFolder:
    """Unpack it beside `target`, and move it there if it is a model."""
    with _alone(target.parent):
        beside = target.parent / _BESIDE
        shutil.rmtree(beside, ignore_errors=True)
        try:
            beside.mkdir()
            # By its name a model is known, and its language.
            made = beside / target.name
            unpack(archive, made)
            model = model_folder(str(made), language=None)
            if target.exists():
                # It is no whole model: one was not downloaded again.
                target.rename(beside / "before")
            made.rename(target)
        except RecogniserError as error:
            why = str(error).partition(". Fetch it again")[0]
            raise ConfigError(f"{why}; it was removed") from None
        except OSError as error:
            raise ConfigError(f"{error.filename or target}: {error.strerror or error}") from None
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return model


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else unpacks in `folder` meanwhile."""
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise TransientError(f"{folder}: another process unpacks a model there; try again later") from None
    finally:
        os.close(number)


def _whole(folder: Path) -> ModelFolder | None:
    if not folder.is_dir():
        return None
    try:
        return model_folder(str(folder), language=None)
    except (RecogniserError, OSError, ValueError):
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
