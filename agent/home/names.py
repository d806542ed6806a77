"""Names as ids: how an entity id looks, and how a name becomes part of one."""

import re
import unicodedata

ENTITY_ID = re.compile(r"[a-z_]+\.[a-z0-9_]{1,200}")


def slug(name: str) -> str:
    """`name` in the letters of an id: "Käthe's Lamp" is `kathe_s_lamp`.

    Letters without a Latin form become their code points, so that two names never become one.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(
        char
        if char.isascii()
        else f"u{ord(char):x}"
        if char.isalnum()
        else ""
        if unicodedata.combining(char)
        else "_"
        for char in plain
    )
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:200]
