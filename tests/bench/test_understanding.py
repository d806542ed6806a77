"""How well people are understood, and at what cost: the shipped model alone, all tiers, and a plain SVM.

What people said is read from the folder that `HEARTHD_DATA` names, the examples of the SVM from the file that
`HEARTHD_CORPUS` names (the first step of the training makes it), the model before it was quantised from the
one that `HEARTHD_CHECKPOINT` names. Without them, what needs them is left out.
"""

import os
import re
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

from agent.engines.tiny import codec, shipped
from agent.engines.tiny.train import evaluate, human, readers
from tests.bench import understanding
from tests.bench.made_up_names import named
from tests.bench.model_trials import faulty, killing, resident, timed
from tests.bench.test_parse import plain_hassil
from tests.bench.test_parse import timed as timed_at_once
from tests.bench.understanding import (
    default_house,
    needs_data,
    needs_model,
    opened,
    ops_spoken,
    show,
    show_figure,
    show_head,
    understood,
    without_slots,
)
from tests.house import living

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("default"),  # what the training's libraries warn of is theirs
]
CORPUS, CHECKPOINT = "HEARTHD_CORPUS", "HEARTHD_CHECKPOINT"
SEED = 20_260
NAMES = 600
"""Made-up names, for each language."""
COMPARED = ("slurp_devel", "hwu64_valid")
"""Sets of which the first of each are read by the model before it was quantised, beside the ops."""
MOST_COMPARED = 200
KILLS, AT_ONCE = 100, 8
ROWS = tuple(row for row in evaluate.ROWS if row.goal or row.file in {"hwu64_valid", "clinc_oos_val"})
LANGUAGES = {"en": "English", "zh-CN": "Chinese"}


@pytest.fixture(scope="module")
def floor():
    """The SVM, or None, and why."""
    if CORPUS not in os.environ:
        print(f"\nno SVM beside it: {CORPUS} names no file of examples")
        return None
    if find_spec("sklearn") is None:
        print("\nno SVM beside it: scikit-learn is not installed (the dependency group `train` has it)")
        return None
    return readers.floor(Path(os.environ[CORPUS]), seed=1)


# what people say -------------------------------------------------------------------------------------------
async def test_what_people_said_to_other_assistants(floor):
    folder = needs_data()
    show_head()
    async with opened() as tiers:
        for file in dict.fromkeys(row.file for row in ROWS):
            said = list(human.read(folder, file))
            told = {name: await understood(said, way) for name, way in tiers.ways.items()}
            for row in (one for one in ROWS if one.file == file):
                chosen = [at for at, one in enumerate(said) if row.chosen(one)]
                some = [said[at] for at in chosen]
                for name, answers in told.items():
                    show(row.name, name, evaluate.scored(some, [answers[at] for at in chosen]), row.goal)
                if floor is not None:
                    show(row.name, "SVM", evaluate.score(without_slots(some), floor), row.goal)
        print(f"the worker had no answer in time: {tiers.unanswered}")


async def test_the_tests_of_home_assistants_own_sentences():
    folder = needs_data()
    homes = understanding.homes_of_tests(folder)
    show_head()
    async with opened() as tiers:
        for language, called in LANGUAGES.items():
            rows = understanding.told_in_homes(folder, f"ohf_tests_{language}")
            said = [one for one, _ in rows]
            parsers = {key: tiers.of(homes(key)) for _, key in rows}
            told = [
                understanding.plain((await parsers[key].parse_on(one.text, language=language)).intents)
                for one, key in rows
            ]
            show(f"OHF tests, {called}", "tiers together", evaluate.scored(said, told), "exact ≥ 99")
            alone = evaluate.scored(said, await understood(said, tiers.alone))
            show(f"OHF tests, {called}", "model alone", alone, "")


async def test_what_people_ask_of_operations(floor):
    said = ops_spoken()
    goal = "intent ≥ 90, exact ≥ 80"
    show_head()
    async with opened() as tiers:
        for name, way in tiers.ways.items():
            show("ops, spoken", name, evaluate.scored(said, await understood(said, way)), goal)
    if floor is not None:
        show("ops, spoken", "SVM", evaluate.score(without_slots(said), floor), goal)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_names_that_nobody_has_heard(language):
    cases = named(language, count=NAMES, seed=SEED)
    print()
    async with opened() as tiers:
        ways = {
            "in their house": tiers.alone_in(understanding.house_of(cases)),
            **dict(list(tiers.ways.items())[:3]),
        }
        for name, way in ways.items():
            told = [await way(one.text, language) for one in cases]
            values = [{slot: value for _, slots in got for slot, value in slots.items()} for got in told]
            copied = sum(one.name in got.values() for one, got in zip(cases, values, strict=True))
            placed = sum(got.get(one.slot) == one.name for one, got in zip(cases, values, strict=True))
            silent = sum(not got for got in told)
            show_figure(
                f"names, {LANGUAGES[language]}, {name}",
                f"copied exactly {copied / NAMES:.1%}, into the right slot {placed / NAMES:.1%}, not"
                f" understood {silent / NAMES:.1%}, of {NAMES}",
                "copied ≥ 99 %",
            )


