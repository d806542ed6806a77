"""alarm_control_panel: armed and disarmed, with a code that is checked here or at the panel."""

import hmac
from collections.abc import Mapping
from typing import Any

from agent.api import ActionError
from integrations.discovery.options import Options
from integrations.discovery.reading import NONE, states
from integrations.discovery.thing import STATE, Behaviour, Effort, Live, Perform, Send

_STATES = (
    "disarmed",
    "armed_home",
    "armed_away",
    "armed_night",
    "armed_vacation",
    "armed_custom_bypass",
    "pending",
    "triggered",
    "arming",
    "disarming",
)
_AT_THE_PANEL = ("REMOTE_CODE", "REMOTE_CODE_TEXT")
_FEATURES = ("arm_home", "arm_away", "arm_night", "arm_vacation", "arm_custom_bypass", "trigger")
_BECOMES = {"disarm": "disarmed", "trigger": "triggered"}


def alarm_control_panel(options: Options) -> Behaviour:
    """An alarm panel."""
    made = Behaviour()
    known: dict[str, str | None] = {**{state: state for state in _STATES}, NONE: None}
    made.reads(
        options.required_topic("state_topic"), states(options.template("value_template"), known), STATE
    )
    send = options.required_sender()
    code = options.optional_text("code")
    if code is not None:
        digits = code == "REMOTE_CODE" or (code not in _AT_THE_PANEL and code.isdigit())
        made.capabilities["code_format"] = "number" if digits else "text"
    for feature in ("disarm", *options.strings("supported_features", _FEATURES)):
        if feature != "disarm" and feature not in _FEATURES:
            continue
        kind = "arm" if feature.startswith("arm") else feature
        wanted = options.flag(f"code_{kind}_required", default=True) and code is not None
        payload = options.text(f"payload_{feature}", feature.upper())
        becomes = _BECOMES.get(feature, feature.replace("arm_", "armed_"))
        made.does(
            f"alarm_control_panel.alarm_{feature}",
            _setting(send, payload, becomes, code, wanted=wanted),
            STATE,
        )
    made.capabilities["code_arm_required"] = code is not None and options.flag(
        "code_arm_required", default=True
    )
    made.capabilities["code_disarm_required"] = code is not None and options.flag(
        "code_disarm_required", default=True
    )
    return made


def _setting(send: Send, payload: str, becomes: str, code: str | None, *, wanted: bool) -> Perform:
    def perform(live: Live, data: Mapping[str, Any]) -> Effort:
        given = None if data.get("code") is None else str(data["code"])
        if wanted and given is None:
            raise ActionError(f"{live.name} needs a code")
        if wanted and code not in _AT_THE_PANEL and not _same(given, code):
            raise ActionError(f"that is not the code of {live.name}")
        return Effort([send(live, payload, action=payload, code=given)], becomes)

    return perform


def _same(given: str | None, code: str | None) -> bool:
    return hmac.compare_digest((given or "").encode(), (code or "").encode())
