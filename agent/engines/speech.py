"""What kind of speech a sentence is: asking, forbidding, leaving out. Pure.

An ask is no act: what sounds like a question is read as one or not at all, whatever else its words would fit.
"""

import re
from dataclasses import dataclass


def _begins(*words: str, after: str = "") -> re.Pattern[str]:
    """A sentence that begins with one of `words`, possibly after one of `after`."""
    before = rf"(?:(?:{after})\s+)*" if after else ""
    return re.compile(rf"^{before}(?:{'|'.join(words)})\b", re.IGNORECASE)


def _left_out(*words: str) -> re.Pattern[str]:
    """A sentence whose end, after one of `words`, is left out."""
    spoken = "|".join(words)
    return re.compile(rf"^(?P<main>.+?),?\s+(?:{spoken})\s+(?P<left>.+)$", re.IGNORECASE)


_POLITE = re.compile(
    r"^(please\s+)?(can|could|would|will|may|shall)\s+(you|we|i|somebody|someone)\b"
    r"|^(would you mind|do me a favou?r)\b",
    re.IGNORECASE,
)
_IMPERATIVE = _begins(
    *(
        "turn",
        "switch",
        "set",
        "put",
        "make",
        "open",
        "close",
        "shut",
        "lock",
        "unlock",
        "start",
        "stop",
        "play",
    ),
    *(
        "pause",
        "resume",
        "dim",
        "raise",
        "lower",
        "increase",
        "decrease",
        "change",
        "add",
        "remove",
        "delete",
    ),
    *("clean", "vacuum", "run", "restart", "reboot", "activate", "arm", "disarm", "press", "skip", "mute"),
    *("unmute", "cancel", "remind", "wake", "announce", "broadcast", "kill", "show", "tell", "give", "let"),
    after="please|hey|ok|okay|now",
)
_SWITCHING = {
    "en": re.compile(
        r"^(?:(?:please|hey|now)\s+)*(?:(?:turn|switch|power|put)\b.*\s(?:on|off)\b"
        r"|(?:open|close|shut)\s.*\b(?:door|window|gate|blind|curtain|shade|shutter|awning|valve|hatch|skylight)s?\b"
        r"|(?:lock|unlock|dim|brighten|toggle|activate|deactivate)\s|(?:set|change|adjust)\b.+\sto\b)",
        re.IGNORECASE,
    ),
    "zh": re.compile("^(?:请|帮我|麻烦)?(?:[把将].+|打开|关闭|关掉|关上|开启|启动|锁上|解锁)"),
}
_ASKED = {
    "en": _begins(
        *("is", "are", "was", "were", "am", "does", "did", "has", "had", "isn't", "aren't"),
        # "Do the backup" and "have the lights turned off" are none.
        *(
            "do (?:i|we|you|they|any|all|my|our|these|those|the lights|the doors|the windows)",
            "don't (?:i|we|you|they)",
        ),
        "have (?:i|we|you|they|any|all|(?:the|my|our|those|these) .*\\b(?:been|gone|got))",
        *("wasn't", "didn't", "doesn't", "what", "what's", "whats", "which", "who", "who's", "whose", "when"),
        *("where", "why", "how", "how's", "tell me (?:if|what|whether|which|how)", "i wonder"),
        *("any", "anyone", "anybody"),
        after="hey|ok|okay|so|and|please",
    ),
    "de": _begins("ist|sind|war|waren|hat|haben|was|welche[rsn]?|wer|wann|wo|warum|wie|wieviele?"),
    "fr": _begins("est-ce|est|sont|quel(?:le)?s?|qui|quand|où|pourquoi|comment|combien|y a-t-il"),
    "es": _begins("¿?(?:está|están|es|son|qué|cuál|cuáles|quién|cuándo|dónde|por qué|cómo|cuánt[oa]s?|hay)"),
    "zh": re.compile(
        r"(?:吗|呢|么)[？?]?$|多少|几度|几点|什么|哪[些个里]|谁|是不是|有没有|是否|怎么|为什么|[开关锁]着"
    ),
}
_FORBIDDEN = {
    "en": re.compile(
        r"^(?:(?:please|no|oh|hey|ok|okay)[\s,]+)*"
        r"(?:don't|dont|do not|never(?!\s*mind)|you should not|you shouldn't|not)\b"
        r"|\b(?:i don't want|i do not want|no need to|there is no need to|there's no need to)\b",
        re.IGNORECASE,
    ),
    "de": re.compile(r"\b(?:nicht|niemals|kein(?:e|en)?)\b", re.IGNORECASE),
    "fr": re.compile(r"\bn(?:e\s|')\S+ (?:pas|jamais)\b|^ne\b", re.IGNORECASE),
    "es": re.compile(r"^no\b(?!,)", re.IGNORECASE),
    "zh": re.compile(r"^(?:请)?(?:别|不要|不用|不必|勿|千万别|先别)(?=..)"),
}
_REMINDING = {
    "en": re.compile(
        r"^(?:(?:please|hey|ok|okay)[\s,]+)*"
        r"(?:(?:don't|dont|do not|never) (?:let me forget|forget to remind me)"
        r"|(?:set|create|make|add|give me) (?:an? |another )?reminder for me)\b\s*(?P<what>.*)$",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        "^请?(?:千万)?(?:(?:别|不要)让我忘[了记]?了?|(?:别|不要)忘[了记]?提醒我|(?:记得|到时候)提醒我)(?P<what>.+)$"
    ),
}
_FILLERS = {
    "en": re.compile(
        r"^(?:(?:ok|okay|alright|all right|well|so|um+|uh+|er+|oh)\b[\s,]+)+(?=\w+ \w)", re.IGNORECASE
    ),
    "zh": re.compile(r"^(?:(?:好的?|嗯+|喂|那个)[\s,，]+)+(?=..)"),
}
_REQUEST = re.compile(
    r"^(?:请问)?你?(?:能不能|可不可以|能否|可否|能|可以)请?你?"
    r"(?P<what>(?:(?:帮|给|替|为)(?:我们?|忙)(?:一下)?|[把将]).{2,}?)(?:吗|呢|(?<!什)么)?[？?]?$"
)
"""In Chinese: what is politely asked for, and is no question."""
_EXCEPT = {
    "en": _left_out(
        *("except(?: for)?", "but not", "apart from", "besides", "other than", "excluding", "without", "but")
    ),
    "de": _left_out("außer", "bis auf", "aber nicht", "nur nicht"),
    "fr": _left_out("sauf", "excepté", "à part", "mais pas"),
    "es": _left_out("excepto", "menos", "salvo", "pero no"),
    "zh": re.compile(r"^(?P<before>.*?)除了?(?P<left>.+?)(?:以外|之外|外|[,，])的?(?P<after>.+)$"),
}
_PRONOUNS = {
    "en": re.compile(
        r"\b(?:it(?! (?:is|was|in|out)\b)|them|that one|this one|those ones|these|those|that thing)\b",
        re.IGNORECASE,
    ),
    "de": re.compile(r"\b(?:es|ihn|sie|das)\b", re.IGNORECASE),
    "fr": re.compile(r"(?<=\w)-(?:la|le|les)\b", re.IGNORECASE),
    "es": re.compile(r"(?<=\w)(?:lo|la|los|las)$", re.IGNORECASE),
    "zh": re.compile(r"它们?|那个|这个"),
}
_CONTINUING = {
    "en": re.compile(
        r"^(?:and|also|now|(?:and )?(?:what|how) about|(?:and )?the same (?:for|in|with))\s+(?:also\s+)?"
        r"(?:in |on |for )?"
        r"(?:the |my |our )?(?P<rest>[^?]+?)(?:\s+(?:too|as well|also))?\s*\??$",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"^(?:und|auch|was ist mit)\s+(?:im |in der |in |das |die |den |der |dem )?(?P<rest>[^?]+?)\s*\??$",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"^(?:那|还有|以及|那么)?(?P<rest>[^?？呢]+?)(?:呢|也一样|也是)?[?？]?$"),
}
_LASTING = {
    "en": re.compile(
        r"^(?P<command>.+?)\s+(?P<time>for (?:the next |another |about )?(?:an?|half an|\d+|[a-z]+"
        r"(?:[ -][a-z]+)?) (?:second|minute|hour|day|night)s?|until \S.{0,30})$",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"^(?P<command>.+?)(?P<time>[\d一二两三四五六七八九十半]+个?(?:半)?(?:秒钟?|分钟|小时|钟头|天))$"
    ),
}
_COSY = {
    "en": re.compile(r"\b(?:co[sz](?:y|ier)|snug|romantic|atmospheric|intimate|candlelit)\b", re.IGNORECASE),
    "zh": re.compile("温馨|浪漫|情调|气氛|氛围"),
}
_ENDS_IN_PLACE = {
    "en": re.compile(
        r"\b(?:in|on|at) (?:the |my |our )?(?:(?!and\b)[\w']+ ?){1,5}$|\b(?:up|down)stairs$", re.IGNORECASE
    ),
}
_PARTS_LEFT_OUT = {
    "en": re.compile(r"\s*(?:,|\band\b|\bor\b)\s*", re.IGNORECASE),
    "de": re.compile(r"\s*(?:,|\bund\b|\boder\b)\s*", re.IGNORECASE),
    "fr": re.compile(r"\s*(?:,|\bet\b|\bou\b)\s*", re.IGNORECASE),
    "es": re.compile(r"\s*(?:,|\by\b|\bo\b)\s*", re.IGNORECASE),
    "zh": re.compile(r"[、,，和与]"),
}


