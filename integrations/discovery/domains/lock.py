"""lock: locked, unlocked, and opened where there is a latch; with a code if it wants one."""

from collections.abc import Mapping
from typing import Any

from agent.api import ActionError, templates
from integrations.discovery.options import MalformedError, Options
from integrations.discovery.reading import states
from integrations.discovery.thing import STATE, Behaviour, Effort, Live, Perform, Send


def lock(options: Options) -> Behaviour:
    """A lock."""
    made = Behaviour()
    known = {
        options.text("state_locked", "LOCKED"): "locked",
        options.text("state_unlocked", "UNLOCKED"): "unlocked",
        options.text("state_locking", "LOCKING"): "locking",
        options.text("state_unlocking", "UNLOCKING"): "unlocking",
        options.text("state_open", "OPEN"): "open",
        options.text("state_opening", "OPENING"): "opening",
        options.text("state_jammed", "JAMMED"): "jammed",
        options.text("payload_reset", "None"): None,
    }
    made.reads(options.topic("state_topic"), states(options.template("value_template"), known), STATE)
    send, form = options.required_sender(), _code_format(options)
    if form is not None:
        made.capabilities["code_format"] = options.text("code_format", "")
    made.does("lock.lock", _turning(send, options.text("payload_lock", "LOCK"), "locked", form), STATE)
    made.does(
        "lock.unlock", _turning(send, options.text("payload_unlock", "UNLOCK"), "unlocked", form), STATE
    )
    opening = options.optional_text("payload_open")
    if opening is not None:
        made.does("lock.open", _turning(send, opening, "open", form), STATE)
    return made


def _code_format(options: Options) -> templates.Pattern | None:
    source = options.optional_text("code_format")
    if source is None:
        return None
    try:
        return templates.pattern(source)
    except templates.RefusedError as error:
        raise MalformedError(f"code_format: {error}") from None


def _turning(send: Send, payload: str, becomes: str, form: templates.Pattern | None) -> Perform:
    def perform(live: Live, data: Mapping[str, Any]) -> Effort:
        code = None if data.get("code") is None else str(data["code"])
        if form is not None:
            _check(live, form, code)
        return Effort([send(live, payload, code=code)], becomes)

    return perform


def _check(live: Live, form: templates.Pattern, code: str | None) -> None:
    if code is None:
        raise ActionError(f"{live.name} needs a code")
    try:
        fits = form.on(code, templates.Purse()).match(code)
    except templates.RefusedError:
        fits = None
    if fits is None:
        raise ActionError(f"that is no code for {live.name}")
