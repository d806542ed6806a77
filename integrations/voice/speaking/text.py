"""Text made fit for synthesisers: bounded, one line, without what they would take for commands to them."""

import unicodedata

LONGEST = 2_000
"""Characters that are said of one text."""
_NOT_TEXT = {"Cc", "Cs", "Zl", "Zp"}


def speakable(text: str) -> str:
    """What is said of `text`; "" if that is nothing.

    Control characters steer espeak-ng, and both it and piper take what is in [[ ]] for phonemes.
    """
    text = text[: 4 * LONGEST]
    plain = "".join(" " if unicodedata.category(one) in _NOT_TEXT else one for one in text)
    line = " ".join(plain.replace("[", " ").replace("]", " ").split())
    if len(line) > LONGEST:
        line = line[: LONGEST + 1].rpartition(" ")[0] or line[:LONGEST]
    return line if any(one.isalnum() or unicodedata.category(one)[0] == "S" for one in line) else ""