@dataclass(frozen=True, slots=True)
class Exempting:
    """A sentence without its exception, and what was left out, as said."""

    main: str
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lasting:
    """A command, and for how long it is to hold, as said."""

    command: str
    time: str


def lasting(text: str, language: str) -> Lasting | None:
    """`text` taken apart where it says "for an hour", None if it does not."""
    pattern = _LASTING.get(language[:2])
    found = pattern.match(text) if pattern is not None else None
    return Lasting(found["command"].strip(), found["time"].strip()) if found else None


def asks(text: str, language: str) -> bool:
    """Whether `text` is a question: such a sentence reaches no actuator."""
    if language.startswith("en"):
        if _POLITE.search(text):
            return False
        if text.rstrip().endswith("?"):
            return _IMPERATIVE.search(text) is None
    pattern = _ASKED.get(language[:2])
    return pattern is not None and pattern.search(text) is not None


def in_full(text: str, language: str) -> str | None:
    """The question that "kitchen light on?" is short for; None if `text` is none, or has its own verb."""
    short = language.startswith("en") and text.rstrip().endswith("?") and asks(text, language)
    return None if not short or _ASKED["en"].search(text) else f"is {text}"


def orders(text: str, language: str) -> bool:
    """Whether `text` begins as a command does; in other languages than English it is not told."""
    return not language.startswith("en") or _IMPERATIVE.search(_bluntly(text)) is not None


