"""An unlimited supply of things that people name: the model has to copy names that it has never seen."""

import random
from collections.abc import Callable
from pathlib import Path

import yaml

_Shape = tuple[float, Callable[[], str]]
_Shapes = tuple[_Shape, ...]

_ALL: dict[str, dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("names.yaml").read_text(encoding="utf-8")
)
_DEVICES = frozenset(
    {
        *("light", "switch", "fan", "cover", "lock", "climate", "media_player", "vacuum", "lawn_mower"),
        *("sensor", "valve"),
    }
)
_INVENTED = {
    "search_query": 0.4,
    "item": 0.3,
    "service": 0.35,
    "unit": 0.35,
    "host": 0.3,
    "task": 0.3,
    "path": 0.3,
    "package": 0.5,
    "user": 0.5,
    "location": 0.3,
    "zone": 0.5,
    "person": 0.5,
    "todo": 0.3,
    "scene": 0.3,
}
"""How many names of a kind are made up."""
_SAME_AS = {
    "humidifier": "switch",
    "input_boolean": "switch",
    "siren": "switch",
    "list": "todo",
    "script": "scene",
}
_SHAPES = (0.3, 0.45, 0.15, 0.1)
_LETTERS = [
    bytes((row, cell)).decode("gb2312")
    for row in range(0xB0, 0xD8)
    for cell in range(0xA1, 0xFF if row < 0xD7 else 0xFA)  # noqa: PLR2004  # where its last row ends
]
"""The 3,755 most common characters: the first level of GB 2312-80."""
_TAILS = ("", "-api", "d", " server", "-worker", "db")
_MODELS = (
    *("max", "plus", "lite", "duo", "go", "air", "evo", "gen 2", "v3", "series 5", "type c", "one", "xl"),
    "se",
)
_PLAIN = {"light": "灯", "fan": "风扇", "cover": "窗帘", "climate": "空调", "switch": "开关", "lock": "门锁"}
"""Words that name a thing only after a name of its own; alone they are all things of the kind."""
_UNHEARD = ("gadget", "place", "daemon")
"""Kinds of which every name is made up: things, rooms, and services."""


def rooms(language: str) -> list[str]:
    """The rooms that everybody knows."""
    return _ALL[language]["room" if language == "en" else "area"]


