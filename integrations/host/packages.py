"""Questions about packages: which updates wait, what is installed. Nothing is ever installed or removed."""

import asyncio
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.api import ActionError, House, Question, Telling, Words
from integrations.host.devices import run
from integrations.host.usage import WORDS

LISTS = Path("/var/lib/apt/lists")
SIMULATED = ("apt-get", "-s", "-o", "Debug::NoLocking=1", "dist-upgrade")
FOUND_WITHIN = 9.0
KEPT_FOR = 900.0
"""Seconds after which it is looked again, while the last answer is given."""
WARMED_AFTER = 60.0
INSTALLED = Path("/var/lib/dpkg/status")
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


_Marks = tuple[float, float]
"""When packages were last installed, and lists last fetched."""


@dataclass(frozen=True, slots=True)
class _Seen:
    at: float
    marks: _Marks
    updates: list[Update]


class Packages:
    """Looks, and keeps what it saw while nothing was installed or fetched: it takes seconds.

    What is older than some minutes is told all the same, and looked at again meanwhile.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._seen: _Seen | None = None
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
        wants_them = question.intent == "OpsUpdate"
        if wants_them:
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
        return Telling(
            sentences=tuple(said),
            lines=tuple(dict.fromkeys(lines))[:MOST_LINES],
            facts=facts,
            done=not wants_them,
        )

    async def warm(self) -> None:
        """Look once, so that whoever asks first does not wait for it."""
        await self._house.clock.sleep(WARMED_AFTER)
        if shutil.which("apt-get") is not None:
            with suppress(ActionError):
                await self._look()

    async def _look(self) -> list[Update]:
        """The updates as they were seen last, or as they are where that may be another thing now."""
        marks = await asyncio.to_thread(_marks)
        seen = self._seen
        if seen is None or seen.marks != marks:
            return await self._fresh(marks)
        if self._house.clock.monotonic() - seen.at > KEPT_FOR and not self._looking.locked():
            self._house.once("updates", self._again(marks))
        return seen.updates

    async def _again(self, marks: _Marks) -> None:
        with suppress(ActionError):
            await self._fresh(marks, than=self._seen)

    async def _fresh(self, marks: _Marks, *, than: "_Seen | None" = None) -> list[Update]:
        async with self._looking:
            seen = self._seen
            if seen is not None and seen.marks == marks and seen is not than:
                return seen.updates  # somebody else has just looked
            if shutil.which("apt-get") is None:
                raise ActionError("I can only look at the packages of Debian and its relatives")
            ran = await run(*SIMULATED, within=FOUND_WITHIN)
            if ran is None or ran[0] != 0:
                raise ActionError("apt-get could not say which updates there are")
            self._seen = _Seen(self._house.clock.monotonic(), marks, waiting(ran[1]))
            return self._seen.updates


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


def _marks() -> _Marks:
    try:
        installed = INSTALLED.stat().st_mtime
    except OSError:
        installed = 0.0
    return installed, _fetched() or 0.0


def _age() -> float | None:
    """Seconds since the lists of packages were fetched; None where there are none."""
    fetched = _fetched()
    return None if fetched is None else time.time() - fetched


def _fetched() -> float | None:
    try:
        return max(one.stat().st_mtime for one in LISTS.iterdir() if one.is_file())
    except (OSError, ValueError):
        return None
