"""Ways to ask for the answer to an utterance: the float model, the shipped file, and the floor."""

import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.engines.tiny import codec
from agent.engines.tiny.form import Form
from agent.engines.tiny.train import model, tokenizer

Read = Callable[[Sequence[str]], list[str]]
"""Normalised utterances to answers in the codec's form."""
MOST_TOKENS = 64
TOGETHER = 128
"""Prompts that the float model is asked at once."""
FLOOR_EXAMPLES = 60_000


def of_weights(weights: model.Weights, shape: model.Shape, vocabulary: Path) -> Read:
    """The model before it is quantised."""
    tokens = tokenizer.load(vocabulary)
    user, intent, end = (tokens.token_to_id(one) for one in (codec.USER, codec.INTENT, codec.END))

    def read(texts: Sequence[str]) -> list[str]:
        told: list[str] = []
        for at in range(0, len(texts), TOGETHER):
            some = [codec.heard(text) for text in texts[at : at + TOGETHER]]
            forms = [Form(text) for text in some]

            def allows(number: int, ids: list[int], forms: list[Form] = forms) -> bool:
                if ids[-1] == end:
                    return forms[number].is_whole(tokens.decode(ids[:-1], skip_special_tokens=False))
                return forms[number].allows(tokens.decode(ids, skip_special_tokens=False))

            prompts = [[user, *tokens.encode(one, add_special_tokens=False).ids, intent] for one in some]
            found = model.answers(weights, shape, prompts, end=end, allows=allows, most=MOST_TOKENS)
            told += [tokens.decode(one, skip_special_tokens=False) for one in found]
        return told

    return read


def of_file(file: Path, milliseconds: list[float]) -> Read:
    """The file as it is shipped, in gpt4all; appends how long each answer took to `milliseconds`.

    Raises:
        OSError: the file does not load.
    """
    from gpt4all._pyllmodel import LLModel

    loaded = LLModel(str(file), 256, 0, "kompute")  # this library's name for the processor
    if not loaded.load_model():
        raise OSError(f"{file}: does not load")
    loaded.set_thread_count(1)

    def read(texts: Sequence[str]) -> list[str]:
        told: list[str] = []
        for text in texts:
            parts: list[str] = []
            begun = time.perf_counter()
            loaded.prompt_model(
                codec.heard(text),
                codec.TEMPLATE,
                lambda token, part, parts=parts: (parts.append(part) if token >= 0 else None) is None,
                n_predict=MOST_TOKENS,
                temp=0.0,
                top_k=1,
                repeat_penalty=1.0,
                repeat_last_n=0,
                n_batch=128,
                reset_context=True,
                special=False,
            )
            milliseconds.append((time.perf_counter() - begun) * 1000)
            told.append("".join(parts).strip())
        return told

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