class Names:
    """Names drawn with one source of chance, by the name of a list, a slot or a domain."""

    def __init__(self, chance: random.Random, language: str) -> None:
        """`language` is `en` or `zh-CN`."""
        self._chance = chance
        self._chinese = language == "zh-CN"
        self._known = _ALL[language]
        self._common = sorted(
            {letter for names in self._known.values() for name in names for letter in str(name)} & {*_LETTERS}
        )

    def one(self, kind: str) -> str:
        """A name of this kind; an invented word where the kind is unknown."""
        kind = _SAME_AS.get(kind, kind)
        if kind == "name":
            kind = self._chance.choice(sorted(_DEVICES & self._known.keys()))
        if kind in _DEVICES:
            return self._chinese_device(kind) if self._chinese else self._device(kind)
        if kind == "thing":
            return self._nickname() if self._chinese else self._coined()
        if kind in _UNHEARD:
            return self._shaped(self._chinese_unheard(kind) if self._chinese else self._unheard(kind))
        if kind == "area":
            return self._chinese_area() if self._chinese else self._area()
        if kind == "unit":
            kind = "service"
        if kind not in self._known or self._likely(_INVENTED.get(kind, 0.0)):
            return self._invented(kind)
        return self._chance.choice(self._known[kind])

    def _device(self, kind: str) -> str:
        noun = self._chance.choice(self._known[kind])
        shapes: _Shapes = (
            (0.14, lambda: noun),
            (0.14, lambda: f"{self._area()} {noun}"),
            (0.10, lambda: f"{self._chance.choice(self._known['adjective'])} {noun}"),
            (0.05, lambda: f"{self.one('person')}'s {noun}"),
            (0.03, lambda: f"{self._word()}'s {noun}"),
            (0.20, lambda: f"{self._word()} {noun}"),
            (0.08, lambda: f"{self._word()} {self._word()} {noun}"),
            (0.03, lambda: f"{noun} {self._chance.randrange(1, 10)}"),
            (0.03, lambda: f"{noun} {self._word()}"),
            (0.20, self._coined),
        )
        return self._shaped(shapes)

    def _shaped(self, shapes: _Shapes) -> str:
        _, shape = self._chance.choices(shapes, [share for share, _ in shapes])[0]
        return shape()

    def _unheard(self, kind: str) -> _Shapes:
        word = self._word
        two: _Shape = (0.35, lambda: f"{word()} {word()}")
        if kind == "place":
            return ((0.4, word), two, (0.15, lambda: f"{word()} {self.one('room')}"), (0.1, self._coined))
        if kind == "daemon":
            return ((0.4, word), two, (0.25, lambda: word() + self._chance.choice(_TAILS)))
        noun = self._noun
        return (
            (0.3, self._coined),
            (0.15, lambda: f"{word()} {noun()}"),
            (0.12, lambda: f"{word()} {word()} {noun()}"),
            (0.15, lambda: f"{word()}'s {noun()}"),
            (0.1, lambda: f"{word()} {self._chance.randrange(1, 100)}"),
            (0.1, lambda: f"{word()} {self._label()}"),
            (0.08, lambda: f"{word()} {self._chance.choice(_MODELS)}"),
        )

    def _chinese_unheard(self, kind: str) -> _Shapes:
        name, word = self._nickname, self._word
        if kind == "place":
            return ((0.75, name), (0.15, lambda: name() + self.one("area")), (0.1, word))
        if kind == "daemon":
            return ((0.6, name), (0.25, lambda: word() + self._chance.choice(_TAILS)), (0.15, word))
        noun = self._noun
        return (
            (0.3, name),
            (0.37, lambda: name() + noun()),
            (0.13, lambda: name() + word() + noun()),
            (0.12, lambda: word() + noun()),
            (0.08, self._coined),
        )

    def _noun(self) -> str:
        return self._plain(self._chance.choice(sorted(_DEVICES & self._known.keys())))

    def _plain(self, kind: str) -> str:
        """What something of a kind is called; in Chinese at times the plain word."""
        if self._chinese and kind in _PLAIN and self._likely(0.5):
            return _PLAIN[kind]
        return self._chance.choice(self._known[kind])

    def _chinese_device(self, kind: str) -> str:
        noun = self._chance.choice(self._known[kind])
        if self._likely(0.3):
            return noun
        draw = self._chance.random()
        if draw < 0.35:  # noqa: PLR2004  # a share
            return f"{self._chinese_area()}{noun}"
        if draw < 0.5:  # noqa: PLR2004  # a share
            return f"{self._coined()}{noun}"
        return self._nickname() + (self._plain(kind) if draw < 0.8 else "")  # noqa: PLR2004  # a share

    def _chinese_area(self) -> str:
        room = self._chance.choice(self._known["area"])
        # A word that nobody knows before the name of a thing is mostly a part of that name.
        if self._likely(0.75):
            return room
        return self._nickname() + (room if self._likely(0.3) else "")

    def _coined(self) -> str:
        """A name that says nothing of what it names: of one word or two, or of a word and a number."""
        draw = self._chance.random()
        if draw < 0.5:  # noqa: PLR2004  # a share
            return self._word()
        if draw < 0.8:  # noqa: PLR2004  # a share
            return f"{self._word()} {self._word()}"
        return f"{self._word()} {self._chance.randrange(1, 500)}"

    def _area(self) -> str:
        room = self._chance.choice(self._known["room"])
        if self._likely(0.62):
            return room
        draw = self._chance.random()
        if draw < 0.15:  # noqa: PLR2004  # a share
            return f"{self._chance.choice(self._known['adjective'])} {room}"
        if draw < 0.25:  # noqa: PLR2004  # a share
            return f"{self.one('person')}'s {room}"
        return f"{self._word()} {room}" if draw < 0.4 else self._coined()  # noqa: PLR2004  # a share

    def _invented(self, kind: str) -> str:
        if kind == "path":
            return f"/{self._word()}/{self._word()}"
        if kind == "service":
            if self._likely(0.5):
                return self.one("thing")
            return self._word() + self._chance.choice(_TAILS)
        if self._chinese:
            return self._nickname()
        if kind == "task":
            return f"{self._word()} job"
        return f"{self._word()} {self._word()}" if kind == "search_query" else self._word()

    def _word(self) -> str:
        """A word that nobody has heard: of syllables, of sounds, of somebody's words, or a type label."""
        shape = self._chance.choices(
            (self._of_syllables, self._of_sounds, self._known_word, self._label), _SHAPES
        )
        return shape[0]()

    def _of_syllables(self) -> str:
        syllables = self._chance.choices(_ALL["parts"]["syllable"], k=self._chance.randint(2, 3))
        return "".join(syllables) + self._chance.choice(_ALL["parts"]["ending"])

    def _of_sounds(self) -> str:
        parts = _ALL["parts"]
        sounds = (
            self._chance.choice(parts["onset"]) + self._chance.choice(parts["vowel"])
            for _ in range(self._chance.randint(1, 4))
        )
        return "".join(sounds) + self._chance.choice(parts["coda"])

    def _known_word(self) -> str:
        kind = self._chance.choice(("item", "search_query", "subject", "adjective", "person", "location"))
        return self._chance.choice(self._chance.choice(_ALL["en"][kind]).split())

    def _label(self) -> str:
        letters = "".join(self._chance.choices("abcdefghijklmnopqrstuvwxyz", k=self._chance.randint(1, 3)))
        digits = str(self._chance.randrange(1, 1000))
        return letters + self._chance.choice(("", "-", " ")) + digits

    def _nickname(self) -> str:
        """A name of two to four characters: somebody's, like a foreign word, of common ones, or of any."""
        draw = self._chance.random()
        if draw < 0.15:  # noqa: PLR2004  # a share
            return self._chance.choice(self._known["title"]) + self._chance.choice(self._known["surname"])
        letters = self._known["sound"] if draw < 0.55 else self._common if draw < 0.75 else _LETTERS  # noqa: PLR2004  # shares
        return "".join(self._chance.choices(letters, k=self._chance.randint(2, 4)))

    def _likely(self, share: float) -> bool:
        return self._chance.random() < share
