"""What became of the last answer to a question, in words: for whoever pressed a button and sees no reply.

Pure bookkeeping: it hears of questions, outcomes and refusals, and says whether there is news.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from agent.api import Outcome, Status

MOST_KNOWN = 256
"""Questions whose words are kept after they were answered."""
LONGEST_ID = 80


class LastAnswer:
    """The newest end, refusal or progress of a question."""

    def __init__(self) -> None:
        self._words: OrderedDict[str, str] = OrderedDict()
        self.told: dict[str, Any] | None = None
        """As it stands in `.../pending`; None before the first."""

    def asked(self, pending: Iterable[Mapping[str, Any]]) -> None:
        """Remember in which words was asked."""
        for question in pending:
            self._words[question["id"]] = question["text"]
            self._words.move_to_end(question["id"])
        while len(self._words) > MOST_KNOWN:
            self._words.popitem(last=False)

    def heard(self, outcome: Outcome) -> bool:
        """Take note of `outcome`; whether it is news of a question."""
        if outcome.status is Status.PENDING or outcome.id not in self._words:
            return False
        return self._tell(outcome.id, outcome.target, outcome.status.value, outcome.reason or "", outcome.at)

    def refused(self, question: str, reason: str, at: datetime) -> bool:
        """Take note of an answer that could not count; whether that is news."""
        return self._tell(question, "", Status.REFUSED.value, reason, at)

    def _tell(self, question: str, target: str, status: str, reason: str, at: datetime) -> bool:
        news = {
            "id": question[:LONGEST_ID],
            "text": self._words.get(question, ""),
            "target": target,
            "status": status,
            "reason": reason,
        }
        if self.told is not None and {**news, "at": self.told["at"]} == self.told:
            return False
        self.told = {**news, "at": at.isoformat()}
        return True
