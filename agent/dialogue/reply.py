"""The last step of a conversation: outcomes, questions back and answers, in the words of one language.

Words follow the outcome and never go beyond it. A command that nobody confirmed was sent, not done; what
failed, was refused or waits is said to be so, each thing with its own end.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from agent.core.actions import Outcome
from agent.core.home import Entity, State
from agent.core.intents import Answer, Choice, Intent, Missing
from agent.dialogue.answering import Answering
from agent.dialogue.ending import Ending
from agent.dialogue.naming import MOST_NAMED
from agent.dialogue.phrases import LONGEST_SHOWN, LONGEST_TEXT, cleaned, cut
from agent.dialogue.wording import Spoken, Wording

LONGEST_LINE = 300
__all__ = ["Speaker", "Spoken", "speaker_of"]


class Speaker:
    """Says things in one language; one without words of ours gets the library's, and English for the rest."""

    def __init__(self, language: str) -> None:
        self._words = Wording(language)
        self._answering = Answering(self._words)
        self._ending = Ending(self._words)

    def told(
        self,
        intent: Intent,
        outcomes: Sequence[Outcome],
        entities: Sequence[Entity],
        states: Mapping[str, State],
    ) -> Spoken:
        """How what `intent` wanted of `entities` ended. `states` are their states after it."""
        return self._ending.told(intent, outcomes, entities, states)

    def answered(self, intent: Intent, answer: Answer) -> Spoken:
        """The answer to a question."""
        return self._answering.told(intent, answer)

    def asked(self, choice: Choice) -> Spoken:
        """Which of equally good things is meant; a long list is counted aloud and shown in full."""
        names = self._words.told_apart(choice.options)
        if len(names) > MOST_NAMED:
            question = self._words.said("which_of", kind=self._words.counted(choice.options))
            return self._words.spoken([question], lines=names)
        options = self._words.joined(names, last="or")
        return self._words.spoken([self._words.said("which_one", options=options)])

    def missing(self, missing: Missing) -> Spoken:
        """What is not in the house, and what comes near it."""
        words = self._words
        if (missing.kind, missing.said) == ("device", "person"):
            # "There is no person in the house" would be taken for an answer.
            return words.spoken([words.said("people_unknown")])
        if not missing.said:
            return words.spoken([words.said("which_thing")])
        said = words.kind(missing.said) if missing.kind == "device" else words.absent(missing.said)
        if missing.kind == "device" or missing.where is not None:
            first = words.said("there_is_none", kind=said, where=words.place(missing.where))
        else:
            first = words.said("there_is_no", said=said)
        near = [words.named(name) for name in missing.near[:MOST_NAMED]]
        if not near:
            return words.spoken([first])
        options = words.joined(near, last="or")
        return words.spoken([first, words.said("did_you_mean", options=options, count=len(near))])

    def suggested(self, deeds: Sequence[tuple[str, Intent, Sequence[Entity]]]) -> Spoken:
        """Whether that is meant: each a service, the intent behind it, and what it would be done to."""
        told = self._words.joined([self._ending.deed(*one) for one in deeds])
        return self._words.spoken([self._words.said("shall_i", deeds=told)])

    def said(self, key: str, **values: object) -> Spoken:
        """A phrase of our own. Texts among `values` are cleaned, lists joined, reasons translated.

        Raises:
            KeyError: there is no such phrase, or it needs another value.
        """
        reason = values.get("reason")
        told = {name: self._value(value) for name, value in values.items()}
        shown = dict(told)
        if isinstance(reason, str):
            told["reason"], shown["reason"] = (
                self._ending.reason(reason, aloud=aloud) for aloud in (True, False)
            )
        return self._words.spoken([self._words.said(key, **told)], [self._words.said(key, **shown)])

    def stated(self, sentences: Sequence[str], lines: Sequence[str] = ()) -> Spoken:
        """Sentences that others made, and their lines for the screen; cleaned and bounded."""
        shown = [cleaned(line, LONGEST_LINE) for line in lines]
        return self._words.spoken([cleaned(one, LONGEST_TEXT) for one in sentences], lines=shown)

    def joined(self, parts: Sequence[Spoken]) -> Spoken:
        """Several things as one: what is the same is said once."""
        if len(parts) == 1:
            return parts[0]
        texts = dict.fromkeys(part.text for part in parts if part.text)
        shown = dict.fromkeys(part.shown for part in parts if part.shown)
        return Spoken(cut(self._words.text(texts), LONGEST_TEXT), cut("\n".join(shown), LONGEST_SHOWN))

    def _value(self, value: object) -> object:
        if isinstance(value, Entity):
            return self._words.name(value)
        if isinstance(value, list | tuple):
            return self._words.joined([str(self._value(one)) for one in value])
        return cleaned(value) if isinstance(value, str) else value


@lru_cache(maxsize=16)
def speaker_of(language: str) -> Speaker:
    """The speaker of a language; of languages that nobody spoke lately none is kept."""
    return Speaker(language)
