"""Units of systemd as targets of a plan. Who restarts them is not decided here."""

import re

from agent.automations.do_section import UNIT
from agent.automations.plan import Do
from agent.errors import ActionError

VERBS = ("restart", "start", "stop", "reload")
SERVICES = frozenset(f"unit.{verb}" for verb in VERBS)
_KINDS = re.compile(
    r"\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$", re.IGNORECASE
)


def unit_do(verb: str, unit: object, *, said: str | None = None) -> Do:
    """The step that restarts, starts, stops or reloads `unit`; a bare name is a service, as for systemctl.

    Raises:
        ActionError: no unit can be called so.
    """
    if not isinstance(unit, str) or not re.fullmatch(UNIT, unit):
        raise ActionError(f"no unit is called {unit!r:.80}; '{verb}: nginx.service' would be right")
    name = unit if _KINDS.search(unit) else f"{unit}.service"
    return Do(service=f"unit.{verb}", data={"unit": name}, said=said)
