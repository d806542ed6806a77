"""How sure the model has to be: from the likelihood of its answers to how often they are right.

Fitted on sentences that it was not trained on, with Platt's scaling (1999): one slope and one offset.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from agent.core.intents import Tier
from agent.engines.believed import NotBelievedError, believed
from agent.engines.tiny import codec
from agent.engines.tiny.sureness import Sureness
from agent.engines.tiny.train import evaluate, human, readers

SETS = ("slurp_devel", "hwu64_valid", "clinc_val", "clinc_oos_val")
ACT, ASK, GUESS = 0.75, 0.75, 0.3
"""How often an answer has to be right before it is acted on, answered, asked back."""
MACHINE_ACT, MACHINE_ASK = 0.5, 0.3
"""The same for what is wanted of the machine. Of 2,500 sentences about anything else, one in 150 is taken for
that, most of them for sure: a higher bar keeps out few of them, and much that was meant."""
_UNLIKELY = -5.0
_ANEW = 48_611
"""The seed of what is drawn where there is no folder."""


def calibrate(file: Path, folder: Path | None) -> Sureness:
    """How sure `file` has to be, by what it makes of the sets in `folder`; written beside it.

    Without a folder, of templates with other names: those it knows too well, so it will be too sure.
    """
    from sklearn.linear_model import LogisticRegression

    answers = _answers(file, folder)
    if len({right for _, right in answers}) < 2:  # noqa: PLR2004  # right and wrong
        answers += [(_UNLIKELY, False), (0.0, True)]
    likely, right = zip(*answers, strict=True)
    fitted = LogisticRegression(C=1e3).fit([[one] for one in likely], right)
    found = Sureness(
        offset=round(float(fitted.intercept_[0]), 4),
        slope=round(float(fitted.coef_[0][0]), 4),
        act=ACT,
        ask=ASK,
        machine_act=MACHINE_ACT,
        machine_ask=MACHINE_ASK,
        guess=GUESS,
    )
    beside = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "sureness": asdict(found)}
    file.with_suffix(".json").write_text(json.dumps(beside, indent=2) + "\n", encoding="utf-8")
    return found


def _answers(file: Path, folder: Path | None) -> list[tuple[float, bool]]:
    """Of every answer that says something: how likely its first token was found, and whether it was right.

    The first token is the intent, or most of it; the rest tells little more of whether it is the right one.
    """
    every = (
        evaluate.drawn(seed=_ANEW)
        if folder is None
        else (one for name in SETS for one in human.read(folder, name))
    )
    said = [one for one in every if not one.intent.startswith("*")]
    texts = [codec.normalised(human.unwoken(one.text)) for one in said]
    found = []
    for one, text, told in zip(said, texts, readers.asked(file, texts), strict=True):
        try:
            meant = codec.decode(told.text.strip(), text)
            intents = believed(meant, text, one.language, Tier.MODEL)
        except (codec.CodecError, NotBelievedError):
            continue
        if intents and told.logprobs:
            found.append((told.logprobs[0], evaluate.accepted(one, meant)))
    return found
