"""Sentences drawn at random from a JSGF grammar: what a recogniser with that grammar can hear."""

import random
import re

_TOKEN = re.compile(r"<[^>]+>|[()\[\]|]|[^\s()\[\]|<>;]+")
_RULE = re.compile(r"^(?:public )?<([^>]+)> = (.*);$", re.MULTILINE)


class Drawing:
    """Draws from a grammar."""

    def __init__(self, grammar: str, chance: random.Random) -> None:
        self.rules = {name: _TOKEN.findall(text) for name, text in _RULE.findall(grammar)}
        self._chance = chance

    def sentence(self) -> str:
        """What the public rule can say."""
        return " ".join(self._said("said"))

    def words(self) -> set[str]:
        """Every word of the grammar."""
        return {one for tokens in self.rules.values() for one in tokens if one[0] not in "<()[]|"}

    def _said(self, rule: str) -> list[str]:
        tokens = [*self.rules[rule], ")"]
        found, _ = self._alternatives(tokens, 0)
        return found

    def _alternatives(self, tokens: list[str], at: int) -> tuple[list[str], int]:
        """One of the alternatives from `at` on, and where the bracket that ends them is."""
        several: list[list[str]] = [[]]
        while (sign := tokens[at]) not in (")", "]"):
            if sign == "|":
                several.append([])
            elif sign in ("(", "["):
                found, at = self._alternatives(tokens, at + 1)
                if sign == "(" or self._chance.random() < 0.6:
                    several[-1] += found
            elif sign[0] == "<":
                several[-1] += self._said(sign[1:-1])
            else:
                several[-1].append(sign)
            at += 1
        return self._chance.choice(several), at
