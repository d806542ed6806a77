"""Whether an entity can be reached, by what its device, its bridge and the broker's wills say."""

from collections.abc import Mapping
from typing import Any

from agent.api import Message
from integrations.discovery.options import MalformedError, Options, heard_topic
from integrations.discovery.reading import texts
from integrations.discovery.templates import Template, Templates
from integrations.discovery.thing import Live

MOST_TOPICS = 32
MODES = ("all", "any", "latest")
_PAYLOADS = ("payload_available", "payload_not_available")


class Availability:
    """All that says whether one entity is there. `now`: True, False, or None while that is not known."""

    __slots__ = ("_heard", "_latest", "_mode", "_sources", "now")

    def __init__(self, mode: str, sources: Mapping[str, "Source"]) -> None:
        self._mode = mode
        self._sources = sources
        self._heard: dict[str, bool] = {}
        self._latest: bool | None = None
        self.now: bool | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        """What to listen on."""
        return tuple(self._sources)

    def hear(self, topic: str, live: Live, message: Message) -> None:
        """Take what `message`, heard by way of `topic`, says.

        Raises:
            UnusableError, UnrenderableError: it cannot be read.
        """
        says = self._sources[topic].says(live, message)
        if says is None:
            return
        self._heard[topic] = self._latest = says
        self.now = self._judged()

    def _judged(self) -> bool | None:
        if self._mode == "latest":
            return self._latest
        decisive = self._mode == "any"
        if decisive in self._heard.values():
            return decisive
        return None if len(self._heard) < len(self._sources) else not decisive


class Source:
    """One topic and what its payloads mean."""

    __slots__ = ("_no", "_text", "_yes")

    def __init__(self, yes: str, no: str, template: Template | None) -> None:
        self._yes = yes
        self._no = no
        self._text = texts(template)

    def says(self, live: Live, message: Message) -> bool | None:
        """True for there, False for gone, None for something else."""
        text = self._text(message, live)
        return True if text == self._yes else False if text == self._no else None


def availability(config: Mapping[str, Any], templates: Templates) -> Availability | None:
    """What says whether the entity of `config` can be reached; None if nothing does.

    Raises:
        MalformedError: that part of the config cannot be used.
    """
    entries: list[Mapping[str, Any]] = []
    common = {key: config[key] for key in _PAYLOADS if key in config}
    if config.get("availability_topic"):
        template = config.get("availability_template")
        entries.append({**common, "topic": config["availability_topic"], "value_template": template})
    listed = config.get("availability")
    if isinstance(listed, list):
        entries.extend({**common, **one} if common else one for one in listed if isinstance(one, dict))
    elif listed is not None:
        raise MalformedError(f"availability is {listed!r:.60}; a list of topics would be right")
    if not entries:
        return None
    if len(entries) > MOST_TOPICS:
        raise MalformedError(f"availability lists {len(entries)} topics; up to {MOST_TOPICS} would do")
    mode = config.get("availability_mode", "latest")
    if mode not in MODES:
        raise MalformedError(f"availability_mode is {mode!r:.60}; all, any or latest would be right")
    return Availability(
        mode, {heard_topic("availability", one.get("topic")): _source(one, templates) for one in entries}
    )


def _source(entry: Mapping[str, Any], templates: Templates) -> Source:
    options = Options(entry, templates=templates)
    return Source(
        options.text("payload_available", "online"),
        options.text("payload_not_available", "offline"),
        options.template("value_template"),
    )
