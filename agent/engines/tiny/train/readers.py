"""Ways to ask for the answer to an utterance: the float model, the shipped file, and the floor."""

import asyncio
import json
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.engines.tiny import codec
from agent.engines.tiny.engine import FORM
from agent.engines.tiny.form import Form
from agent.engines.tiny.shipped import CONTEXT
from agent.engines.tiny.train import model, tokenizer
from agent.inference.constraint import Constraint
from agent.inference.process import ModelFile
from agent.inference.runner import Generated, Limits, Prompt
from agent.inference.worker import Worker
from agent.runtime.clock import Clock

Read = Callable[[Sequence[str]], list[str]]
"""Normalised utterances to answers in the codec's form."""
MOST_TOKENS = 64
TOGETHER = 128
"""Prompts that the float model is asked at once."""
FLOOR_EXAMPLES = 140_000


def of_weights(weights: model.Weights, shape: model.Shape, vocabulary: Path) -> Read:
    """The model before it is quantised."""
    tokens = tokenizer.load(vocabulary)
    user, intent, end = (tokens.token_to_id(one) for one in (codec.USER, codec.INTENT, codec.END))
    pieces = [tokenizer.content(tokens.id_to_token(one)) for one in range(tokens.get_vocab_size())]

    def read(texts: Sequence[str]) -> list[str]:
        told: list[str] = []
        for at in range(0, len(texts), TOGETHER):
            some = [codec.heard(text) for text in texts[at : at + TOGETHER]]
            forms = [Form(text) for text in some]

            def allows(number: int, ids: list[int], forms: list[Form] = forms) -> bool:
                said = Constraint(forms[number], until=math.inf)
                said.add(b"".join(pieces[one] for one in ids[:-1]))
                return said.complete if ids[-1] == end else said.allows(pieces[ids[-1]])

            prompts = [[user, *tokens.encode(one, add_special_tokens=False).ids, intent] for one in some]
            found = model.answers(weights, shape, prompts, end=end, allows=allows, most=MOST_TOKENS)
            told += [b"".join(pieces[each] for each in one).decode(errors="replace") for one in found]
        return told

    return read


def asked(file: Path, texts: Sequence[str]) -> list[Generated]:
    """What the file, as it is shipped and run, answers to each of `texts`.

    Raises:
        ConfigError: the file does not load.
    """

    async def ask() -> list[Generated]:
        opened = ModelFile(path=file, context=CONTEXT, template=codec.TEMPLATE, system_template="%1%2")
        worker = Worker(file.stem, opened, clock=Clock())
        try:
            prompts = (Prompt(said=codec.heard(text), form=FORM) for text in texts)
            return [await worker.generate(one, Limits(max_tokens=MOST_TOKENS)) for one in prompts]
        finally:
            await worker.close()

    return asyncio.run(ask())


def of_file(file: Path, milliseconds: list[float]) -> Read:
    """The file as it is shipped; appends how long each answer took to `milliseconds`."""

    def read(texts: Sequence[str]) -> list[str]:
        told = asked(file, texts)
        milliseconds.extend(one.ms for one in told)
        return [one.text.strip() for one in told]

    return read


def floor(corpus: Path, *, seed: int) -> Read:
    """A linear SVM on TF-IDF over the same corpus: intents only, no slots."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    with corpus.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    chance = random.Random(seed)  # noqa: S311  # the same floor every time is the point
    rows = [row for row in rows if ";" not in row["answer"]]
    people = [row for row in rows if row["source"] != "sampled"]
    sampled = [row for row in rows if row["source"] == "sampled"]
    chosen = people + chance.sample(sampled, min(len(sampled), max(0, FLOOR_EXAMPLES - len(people))))
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    pipe = make_pipeline(make_union(letters, words), LinearSVC(C=0.5))
    pipe.fit([row["text"] for row in chosen], [row["answer"].partition("|")[0] for row in chosen])
    return lambda texts: [str(one) for one in pipe.predict(list(texts))]
