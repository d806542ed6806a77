"""Ways to have sentences understood, as the daemon has it done, and lines to show how well it went."""

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.cli.parsing import Parser
from agent.core.home import Entity
from agent.core.intents import Intent
from agent.engines.cascade import Cascade
from agent.engines.grammar import Grammar
from agent.engines.tiers import tiers
from agent.engines.tiny import codec, shipped
from agent.engines.tiny.engine import FORM, Tiny
from agent.engines.tiny.sureness import Sureness
from agent.engines.tiny.train import evaluate, human
from agent.engines.tiny.train.corpus import FOLDER
from agent.errors import ConfigError, TransientError
from agent.home.furnished import furnished
from agent.home.housefile import read_house
from agent.home.registry import Home, HomeConfig
from agent.inference.models import Models
from agent.inference.runner import Prompt
from agent.inference.section import ModelsConfig
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.metrics import Metrics
from tests.bench.made_up_names import Named
from tests.engines.saying import DEFAULT_HOUSE

OPS = Path(__file__).parent / "data" / "ops_spoken.yaml"
ANYTHING = Sureness(offset=0.0, slope=0.0, act=0.0, ask=0.0, machine_act=0.0, machine_ask=0.0, guess=0.0)
"""Every answer counts, however unlikely the model found it."""
Way = Callable[[str, str], Awaitable[codec.Decoded]]
"""An utterance and its language to what is understood."""
grammar = cache(Grammar)
_HEAD = ("reader", "n", "intent", "wrong act", "mistaken", "exact", "none recalled", "goal")
_LINE = "{:<38} {:<22} {:>5} {:>7} {:>10} {:>9} {:>7} {:>14}  {}"


def needs_model() -> tuple[Any, Sureness]:
    """The shipped model."""
    try:
        return shipped.model()
    except ConfigError as error:
        pytest.skip(str(error))


def needs_data() -> Path:
    """The folder of what people said, of which nothing is part of the project."""
    if FOLDER not in os.environ:
        pytest.skip(f"{FOLDER} names no folder with the sets of human utterances")
    return Path(os.environ[FOLDER])


@cache
def default_house() -> Home:
    """The simulated house that hearthd comes with."""
    return furnished(read_house(DEFAULT_HOUSE))


class Tiers:
    """The shipped model alone, and all tiers in one house, as `hearthd parse --tier` has them."""

    def __init__(self, models: Models, metrics: Metrics, sureness: Sureness) -> None:
        self.models = models
        self.metrics = metrics
        ask = tiers(models, alone=True)._engines[0]._ask
        limits = partial(models.limits, "shipped")
        self.tiny = Tiny(ask=ask, limits=limits, sureness=sureness)
        self._anything = Tiny(ask=ask, limits=limits, sureness=ANYTHING)
        self._cascade = tiers(models)
        self.alone = self.alone_in(default_house())
        self.parser = self.of(default_house())

    def alone_in(self, home: Home) -> Way:
        """What the shipped model is sure enough of in `home`, the templates left out."""
        parser = Parser(home, grammar(), cascade=Cascade([self.tiny]))

        async def way(text: str, language: str) -> codec.Decoded:
            return plain((await parser.guess(text, language=language)).intents)

        return way

    def of(self, home: Home) -> Parser:
        """What reads with all tiers in `home`."""
        return Parser(home, grammar(), cascade=self._cascade)

    async def raw(self, text: str) -> str:
        """The model's answer as it wrote it; nothing where it had none."""
        prompt = Prompt(said=codec.heard(text), form=FORM)
        try:
            return (await self.models.ask("shipped", prompt, self.models.limits("shipped"))).text.strip()
        except TransientError:
            return ""

    async def written(self, text: str, _language: str) -> codec.Decoded:
        """What the model wrote, whether it may be believed or not."""
        heard = codec.normalised(human.unwoken(text))
        return evaluate.understood(await self.raw(heard), text)

    async def unweighed(self, text: str, language: str) -> codec.Decoded:
        """What of that may be believed, however sure the model is."""
        guess = await self._anything.read(text, language)
        return () if guess is None else plain(guess.intents)

    async def together(self, text: str, language: str) -> codec.Decoded:
        """What the daemon would understand in the default house."""
        return plain((await self.parser.parse_on(text, language=language)).intents)

    @property
    def ways(self) -> Mapping[str, Way]:
        """By the name that is shown."""
        return {
            "model alone": self.alone,
            "model, no threshold": self.unweighed,
            "model, what it wrote": self.written,
            "tiers together": self.together,
        }

    @property
    def unanswered(self) -> int:
        """Questions to which the worker had no answer in time."""
        counters = self.metrics.counters
        return counters.get("model.late", 0) + counters.get("model.failures", 0)

    @property
    def runner(self) -> Any:
        """What runs the shipped model."""
        return self.models._served["shipped"].runner


