"""The exact, fast tier: sentence templates of Home Assistant and of our own, in the languages they come in.

A sentence is tried as it is, then with names that are nearly those of the house ("bedroom lamb"). What is
said decides alone; nothing here looks at states or acts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from hassil.intents import SlotList, TextSlotList, WildcardSlotList
from hassil.recognize import RecognizeResult
from home_assistant_intents import get_intents, get_languages

from agent.core.intents import Intent
from agent.engines import files, gates
from agent.engines.quantity import is_plural, means_every, without_article
from agent.engines.templates import HERE, TASKS, Templates
from agent.engines.text import plain_value, squeezed
from agent.engines.vocabulary import Kind, Vocabulary
from agent.errors import ConfigError
from agent.home.fuzzy import words_of

log = structlog.get_logger(__name__)
_FREE: tuple[Kind, ...] = ("area", "name", "floor")
BEGUN_BY_NAME = frozenset({"scene", "script"})
"""What is begun by saying its name, also amid a longer sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read a sentence. `rank` orders readings, lowest first."""

    intent: Intent
    template: str
    nearly: bool
    wild: frozenset[str]
    rank: tuple[Any, ...]
    bare: bool = False
    """Nothing was said but a name."""


class Grammar:
    """The templates of each language, loaded when it is first spoken."""

    def __init__(self, *, folders: Sequence[Path] = ()) -> None:
        """Take `folders` with sentence files of the user: `<language>/*.yaml` or `<language>.yaml`."""
        self._folders = tuple(folders)
        self._templates: dict[str, Templates | None] = {}
        self.refused: list[str] = []
        """What is wrong with the user's files that were left out, a line for each mistake."""

    def templates(self, language: str) -> Templates | None:
        """The templates of `language`, None if there are none."""
        known = language_known(language)
        if known is None:
            return None
        if known not in self._templates:
            self._templates[known] = self._loaded(known)
        return self._templates[known]

    def speaks(self, language: str) -> bool:
        """Whether the templates of `language` are loaded, or there are none."""
        known = language_known(language)
        return known is None or known in self._templates

    def readings(
        self,
        text: str,
        language: str,
        vocabulary: Vocabulary,
        *,
        nearly: bool,
        inner: Callable[[str], bool],
    ) -> list[Reading]:
        """Every way to read `text`, best first.

        `nearly`: names may be misheard. `inner` says whether a command within it can be read.
        """
        templates = self.templates(language)
        if templates is None:
            return []
        found = (
            vocabulary.nearly_spoken(text, templates.uses) if nearly else vocabulary.spoken(squeezed(text))
        )
        found |= _tasks(templates, vocabulary.tasks_in(text))
        return self._read(templates, text, found, inner, nearly=nearly)

    def mishears(self, text: str, language: str, vocabulary: Vocabulary) -> bool:
        """Whether some part of `text` is nearly a name, and none itself."""
        templates = self.templates(language)
        return templates is not None and vocabulary.mishears(text, templates.uses)

    def with_free_names(self, text: str, language: str, vocabulary: Vocabulary) -> list[Reading]:
        """Every way to read `text` if anything could be the name of an area, an entity or a floor.

        A text that would be nothing but such a name is not read.
        """
        templates = self.templates(language)
        if templates is None:
            return []
        lists = vocabulary.spoken(squeezed(text))
        found: list[Reading] = []
        for kind in _FREE:
            if kind == "name" and vocabulary.only_names(text, templates.uses):
                # Every word is usual or part of a name that is known: no name is missing.
                continue
            free: dict[str, SlotList] = {**lists, kind: WildcardSlotList(name=kind)}
            read = self._read(templates, text, free, lambda _: False, nearly=False, any_domain=kind == "name")
            found += [one for one in read if not one.bare]
        return found

    def _read(
        self,
        templates: Templates,
        text: str,
        lists: Mapping[str, SlotList],
        inner: Callable[[str], bool],
        *,
        nearly: bool,
        any_domain: bool = False,
    ) -> list[Reading]:
        readings: dict[tuple[str, str, str], Reading] = {}
        for result in templates.matches(text, dict(lists), any_domain=any_domain):
            one = _reading(result, text, templates.language, nearly=nearly)
            if not gates.passes(one.intent, one.wild, inner=inner):
                continue
            key = (one.intent.name, repr(sorted(one.intent.slots.items())), one.template)
            twin = readings.get(key)
            if twin is not None:
                domains = twin.intent.domains | one.intent.domains
                one = replace(twin, intent=replace(twin.intent, domains=domains))
            readings[key] = one
        return sorted(readings.values(), key=lambda one: one.rank)

    def _loaded(self, language: str) -> Templates | None:
        data = get_intents(language)
        if data is None:
            return None
        own = files.ours(language)
        base = {
            key: {
                **data.get(key, {}),
                **{name: one for file in own for name, one in file.get(key, {}).items()},
            }
            for key in ("lists", "expansion_rules")
        }
        for path in files.of_user(self._folders, language):
            try:
                more = files.parsed(path)
                files.checked(path, more, base)
            except ConfigError as error:
                self.refused += str(error).splitlines()
                log.warning("sentences.refused", file=str(path), reason=str(error))
            else:
                own.append(more)
        return Templates(data, *own)


