"""lock and alarm_control_panel: what guards the house, with a code if the house file gives it one."""

import hmac
from typing import Any

from typing_extensions import override

from integrations.demo_house.devices.device import Device, RefusedError, choice, json_object, words

_ARMED = ("arm_home", "arm_away", "arm_night", "arm_vacation", "arm_custom_bypass")


class Lock(Device):
    """A lock; `supports_open: true` gives it a latch."""

    states = frozenset({"locked", "unlocked", "locking", "unlocking", "open", "opening", "jammed"})
    initial = "locked"
    abilities = frozenset({"code", "code_format", "supports_open"})

    @override
    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = {"command_topic": self.topic("set"), "state_topic": self.topic("state")}
        if self.can.get("supports_open"):
            found["payload_open"] = "OPEN"
        if "code" in self.can:
            found["code_format"] = self.can.get("code_format", r"^\d{4,8}$")
            found["command_template"] = '{"action": "{{ value }}", "code": "{{ code }}"}'
        return found

    @override
    def parts(self) -> dict[str, Any]:
        return {"state": None if self.value is None else self.value.upper()}

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        action = _with_code(text, self.can.get("code"), needed=True) if "code" in self.can else text
        ways = ("LOCK", "UNLOCK", "OPEN") if self.can.get("supports_open") else ("LOCK", "UNLOCK")
        going, end = {
            "LOCK": ("locking", "locked"),
            "UNLOCK": ("unlocking", "unlocked"),
            "OPEN": ("opening", "open"),
        }[choice(action, ways)]
        if self.value == end:
            self.plan([])
            return
        self.value = going
        self.plan([(self.travel_time, self.become(end))])


class AlarmPanel(Device):
    """An alarm panel. It checks the code itself; a wrong one changes nothing."""

    states = frozenset(
        {
            "disarmed",
            "pending",
            "triggered",
            "arming",
            "disarming",
            *(one.replace("arm_", "armed_") for one in _ARMED),
        }
    )
    initial = "disarmed"
    abilities = frozenset(
        {"code", "code_format", "code_arm_required", "code_disarm_required", "supported_features"}
    )

    @override
    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "command_topic": self.topic("set"),
            "state_topic": self.topic("state"),
            "supported_features": self._features(),
            "code_trigger_required": False,
        }
        code = self.can.get("code")
        if code is not None:
            found["code"] = "REMOTE_CODE" if str(code).isdigit() else "REMOTE_CODE_TEXT"
            found["code_arm_required"] = self._required("arm")
            found["code_disarm_required"] = self._required("disarm")
            found["command_template"] = '{"action": "{{ action }}", "code": "{{ code }}"}'
        else:
            found |= {"code_arm_required": False, "code_disarm_required": False}
        return found

    @override
    def obey(self, part: str, text: str) -> None:
        if part != "set":
            super().obey(part, text)
        action, code = text, self.can.get("code")
        if code is not None:
            asked = str(json_object(text).get("action"))
            kind = "disarm" if asked == "DISARM" else "arm" if asked.startswith("ARM_") else "trigger"
            action = _with_code(text, code, needed=kind != "trigger" and self._required(kind))
        ways = {one.upper(): one for one in ("disarm", *self._features())}
        verb = ways[choice(action, tuple(ways))]
        if verb in ("disarm", "trigger"):
            self.value = "disarmed" if verb == "disarm" else "triggered"
            self.plan([])
            return
        self.value = "arming"
        self.plan([(self.travel_time, self.become(verb.replace("arm_", "armed_")))])

    def _features(self) -> list[str]:
        return words(self.can.get("supported_features"), ("arm_home", "arm_away", "arm_night", "trigger"))

    def _required(self, kind: str) -> bool:
        return bool(self.can.get(f"code_{kind}_required", True))


def _with_code(text: str, code: Any, *, needed: bool) -> str:
    asked = json_object(text)
    if needed and not hmac.compare_digest(str(asked.get("code")).encode(), str(code).encode()):
        raise RefusedError("the code is wrong")
    return str(asked.get("action"))
