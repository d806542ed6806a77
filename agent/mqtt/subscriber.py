"""Keeps the broker's idea of what we want equal to ours: on every connect all of it, later what changes."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from agent.mqtt.link import Link
from agent.mqtt.subscriptions import Route, Subscriptions

log = structlog.get_logger(__name__)
LINGER = 3.0
"""Seconds until the broker hears that something is wanted no more: a daemon that ends is gone by then, and
what comes meanwhile is kept for its next life."""


class Subscriber:
    """Who waits for which topics, and how far the broker has been told."""

    def __init__(self) -> None:
        self._subscriptions = Subscriptions()
        self._changed: dict[str, None] = {}
        self._asked: dict[int, list[str]] = {}
        self._link: Link | None = None
        self._identifiers = False

    def add(self, topic_filter: str, route: Route) -> Callable[[], None]:
        """Let `route` hear of what comes on `topic_filter`. Returns what ends it.

        Raises:
            ValueError: the filter is none.
        """
        self._subscriptions.add(topic_filter, route)
        self._change(topic_filter)
        return partial(self._remove, topic_filter, route)

    def routes(self, topic: str, identifiers: Sequence[int]) -> Sequence[Route]:
        """Who waits for a publication that came for the subscriptions with `identifiers`."""
        return self._subscriptions.routes(topic, identifiers)

    @property
    def settled(self) -> bool:
        """Whether the broker has answered every request."""
        return not self._asked

    def start(self, link: Link, *, identifiers: bool) -> None:
        """Ask for everything on a new connection; `identifiers`: the broker numbers what it delivers."""
        self._link, self._identifiers = link, identifiers
        self._asked = {}
        self._changed = dict.fromkeys(self._subscriptions.filters())
        self.send_changes()

    def stop(self) -> None:
        """The connection is gone."""
        self._link = None

    def send_changes(self) -> None:
        """Tell the broker now what changed."""
        link = self._link
        if link is None or not self._changed:
            return
        changed, self._changed = self._changed, {}
        for ended in self._subscriptions.unwanted(changed):
            link.unsubscribe(list(ended))
        for request in self._subscriptions.requests(changed, numbered=self._identifiers):
            packet = link.send_subscribe(request.filters, identifier=request.number)
            self._asked[packet] = [topic_filter for topic_filter, *_ in request.filters]

    def answered(self, packet: int, refused: Sequence[str | None]) -> None:
        """Log the filters that the broker would not have."""
        asked = self._asked.pop(packet, [])
        for topic_filter, reason in zip(asked, refused, strict=False):
            if reason is not None:
                log.error("mqtt.subscription_refused", filter=topic_filter, reason=reason)

    def _remove(self, topic_filter: str, route: Route) -> None:
        if self._subscriptions.remove(topic_filter, route) and self._link is not None:
            asyncio.get_running_loop().call_later(LINGER, self._change, topic_filter)

    def _change(self, topic_filter: str) -> None:
        """Tell the broker at the end of this turn of the loop, together with what else changes in it."""
        if self._link is None:
            return
        if not self._changed:
            asyncio.get_running_loop().call_soon(self.send_changes)
        self._changed[topic_filter] = None
