"""Values as they are said, as services take them: shares of a hundred, steps, colours, degrees. Pure."""

import math
import re
from typing import Any, Literal

from agent.errors import ActionError
from agent.home.colors import NAMES

Units = Literal["metric", "us"]
Degrees = Literal["°C", "°F"]
WARM = 2700
"""The white, in Kelvin, of what is cosy."""
NEUTRAL = 4000
"""The white, in Kelvin, of a lamp that is asked for white and has no colours."""
_NUMBER = re.compile(
    r"\s*([+-]?\d+(?:[.,]\d+)?)\s*(?:%|percent|per cent|prozent|°\s*[CFK]?|degrees?|k|kelvin)?\s*",
    re.IGNORECASE,
)
_SHARES = {
    **dict.fromkeys(("max", "maximum", "full", "highest", "最大", "最亮", "最高"), 100.0),
    **dict.fromkeys(("half", "半", "一半"), 50.0),
    **dict.fromkeys(("quarter", "a quarter"), 25.0),
    **dict.fromkeys(("min", "minimum", "lowest", "最小", "最暗", "最低"), 1.0),
}
_UP = frozenset({"up", "increase", "higher", "more", "brighter", "louder", "warmer", "增加", "提高"})
_DOWN = frozenset({"down", "decrease", "lower", "less", "darker", "quieter", "cooler", "减少", "降低"})
_WHITES = {
    **dict.fromkeys(("candle light", "candlelight", "烛光", "蜡烛光"), 1900),
    **dict.fromkeys(("warm white", "warm", "暖白", "暖光", "暖白色", "warmweiß"), WARM),
    **dict.fromkeys(("neutral white", "neutral", "neutralweiß", "自然光"), NEUTRAL),
    **dict.fromkeys(
        ("cold white", "cool white", "cold", "cool", "冷白", "冷光", "冷白色", "kaltweiß"), NEUTRAL
    ),
    **dict.fromkeys(("daylight", "day light", "日光", "正白光", "tageslicht"), 6500),
}
_COLORS = {
    "brown": "#a52a2a",
    **{
        said: color
        for color, words in {
            "white": "白色 白 weiß",
            "red": "红色 红 rot",
            "orange": "橙色 橘色",
            "yellow": "黄色 黄 gelb",
            "green": "绿色 绿 grün",
            "blue": "蓝色 蓝 blau",
            "purple": "紫色 紫 lila",
            "pink": "粉色 粉红色 rosa",
            "turquoise": "青绿色 青色 türkis",
            "#a52a2a": "棕色 褐色 braun",
        }.items()
        for said in words.split()
    },
}
_DARK = frozenset({"black", "黑色", "黑", "schwarz"})


def number(said: object) -> float | None:
    """The number that `said` is, None if it is none."""
    if isinstance(said, bool):
        return None
    if isinstance(said, int | float):
        return float(said) if math.isfinite(said) else None
    found = _NUMBER.fullmatch(said) if isinstance(said, str) and len(said) < 32 else None  # noqa: PLR2004
    return float(found[1].replace(",", ".")) if found else None


def percent(said: object, what: str) -> float:
    """A share of a hundred: a number, or a word like "half".

    Raises:
        ActionError: it is none.
    """
    value = _SHARES.get(said.strip().casefold()) if isinstance(said, str) else None
    value = number(said) if value is None else value
    if value is None:
        raise ActionError(f"{said!r:.40} is no {what}; 0 to 100 percent is")
    if not 0 <= value <= 100:  # noqa: PLR2004  # percent
        raise ActionError(f"a {what} of {value:g} percent is out of reach; it goes from 0 to 100")
    return whole(value)


def step(said: object, usual: float) -> float:
    """How much more or less: a signed number, or "up" and "down" for the `usual` step.

    Raises:
        ActionError: it is neither.
    """
    word = said.strip().casefold() if isinstance(said, str) else ""
    if word in _UP or word in _DOWN:
        return usual if word in _UP else -usual
    value = number(said)
    if value is None or value == 0:
        raise ActionError(f"{said!r:.40} is no step; up, down or a number is")
    return whole(value)


def whole(value: float) -> float:
    """A whole number without its ".0"."""
    return int(value) if float(value).is_integer() else value


def color(said: object) -> dict[str, Any]:
    """A colour by its name in any language known here, or a white by its name, as data of `light.turn_on`.

    Raises:
        ActionError: there is no such colour, or no lamp shines so.
    """
    word = str(said).strip().casefold()
    if word in _DARK:
        raise ActionError("no lamp shines black; it can be turned off instead")
    if word in _WHITES:
        return {"color_temp_kelvin": _WHITES[word]}
    name = _COLORS.get(word, word)
    if name not in NAMES and not name.startswith("#"):
        raise ActionError(f"there is no colour {word!r:.40}")
    return {"color_name": name}


def kelvin(said: object) -> float:
    """A colour temperature: a number of Kelvin, or a white by its name.

    Raises:
        ActionError: it is neither.
    """
    value = _WHITES.get(str(said).strip().casefold()) or number(said)
    if value is None:
        raise ActionError(f"{said!r:.40} is no colour temperature; Kelvin are")
    return whole(value)


def said_degrees(unit: object, units: Units) -> Degrees:
    """The unit of a temperature that was said: its own, or the one of the house."""
    word = str(unit or "").strip().strip("°").casefold()
    if word[:1] == "f" or word == "华氏":
        return "°F"
    if word[:1] == "c" or word == "摄氏":
        return "°C"
    return "°F" if units == "us" else "°C"


def degrees(value: float, given: Degrees, wanted: Degrees) -> float:
    """A temperature of one unit in the other, to a tenth."""
    if given == wanted:
        return whole(value)
    return whole(round(value * 9 / 5 + 32 if wanted == "°F" else (value - 32) * 5 / 9, 1))


def degrees_between(value: float, given: Degrees, wanted: Degrees) -> float:
    """A difference of temperatures of one unit in the other, to a tenth."""
    if given == wanted:
        return whole(value)
    return whole(round(value * 9 / 5 if wanted == "°F" else value * 5 / 9, 1))
