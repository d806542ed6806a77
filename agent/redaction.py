"""What is shown of an entry: one line of text, without what is secret in it. Pure.

A log is no place for secrets, yet they stand there. What looks like one is left out before anything is kept.
"""

import re

LONGEST = 300
LONGEST_READ = 4_000
_KEY = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|"
    r"auth(?:orization)?|credentials?|session(?:id)?|pin|key)"
)
_RULES = (
    (re.compile(r"-----BEGIN [A-Z ]{3,40}-----.*", re.DOTALL), "***"),
    (re.compile(r"\b(?:eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"), "***"),
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[\w.~+/=-]{6,}"), r"\1 ***"),
    (re.compile(r"(?<=://)[^/\s@]{1,200}@"), "***@"),
    (
        re.compile(rf"(?i)([\"']?\b[\w.-]{{0,30}}{_KEY}[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&\"']+)"),
        r"\1***",
    ),
    (
        re.compile(rf"(?i)(--?[\w-]{{0,30}}{_KEY}\s+)(?!for\b|is\b|was\b|of\b)([^\s-][^\s,;]*)(?=\s|$)"),
        r"\1***",
    ),
    (re.compile(r"\b[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+\b"), "***@***"),
    (
        re.compile(
            r"\b(?:gh[pousr]_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|"
            r"sk-[\w-]{16,}|AKIA[0-9A-Z]{12,}|AIza[\w-]{20,})"
        ),
        "***",
    ),
    (re.compile(r"\b(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{32,}={0,2}"), "***"),
)


def redacted(text: str, *, most: int = LONGEST) -> str:
    """`text` in one line of printable characters, at most `most`, without secrets and addresses of mail."""
    text = text[:LONGEST_READ]
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return one_line(text, most=most)


def one_line(text: str, *, most: int) -> str:
    """`text` in one line, without what steers a terminal or a reader."""
    shown = "".join(one if one.isprintable() else " " for one in text[: 4 * most])
    line = " ".join(shown.split())
    return line if len(line) <= most else f"{line[: most - 3].rstrip()}..."
