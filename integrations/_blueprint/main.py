"""Lamps that take ON and OFF on `<topic>/set` and report on `<topic>/state`: the example to copy."""

from typing_extensions import override

from agent.api import Entity, Integration, Message, Section, Step, provides


class Settings(Section):
    """What the user configures under `plugins: blueprint:`."""

    lamps: dict[str, str] = {}  # noqa: RUF012  # pydantic copies it
    """Topic of each lamp, and what people call it."""


class Blueprint(Integration[Settings]):
    """Announces each lamp, reports what it says, and switches it."""

    Config = Settings

    @override
    async def init(self) -> None:
        for topic, name in self.config.lamps.items():
            self.house.add_entity(Entity(id=_entity_id(topic), name=name, owner=self.house.owner))
            self.house.subscribe(f"{topic}/state", self._heard)

    @provides("light.turn_on", "light.turn_off")
    async def switch(self, step: Step) -> None:
        """Send the command; the lamp's own report will confirm it, or nothing will."""
        payload = "ON" if step.service == "light.turn_on" else "OFF"
        topic = next(topic for topic in self.config.lamps if _entity_id(topic) == step.entity)
        self.house.command(f"{topic}/set", payload, ttl=10)

    def _heard(self, message: Message) -> None:
        lamp = _entity_id(message.topic.removesuffix("/state"))
        self.house.report(lamp, message.text().lower(), replayed=message.retain)


def _entity_id(topic: str) -> str:
    return f"light.{topic.replace('/', '_')}"


INTEGRATION = Blueprint
