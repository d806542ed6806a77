"""The step that ends another one again, for "for ten minutes": only where there is no doubt what that is.

What locks or guards is never undone by the way, and neither is what was set to a value: what it was before is
known only then.
"""

from collections.abc import Mapping
from dataclasses import replace

from agent.automations.plan import Do, Step
from agent.core.actions import NOTHING

_SWITCHED = ("light", "switch", "fan", "siren", "humidifier", "media_player", "climate", "water_heater")
_MOVED = ("cover", "valve")
_BACK: Mapping[str, str] = {
    **{f"{domain}.turn_on": f"{domain}.turn_off" for domain in _SWITCHED},
    **{f"{domain}.turn_off": f"{domain}.turn_on" for domain in _SWITCHED},
    **{f"{domain}.open_{domain}": f"{domain}.close_{domain}" for domain in _MOVED},
    **{f"{domain}.close_{domain}": f"{domain}.open_{domain}" for domain in _MOVED},
    "lock.unlock": "lock.lock",
    "unit.start": "unit.stop",
    "unit.stop": "unit.start",
}


def undoing(step: Step) -> Do | None:
    """What ends `step`; None where that is not clear."""
    if not isinstance(step, Do):
        return None
    if step.service == "media_player.volume_mute":
        return replace(step, data={"is_volume_muted": not step.data.get("is_volume_muted")})
    back = _BACK.get(step.service)
    if back is None or (step.data and not step.service.startswith("unit.")):
        return None
    return replace(step, service=back, data=step.data if step.service.startswith("unit.") else NOTHING)
