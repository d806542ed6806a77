"""Who may ask a model next: voice before chat before background, and nobody longer than his deadline.

What runs in the background makes way for whoever waits for a turn, and is asked again after that. Identical
questions are asked once, and answers that can't change are remembered. No tasks of its own: whoever asks
waits for his turn and then runs his own request; if he leaves, one of those who share it takes over.
"""

import asyncio
import unicodedata
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import count

from agent.errors import ConfigError, TransientError
from agent.inference.runner import Generated, Limits, OnText, Prompt, Runner
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics

_Key = tuple[object, ...]
MARGIN = 0.02
"""Seconds that a runner has less than who asks, so that it knows itself that it was too slow."""


class Priority(IntEnum):
    """Whose turn comes first."""

    VOICE = 0
    CHAT = 1
    BACKGROUND = 2


@dataclass(slots=True, eq=False)
class _Waiting:
    priority: Priority
    number: int
    turn: asyncio.Future[None] = field(repr=False)

    @property
    def rank(self) -> tuple[int, int]:
        return self.priority, self.number


class Turns:
    """So many at once; of the others the most urgent next, in the order they came."""

    def __init__(self, *, at_once: int, most_waiting: int) -> None:
        self._free = at_once
        self._most = most_waiting
        self._waiting: list[_Waiting] = []
        self._under_way: list[_Asking] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def somebody_waits(self) -> bool:
        """Whether one waits for a turn whose answer is waited for."""
        return any(one.priority < Priority.BACKGROUND for one in self._waiting)

    @asynccontextmanager
    async def turn(self, asking: "_Asking") -> AsyncIterator[None]:
        """Wait for one's turn; it is over with the block.

        Raises:
            TransientError: too many wait, and none of them is less urgent.
        """
        if self._free:
            self._free -= 1
        else:
            await self._wait(asking)
        self._under_way.append(asking)
        try:
            yield
        finally:
            self._under_way.remove(asking)
            self._pass_on()

    async def _wait(self, asking: "_Asking") -> None:
        if len(self._waiting) >= self._most:
            self._make_room(asking.priority)
        mine = _Waiting(asking.priority, next(self._numbers), asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        asking.waiting = mine
        if asking.priority < Priority.BACKGROUND:
            # A model may take minutes over what nobody waits for.
            next((one for one in self._under_way if one.made_way()), None)
        try:
            await mine.turn
        except asyncio.CancelledError:
            if mine.turn.done() and not mine.turn.cancelled() and mine.turn.exception() is None:
                self._pass_on()
            raise
        finally:
            asking.waiting = None
            if mine in self._waiting:
                self._waiting.remove(mine)

    def _make_room(self, priority: Priority) -> None:
        last = max(self._waiting, key=lambda one: one.rank, default=None)
        if last is None or last.priority <= priority:
            raise TransientError("the model is busy; too many are waiting")
        self._waiting.remove(last)
        last.turn.set_exception(TransientError("the model is busy; something more urgent came"))

    def _pass_on(self) -> None:
        while self._waiting:
            following = min(self._waiting, key=lambda one: one.rank)
            self._waiting.remove(following)
            if not following.turn.done():
                following.turn.set_result(None)
                return
        self._free += 1


@dataclass(slots=True, eq=False)
class _Asking:
    """A request in flight, and those who wait for the same answer."""

    priority: Priority
    answer: asyncio.Future[Generated | None] = field(repr=False)
    """None: whoever asked has left, and another must."""
    waiting: _Waiting | None = None
    under_way: asyncio.Timeout | None = None
    """Ends what the model is doing for it now, if that may be done again."""

    def made_way(self) -> bool:
        """Whether this ends now for somebody more urgent; not where it can't, or does so already."""
        if self.under_way is None or self.priority < Priority.BACKGROUND:
            return False
        self.under_way.reschedule(asyncio.get_running_loop().time())
        self.under_way = None
        return True

    def hurry(self, priority: Priority) -> None:
        self.priority = min(self.priority, priority)
        if self.waiting is not None:
            self.waiting.priority = min(self.waiting.priority, priority)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    key: _Key
    prompt: Prompt
    limits: Limits
    until: float
    on_text: OnText | None


class Queue:
    """Requests to one runner."""

    def __init__(
        self,
        runner: Runner,
        *,
        clock: Clock,
        metrics: Metrics,
        version: Callable[[], object] = lambda: 0,
        at_once: int = 1,
        most_waiting: int = 32,
        remembered: int = 512,
    ) -> None:
        """`version` of the house: what was answered under another one is forgotten."""
        self._runner = runner
        self._clock = clock
        self._metrics = metrics
        self._version = version
        self._turns = Turns(at_once=at_once, most_waiting=most_waiting)
        self._flying: dict[_Key, _Asking] = {}
        self._remembered: OrderedDict[_Key, Generated] = OrderedDict()
        self._most_remembered = remembered
        self._inside = 0

    @property
    def quiet(self) -> bool:
        """Whether nobody waits or is being answered."""
        return self._inside == 0

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._turns)

    async def ask(
        self,
        prompt: Prompt,
        limits: Limits,
        *,
        priority: Priority = Priority.CHAT,
        on_text: OnText | None = None,
    ) -> Generated:
        """The answer of the model, or one that it gave before.

        Raises:
            TransientError: too many are waiting, or none within the deadline.
            ConfigError: none before the user changes something.
        """
        until = self._clock.monotonic() + limits.deadline
        key = self._key(prompt, limits)
        if (known := self._recalled(key)) is not None:
            if on_text is not None:
                on_text(known.text)
            return known
        self._inside += 1
        request = _Request(key=key, prompt=prompt, limits=limits, until=until, on_text=on_text)
        try:
            async with asyncio.timeout(limits.deadline):
                if on_text is not None or limits.temperature:
                    return await self._asked(request, _asking(priority))
                return await self._shared(request, priority)
        except TimeoutError:
            self._metrics.count("model.late")
            raise TransientError(f"{self._runner.name} gave no answer within {limits.deadline:g} s") from None
        finally:
            self._inside -= 1

    async def _shared(self, request: _Request, priority: Priority) -> Generated:
        while (flying := self._flying.get(request.key)) is not None:
            self._metrics.count("model.shared")
            flying.hurry(priority)
            # Shielded, for many wait for it; after a failure each asks within his own deadline.
            if (found := await asyncio.shield(flying.answer)) is not None:
                return found
        asking = self._flying[request.key] = _asking(priority)
        found = None
        try:
            found = await self._asked(request, asking)
        finally:
            del self._flying[request.key]
            asking.answer.set_result(found)
        return found

    async def _asked(self, request: _Request, asking: _Asking) -> Generated:
        found = None
        while found is None:
            async with self._turns.turn(asking):
                found = await self._generated(request, asking)
        self._metrics.observe("model.ms", found.ms)
        self._remember(request, found)
        return found

    async def _generated(self, request: _Request, asking: _Asking) -> Generated | None:
        """What the model says; None: it had to make way."""
        left = request.until - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        limits = replace(request.limits, deadline=max(left - MARGIN, left / 2))
        if asking.priority is Priority.BACKGROUND and self._turns.somebody_waits:
            # Who is waited for came between our turn and its use.
            return None
        way = asyncio.timeout(None)
        try:
            async with way:
                # What was shown cannot be taken back.
                asking.under_way = way if request.on_text is None else None
                return await self._runner.generate(request.prompt, limits, request.on_text)
        except TimeoutError:
            if not way.expired():
                raise
            self._metrics.count("model.made_way")
            return None
        except (TransientError, ConfigError):
            self._metrics.count("model.failures")
            raise
        finally:
            asking.under_way = None

    def _key(self, prompt: Prompt, limits: Limits) -> _Key:
        told = (limits.max_tokens, limits.temperature, limits.stop)
        # Only here: to a model a blank at the beginning is a part of the first word.
        said = normalized(prompt.said)
        return (said, prompt.system, prompt.form, told, self._runner.name, self._version())

    def _recalled(self, key: _Key) -> Generated | None:
        if (known := self._remembered.get(key)) is not None:
            self._remembered.move_to_end(key)
            self._metrics.count("model.remembered")
        return known

    def _remember(self, request: _Request, found: Generated) -> None:
        if request.limits.temperature:
            return
        self._remembered[request.key] = found
        if len(self._remembered) > self._most_remembered:
            self._remembered.popitem(last=False)


def normalized(text: str) -> str:
    """What is the same question; upper case stays, for names are copied out of it."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _asking(priority: Priority) -> _Asking:
    return _Asking(priority, asyncio.get_running_loop().create_future())
