"""Byte-level BPE as llama.cpp reads it under the name `starcoder`: every digit is a token of its own."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agent.engines.tiny import codec

SPECIAL = (codec.PAD, codec.END, codec.USER, codec.INTENT)
"""Control tokens; their ids are their positions."""
PRE = "starcoder"
VOCABULARY = 3072


def train(texts: Iterable[str], target: Path, *, size: int = VOCABULARY) -> None:
    """Learn a vocabulary and write it to `target`."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    one = Tokenizer(models.BPE())
    one.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), bytes_])
    one.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    one.train_from_iterator(texts, trainer)
    one.save(str(target))


def load(file: Path) -> Any:
    """The tokenizer of `file`."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(file))


def content(token: str) -> bytes:
    """The bytes of a token; byte-level BPE writes each as a letter to be seen (Radford et al., 2019)."""
    return bytes(_BYTES[letter] for letter in token)


_SEEN = [*range(33, 127), *range(161, 173), *range(174, 256)]
_UNSEEN = [one for one in range(256) if one not in _SEEN]
_BYTES = {chr(one): one for one in _SEEN} | {chr(256 + at): one for at, one in enumerate(_UNSEEN)}
