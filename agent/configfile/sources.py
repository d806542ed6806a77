"""Where configuration comes from: files in the usual places, the environment, systemd's credentials."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from agent.configfile.mistakes import Mistake, Note, UnreadableError
from agent.configfile.reader import SECRETS, credential, reason
from agent.configfile.shape import expects_text
from agent.configfile.tree import Keys, Place, Tree, mapping, merged, nested
from agent.configfile.yaml import parse

PREFIX = "HEARTHD_"
CHOSEN = "HEARTHD_CONFIG"
MAIN = "config.yaml"
_SYSTEM = Path("/etc/hearthd")


def main_file(given: Path | None, environment: Mapping[str, str]) -> Path:
    """The file that was asked for, else `config.yaml` in the place for it.

    That is the folder systemd names in `$CONFIGURATION_DIRECTORY`, else a user's `$XDG_CONFIG_HOME/hearthd`
    if there is anything in it, else `/etc/hearthd`.
    """
    if given is not None:
        return given
    if environment.get(CHOSEN):
        return Path(environment[CHOSEN])
    if folders := environment.get("CONFIGURATION_DIRECTORY"):
        return Path(folders.split(":")[0]) / MAIN
    if os.geteuid() != 0:
        own = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "hearthd"
        if _exists(own / MAIN) or _exists(own / "conf.d"):
            return own / MAIN
    return _SYSTEM / MAIN


def config_files(main: Path, *, needed: bool) -> tuple[Path, ...]:
    """`main`, if it is there or `needed`, and every `conf.d/*.yaml` beside it, by name."""
    beside = sorted(path for path in (main.parent / "conf.d").glob("*.yaml") if path.name != SECRETS)
    return (main, *beside) if needed or _exists(main) else tuple(beside)


def environment_tree(environment: Mapping[str, str], *, model: type[BaseModel], note: Note) -> Tree:
    """Settings in variables: `HEARTHD_MQTT__PORT=8883` is `mqtt.port`. Lists and mappings stand as JSON.

    A variable without a double underscore, or without a value, is none of ours.
    """
    whole = mapping({}, Place("environment"))
    for name, text in sorted(environment.items()):
        keys = tuple(name.removeprefix(PREFIX).lower().split("__"))
        if not name.startswith(PREFIX) or len(keys) == 1 or not text or not all(keys):
            continue
        place = Place(f"environment {name}")
        value = Tree(value=text, place=place)
        if text[0] in "[{" and not expects_text(keys, model):
            try:
                value = parse(text, source=place.source, tagged=_no_tags, note=note, lines=False, at=keys)
            except UnreadableError as error:
                note(error.mistake)
                continue
        whole = merged(whole, nested(keys, value))
    return whole


def credentials_tree(
    environment: Mapping[str, str], *, model: type[BaseModel], below: Tree, name: str, note: Note
) -> Tree:
    """Secret fields that systemd hands over as files: `mqtt_password` for `password` in the section `mqtt`.

    `name` is the section's, empty for the whole. A part of the model that is left out altogether needs none.
    """
    whole = mapping({}, Place("credentials"))
    for keys in _secret_fields(model, below):
        file = "_".join(filter(None, (name, *keys)))
        place = Place(f"credential {file}")
        try:
            text = credential(environment, file)
        except (OSError, UnicodeDecodeError) as error:
            note(Mistake(place, keys, reason(error)))
            continue
        if text is not None:
            whole = merged(whole, nested(keys, Tree(value=text, place=place, hidden=True)))
    return whole


def filled(tree: Tree, model: type[BaseModel]) -> Tree:
    """`tree` with every section that is named but has nothing in it as an empty one: it has its defaults."""
    children = dict(tree.children)
    for key, one in children.items():
        info = model.model_fields.get(key)
        section = None if info is None else _section_in(info.annotation)
        if section is not None:
            children[key] = mapping({}, one.place) if one.bare else filled(one, section)
        elif info is not None and (kept := _kept_in(info.annotation)) is not None:
            inner = {
                name: mapping({}, named.place) if named.bare else filled(named, kept)
                for name, named in one.children.items()
            }
            children[key] = mapping(inner, one.place) if one.children else one
    return mapping(children, tree.place) if tree.children else tree


def _exists(path: Path) -> bool:
    """Whether there is something to read; where we may not look there is, and reading it says why not."""
    try:
        return path.exists()
    except OSError:
        return True


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a field holds, optional ones too."""
    for kind in _members(annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _kept_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a field holds many of, by name."""
    is_mapping = get_origin(annotation) in (dict, Mapping)
    return _section_in(get_args(annotation)[1]) if is_mapping else None


def _members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; anything else is its only member."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _secret_fields(model: type[BaseModel], below: Tree | None) -> Iterator[tuple[str, ...]]:
    for name, info in model.model_fields.items():
        inner = None if below is None else below.child(name)
        section = _section_in(info.annotation)
        if SecretStr in _members(info.annotation):
            yield (name,)
        elif section is not None and (inner is not None or info.default is not None):
            for keys in _secret_fields(section, inner):
                yield (name, *keys)


def _no_tags(tag: str, _text: str, place: Place, keys: Keys) -> Tree:
    raise UnreadableError(Mistake(place, keys, f"{tag} cannot be used in the environment"))