# what quantising costs -------------------------------------------------------------------------------------
async def test_what_is_left_of_the_accuracy_after_quantising():
    file, _ = needs_model()
    goal, what = "≥ 99 %", "\naccuracy after quantising / before"
    if CHECKPOINT not in os.environ or find_spec("torch") is None:
        card = file.path.with_suffix(".md")
        found = re.search(r"quantised / float: ([\d.]+ %)", card.read_text("utf-8") if card.exists() else "")
        if found is None:
            pytest.skip(f"no {card.name} that tells it, and {CHECKPOINT} names nothing torch can load")
        show_figure(what, f"{found[1]} by the model's card", goal)
        return
    from torch import set_num_threads

    from agent.engines.tiny.train import train

    checkpoint = Path(os.environ[CHECKPOINT])
    set_num_threads(1)
    weights, shape = train.load(checkpoint)
    before = readers.of_weights(weights, shape, checkpoint.with_name("tokens.json"))
    said = ops_spoken()
    if understanding.FOLDER in os.environ:
        said += [one for name in COMPARED for one in islice(human.read(needs_data(), name), MOST_COMPARED)]
    async with opened() as tiers:
        texts = [codec.normalised(human.unwoken(one.text)) for one in said]
        told = [await tiers.raw(text) for text in texts]
    after = _share(evaluate.score(said, lambda _: told), said)
    was = _share(evaluate.score(said, before), said)
    show_figure(what, f"{after / was:.2%} ({after:.2%} / {was:.2%} of {len(said)})", goal)


def _share(score, said):
    """What is right of all: the intent, or that it is none of ours."""
    none = sum(one.intent == codec.NONE for one in said) / len(said)
    return (score.intent or 0) * (1 - none) + (score.unconcerned or 0) * none


# time and memory -------------------------------------------------------------------------------------------
async def test_how_long_a_sentence_takes_the_model():
    sentences = [(one.text, "en") for one in ops_spoken()]
    sentences += [(text, "en" if text.isascii() else "zh-CN") for text in shipped.SENTENCES]
    for language in LANGUAGES:
        sentences += [(one.text, language) for one in named(language, count=150, seed=SEED + 1)]
    sentences = list(dict.fromkeys(sentences))
    async with opened(remembered=0) as tiers:
        await timed(tiers, sentences[:20])
        rounds = [await timed(tiers, sentences) for _ in range(3)]
    best = min(rounds, key=lambda one: one.seconds)
    parser = tiers.parser
    for language in LANGUAGES:
        parser.parse("turn on the light", language=language)
    ours = sorted(
        ms for text, language in sentences for ms in timed_at_once(_explaining(parser, language), [text])
    )
    hassil = plain_hassil(default_house())
    theirs = timed_at_once(hassil, [text for text, language in sentences if language == "en"])
    count = len(sentences)
    quickest = sorted(map(min, zip(*(one.wall for one in rounds), strict=True)))
    print(f"\n{count} different sentences, none remembered; load {os.getloadavg()[0]:.1f}")
    goal = "p50 ≤ 8 ms, p99 ≤ 25 ms"
    show_figure("parse, one thread, quietest round", _quantiles(sorted(best.wall)), goal)
    show_figure("the same, each the best of three", _quantiles(quickest), goal)
    show_figure("our templates, not remembered", _quantiles(ours), "beside it")
    show_figure("plain hassil, English", _quantiles(theirs), "beside it")
    cpu = best.worker_cpu + best.own_cpu
    show_figure(
        "throughput",
        f"{count / best.seconds:.0f} /s of the clock, {count / best.worker_cpu:.0f} /s of the worker's CPU,"
        f" {count / cpu:.0f} /s of the worker's and ours",
        "≥ 100 /s on one core",
    )


def _explaining(parser, language):
    return lambda text: parser.explain(text, language=language)


def _quantiles(taken):
    return f"p50 {taken[len(taken) // 2]:.2f} ms, p99 {taken[int(len(taken) * 0.99)]:.2f} ms"


async def test_what_the_worker_takes_to_load_and_to_hold():
    loads, memory = [], 0.0
    for _ in range(7):
        async with opened() as tiers:
            loads.append(tiers.runner.health().load_ms)
            if len(loads) == 1:
                for one in ops_spoken():
                    await tiers.tiny.read(one.text, "en")
                memory = resident(tiers.runner.pid)
    loads.sort()
    print()
    show_figure(
        "worker, from nothing to ready", f"{loads[3]:.0f} ms median of 7, max {loads[-1]:.0f}", "≤ 150 ms"
    )
    show_figure("worker, RSS after 307 sentences", f"{memory:.0f} MB", "≤ 120 MB")


# what fails ------------------------------------------------------------------------------------------------
async def test_a_worker_that_is_killed_a_hundred_times(own_broker, tmp_path):
    needs_model()
    async with living(own_broker().port, tmp_path, {"log": {"level": "error"}}) as house:
        found = await killing(house.daemon.models, kills=KILLS, at_once=AT_ONCE, seed=SEED)
        house.publish(house.topic("do"), {"id": "after", "service": "light.turn_on", "target": {"all": True}})
        await house.until(lambda: house.outcomes("after"))
    lags, ends = found.lags, found.ends
    print(f"\nworker killed {found.kills} times, asked by {AT_ONCE} at once")
    show_figure(
        "requests",
        f"{ends.total()}: {ends['answered']} answered, {ends['failed']} failed clearly, {ends['late']} late;"
        f" slowest {found.slowest:.2f} s",
        "0 late",
    )
    for reason, count in found.reasons.most_common(4):
        print(f"  {count} x {reason}")
    show_figure("the daemon's loop lag", f"{_quantiles(lags)}, max {lags[-1]:.1f} ms", "untouched")

    assert ends["late"] == 0


async def test_files_that_are_no_model(tmp_path):
    file, _ = needs_model()
    print()
    found = await faulty(file.path, tmp_path)
    for name, fault in found.items():
        print(f"{name:<26} {fault.message}")
        print(f"{'':<26} answered by: {fault.answered_by}, after {fault.seconds:.2f} s (goal: the next)")

    assert {one.answered_by for one in found.values()} == {"next"}
    assert all("\n" not in one.message and one.message for one in found.values())
