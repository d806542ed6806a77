"""media_player, todo, weather and script: domains with one command topic that takes a service and its data."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import Device, RefusedError, amount, choice, json_object, words
from integrations.demo_house.devices.inputs import reached

MOST_ITEMS = 500
LONGEST_ITEM = 255
_TRACKS = ("Morning Light", "Long Way Home", "Quiet Water", "Open Road")


class Spoken(Device):
    """What takes `{"service": "<verb>", "data": {...}}`."""

    commanded = True

    @override
    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "state_topic": self.topic("state"),
            "json_attributes_topic": self.topic("attributes"),
        }
        return {**found, "command_topic": self.topic("set")} if self.commanded else found

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set" or not self.commanded:
            super().obey(part, text)
        asked = json_object(text)
        data = asked.get("data", {})
        if not isinstance(data, dict):
            raise RefusedError(f"its data are {data!r:.60}; a JSON object would be right")
        try:
            self.serve(str(asked.get("service")), data)
        except KeyError as error:
            raise RefusedError(f"{text!r:.80} lacks {error.args[0]!r}") from None

    def serve(self, verb: str, data: Mapping[str, Any]) -> None:
        """Do what `verb` says.

        Raises:
            RefusedError: it cannot.
            KeyError: `data` lacks something.
        """
        raise RefusedError(f"{self.spec.id} has no service {verb!r:.60}")


class MediaPlayer(Spoken):
    """A media player."""

    states = frozenset({"off", "on", "idle", "playing", "paused", "standby"})
    initial = "off"
    abilities = frozenset({"source_list", "tracks"})

    @override
    def config(self) -> dict[str, Any]:
        sources = words(self.can.get("source_list"))
        return {**super().config(), "source_list": sources} if sources else super().config()

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        self.attributes.setdefault("volume_level", 0.3)
        self.attributes.setdefault("is_volume_muted", False)
        self.attributes["volume_level"] = amount(str(self.attributes["volume_level"]), 0, 1)

    @override
    def serve(self, verb: str, data: Mapping[str, Any]) -> None:
        attributes = self.attributes
        match verb:
            case "turn_on":
                self.value = "on" if self.value in (None, "off", "standby") else self.value
            case "turn_off":
                self.value = "off"
            case "media_play":
                self._play(0)
            case "media_pause":
                self.value = "paused"
            case "media_play_pause":
                self.value = "paused" if self.value == "playing" else "playing"
            case "media_stop":
                self.value = "idle"
            case "media_next_track" | "media_previous_track":
                self._play(1 if verb == "media_next_track" else -1)
            case "play_media":
                attributes["media_title"] = str(data["media_content_id"])[:LONGEST_ITEM]
                self.value = "playing"
            case "select_source":
                attributes["source"] = choice(str(data["source"]), words(self.can.get("source_list")))
                self.value = "on" if self.value in (None, "off", "standby") else self.value
            case "volume_set":
                attributes["volume_level"] = amount(str(data["volume_level"]), 0, 1)
            case "volume_up" | "volume_down":
                step = 0.1 if verb == "volume_up" else -0.1
                attributes["volume_level"] = round(min(max(attributes["volume_level"] + step, 0), 1), 2)
            case "volume_mute":
                attributes["is_volume_muted"] = bool(data["is_volume_muted"])
            case _:
                super().serve(verb, data)

    def _play(self, by: int) -> None:
        tracks = words(self.can.get("tracks"), _TRACKS)
        now = self.attributes.get("media_title")
        if now is None or by:
            number = tracks.index(now) + by if now in tracks else 0
            self.attributes["media_title"] = tracks[number % len(tracks)]
        self.value = "playing"


class Todo(Spoken):
    """A list of things to do; its state is how many are open."""

    @override
    def placed(self, state: str | None, attributes: Mapping[str, Any]) -> None:
        listed = self.attributes.setdefault("items", [])
        if not isinstance(listed, list) or len(listed) > MOST_ITEMS:
            raise RefusedError(f"{self.spec.id} has items {listed!r:.60}; a list of up to {MOST_ITEMS} would be right")
        used: set[str] = set()
        self._numbers = count(1)
        items = self.attributes["items"] = []
        for one in listed:
            item = {"summary": str(one)} if not isinstance(one, dict) else one
            uid = str(item.get("uid") or self._free(used))
            used.add(uid)
            status = choice(str(item.get("status", "needs_action")), ("needs_action", "completed"))
            items.append({"uid": uid, "summary": str(item["summary"])[:LONGEST_ITEM], "status": status})
        self._used = used
        self._count()

    @override
    def serve(self, verb: str, data: Mapping[str, Any]) -> None:
        items = list(self.attributes["items"])
        match verb:
            case "add_item":
                if len(items) >= MOST_ITEMS:
                    raise RefusedError(f"{self.spec.id} has {MOST_ITEMS} items, which are all it can hold")
                uid = self._free(self._used)
                self._used.add(uid)
                items.append({"uid": uid, "summary": _summary(data["item"]), "status": "needs_action"})
            case "remove_item":
                items.pop(self._find(items, data["item"]))
            case "update_item":
                number = self._find(items, data["item"])
                changed = dict(items[number])
                if data.get("rename") is not None:
                    changed["summary"] = _summary(data["rename"])
                if data.get("status") is not None:
                    changed["status"] = choice(str(data["status"]), ("needs_action", "completed"))
                items[number] = changed
            case _:
                super().serve(verb, data)
        self.attributes["items"] = items
        self._count()

    def _find(self, items: list[dict[str, Any]], wanted: Any) -> int:
        """Where an item is, by its uid or by its text; of two alike the open one."""
        text = str(wanted).casefold()
        found = [n for n, one in enumerate(items) if one["uid"] == wanted or one["summary"].casefold() == text]
        if not found:
            raise RefusedError(f"{self.spec.id} has no item {wanted!r:.60}")
        return next((n for n in found if items[n]["status"] == "needs_action"), found[0])

    def _free(self, used: set[str]) -> str:
        return next(uid for number in self._numbers if (uid := str(number)) not in used)

    def _count(self) -> None:
        self.value = str(sum(one["status"] == "needs_action" for one in self.attributes["items"]))


class Weather(Spoken):
    """The weather: a condition, what is measured, and a forecast."""

    initial = "sunny"
    commanded = False


class Script(Spoken):
    """A script: on while it runs; it puts its `entities` into their states."""

    states = frozenset({"on", "off"})
    initial = "off"
    abilities = frozenset({"entities"})

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._begun = False
        super().__init__(*arguments, **named)

    @override
    def serve(self, verb: str, data: Mapping[str, Any]) -> None:
        if verb not in ("turn_on", "turn_off"):
            super().serve(verb, data)
        self._begun = verb == "turn_on"
        self.value = "on" if self._begun else "off"
        self.plan([(self.travel_time, self.become("off"))] if self._begun else [])

    @override
    def reaches(self) -> Mapping[str, str]:
        return reached(self) if self._begun else {}


def _summary(text: Any) -> str:
    found = str(text).strip()
    if not 0 < len(found) <= LONGEST_ITEM:
        raise RefusedError(f"an item of {len(found)} letters is wrong; 1 to {LONGEST_ITEM} would be right")
    return found
