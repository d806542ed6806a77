"""Answers token by token: what of the prompt is still evaluated, which token is taken, and when it ends."""

from itertools import takewhile
from operator import eq
from typing import Any

from agent.inference.constraint import Constraint, FormError, begun
from agent.inference.llama import BATCH, Llama
from agent.inference.llamacpp import LlamaCpp
from agent.inference.told import RefusedError, Told

LONGEST = 64
"""So many letters to a token no text has; what is longer need not be read to be too long."""


class Direct:
    """A model that is loaded, with the prompt and answer of its last request still evaluated."""

    constrains = True

    def __init__(self, llama: Llama | LlamaCpp, asked: dict[str, Any]) -> None:
        """Take a model that is loaded, and was opened as `asked` says."""
        self._most = int(asked["context"])
        self._llama = llama
        self._templates = [_around(asked[one]) for one in ("system_template", "template")]
        self._system: tuple[str, list[int]] = ("", [])
        self._known: list[int] = []
        """The tokens that are evaluated."""

    def generate(self, asked: dict[str, Any], told: Told) -> None:
        """Answer a request.

        Raises:
            RefusedError: there is no answer.
        """
        try:
            constraint = None
            if asked["form"] is not None:
                constraint = begun(asked["form"], asked["said"], until=told.until)
            if self._evaluate(self._prompt(asked), told):
                self._answer(told, constraint, asked["temperature"])
        except FormError as error:
            raise RefusedError(str(error)) from None
        except TimeoutError:
            told.stopped = "deadline"
        except RuntimeError as error:
            self._llama.forget(0)
            self._known = []
            raise RefusedError(str(error)) from None

    def _prompt(self, asked: dict[str, Any]) -> list[int]:
        """All tokens of a prompt. Control tokens are read in the templates only."""
        said, system = asked["said"], asked["system"]
        if max(len(said), len(system)) > self._most * LONGEST:
            raise RefusedError("the prompt is too long for the context of this model")
        if system != self._system[0]:
            self._system = (system, self._filled(self._templates[0], system, []))
        tokens = self._filled(self._templates[1], said, self._system[1] if system else [])
        if len(tokens) >= self._most:
            raise RefusedError("the prompt is too long for the context of this model")
        return tokens

    def _filled(self, template: tuple[str, str], text: str, before: list[int]) -> list[int]:
        tokens = before[:]
        for part, special in ((template[0], True), (text, False), (template[1], True)):
            if part:
                after = tokens[-1] if tokens else None
                tokens += self._llama.tokens(part, after=after, special=special)
        return tokens

    def _evaluate(self, tokens: list[int], told: Told) -> bool:
        """Evaluate what is not known of the prompt yet. Whether to go on."""
        # The last one always: what could follow it is known only after it was evaluated.
        same = min(sum(takewhile(bool, map(eq, tokens, self._known))), len(tokens) - 1)
        self._forget(same)
        same = len(self._known)
        for at in range(same, len(tokens), BATCH):
            if not told.goes_on():
                return False
            self._extend(tokens[at : at + BATCH])
            told.evaluated = len(self._known) - same
        return told.goes_on()

    def _answer(self, told: Told, constraint: Constraint | None, temperature: float) -> None:
        told.logprobs = []
        while not told.full:
            token = self._next(constraint, temperature)
            told.logprobs.append(self._llama.candidates.logprob(token))
            if self._llama.is_end(token):
                return
            piece = self._llama.piece(token)
            if constraint is not None:
                constraint.add(piece)
            if not told.piece(piece) or told.full:
                return
            if len(self._known) >= self._most:
                told.stopped = "length"
                return
            self._extend([token])

    def _next(self, constraint: Constraint | None, temperature: float) -> int:
        """The likeliest token that may follow; one by chance if there is a temperature and no constraint."""
        candidates = self._llama.candidates
        best = candidates.likeliest()
        if constraint is None:
            return candidates.sampled(temperature) if temperature else best
        if self._allowed(best, constraint):
            return best
        for token in candidates.by_likelihood():
            if self._allowed(token, constraint):
                return token
        raise FormError("no answer that this model can give has the form that is asked for")

    def _allowed(self, token: int, constraint: Constraint) -> bool:
        if self._llama.is_end(token):
            return constraint.complete
        return constraint.allows(self._llama.piece(token)) and not self._llama.is_control(token)

    def _extend(self, tokens: list[int]) -> None:
        self._llama.evaluate(tokens, len(self._known))
        self._known += tokens

    def _forget(self, at: int) -> None:
        if at < len(self._known):
            del self._known[self._llama.forget(at) :]


def _around(template: str) -> tuple[str, str]:
    """What stands before the text in a template, and between the text and the answer."""
    before, _, after = template.partition("%1")
    return before, after.partition("%2")[0]