def _tasks(templates: Templates, said: Sequence[str]) -> dict[str, SlotList]:
    """The list of tasks with those in it that are called what was `said`; nothing where none is."""
    usual = templates.lists.get(TASKS)
    if not said or not isinstance(usual, TextSlotList):
        return {}
    ours = TextSlotList.from_tuples(((one, one) for one in said), allow_template=False, name=TASKS)
    return {TASKS: TextSlotList(name=TASKS, values=[*ours.values, *usual.values])}


def language_known(language: str) -> str | None:
    """The language of the data that serves `language`: itself, or the same without a region."""
    known = {one.casefold(): one for one in get_languages()}
    wanted = language.replace("_", "-").casefold()
    return known.get(wanted) or known.get(wanted.partition("-")[0]) or ("zh-CN" if wanted == "zh" else None)


def _reading(result: RecognizeResult, text: str, language: str, *, nearly: bool) -> Reading:
    said = {name: plain_value(entity.value) for name, entity in result.entities.items()}
    here = said.get("area") == HERE
    if here:
        del said["area"]
    domain = result.context.get("domain") if "name" in said else None
    name = result.entities.get("name")
    spoken = {**said, "name": name.text} if name is not None else said
    every = means_every(text, language, spoken)
    if nearly and name is not None and is_plural(name.text) and not is_plural(str(said["name"])):
        # "The bedroom lights" are more than the one that is called "Bedroom Light".
        every, said["name"] = True, without_article(name.text)
    bare = name is not None and words_of(name.text) == words_of(text)
    wild = [entity for entity in result.entities_list if entity.is_wildcard]
    return Reading(
        intent=Intent(
            name=result.intent.name,
            slots=said,
            text=text,
            language=language,
            response=result.response,
            domains=frozenset({domain}) if isinstance(domain, str) else frozenset(),
            here=here,
            every=every,
        ),
        template=(result.intent_sentence.text if result.intent_sentence else None) or "",
        nearly=nearly,
        wild=frozenset(entity.name for entity in wild),
        bare=bare,
        # Home Assistant's own order: the longest name, then the fewest wildcards, then the most literal text.
        rank=(
            # "bedrom lights" are the lights of the bedroom, not one light that is nearly called so.
            nearly and every and name is not None,
            # A thing that is called like a command must not speak for it.
            bare and (not isinstance(domain, str) or domain not in BEGUN_BY_NAME),
            -len(name.text) if name is not None and not name.is_wildcard else 0,
            len(wild),
            -result.text_chunks_matched,
            sum(len(entity.text) for entity in wild),
            result.intent.name,
        ),
    )
