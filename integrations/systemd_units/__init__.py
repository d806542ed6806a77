"""The units of systemd: what they do, and the few things that may be done to those that are allowed."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from typing_extensions import override

from agent.api import Action, ActionError, Doer, House, Integration, Own, Plan, Step, Teller
from integrations.systemd_units.answering import PREFIX, Answering
from integrations.systemd_units.link import Link
from integrations.systemd_units.reboot import Reboot
from integrations.systemd_units.remedies import REMEDIES, Remedy, carry_out
from integrations.systemd_units.section import Settings
from integrations.systemd_units.unit import checked_name


class SystemdUnits(Integration[Settings]):
    """Follows units, answers for them, and carries out remedies."""

    Config = Settings

    def __init__(self, config: Settings, house: House) -> None:
        super().__init__(config, house)
        self._link = Link(config, house)
        self._answering = Answering(config, house, self._link)
        self._reboot = Reboot(config, house, self._link)

    @override
    async def init(self) -> None:
        self.house.run("link", self._link.keep)
        self.house.run("list", self._link.keep_listed)

    @override
    def tells(self) -> Mapping[str, Teller]:
        return {**self._answering.tells(), "OpsReboot": self._reboot.wanted}

    @override
    def answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        remedies = [one.as_json(self.config) for one in REMEDIES.values()]
        remedies += [dict(self._reboot.remedy())] if self.config.reboot else []
        return {
            "unit": self._answering.meant_by,
            "units": lambda _: {
                "allowed": list(self.config.allow),
                "remedies": remedies,
                **self._link.as_json(),
            },
        }

    @override
    def whole(self) -> Mapping[str, tuple[Own, Doer]]:
        units: dict[str, tuple[Own, Doer]] = {
            f"unit.{verb}": (partial(self.plan, one), partial(self.do, one)) for verb, one in REMEDIES.items()
        }
        return {**units, **self._reboot.whole()}

    def plan(self, remedy: Remedy, action: Action) -> Plan:
        """One step, for a unit that is allowed.

        Raises:
            ActionError: it names none.
        """
        if set(action.data) != {"unit"} or action.target:
            raise ActionError(f"unit.{remedy.verb} takes a unit and nothing else, as in unit=nginx.service")
        unit = checked_name(action.data["unit"])
        if unit not in self.config.allow:
            reason = f"{unit} is not among the units that are allowed: plugins, systemd_units, allow"
            return Plan(refusals=((f"{PREFIX}{unit}", reason),))
        step = Step(
            action=action,
            entity=f"{PREFIX}{unit}",
            owner=self.house.owner,
            risk=remedy.risk,
        )
        return Plan(steps=(step,))

    async def do(self, remedy: Remedy, step: Step, started: Callable[[], None]) -> str:
        """Carry it out on the unit of `step` and see it through.

        Raises:
            ActionError: it could not be done, or did not help.
        """
        unit = step.entity.removeprefix(PREFIX)
        if unit not in self.config.allow:
            raise ActionError(f"{unit} is not among the units that are allowed any more")
        trace = step.action.trace
        return await carry_out(remedy, unit, self._link, self.config, started, trace=trace)


INTEGRATION = SystemdUnits
