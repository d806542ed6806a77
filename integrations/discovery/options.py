"""Reads one entity's config key by key: typed, bounded, and with words for what is wrong.

Unknown keys are never looked at. A key of the wrong type is `MalformedError`, and the entity is not taken.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.api import check_filter
from integrations.discovery.templates import Template, Templates, UnrenderableError
from integrations.discovery.thing import Command, Live, Send

MOST_LISTED = 1_000
LONGEST_TEXT = 4_096
LONGEST_TOPIC = 1_024
HUGE = 1e15
TINY = 1e-15
"""What is divided by less than this ends beyond all numbers."""


class MalformedError(ValueError):
    """A config cannot be used; the text says which key, what it is and what would be right."""


class Options:
    """The config of one entity, in full keys, and the templates it shares with all others."""

    __slots__ = ("_config", "_ours", "_templates", "qos", "retain")

    def __init__(self, config: Mapping[str, Any], *, templates: Templates, ours: str = "\0") -> None:
        self._config = config
        self._templates = templates
        self._ours = ours
        self.qos = self._quality()
        self.retain = self.flag("retain", default=False)

    def __contains__(self, key: str) -> bool:
        return self._config.get(key) is not None

    def has(self, key: str) -> bool:
        """Whether `key` is there, be it null."""
        return key in self._config

    def raw(self, key: str) -> Any:
        """The value of `key` as it was announced, None if it was not."""
        return self._config.get(key)

    def now(self) -> datetime:
        """The time."""
        return self._templates.now()

    # topics and templates -------------------------------------------------------------------------------
    def topic(self, key: str) -> str | None:
        """The topic (or filter) to listen on that `key` gives."""
        topic = self._config.get(key)
        if topic is None or topic == "":
            return None
        return heard_topic(key, topic)

    def command_topic(self, key: str) -> str | None:
        """The topic to publish on that `key` gives."""
        topic = self._config.get(key)
        if topic is None or topic == "":
            return None
        topic = heard_topic(key, topic)
        if "+" in topic or "#" in topic:
            raise MalformedError(f"{key} is {topic!r:.100}; a topic to publish on has no wildcards")
        if topic.startswith((self._ours, "$")):
            raise MalformedError(
                f"{key} is {topic!r:.100}; commands do not go to our own topics or the broker's"
            )
        return topic

    def template(self, key: str) -> Template | None:
        """The template that `key` gives."""
        source = self._config.get(key)
        if source is None or source == "":
            return None
        if not isinstance(source, str):
            raise MalformedError(f"{key} is {source!r:.60}; a template is a text")
        try:
            return self._templates.of(source)
        except UnrenderableError as error:
            raise MalformedError(f"{key}: {error}") from None

    def sender(self, key: str = "command_topic", template: str = "command_template") -> Send | None:
        """What makes the command on the topic that `key` gives, None if there is no such topic."""
        topic = self.command_topic(key)
        if topic is None:
            return None
        form, qos, retain = self.template(template), self.qos, self.retain

        def send(live: Live, value: Any, **more: Any) -> Command:
            payload = str(value) if form is None else form.fill(live, value=value, **more)
            return Command(topic=topic, payload=payload, qos=qos, retain=retain)

        return send

    def required_sender(self, key: str = "command_topic", template: str = "command_template") -> Send:
        """As `sender`, for an entity that makes no sense without it."""
        send = self.sender(key, template)
        if send is None:
            raise MalformedError(f"{key} is missing; the topic of its commands would be right")
        return send

    def required_topic(self, key: str) -> str:
        """As `topic`, for an entity that makes no sense without it."""
        topic = self.topic(key)
        if topic is None:
            raise MalformedError(f"{key} is missing; the topic of its state would be right")
        return topic

    # plain values ---------------------------------------------------------------------------------------
    def text(self, key: str, default: str) -> str:
        """A text; numbers and truth values count as theirs."""
        found = self.optional_text(key)
        return default if found is None else found

    def optional_text(self, key: str) -> str | None:
        """A text, or None if it is not given."""
        value = self._config.get(key)
        if value is None or isinstance(value, str):
            if value is not None and len(value) > LONGEST_TEXT:
                raise MalformedError(f"{key} has {len(value)} letters; up to {LONGEST_TEXT} would do")
            return value
        if isinstance(value, int | float):
            return str(value)
        raise MalformedError(f"{key} is {value!r:.60}; a text would be right")

    def number(self, key: str, default: float) -> float:
        """A number; whole ones come as int."""
        found = self.optional_number(key)
        return default if found is None else found

    def optional_number(self, key: str) -> float | None:
        """A number, or None if it is not given."""
        value = self._config.get(key)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                value = math.nan
        fits = isinstance(value, int | float) and (value == 0 or TINY <= abs(value) < HUGE)
        if isinstance(value, bool) or not fits:
            raise MalformedError(f"{key} is {self._config.get(key)!r:.60}; a number would be right")
        return int(value) if value == int(value) else value

    def span(self, low: str, high: str, defaults: tuple[float, float]) -> tuple[float, float]:
        """A range of numbers, the first below the second."""
        first, last = self.number(low, defaults[0]), self.number(high, defaults[1])
        if first >= last:
            raise MalformedError(f"{low} is {first:g} and {high} is {last:g}; {low} would be the smaller")
        return first, last

    def scale(self, key: str) -> float:
        """The upper end of a scale that begins at 0; 255 if it is not given."""
        top = self.number(key, 255)
        if top <= 0:
            raise MalformedError(f"{key} is {top:g}; a number above 0 would be right")
        return top

    def flag(self, key: str, *, default: bool) -> bool:
        """Yes or no."""
        value = self._config.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        if word in ("true", "yes", "on", "1", "enable"):
            return True
        if word in ("false", "no", "off", "0", "disable"):
            return False
        raise MalformedError(f"{key} is {value!r:.60}; true or false would be right")

    def strings(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts; one alone counts as a list."""
        value = self._config.get(key)
        if value is None:
            return default
        listed = value if isinstance(value, list) else [value]
        if len(listed) > MOST_LISTED:
            raise MalformedError(f"{key} lists {len(listed)} texts; up to {MOST_LISTED} would do")
        for one in listed:
            if not isinstance(one, str | int | float) or len(str(one)) > LONGEST_TEXT:
                raise MalformedError(f"{key} lists {one!r:.60}; texts would be right")
        return tuple(map(str, listed))

    def _quality(self) -> int:
        qos = self._config.get("qos")
        if qos is None:
            return 0
        if qos in (0, 1, 2, "0", "1", "2") and not isinstance(qos, bool):
            return min(int(qos), 1)  # exactly once is not spoken here; at least once comes nearest
        raise MalformedError(f"qos is {qos!r:.60}; 0, 1 or 2 would be right")


def heard_topic(key: str, topic: Any) -> str:
    """`topic` if it can be listened on.

    Raises:
        MalformedError: it cannot, or it would hear everything.
    """
    if not isinstance(topic, str) or not topic:
        raise MalformedError(f"{key} is {topic!r:.60}; a topic is a text")
    if len(topic) > LONGEST_TOPIC:
        raise MalformedError(
            f"{key} is {topic!r:.60}...; a topic of up to {LONGEST_TOPIC} letters would be right"
        )
    if topic.partition("/")[0] == "$share":
        raise MalformedError(f"{key} is {topic!r:.100}; a subscription that is not shared would be right")
    if topic[0] in "+#":
        raise MalformedError(f"{key} is {topic!r:.100}; wildcards are not for the first level")
    try:
        check_filter(topic)
    except ValueError as error:
        raise MalformedError(f"{key}: {error}") from None
    return topic
