"""From canonical data to commands: the small steps that every domain's services are made of."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.api import ActionError
from integrations.discovery.options import Options
from integrations.discovery.reading import NONE, neat, numbers, words
from integrations.discovery.templates import Template
from integrations.discovery.thing import KEEP, STATE, Behaviour, Effort, Live, Perform, Send


def fixed(send: Send, payload: str, value: Any = KEEP, **attributes: Any) -> Perform:
    """Always the same command."""
    return lambda live, _data: Effort([send(live, payload)], value, attributes)


def on_off(made: Behaviour, domain: str, on: Perform, off: Perform, *changes: str) -> None:
    """Offer turning on, off, and the other way."""

    def toggle(live: Live, data: Mapping[str, Any]) -> Effort:
        return (off if live.value not in (None, "off") else on)(live, data)

    made.does(f"{domain}.turn_on", on, STATE, *changes)
    made.does(f"{domain}.turn_off", off, STATE)
    made.does(f"{domain}.toggle", toggle, STATE)


def chosen(send: Send, key: str, allowed: Sequence[str], *, state: bool = False) -> Perform:
    """Send one word out of `allowed`; it becomes the state, or the attribute `key`."""

    def perform(live: Live, data: Mapping[str, Any]) -> Effort:
        word = str(required(live, data, key))
        if allowed and word not in allowed:
            raise ActionError(f"{live.name} has no {key.replace('_', ' ')} {word}")
        value, attributes = (word, {}) if state else (KEEP, {key: word})
        return Effort([send(live, word)], value, attributes)

    return perform


def measured(send: Send, key: str, convert: Callable[[float], Any] = neat) -> Perform:
    """Send a number, as `convert` gives it."""

    def perform(live: Live, data: Mapping[str, Any]) -> Effort:
        value = amount(live, data, key)
        return Effort([send(live, convert(value))], attributes={key: value})

    return perform


def word_aspect(
    made: Behaviour,
    options: Options,
    prefix: str,
    *,
    attribute: str,
    service: str,
    allowed: Sequence[str],
    template: Template | None,
    reset: str = NONE,
) -> None:
    """A mode that is read from `<prefix>_state_topic` and set on `<prefix>_command_topic`."""
    made.reads(
        options.topic(f"{prefix}_state_topic"), words(template, attribute, allowed, reset=reset), attribute
    )
    send = options.sender(f"{prefix}_command_topic", f"{prefix}_command_template")
    if send is not None:
        made.does(service, chosen(send, attribute, allowed), attribute)


def read_number(
    made: Behaviour, options: Options, topic: str, attribute: str, template: Template | None
) -> None:
    """A number that is only read."""
    made.reads(options.topic(topic), numbers(template, attribute, neat), attribute)


def required(live: Live, data: Mapping[str, Any], key: str) -> Any:
    """What `data` has under `key`.

    Raises:
        ActionError: nothing.
    """
    if data.get(key) is None:
        raise ActionError(f"{live.name} needs to know the {key.replace('_', ' ')}")
    return data[key]


def amount(live: Live, data: Mapping[str, Any], key: str) -> float:
    """The number that `data` has under `key`.

    Raises:
        ActionError: nothing, or no number.
    """
    value = required(live, data, key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:  # noqa: PLR2004
        raise ActionError(f"{value!r:.40} is no {key.replace('_', ' ')} for {live.name}")
    return neat(value)


def together(*efforts: Effort) -> Effort:
    """Several efforts one after the other, as one."""
    whole = Effort([command for one in efforts for command in one.commands])
    for one in efforts:
        whole.value = whole.value if one.value is KEEP else one.value
        whole.attributes = {**whole.attributes, **one.attributes}
    return whole
