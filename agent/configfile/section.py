"""A part of the configuration, or a file of its own, as the model that knows what it means."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from agent.configfile.explain import told
from agent.configfile.mistakes import Mistake, refused
from agent.configfile.reader import Reader
from agent.configfile.sources import credentials_tree, filled
from agent.configfile.tree import Keys, Tree, merged
from agent.section import Section

S = TypeVar("S", bound=Section)


def validate_section(model: type[S], tree: Tree, where: Keys, *, environment: Mapping[str, str]) -> S:
    """`tree`, which stands at `where` of the configuration, as a `model`; secret fields may be credentials.

    Raises:
        ConfigError: it does not fit; one line for each mistake.
    """
    mistakes: list[Mistake] = []
    tree = filled(tree, model)
    name = str(where[-1]) if where else ""
    credentials = credentials_tree(environment, model=model, below=tree, name=name, note=mistakes.append)
    return _validated(model, merged(tree, credentials), where, mistakes)


def read_section(model: type[S], path: Path, *, environment: Mapping[str, str]) -> S:
    """The file at `path`, with all that it includes, as a `model`.

    Raises:
        ConfigError: it cannot be read or does not fit; one line for each mistake.
    """
    reader = Reader(folder=path.parent, environment=environment)
    return _validated(model, filled(reader.file(path), model), (), reader.mistakes)


def _validated(model: type[S], tree: Tree, where: Keys, mistakes: list[Mistake]) -> S:
    try:
        section = model.model_validate({} if tree.bare else tree.plain())
    except ValidationError as error:
        mistakes += told(error, model=model, tree=tree, prefix=where, complete=not mistakes)
    if mistakes:
        raise refused(mistakes)
    return section
