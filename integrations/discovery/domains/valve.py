"""valve: opened and closed; with `reports_position` its topics carry a position instead of words."""

from collections.abc import Mapping
from typing import Any

from agent.api import Message
from integrations.discovery.options import MalformedError, Options
from integrations.discovery.performing import amount, fixed
from integrations.discovery.reading import NONE, number, texts
from integrations.discovery.scaling import from_percent, to_percent
from integrations.discovery.thing import STATE, Behaviour, Effort, Hear, Live, Perform, UnusableError


def valve(options: Options) -> Behaviour:
    """A valve."""
    made = Behaviour(owned=("current_position",))
    positions = options.flag("reports_position", default=False)
    closed, opened = options.number("position_closed", 0), options.number("position_open", 100)
    if closed == opened:
        raise MalformedError(f"position_closed and position_open are both {closed:g}; they would differ")
    what = (STATE, "current_position") if positions else (STATE,)
    made.reads(options.topic("state_topic"), _reading(options, closed, opened, positions=positions), *what)
    send = options.sender()
    if send is None:
        return made

    def set_position(live: Live, data: Mapping[str, Any]) -> Effort:
        percent = amount(live, data, "position")
        scaled = from_percent(percent, closed, opened)
        command = send(live, scaled, position=percent, position_open=opened, position_closed=closed)
        return Effort([command], "closed" if percent == 0 else "open", {"current_position": percent})

    opening: Perform
    closing: Perform
    if positions:
        made.does("valve.set_valve_position", set_position, *what)
        opening = lambda live, _data: set_position(live, {"position": 100})  # noqa: E731
        closing = lambda live, _data: set_position(live, {"position": 0})  # noqa: E731
    else:
        opening = fixed(send, options.text("payload_open", "OPEN"), "open")
        closing = fixed(send, options.text("payload_close", "CLOSE"), "closed")

    def toggle(live: Live, data: Mapping[str, Any]) -> Effort:
        return (opening if live.value in ("closed", "closing") else closing)(live, data)

    made.does("valve.open_valve", opening, *what)
    made.does("valve.close_valve", closing, *what)
    made.does("valve.toggle", toggle, *what)
    stop = options.optional_text("payload_stop")
    if stop is not None:
        made.does("valve.stop_valve", fixed(send, stop))
    return made


def _reading(options: Options, closed: float, opened: float, *, positions: bool) -> Hear:
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
        if text == NONE:
            live.value = None
            return True
        state, position = _parts(text, message) if positions else (text, None)
        if state is not None and state not in known:
            raise UnusableError(f"it says {text!r:.80}; {' or '.join(map(repr, known))} would be right")
        if position is not None:
            percent = to_percent(number(position, "position"), closed, opened)
            live.put("current_position", percent)
            live.value = "closed" if percent == 0 else "open"
        if state is not None:
            live.value = known[state]
        return True

    return hear


def _parts(text: str, message: Message) -> tuple[str | None, Any]:
    """State and position of a valve that reports positions: JSON with both, a number, or a word."""
    if text[0] == "{":
        try:
            found = message.json()
        except ValueError:
            found = None
        if isinstance(found, dict):
            state = found.get("state")
            return (None if state is None else str(state)), found.get("position")
    try:
        return None, float(text)
    except ValueError:
        return text, None
