"""Questions about processes: what uses the most, what runs of somebody or under a name."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import psutil

from agent.api import Question, Telling, Words
from integrations.host.gauges import UNREADABLE
from integrations.host.saying import plain, short, speakable
from integrations.host.usage import WORDS

SAMPLED_FOR = 0.5
MOST_LINES = 15
MOST_NAMED = 3
INIT = 1


@dataclass(frozen=True, slots=True)
class Process:
    """A process as it was just now; `cpu` in percent of one core."""

    pid: int
    name: str
    user: str
    memory: int
    cpu: float = 0.0


async def processes(question: Question) -> Telling | None:
    """What runs; None where a sandbox hides the processes of others and somebody else may know more."""
    words, by = WORDS.words(question.language), question.slot("sort_by")
    if not await asyncio.to_thread(psutil.pid_exists, INIT):
        return None
    found = await asyncio.to_thread(_all, by == "cpu")
    if by in ("memory", "cpu"):
        return _most(found, by, words)
    name, user, pid = question.slot("name"), question.slot("user"), question.slot("pid")
    if pid or name:
        wanted = [one for one in found if (str(one.pid) == pid if pid else name in one.name.casefold())]
        return _those(wanted, f"{pid or name}", words)
    if user:
        wanted = [one for one in found if one.user.casefold() == user]
        return _told(wanted, words.said("of_user", count=len(wanted), user=user))
    return _told(found, words.said("processes", count=len(found)))


def _most(found: Sequence[Process], by: str, words: Words) -> Telling:
    key: Callable[[Process], float] = (lambda one: one.memory) if by == "memory" else (lambda one: one.cpu)
    most = sorted(found, key=key, reverse=True)[:MOST_LINES]
    named = [words.said("using", name=_name(one), amount=_amount(one, by)) for one in most[:MOST_NAMED]]
    return Telling(
        sentences=(words.said(f"most_{by}", names=words.joined(named)),),
        lines=tuple(_line(one) for one in most),
        facts={"by": by, "processes": [asdict(one) for one in most]},
    )


def _those(found: Sequence[Process], asked: str, words: Words) -> Telling:
    if not found:
        return Telling(sentences=(words.said("no_process", asked=asked),), facts={"processes": []})
    first = found[0]
    said = words.said(
        "process", count=len(found), name=_name(first), pid=first.pid, amount=short(first.memory), asked=asked
    )
    return _told(found, said)


def _told(found: Sequence[Process], sentence: str) -> Telling:
    largest = sorted(found, key=lambda one: -one.memory)[:MOST_LINES]
    facts = {"count": len(found), "processes": [asdict(one) for one in largest]}
    return Telling(sentences=(sentence,), lines=tuple(_line(one) for one in largest), facts=facts)


def _all(measured: bool) -> list[Process]:  # noqa: FBT001  # whether the processor is of interest
    """Every process; if `measured`, with what it used of the processor for half a second."""
    before = {one.pid: _spent(one) for one in psutil.process_iter()} if measured else {}
    if measured:
        time.sleep(SAMPLED_FOR)  # noqa: TID251  # in a thread of its own
    found = []
    for one in psutil.process_iter():
        try:
            with one.oneshot():
                if not one.memory_info().rss:
                    continue  # a thread of the kernel
                spent = max(0.0, _spent(one) - before[one.pid]) if one.pid in before else 0.0
                found.append(
                    Process(
                        pid=one.pid,
                        name=one.name(),
                        user=one.username(),
                        memory=one.memory_info().rss,
                        cpu=round(100 * spent / SAMPLED_FOR, 1) if one.pid != os.getpid() else 0.0,
                    )
                )
        except UNREADABLE:
            continue
    return found


def _spent(one: psutil.Process) -> float:
    try:
        times = one.cpu_times()
    except UNREADABLE:
        return 0.0
    return float(times.user + times.system)


def _name(one: Process) -> str:
    """Its name, as far as it is one: anybody may call a process as they like."""
    return one.name if speakable(one.name) else f"{one.pid}"


def _amount(one: Process, by: str) -> str:
    return short(one.memory) if by == "memory" else f"{plain(one.cpu)} %"


def _line(one: Process) -> str:
    return f"{one.pid} {one.user} {one.name}: {short(one.memory)}, {plain(one.cpu)} %"
