"""Names that nobody has heard, and sentences in which they are said. Their syllables are of no corpus.

The syllables follow Finnish, Welsh and Swahili; the Chinese ones are those that foreign words are written in.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SYLLABLES = (
    *("kaa", "vesi", "lumi", "tuu", "hei", "maki", "joki", "ranta", "sauna", "kivi", "pöl", "yrt", "ilo"),
    *("llan", "gwyn", "rhos", "ddu", "wen", "ffordd", "pen", "aber", "bryn", "cwm", "ystr", "mawr"),
    *("mbu", "nyo", "ngo", "kwa", "jam", "twi", "zuri", "pwe", "dhi", "mti", "wewe", "hodi", "kum"),
)
_ENDS = ("nen", "la", "kka", "ydd", "og", "eth", "ni", "zi", "bo", "", "", "")
_BRANDS = ("Qvarn", "Xelpi", "Zuvora", "Tjelda", "Ixmo", "Hyglow", "Vrenta", "Obzi", "Wexal", "Nuumi")
_MODELS = ("X200", "Pro 3", "S9", "Mk 2", "400", "Z1", "Mini", "Ultra 7", "B12", "Neo")
_NOUNS = ("lamp", "fan", "plug", "heater", "speaker", "strip", "blind")
_HAN = "奥萨卢卡维托尼莫拉蒂菲赫佐库雷纳帕西贝洛瓦姆戈伊达朗斯耶扎普"
_HAN_NOUNS = ("灯", "风扇", "插座", "音箱", "窗帘", "加湿器")

ENGLISH = (
    ("name", "turn on the {}"),
    ("name", "turn {} off please"),
    ("name", "switch off {}"),
    ("name", "could you turn the {} on for me"),
    ("name", "is the {} on"),
    ("name", "dim the {} to 40 percent"),
    ("name", "set {} to blue"),
    ("name", "i want the {} turned off now"),
    ("name", "toggle {}"),
    ("name", "hey kill the {}"),
    ("name", "crank {} up to 80 percent"),
    ("name", "would you mind shutting off {}"),
    ("name", "what's the state of {}"),
    ("area", "turn on the lights in {}"),
    ("area", "switch all the lights off in the {}"),
    ("area", "how warm is it in {}"),
    ("area", "set the temperature in the {} to 21 degrees"),
    ("area", "open the blinds in {}"),
    ("area", "are there any lights on in the {}"),
    ("service", "restart the {} service"),
    ("service", "is {} still running"),
    ("service", "show me the logs of {}"),
)
CHINESE = (
    ("name", "打开{}"),
    ("name", "把{}关掉"),
    ("name", "请帮我关一下{}"),
    ("name", "{}开着吗"),
    ("name", "把{}调成蓝色"),
    ("name", "把{}的亮度调到百分之四十"),
    ("name", "麻烦你打开{}"),
    ("name", "关闭{}"),
    ("name", "能把{}打开吗"),
    ("name", "我想把{}关了"),
    ("area", "打开{}的灯"),
    ("area", "把{}的灯都关掉"),
    ("area", "{}现在多少度"),
    ("area", "把{}的温度设为21度"),
    ("area", "{}有灯开着吗"),
    ("area", "打开{}的窗帘"),
    ("service", "重启{}服务"),
    ("service", "{}服务还在运行吗"),
    ("service", "看一下{}服务的日志"),
    ("service", "停止{}服务"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A sentence, the name in it, and the slot in which that belongs."""

    text: str
    name: str
    slot: str
    language: str


def named(language: str, *, count: int, seed: int) -> list[Named]:
    """`count` different sentences, each with a name of its own."""
    chance = random.Random(seed)
    carriers: Sequence[tuple[str, str]] = ENGLISH if language == "en" else CHINESE
    names = _names(language, chance)
    found = []
    for number in range(count):
        slot, carrier = carriers[number % len(carriers)]
        name = next(names)[slot != "name"]
        found.append(Named(text=carrier.format(name), name=name, slot=slot, language=language))
    return found


def _names(language: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Names of a thing and of what is none, none of them twice."""
    seen: set[str] = set()
    while True:
        pair = _english(chance) if language == "en" else _chinese(chance)
        if not seen & set(pair):
            seen.update(pair)
            yield pair


def _english(chance: random.Random) -> tuple[str, str]:
    words = [
        "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 2))) + chance.choice(_ENDS)
        for _ in range(chance.choice((1, 1, 2)))
    ]
    other = " ".join(words)
    thing = chance.choice(
        (
            other,
            f"{other} {chance.choice(_NOUNS)}",
            f"{other} {chance.randint(2, 19)}",
            f"{chance.choice(_BRANDS)} {chance.choice(_MODELS)}",
            f"{words[0]}'s {chance.choice(_NOUNS)}",
        )
    )
    return (thing.title(), other.title()) if chance.random() < 0.5 and "'" not in thing else (thing, other)


def _chinese(chance: random.Random) -> tuple[str, str]:
    other = "".join(chance.sample(_HAN, chance.randint(2, 4)))
    return other + chance.choice((*_HAN_NOUNS, f"{chance.choice(_BRANDS)}灯", "")), other
