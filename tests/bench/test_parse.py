"""How long a sentence takes to be read in houses of three sizes, beside plain hassil in the same run."""

import gc
import random
import time

import psutil
import pytest
from hassil import Intents
from hassil.intents import TextSlotList
from hassil.recognize import recognize_best
from home_assistant_intents import get_intents

from agent.core.home import Entity
from agent.engines.grammar import Grammar
from agent.engines.reader import Reader
from agent.home.registry import AreaConfig, FloorConfig, Home, HomeConfig
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from tests.engines.test_bad_text import SLOWEST

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]
SIZES = (50, 1_000, 5_000)
THINGS = (("light", "Lamp"), ("switch", "Plug"), ("fan", "Fan"), ("cover", "Blinds"), ("lock", "Lock"))
ADJECTIVES = ("Left", "Right", "Upper", "Lower", "Old", "Small", "Round", "Corner", "Window", "Wall")
SENTENCES = (
    "turn on the {name}",
    "turn off the {name} please",
    "turn on the {area} lights",
    "turn off all the lights in the {area}",
    "set the {area} brightness to 40 percent",
    "set {name} to 30%",
    "is the {name} on",
    "which lights are on in the {area}",
    "open the blinds in the {area}",
    "turn off the lights on the {floor}",
    "what time is it",
    "what is the temperature in the {area}",
    "set a timer for 10 minutes",
    "turn on the lights",
    "turn off the {area} lights in 5 minutes",
    "tell me something about the roman empire",
)
SEVERAL = ("turn on the {name} and turn off the {area} lights", "turn on the {area} and {other} lights")


def house(size: int) -> Home:
    """A house of `size` entities, ten of them in each area."""
    count = max(5, size // 10)
    areas = [AreaConfig(id=f"room_{at}", name=f"Room {at}", floor=f"floor_{at % 3}") for at in range(count)]
    floors = [
        FloorConfig(id=f"floor_{at}", name=f"{word} Floor")
        for at, word in enumerate(("Ground", "First", "Top"))
    ]
    home = Home(config=HomeConfig(areas=areas, floors=floors), bus=Bus(), clock=Clock())
    for at in range(size):
        domain, noun = THINGS[at % len(THINGS)]
        area = areas[at % count]
        name = f"{area.name} {ADJECTIVES[at // count % 10]} {noun}"
        home.add(Entity(id=f"{domain}.thing_{at}", name=name, owner="bench", area=area.id))
    return home


def spoken(home: Home, templates: tuple[str, ...], chance: random.Random, count: int) -> list[str]:
    """`count` different sentences about `home`."""
    names = [one.name for one in home.entities()]
    areas = [one.name for one in home.areas()]
    floors = [one.name for one in home.floors()]
    return [
        chance.choice(templates)
        .replace("{name}", chance.choice(names))
        .replace("{area}", chance.choice(areas))
        .replace("{other}", chance.choice(areas))
        .replace("{floor}", chance.choice(floors))
        .lower()
        for _ in range(count)
    ]


def timed(read, sentences: list[str]) -> list[float]:
    """Milliseconds of each, sorted."""
    taken = []
    for one in sentences:
        started = time.perf_counter()
        read(one)
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


def shown(taken: list[float]) -> str:
    return f"p50 {taken[len(taken) // 2]:6.2f} ms  p99 {taken[int(len(taken) * 0.99)]:6.2f} ms"


def test_reading_a_sentence():
    process = psutil.Process()
    print()
    for size in SIZES:
        home, chance = house(size), random.Random(size)
        sentences = spoken(home, SENTENCES, chance, 600)
        gc.collect()
        before = process.memory_info().rss
        reader = Reader(home=home, grammar=Grammar())
        for one in spoken(home, SENTENCES + SEVERAL, chance, 300):
            reader.read(one, "en")
        memory = (process.memory_info().rss - before) / 1e6
        ours = timed(lambda text, reader=reader: reader.explain(text, "en"), sentences)
        again = timed(lambda text, reader=reader: reader.read(text, "en"), sentences[-300:])
        compound = timed(
            lambda text, reader=reader: reader.explain(text, "en"), spoken(home, SEVERAL, chance, 100)
        )
        print(f"{size:5} entities  ours          {shown(ours)}  max {ours[-1]:6.2f} ms  +{memory:.0f} MB")
        print(f"{'':14}  said before   {shown(again)}")
        print(f"{'':14}  two at once   {shown(compound)}")
        slowest = max(
            (min(timed(lambda text, reader=reader: reader.explain(text, "en"), [text] * 3)), text)
            for text in SLOWEST
        )
        print(f"{'':14}  odd texts     slowest {slowest[0]:.0f} ms (goal 50): {slowest[1][:40]!r}")
        plain = plain_hassil(home)
        for one in sentences[:20]:
            plain(one)
        print(f"{'':14}  plain hassil  {shown(timed(plain, sentences[:200]))}")


def plain_hassil(home: Home):
    """The same sentences through hassil as it comes, with its own data only."""
    intents = Intents.from_dict(get_intents("en"))
    lists = {
        "name": TextSlotList.from_tuples(
            [(one.name, one.name, {"domain": one.domain}) for one in home.entities()],
            allow_template=False,
            name="name",
        ),
        "area": TextSlotList.from_strings(_names(home.areas()), allow_template=False, name="area"),
        "floor": TextSlotList.from_strings(_names(home.floors()), allow_template=False, name="floor"),
    }
    return lambda text: recognize_best(text, intents, slot_lists=lists, best_slot_name="name")


def _names(places) -> list[str]:
    return [place.name for place in places]
