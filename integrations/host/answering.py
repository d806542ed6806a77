"""Who answers which question about the machine."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from agent.api import House, Question, Teller, Telling
from integrations.host import usage
from integrations.host.containers import Containers
from integrations.host.network import networking, pinging
from integrations.host.packages import Packages
from integrations.host.processes import processes
from integrations.host.section import Settings


class Answering:
    """Answers for the machine."""

    def __init__(self, config: Settings, house: House, last: Callable[[], Mapping[str, Any]]) -> None:
        """Take `last`: the last report."""
        self._house = house
        self._last = last
        self._packages = Packages(house)
        self._containers = Containers(config.containers)
        self._ping = pinging(config)
        self._network = networking(config)
        self._heat = usage.heat(last)

    async def warm(self) -> None:
        """Find out before anybody asks what takes seconds."""
        await self._packages.warm()

    def tells(self) -> Mapping[str, Teller]:
        """By intent."""
        return {
            "OpsDiskUsage": usage.disks,
            "OpsMemoryUsage": usage.memory,
            "OpsCpuUsage": usage.processor,
            "OpsTemperature": self._heat,
            "OpsUptime": usage.uptime,
            "OpsSystemInfo": usage.system,
            "OpsUsers": usage.users,
            "OpsProcessList": processes,
            "OpsNetworkStatus": self._network,
            "OpsPing": self._ping,
            "OpsUpdate": self._packages.updates,
            "OpsPackageList": self._packages.listed,
            "OpsContainerList": self._containers.listed,
            "OpsServiceStatus": self._containers.status,
            "OpsDiagnose": self.why,
        }

    async def why(self, question: Question) -> Telling | None:
        """What is known of a part of the machine that is full or busy; None for what is no part of it."""
        match question.slot("subject"):
            case "disk" | "filesystem":
                return await usage.disks(question)
            case "memory":
                return await self._with(usage.memory, question, sort_by="memory")
            case "cpu" | "load":
                return await self._with(usage.processor, question, sort_by="cpu")
            case "network" | "internet" | "wifi":
                return await self._network(question)
            case "server":
                return self._worries(question)
            case _:
                return None

    async def _with(self, teller: Callable[..., Any], question: Question, *, sort_by: str) -> Telling:
        """How much of it is used, and by what."""
        first: Telling = await teller(question)
        most = await processes(replace(question, slots={"sort_by": sort_by}))
        if most is None:
            return first
        return Telling(
            sentences=(*first.sentences, *most.sentences),
            lines=(*first.lines, *most.lines),
            facts={**first.facts, **most.facts},
        )

    def _worries(self, question: Question) -> Telling | None:
        """Every gauge that is not well."""
        words = usage.WORDS.words(question.language)
        gauges: Mapping[str, Mapping[str, Any]] = self._last().get("gauges", {})
        bad = {name: one for name, one in gauges.items() if one["level"] != "ok"}
        if not gauges:
            return None
        if not bad:
            return Telling(sentences=(words.said("all_well"),), facts={"level": "ok"})
        told = [
            words.said(
                "worry",
                name=words.word(f"gauge_{name}", name.replace("_", " ")),
                value=f"{one['value']:g}",
                unit=one["unit"],
            )
            for name, one in bad.items()
        ]
        return Telling(sentences=tuple(told[:4]), lines=tuple(told[4:]), facts={"gauges": bad})
