"""Colours: names people say, and the ways lamps take them. rgb 0..255, hs 0..360 and 0..100, xy CIE 1931."""

import colorsys

NAMES: dict[str, tuple[int, int, int]] = {
    "amber": (255, 191, 0),
    "aqua": (0, 255, 255),
    "beige": (245, 245, 220),
    "blue": (0, 0, 255),
    "coral": (255, 127, 80),
    "cyan": (0, 255, 255),
    "gold": (255, 215, 0),
    "green": (0, 128, 0),
    "indigo": (75, 0, 130),
    "ivory": (255, 255, 240),
    "lavender": (230, 230, 250),
    "lime": (0, 255, 0),
    "magenta": (255, 0, 255),
    "maroon": (128, 0, 0),
    "navy": (0, 0, 128),
    "olive": (128, 128, 0),
    "orange": (255, 165, 0),
    "pink": (255, 192, 203),
    "purple": (128, 0, 128),
    "red": (255, 0, 0),
    "salmon": (250, 128, 114),
    "teal": (0, 128, 128),
    "turquoise": (64, 224, 208),
    "violet": (238, 130, 238),
    "white": (255, 255, 255),
    "yellow": (255, 255, 0),
}


def rgb_to_hs(rgb: tuple[int, int, int]) -> tuple[float, float]:
    """Hue and saturation of a colour."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*(part / 255 for part in rgb))
    return round(hue * 360, 2), round(saturation * 100, 2)


def hs_to_rgb(hs: tuple[float, float]) -> tuple[int, int, int]:
    """The brightest colour of that hue and saturation."""
    red, green, blue = colorsys.hsv_to_rgb(hs[0] / 360, hs[1] / 100, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)


def rgb_to_xy(rgb: tuple[int, int, int]) -> tuple[float, float]:
    """Chromaticity of an sRGB colour (IEC 61966-2-1 to CIE 1931); white for black."""
    red, green, blue = (_linear(part / 255) for part in rgb)
    x = 0.4124 * red + 0.3576 * green + 0.1805 * blue
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = 0.0193 * red + 0.1192 * green + 0.9505 * blue
    total = x + y + z
    return (0.3127, 0.329) if total == 0 else (round(x / total, 4), round(y / total, 4))


def xy_to_rgb(xy: tuple[float, float]) -> tuple[int, int, int]:
    """The brightest sRGB colour of a chromaticity, clipped to what sRGB can show."""
    x, y = xy[0], max(xy[1], 1e-6)
    big_x, big_z = x / y, (1 - x - y) / y
    linear = (
        3.2406 * big_x - 1.5372 - 0.4986 * big_z,
        -0.9689 * big_x + 1.8758 + 0.0415 * big_z,
        0.0557 * big_x - 0.2040 + 1.0570 * big_z,
    )
    clipped = [max(0.0, part) for part in linear]
    top = max(*clipped, 1e-6)
    red, green, blue = (round(_gamma(part / top) * 255) for part in clipped)
    return red, green, blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _gamma(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055  # noqa: PLR2004
