"""Questions about packages: which updates wait, what is installed. Nothing is ever installed or removed."""

import asyncio
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from agent.api import ActionError, Question, Telling, Words
from integrations.host.devices import run
from integrations.host.usage import WORDS

LISTS = Path("/var/lib/apt/lists")
SIMULATED = ("apt-get", "-s", "-o", "Debug::NoLocking=1", "dist-upgrade")
FOUND_WITHIN = 9.0
KEPT_FOR = 600.0
OLD = 2 * 86_400.0
"""Seconds after which the lists of packages are called old."""
MOST_LINES = 40
_INSTALLED = re.compile(r"^Inst (\S+) (?:\[([^\]]*)\] )?\((\S+) ([^)]*)\)", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{0,127}")
_UPDATES = re.compile(r"updat|upgrad|outdated|out of date|更新|升级|补丁", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Update:
    """A package that could be newer."""

    package: str
    old: str
    new: str
    security: bool


def waiting(written: str) -> list[Update]:
    """The updates of a simulated upgrade."""
    return [
        Update(package=one[1], old=one[2] or "", new=one[3], security="security" in one[4].casefold())
        for one in _INSTALLED.finditer(written)
    ]


class Packages:
    """Looks, and keeps what it saw for some minutes: it takes seconds."""

    def __init__(self) -> None:
        self._seen: tuple[float, list[Update]] | None = None
        self._looking = asyncio.Lock()

    async def listed(self, question: Question) -> Telling:
        """Which updates wait, whether a package is installed, or how many are."""
        words, package = WORDS.words(question.language), question.slot("package")
        if package:
            return await _installed(package, words)
        if _UPDATES.search(question.text):
            return await self.updates(question)
        ran = await run("dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Package}\n", within=FOUND_WITHIN)
        if ran is None:
            raise ActionError("I can only look at the packages of Debian and its relatives")
        names = sorted(line[3:] for line in ran[1].splitlines() if line.startswith("ii"))
        said = words.said("packages", count=len(names))
        return Telling(sentences=(said,), lines=tuple(names[:MOST_LINES]), facts={"count": len(names)})

    async def updates(self, question: Question) -> Telling:
        """Which updates wait; that installing them is not for us, where that was asked for."""
        words = WORDS.words(question.language)
        found = await self._look()
        security = [one for one in found if one.security]
        if found:
            said = [words.said("updates", count=len(found))]
            if security:
                said.append(words.said("security", count=len(security)))
        else:
            said = [words.said("no_updates")]
        age = await asyncio.to_thread(_age)
        if age is not None and age > OLD:
            said.append(words.said("old_lists", span=words.span(age)))
        if question.intent == "OpsUpdate":
            said.append(words.said("not_installing"))
        lines = [f"{one.package} {one.old} → {one.new}" for one in [*security, *found]]
        facts = {
            "updates": [
                {"package": one.package, "old": one.old, "new": one.new, "security": one.security}
                for one in found
            ],
            "security": len(security),
            "lists_age": age,
        }
        return Telling(sentences=tuple(said), lines=tuple(dict.fromkeys(lines))[:MOST_LINES], facts=facts)

    async def _look(self) -> list[Update]:
        async with self._looking:
            now = time.monotonic()
            if self._seen is not None and now - self._seen[0] < KEPT_FOR:
                return self._seen[1]
            if shutil.which("apt-get") is None:
                raise ActionError("I can only look at the packages of Debian and its relatives")
            ran = await run(*SIMULATED, within=FOUND_WITHIN)
            if ran is None or ran[0] != 0:
                raise ActionError("apt-get could not say which updates there are")
            self._seen = (now, waiting(ran[1]))
            return self._seen[1]


async def _installed(package: str, words: Words) -> Telling:
    name = package.replace(" ", "-")
    if not _NAME.fullmatch(name):
        raise ActionError(f"no package is called {package!a:.80}")
    ran = await run("dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Version}", name)
    if ran is None:
        raise ActionError("I can only look at the packages of Debian and its relatives")
    there = ran[0] == 0 and ran[1].startswith("ii")
    version = ran[1][3:].strip() if there else None
    said = words.said("installed" if there else "not_installed", package=name, version=version)
    return Telling(sentences=(said,), facts={"package": name, "installed": there, "version": version})


def _age() -> float | None:
    """Seconds since the lists of packages were fetched; None where there are none."""
    try:
        newest = max(one.stat().st_mtime for one in LISTS.iterdir() if one.is_file())
    except (OSError, ValueError):
        return None
    return time.time() - newest
