"""What devices are called: one entity of a device introduces it, the others may name its identifiers only."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

from integrations.discovery.payload import Component

MOST_DEVICES = 20_000
MOST_NAMELESS = 10_000
_TOLD = ("name", "suggested_area")
P = TypeVar("P")


class Devices(Generic[P]):
    """Names and areas of devices by identifier, and the places of components that wait for them."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}
        self._nameless: dict[str, dict[P, Component]] = {}
        self._waiting: dict[P, str] = {}

    def completed(self, component: Component, place: P) -> Component:
        """`component` with what is known of its device; it waits for what is not."""
        self.forget(place)
        device = component.config.get("device")
        identifiers = _identifiers(device)
        if not identifiers or not isinstance(device, Mapping) or device.get("name"):
            return component
        for identifier in identifiers:
            if identifier in self._known:
                whole = {**self._known[identifier], **device}
                return replace(component, config={**component.config, "device": whole})
        if len(self._waiting) < MOST_NAMELESS:
            self._waiting[place] = identifiers[0]
            self._nameless.setdefault(identifiers[0], {})[place] = component
        return component

    def forget(self, place: P) -> None:
        """Let nobody wait at `place` any more."""
        identifier = self._waiting.pop(place, None)
        if identifier is None:
            return
        del self._nameless[identifier][place]
        if not self._nameless[identifier]:
            del self._nameless[identifier]

    def learned(self, component: Component) -> Mapping[P, Component]:
        """Note how `component` introduces its device; gives those who waited for that."""
        device = component.config.get("device")
        if not isinstance(device, Mapping) or not device.get("name"):
            return {}
        waited: dict[P, Component] = {}
        for identifier in _identifiers(device):
            if identifier not in self._known and len(self._known) >= MOST_DEVICES:
                continue
            self._known[identifier] = {key: device[key] for key in _TOLD if device.get(key)}
            waited.update(self._nameless.pop(identifier, {}))
        for place in waited:
            del self._waiting[place]
        return waited


def _identifiers(device: Any) -> list[str]:
    if not isinstance(device, Mapping):
        return []
    listed = device.get("identifiers")
    found = listed if isinstance(listed, list) else [listed]
    return [one for one in found[:8] if isinstance(one, str) and one]
