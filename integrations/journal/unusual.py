"""What is found in messages that no rule of ours knows: novel, bursting, flapping. Pure.

Nothing is unusual before it is known what is usual: each writer is listened to for a while first.
"""

from collections import OrderedDict, deque
from typing import Any

from agent.api import redacted
from integrations.journal.incident import Finding, key_of
from integrations.journal.section import PRIORITIES, Unusual
from integrations.journal.swinging import Swing
from integrations.journal.templates import Shape, Template

MOST_SOURCES = 1_000
MOST_SWINGS = 1_000
LONGEST_TOLD = 100
NOVEL = "{source}: a message that was never seen: {text}"
BURST = "{source}: a message comes {many} times a minute, usual are {usual}: {text}"
FLAPPING = "{source} goes to and fro: {text}"


class Sentinel:
    """Judges messages by what is usual for their writer."""

    def __init__(self, section: Unusual) -> None:
        self._section = section
        self._novel = PRIORITIES.index(section.novel)
        self._burst = PRIORITIES.index(section.burst_priority)
        self._since: OrderedDict[str, float] = OrderedDict()
        self._swings: OrderedDict[tuple[str, str], tuple[int, deque[float]]] = OrderedDict()

    def judge(self, shape: Shape, priority: int, source: str, at: float) -> Finding | None:
        """What is unusual in one more message of `shape`."""
        template = shape.template
        many = template.hit(int(at) // 60)
        finding = None
        if template.new:
            template.new = False
            if self._learnt(template.source, at) and priority <= self._novel:
                finding = _finding("novel", template, NOVEL, source)
        if many >= self._section.burst and priority <= self._burst:
            finding = finding or self._bursting(template, many, source, at)
        if shape.swing is not None:
            finding = finding or self._swinging(shape.swing, source, at)
        return finding

    def as_json(self) -> dict[str, float]:
        """Since when each writer is known, in a form that survives the store."""
        return dict(self._since)

    def load(self, found: Any) -> None:
        """Take over what `as_json` wrote."""
        for source, since in found.items() if isinstance(found, dict) else ():
            if isinstance(source, str) and isinstance(since, float | int):
                self._since[source] = float(since)

    def _learnt(self, source: str, at: float) -> bool:
        since = self._since.get(source)
        if since is None:
            self._since[source] = at
            if len(self._since) > MOST_SOURCES:
                self._since.popitem(last=False)
            return False
        return at - since >= self._section.learn

    def _bursting(self, template: Template, many: int, source: str, at: float) -> Finding | None:
        least = max(self._section.burst, int(self._section.factor * template.usual) + 1)
        if many != least or not self._learnt(template.source, at):
            return None
        return _finding("burst", template, BURST, source, many=str(many), usual=f"{template.usual:.0f}")

    def _swinging(self, swing: Swing, source: str, at: float) -> Finding | None:
        key = (source, swing.of)
        side, times = self._swings.get(key, (swing.side, None))
        if times is None:
            times = deque(maxlen=self._section.flaps)
        self._swings[key] = (swing.side, times)
        self._swings.move_to_end(key)
        if len(self._swings) > MOST_SWINGS:
            self._swings.popitem(last=False)
        if side == swing.side:
            return None
        times.append(at)
        if len(times) < self._section.flaps or times[0] < at - self._section.flaps_within:
            return None
        what = redacted(swing.of, most=LONGEST_TOLD)
        subject = f"{source} {what}"
        values = {"source": source, "text": what}
        return Finding(
            kind="flapping",
            subject=subject,
            title=FLAPPING.format_map(values),
            phrase=FLAPPING,
            values=values,
            key=key_of("flapping", subject),
            believed=False,
        )


def _finding(kind: str, template: Template, phrase: str, source: str, **more: str) -> Finding:
    text = redacted(template.text, most=LONGEST_TOLD)
    values = {"source": source or "somebody", "text": text, **more}
    return Finding(
        kind=kind,
        subject=source,
        title=phrase.format_map(values),
        phrase=phrase,
        values=values,
        key=key_of(kind, f"{template.source}-{template.digest}"),
        believed=False,
    )