def switches(text: str, language: str) -> bool:
    """Whether `text` can only be about a thing: turned on or off, opened, locked, set to something."""
    pattern = _SWITCHING.get(language[:2])
    return pattern is not None and pattern.search(_bluntly(text)) is not None


def _bluntly(text: str) -> str:
    return _POLITE.sub("", text).strip()


def reminding(text: str, language: str) -> str:
    """`text` as a plain wish to be reminded, where it is one in other words: "don't let me forget to ..."."""
    pattern = _REMINDING.get(language[:2])
    found = pattern.match(text) if pattern is not None else None
    if found is None or not found["what"]:
        return text
    return f"提醒我{found['what']}" if language[:2] == "zh" else f"remind me {found['what']}"


def unfilled(text: str, language: str) -> str:
    """`text` without the "ok" or "well" before what is meant, and without "能…吗" around it."""
    pattern = _FILLERS.get(language[:2])
    text = text if pattern is None else pattern.sub("", text)
    request = _REQUEST.match(text) if language.startswith("zh") else None
    return request["what"] if request and not asks(request["what"], language) else text


def cosy(text: str, language: str) -> bool:
    """Whether `text` wants a place to be cosy: all of its light dim and warm."""
    pattern = _COSY.get(language[:2])
    return pattern is not None and pattern.search(text) is not None


def ends_in_place(text: str, language: str) -> bool:
    """Whether `text` ends in what may be a place: "... in the bedroom", "... upstairs"."""
    pattern = _ENDS_IN_PLACE.get(language[:2])
    return pattern is not None and pattern.search(text.rstrip(" .!?")) is not None


def forbids(text: str, language: str) -> bool:
    """Whether `text` says not to do something."""
    pattern = _FORBIDDEN.get(language[:2])
    return pattern is not None and pattern.search(text) is not None


def referring(text: str, language: str, name: str) -> str:
    """`text` with its pronoun, if it has one, replaced by `name`."""
    pattern = _PRONOUNS.get(language[:2])
    return text if pattern is None else pattern.sub(lambda _: name, text, count=1)


def refers(text: str, language: str) -> bool:
    """Whether `text` speaks of something by a pronoun."""
    pattern = _PRONOUNS.get(language[:2])
    return pattern is not None and pattern.search(text) is not None


def continuing(text: str, language: str) -> str | None:
    """What is named in "and the bedroom?" or "what about the bedroom"; None if it is no such sentence."""
    pattern = _CONTINUING.get(language[:2])
    found = pattern.match(text) if pattern is not None else None
    return found["rest"] if found else None


def exempting(text: str, language: str) -> Exempting | None:
    """`text` taken apart at its "except", None if it has none."""
    pattern = _EXCEPT.get(language[:2])
    found = pattern.match(text) if pattern is not None else None
    if found is None or (language.startswith("en") and _IMPERATIVE.search(found["left"])):
        return None
    parts = found.groupdict()
    main = parts["main"] if "main" in parts else parts["before"] + parts["after"]
    left = _PARTS_LEFT_OUT[language[:2]].split(parts["left"])
    return Exempting(main.strip(), tuple(one.strip() for one in left if one.strip()))
