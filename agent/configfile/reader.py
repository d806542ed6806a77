"""Reads files into trees and follows their tags: `!secret NAME`, `!include FILE`, `!env_var NAME [DEFAULT]`.

A file that cannot be read, or a tag that stands for nothing, is noted and the rest is read on, so that people
hear of everything at once.
"""

import errno
import os
import re
import stat
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from agent.configfile.mistakes import Mistake, UnreadableError, meant
from agent.configfile.tree import Keys, Place, Tree, nothing
from agent.configfile.yaml import parse

LARGEST = 1 << 20
"""Bytes of one file."""
MOST_DEEP = 8
MOST_FILES = 200
SECRETS = "secrets.yaml"
_NAME = re.compile(r"\w[\w.-]*")


def contents(path: Path) -> bytes:
    """The bytes of a regular file.

    Raises:
        OSError: it cannot be read, or is larger than a configuration ever is; `strerror` says which.
    """
    with open(path, "rb", opener=_without_waiting) as file:  # Path.open takes no opener
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST} bytes")
    return content


def credential(environment: Mapping[str, str], name: str) -> str | None:
    """What systemd was told to hand over as `name`, None if there is no such credential.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not text.
    """
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder or not _NAME.fullmatch(name):
        return None
    try:
        return contents(Path(folder) / name).decode().removesuffix("\n").removesuffix("\r")
    except FileNotFoundError:
        return None


def reason(error: OSError | UnicodeDecodeError) -> str:
    """Why something cannot be read, for a message."""
    match error:
        case UnicodeDecodeError():
            return "it is not text in UTF-8"
        case FileNotFoundError():
            return "there is no such file"
        case PermissionError():
            return "it may not be read by this user"
        case _:
            return error.strerror or str(error)


class Reader:
    """One reading of the configuration: what was read, and what was wrong with it.

    `folder` is where `secrets.yaml` is looked for when there is none beside the file that asks for a secret.
    """

    def __init__(self, *, folder: Path, environment: Mapping[str, str]) -> None:
        self.mistakes: list[Mistake] = []
        self.files: list[Path] = []
        """Every file that was read, less the ones that hold secrets."""
        self._folder = folder
        self._environment = environment
        self._open: list[str] = []
        self._secrets: dict[Path, Mapping[str, Tree] | None] = {}
        self._tags = {"!secret": self._secret, "!include": self._include, "!env_var": self._env_var}

    def file(self, path: Path) -> Tree:
        """What `path` holds, nothing if it cannot be read."""
        return self._file(path, place=Place(str(path)), at=(), asked="")

    def _file(self, path: Path, *, place: Place, at: Keys, asked: str) -> Tree:
        try:
            text = self._text(path, place=place, at=at, asked=asked)
            self._open.append(os.path.realpath(path))
            try:
                tagged = partial(self._tagged, path)
                return parse(text, source=str(path), tagged=tagged, note=self.mistakes.append, at=at)
            finally:
                self._open.pop()
        except UnreadableError as error:
            self.mistakes.append(error.mistake)
            return nothing(place)

    def _text(self, path: Path, *, place: Place, at: Keys, asked: str) -> str:
        if os.path.realpath(path) in self._open:
            raise UnreadableError(Mistake(place, at, f"{asked}this would include the file in itself"))
        if len(self._open) > MOST_DEEP:
            raise UnreadableError(Mistake(place, at, f"{asked}files may be included {MOST_DEEP} deep"))
        if len(self.files) >= MOST_FILES:
            raise UnreadableError(Mistake(place, at, f"{asked}there may be {MOST_FILES} files in all"))
        try:
            content = contents(path)
        except OSError as error:
            raise UnreadableError(Mistake(place, at, f"{asked}{reason(error)}")) from error
        self.files.append(path)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise UnreadableError(
                Mistake(Place(str(path), line), at, "not UTF-8; save the file as UTF-8")
            ) from error

    def _tagged(self, path: Path, tag: str, text: str, place: Place, keys: Keys) -> Tree:
        """What a tag in `path` stands for."""
        follow = self._tags.get(tag)
        if follow is None:
            return self._nothing(place, keys, f"unknown tag {tag!r}; {meant(tag, self._tags)}")
        if not text or "\0" in text:
            return self._nothing(place, keys, f"{tag} takes a name, as in '{tag} NAME'")
        return follow(path, text, place, keys)

    def _include(self, path: Path, text: str, place: Place, keys: Keys) -> Tree:
        return self._file(path.parent / text, place=place, at=keys, asked=f"!include {text}: ")

    def _env_var(self, _path: Path, text: str, place: Place, keys: Keys) -> Tree:
        name, _, default = text.partition(" ")
        value = self._environment.get(name) or default.strip()
        if not value:
            return self._nothing(
                place, keys, f"${name} is not set; set it, or write a default as in '!env_var {name} DEFAULT'"
            )
        return Tree(value=value, place=place)

    def _secret(self, path: Path, text: str, place: Place, keys: Keys) -> Tree:
        folders = tuple(dict.fromkeys((path.parent, self._folder)))
        known: dict[str, Tree] = {}
        for folder in reversed(folders):
            found = self._secrets_in(folder)
            if found is None:
                return nothing(place)
            known.update(found)
        written = known[text].value if text in known else None
        try:
            value = written if isinstance(written, str) and written else credential(self._environment, text)
        except (OSError, UnicodeDecodeError) as error:
            return self._nothing(place, keys, f"credential {text!r}: {reason(error)}")
        if not value:
            files = " or ".join(str(folder / SECRETS) for folder in folders)
            cure = meant(text, known) if known else f"it belongs in {files}"
            return self._nothing(place, keys, f"no secret {text!r}; {cure}")
        return Tree(value=value, place=place, hidden=True)

    def _secrets_in(self, folder: Path) -> Mapping[str, Tree] | None:
        """The secrets in a folder; None if they cannot be read, which is noted once."""
        path = folder / SECRETS
        if path not in self._secrets:
            self._secrets[path] = self._read_secrets(path)
        return self._secrets[path]

    def _read_secrets(self, path: Path) -> Mapping[str, Tree] | None:
        place = Place(str(path))
        before = len(self.mistakes)
        try:
            text = contents(path).decode("utf-8-sig")
            tree = parse(text, source=str(path), tagged=self._plain, note=self.mistakes.append, typed=False)
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._nothing(place, (), reason(error))
        except UnicodeDecodeError:
            self._nothing(place, (), "not UTF-8; save the file as UTF-8")
        except UnreadableError as error:
            self.mistakes.append(error.mistake)
        else:
            for name, one in tree.children.items():
                if one.children or one.items:
                    self._nothing(one.place, (name,), "a secret is one piece of text")
            if not tree.bare and not isinstance(tree.value, Mapping):
                self._nothing(tree.place, (), "secrets are written as 'name: text', one a line")
            if len(self.mistakes) == before:
                return tree.children
        return None

    def _plain(self, tag: str, _text: str, place: Place, keys: Keys) -> Tree:
        return self._nothing(place, keys, f"{tag} cannot be used among the secrets")

    def _nothing(self, place: Place, keys: Keys, text: str) -> Tree:
        self.mistakes.append(Mistake(place, keys, text))
        return nothing(place)


def _without_waiting(path: str, flags: int) -> int:
    """Open even a pipe that nobody writes to."""
    return os.open(path, flags | os.O_NONBLOCK)
