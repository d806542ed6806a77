"""cover: opened, closed and stopped; position and tilt if it knows them."""

from collections.abc import Mapping
from typing import Any

from agent.api import Message
from integrations.discovery.options import Options
from integrations.discovery.performing import amount, fixed
from integrations.discovery.reading import NONE, number, texts
from integrations.discovery.scaling import from_percent, to_percent
from integrations.discovery.thing import (
    KEEP,
    STATE,
    Behaviour,
    Effort,
    Hear,
    Live,
    Perform,
    Send,
    UnusableError,
)


def cover(options: Options) -> Behaviour:
    """A cover."""
    made = Behaviour(owned=("current_position", "current_tilt_position"))
    closed, opened = options.number("position_closed", 0), options.number("position_open", 100)
    if closed == opened:
        closed, opened = 0, 100
    has_state = "state_topic" in options
    made.reads(options.topic("state_topic"), _state(options), STATE)
    position = _position(options, closed, opened, also_state=not has_state)
    made.reads(
        options.topic("position_topic"), position, "current_position", *(() if has_state else (STATE,))
    )
    to_position = options.sender("set_position_topic", "set_position_template")
    ends: dict[str, float] = {"position_open": opened, "position_closed": closed}
    _motions(made, options, to_position, ends)
    if to_position is not None:
        made.does(
            "cover.set_cover_position",
            _set_position(to_position, ends),
            *((STATE,) if not has_state else ()),
            "current_position",
        )
    _tilting(made, options)
    return made


def _state(options: Options) -> Hear:
    stopped = options.text("state_stopped", "stopped")
    known = {
        options.text("state_open", "open"): "open",
        options.text("state_opening", "opening"): "opening",
        options.text("state_closed", "closed"): "closed",
        options.text("state_closing", "closing"): "closing",
    }
    text_of = texts(options.template("value_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text:
            return False
        if text in known:
            live.value = known[text]
        elif text == stopped:
            position = live.attributes.get("current_position")
            shut = live.value in ("closed", "closing") if position is None else position == 0
            live.value = "closed" if shut else "open"
        elif text == NONE:
            live.value = None
        else:
            raise UnusableError(f"it says {text!r:.80}; {' or '.join(map(repr, known))} would be right")
        return True

    return hear


def _position(options: Options, closed: float, opened: float, *, also_state: bool) -> Hear:
    text_of = texts(options.template("position_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text or text == NONE:
            return False
        found: Any = text
        if text[0] == "{":
            both = _object(message)
            found = both.get("position", text)
            if "tilt_position" in both:
                live.put("current_tilt_position", to_percent(number(both["tilt_position"], "tilt"), 0, 100))
        percent = to_percent(number(found, "position"), closed, opened)
        live.put("current_position", percent)
        if also_state:
            live.value = "closed" if percent == 0 else "open"
        return True

    return hear


def _object(message: Message) -> Mapping[str, Any]:
    try:
        found = message.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _motions(made: Behaviour, options: Options, to_position: Send | None, ends: Mapping[str, float]) -> None:
    send = options.sender()
    stop = options.raw("payload_stop") if options.has("payload_stop") else "STOP"
    if send is not None:
        opening: Perform = fixed(send, options.text("payload_open", "OPEN"), "open", current_position=100)
        closing: Perform = fixed(send, options.text("payload_close", "CLOSE"), "closed", current_position=0)
        if stop is not None:
            made.does("cover.stop_cover", fixed(send, str(stop)))
    elif to_position is not None:
        setting = _set_position(to_position, ends)
        opening = lambda live, _data: setting(live, {"position": 100})  # noqa: E731
        closing = lambda live, _data: setting(live, {"position": 0})  # noqa: E731
    else:
        return

    def toggle(live: Live, data: Mapping[str, Any]) -> Effort:
        return (opening if live.value in ("closed", "closing") else closing)(live, data)

    changes = (STATE, *(("current_position",) if to_position is not None else ()))
    made.does("cover.open_cover", opening, *changes)
    made.does("cover.close_cover", closing, *changes)
    made.does("cover.toggle", toggle, *changes)


def _set_position(send: Send, ends: Mapping[str, float]) -> Perform:
    def perform(live: Live, data: Mapping[str, Any]) -> Effort:
        percent = amount(live, data, "position")
        scaled = from_percent(percent, ends["position_closed"], ends["position_open"])
        command = send(live, scaled, position=percent, tilt_min=0, tilt_max=100, **ends)
        return Effort([command], "closed" if percent == 0 else "open", {"current_position": percent})

    return perform


def _tilting(made: Behaviour, options: Options) -> None:
    low, high = options.span("tilt_min", "tilt_max", (0, 100))
    ends = {"tilt_min": low, "tilt_max": high}
    text_of = texts(options.template("tilt_status_template"))

    def hear(live: Live, message: Message) -> bool:
        text = text_of(message, live)
        if not text or text == NONE:
            return False
        live.put("current_tilt_position", to_percent(number(text, "tilt"), low, high))
        return True

    made.reads(options.topic("tilt_status_topic"), hear, "current_tilt_position")
    send = options.sender("tilt_command_topic", "tilt_command_template")
    if send is None:
        return

    def tilt_to(live: Live, scaled: float) -> Effort:
        percent = to_percent(scaled, low, high)
        return Effort(
            [send(live, scaled, tilt_position=scaled, **ends)], KEEP, {"current_tilt_position": percent}
        )

    def tilt(live: Live, data: Mapping[str, Any]) -> Effort:
        return tilt_to(live, from_percent(amount(live, data, "tilt_position"), low, high))

    opened, closed = options.number("tilt_opened_value", high), options.number("tilt_closed_value", low)
    made.does("cover.set_cover_tilt_position", tilt, "current_tilt_position")
    made.does("cover.open_cover_tilt", lambda live, _data: tilt_to(live, opened), "current_tilt_position")
    made.does("cover.close_cover_tilt", lambda live, _data: tilt_to(live, closed), "current_tilt_position")
    stop = options.optional_text("payload_stop_tilt")
    if stop is not None:
        made.does("cover.stop_cover_tilt", fixed(send, stop))
