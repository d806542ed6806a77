"""The answer to "which one?": by name, by place, by number, or all of them. Pure.

Only what says nothing else is an answer: "leave the desk lamp alone" names a lamp, and answers nothing.
"""

import re
from collections.abc import Callable, Sequence

from agent.core.home import Entity
from agent.home.fuzzy import is_spaceless, match
from agent.home.kinds import kind_called

_MARKS = " .!,\u3002\uff01\uff0c"
_ALL = {
    "en": re.compile(
        r"(?:both|all|every one|everything|the lot)(?: (?:of )?(?:them|these|those|the \w+|of them))?",
    ),
    "zh": re.compile(r"(?:都|全部|所有的?|两个都|全都)"),
}
_FILLERS = {
    "en": (
        r"(?:please|hey|ok|okay|well|so|um+|uh+|er+|hm+|oh|ah|yes|yeah|yep|no|sorry|actually|just|only|thanks"
        r"|thank you|i (?:mean|meant|want|wanted|would like|said|think|guess)|i'd like|i'll take"
        r"|it(?:'s| is| was)|that(?:'s| is| was| would be)|(?:on|in|at|by|near|of|from)(?= (?:the|my|our) )"
        r"|the|my|our|a|an|ones?|number|option|called)"
    ),
    "de": (
        r"(?:bitte|ähm?|also|ja|ok|okay|ich (?:meine|meinte|möchte|will)|die|der|das|den|dem|eine?n?|meine?n?"
        r"|(?:im|am|in|an|auf|bei|von|neben)|nummer)"
    ),
    "fr": r"(?:s'il te plaît|euh|oui|ok|je (?:veux|voulais)|c'est|celle?|le|la|les|l'|un|une|numéro)",
    "es": r"(?:por favor|eh|sí|ok|quiero|quería|es|el|la|los|las|un|una|número)",
    "zh": r"(?:请|嗯|呃|哦|那|就|我(?:说|指|要|想要)的?|要|是|选|这|个|盏|台|只|的|吧|啊|呢|谢谢)",
}
"""What may stand around an answer and says nothing itself."""
_ORDINALS = {
    "en": (
        *("first", "second", "third", "fourth", "fifth"),
        *("1st", "2nd", "3rd", "4th", "5th"),
        *("one", "two", "three", "four", "five"),
        *("1", "2", "3", "4", "5"),
    ),
    "zh": (
        *("第一", "第二", "第三", "第四", "第五"),
        *("一", "二", "三", "四", "五"),
        *("1", "2", "3", "4", "5"),
    ),
}
_LAST = {"en": ("last", "latter"), "zh": ("最后", "最后一")}
_OTHER = {"en": re.compile(r"\b(?:the )?other (?:one)?\b", re.IGNORECASE), "zh": re.compile("另一个|另外")}
_POINTING = {
    "en": re.compile(r"^(?:(?:please|um+|uh+|no|i mean) )*(?:the|that|this|number|not the)\b(?: \w+){0,3}$"),
    "zh": re.compile("^(?:那|这|第).{0,4}[个盏台]$"),
}


def chosen(
    text: str, language: str, options: Sequence[Entity], *, area_of: Callable[[Entity], str | None]
) -> tuple[Entity, ...]:
    """Which of `options` the answer `text` names: all, or by name, place, number or a word that only one has.

    None if it names none, or says anything beside that. `area_of` gives the name of an entity's area.
    """
    said = " ".join(text.strip(_MARKS).casefold().replace("\u2019", "'").replace(",", " ").split())
    short = language[:2]
    bare = _bare(said, short)
    if short in _ALL and any(_ALL[short].fullmatch(one) for one in (said, bare)):
        return tuple(options)
    for one in dict.fromkeys((said, bare)):
        found = (
            _named(one, options, lambda option: option.names)
            or _named(one, options, lambda option: tuple(filter(None, (area_of(option),))))
            if one
            else ()
        )
        if found:
            return found
    return _by_number(said, bare, short, options) or _by_distinct_words(bare, options)


def points(text: str, language: str) -> bool:
    """Whether `text` can only have been meant as an answer: "the purple one"."""
    pattern = _POINTING.get(language[:2])
    return pattern is not None and pattern.search(text.strip(_MARKS).casefold()) is not None


def _bare(said: str, language: str) -> str:
    """`said` without what says nothing."""
    filler = _FILLERS.get(language, _FILLERS["en"])
    bounded = filler if is_spaceless(said) else rf"(?<!\S){filler}(?!\S)"
    return " ".join(re.sub(bounded, " ", said).split())


def _named(
    said: str, options: Sequence[Entity], names_of: Callable[[Entity], tuple[str, ...]]
) -> tuple[Entity, ...]:
    names = {name for one in options for name in names_of(one)}
    hits = {name for name, _ in match(said, names)}
    found = tuple(one for one in options if hits & set(names_of(one)))
    return found if len(found) < len(options) or len(options) == 1 else ()


def _by_distinct_words(bare: str, options: Sequence[Entity]) -> tuple[Entity, ...]:
    """By a word that only one of the names has, beside its other words and those of its kind."""
    words = set(re.findall(r"\w+", bare))
    found = []
    for one in options:
        others = {word for other in options if other is not one for word in _words(other)}
        own = _words(one)
        kind_apart = {word for word in words - own if kind_called((word,)) is None}
        if words & (own - others) and not kind_apart:
            found.append(one)
    return tuple(found) if len(found) == 1 else ()


def _by_number(said: str, bare: str, language: str, options: Sequence[Entity]) -> tuple[Entity, ...]:
    """By where it stands in the list; "one" is a number only where nothing else is said."""
    key = language if language in _ORDINALS else "en"
    # Where only fillers are left, the last of them may be "one".
    left = bare.split() or said.split()[-1:]
    words = [word for word in left if kind_called((word,)) is None]
    if len(words) != 1:
        return ()
    if words[0] in _LAST[key]:
        return (options[-1],)
    at = _ORDINALS[key].index(words[0]) % 5 if words[0] in _ORDINALS[key] else len(options)
    return (options[at],) if at < len(options) else ()


def _words(one: Entity) -> set[str]:
    return {word for name in one.names for word in re.findall(r"\w+", name.casefold())}


def means_other(text: str, language: str) -> bool:
    """Whether "the other one" is meant."""
    pattern = _OTHER.get(language[:2])
    return pattern is not None and pattern.search(text) is not None
