"""A house with a store, and phrases that a model is said to have understood in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.core.intents import Intent, Tier
from agent.dialogue.learned import SETTLED_AFTER, Learned, Mode
from agent.engines.vocabulary import Vocabulary
from agent.home.registry import Home
from agent.runtime.store import opened
from tests.actions.asking import ROOMS, entity, house
from tests.fakes import FakeClock

COSY = "make the kitchen cosy"
DIM = {"area": "Kitchen", "brightness": 30}


def home() -> Home:
    return house(
        entity("light.ceiling", "Kitchen Ceiling Light", area="kitchen"),
        entity("light.desk", "Desk Lamp", area="study", aliases=("work light", "台灯")),
        entity("light.sofa", "Sofa Lamp", area="study"),
        entity("light.big", "Lamp in the Corner", area="study"),
        entity("fan.study", "Study Fan", area="study"),
        entity("switch.oven", "Oven", area="kitchen"),
        entity("switch.kettle", "Kettle", area="kitchen"),
        entity("lock.front", "Front Door", area="hall"),
        entity("alarm_control_panel.house", "House Alarm", area="hall"),
        entity("valve.water", "Water Valve", area="kitchen"),
        entity("cover.garage", "Garage Door", area="shed", device_class="garage"),
        entity("cover.blind", "Study Blind", area="study", device_class="blind"),
        entity("cover.curtain", "Shed Curtain", area="shed", device_class="curtain"),
        **{**ROOMS, "areas": [*ROOMS["areas"], {"id": "bedroom", "name": "Bedroom", "aliases": ["卧室"]}]},
    )


def understood(name: str, slots: dict, **more) -> Intent:
    """What a model made of a sentence."""
    return Intent(name=name, slots=slots, **{"tier": Tier.MODEL, **more})


class Learning:
    """A house that learns, and the time that goes by in it."""

    def __init__(self, learned: Learned, clock: FakeClock, home: Home) -> None:
        self.learned = learned
        self.clock = clock
        self.home = home
        self.mode: Mode = "on"

    def note(self, text: str, name: str, slots: dict, *, language: str = "en", **more) -> None:
        self.learned.noted(text, language, [understood(name, slots, **more)])

    def stands(self, seconds: float = SETTLED_AFTER) -> None:
        """Nobody takes back anything for a while."""
        self.clock.pass_(seconds)
        self.learned.settle()

    def learn(self, text: str, name: str, slots: dict, **more) -> None:
        self.note(text, name, slots, **more)
        self.stands()

    def find(self, text: str, language: str = "en") -> list[tuple[str, dict]] | None:
        found = self.learned.find(text, language)
        return None if found is None else [(one.name, dict(one.slots)) for one in found]

    @property
    def texts(self) -> list[str]:
        return [one["phrase"] for one in self.learned.phrases()]


@asynccontextmanager
async def learning(folder: Path, clock: FakeClock | None = None) -> AsyncIterator[Learning]:
    """The house on the store in `folder`; left as the daemon leaves it."""
    clock, house = clock or FakeClock(), home()
    async with opened(folder / "hearthd.db") as store:
        names = Vocabulary.of(house)
        learned = Learned(store=store, clock=clock, mode=lambda: one.mode, vocabulary=lambda: names)
        one = Learning(learned, clock, house)
        await learned.load()
        yield one
        learned.save()
