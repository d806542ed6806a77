"""Between the scales of devices and ours: positions, speeds, brightness, colours. Pure arithmetic."""

import colorsys
import math
from collections.abc import Sequence

FULL = 255


def to_percent(value: float, low: float, high: float) -> int:
    """Where `value` stands between `low` (0) and `high` (100), within these."""
    return max(0, min(100, round((value - low) * 100 / (high - low))))


def from_percent(percent: float, low: float, high: float) -> int:
    """The whole number that stands at `percent` between `low` and `high`."""
    return round(low + percent * (high - low) / 100)


def speed_percent(value: float, low: float, high: float) -> int:
    """A speed step as percentage: 0 is off, `low` is the first of the steps up to `high`."""
    return max(0, min(100, int((value - low + 1) * 100 // (high - low + 1))))


def speed_step(percent: float, low: float, high: float) -> int:
    """The speed step nearest to `percent`; anything above 0 is at least the first."""
    return max(int(low), round(low - 1 + percent * (high - low + 1) / 100))


def brightness_from(value: float, scale: float) -> int:
    """A device's brightness on ours, 0 to 255."""
    return max(0, min(FULL, round(value / scale * FULL)))


def brightness_to(value: float, scale: float) -> int:
    """Our brightness on the scale of a device; never 0, which would be off."""
    return max(1, min(round(scale), round(value / FULL * scale)))


def kelvin(mireds: float) -> int:
    """Colour temperature in kelvin."""
    return math.floor(1_000_000 / mireds) if mireds > 0 else 0


def mireds(kelvin: float) -> int:
    """Colour temperature in mireds."""
    return math.floor(1_000_000 / kelvin)


def hs_to_rgb(hue: float, saturation: float) -> tuple[int, int, int]:
    """Hue 0..360 and saturation 0..100 at full brightness."""
    red, green, blue = colorsys.hsv_to_rgb(hue / 360, saturation / 100, 1)
    return round(red * FULL), round(green * FULL), round(blue * FULL)


def rgb_to_hs(red: float, green: float, blue: float) -> tuple[float, float]:
    """Hue 0..360 and saturation 0..100."""
    hue, saturation, _ = colorsys.rgb_to_hsv(red / FULL, green / FULL, blue / FULL)
    return round(hue * 360, 3), round(saturation * 100, 3)


def rgb_to_xy(red: float, green: float, blue: float) -> tuple[float, float]:
    """CIE 1931 chromaticity, D65."""
    r, g, b = (_linear(one / FULL) for one in (red, green, blue))
    x = r * 0.664511 + g * 0.154324 + b * 0.162028
    y = r * 0.283881 + g * 0.668433 + b * 0.047685
    z = r * 0.000088 + g * 0.072310 + b * 0.986039
    whole = x + y + z
    return (round(x / whole, 4), round(y / whole, 4)) if whole else (0.3227, 0.329)


def xy_to_rgb(x: float, y: float) -> tuple[int, int, int]:
    """Red, green and blue at full brightness."""
    y = y or 1e-11
    across, deep = x / y, (1 - x - y) / y
    found = (
        across * 1.656492 - 0.354851 - deep * 0.255038,
        -across * 0.707196 + 1.655397 + deep * 0.036152,
        across * 0.051713 - 0.121364 + deep * 1.011530,
    )
    curved = [max(0.0, _curved(max(0.0, one))) for one in found]
    most = max(curved)
    red, green, blue = (round(one / most * FULL) if most > 0 else 0 for one in curved)
    return red, green, blue


def clipped(color: Sequence[float]) -> list[int]:
    """Colour channels as whole numbers from 0 to 255."""
    return [max(0, min(FULL, round(one))) for one in color]


def _linear(share: float) -> float:
    return ((share + 0.055) / 1.055) ** 2.4 if share > 0.04045 else share / 12.92  # noqa: PLR2004


def _curved(share: float) -> float:
    return 1.055 * share ** (1 / 2.4) - 0.055 if share > 0.0031308 else 12.92 * share  # noqa: PLR2004