@asynccontextmanager
async def opened(*, remembered: int = 100_000) -> AsyncIterator[Tiers]:
    """All tiers with a worker of their own, which is loaded."""
    file, sureness = needs_model()
    metrics = Metrics()
    models = Models(ModelsConfig(remembered=remembered), clock=Clock(), metrics=metrics, shipped=file)
    found = Tiers(models, metrics, sureness)
    try:
        await found.runner.preload()
        yield found
    finally:
        await models.close()


async def understood(said: Sequence[human.Said], way: Way) -> list[codec.Decoded]:
    """What `way` makes of each of them."""
    return [await way(one.text, one.language) for one in said]


def house_of(cases: Sequence[Named]) -> Home:
    """A house that has what the sentences name: lamps and areas. Of services no house knows."""
    areas = [{"id": f"a{at}", "name": one.name} for at, one in enumerate(cases) if one.slot == "area"]
    home = Home(config=HomeConfig.model_validate({"areas": areas}), bus=Bus(), clock=Clock())
    for at, one in enumerate(cases):
        if one.slot == "name":
            home.add(Entity(id=f"light.e{at}", name=one.name, owner="bench"))
    return home


def plain(intents: Sequence[Intent]) -> codec.Decoded:
    """Intents as names and slots."""
    return tuple((one.name, dict(one.slots)) for one in intents)


def ops_spoken() -> list[human.Said]:
    """The requests for operations that nothing is ever trained on."""
    pairs = [
        (intent, text, slots)
        for intent, listed in yaml.safe_load(OPS.read_text(encoding="utf-8")).items()
        for one in listed
        for text, slots in (one.items() if isinstance(one, dict) else [(one, {})])
    ]
    return [human.Said(text=text, intent=intent, slots=slots) for intent, text, slots in pairs]


def told_in_homes(folder: Path, name: str) -> list[tuple[human.Said, str]]:
    """The utterances of a set, each with the key of the home in which it is said."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        keys = [json.loads(line)["home"] for line in lines]
    return list(zip(human.read(folder, name), keys, strict=True))


def homes_of_tests(folder: Path) -> Callable[[str], Home]:
    """Homes by their keys."""
    known = json.loads((folder / "homes.json").read_text(encoding="utf-8"))
    return cache(lambda key: _home(known[key]))


def _home(given: Mapping[str, Any]) -> Home:
    floors = [{"id": _id(one["name"]), "name": one["name"]} for one in given.get("floors", ())]
    areas = [
        {
            "id": _id(one["name"]),
            "name": one["name"],
            **({"floor": _id(one["floor"])} if "floor" in one else {}),
        }
        for one in given.get("areas", ())
    ]
    config = HomeConfig.model_validate({"floors": floors, "areas": areas})
    home = Home(config=config, bus=Bus(), clock=Clock())
    known = {one["id"] for one in areas}
    for number, one in enumerate(given.get("entities", ())):
        area = _id(one["area"]) if one.get("area") else None
        entity = Entity(
            id=f"{one['domain']}.e{number}",
            name=one["name"],
            owner="bench",
            area=area if area in known else None,
            device_class=one.get("attributes", {}).get("device_class"),
        )
        home.add(entity)
    return home


def _id(name: str) -> str:
    return f"x{name.casefold().encode().hex()}"


def show_head() -> None:
    """Print what stands in the columns."""
    print("\n" + _LINE.format("set, per cent", *_HEAD))


def show(name: str, reader: str, score: evaluate.Score, goal: str) -> None:
    """Print one row."""
    shares = (score.intent, score.wrong_act, score.mistaken, score.exact, score.unconcerned)
    told = ("" if one is None else f"{100 * one:.1f}" for one in shares)
    print(_LINE.format(name, reader, score.count, *told, goal))


def show_figure(name: str, figure: str, goal: str) -> None:
    """Print a row that has only one figure."""
    print(f"{name:<38} {figure}  (goal: {goal})")


def without_slots(said: Sequence[human.Said]) -> list[human.Said]:
    """The same for a reader that tells intents only."""
    return [replace(one, slots=None) for one in said]
