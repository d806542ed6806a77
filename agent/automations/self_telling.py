"""What the daemon itself is asked of: the tasks that it may run, and why it did what it did."""

from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path

from agent.actions.ledger import Ledger
from agent.automations.by_itself import ByItself
from agent.automations.explained import Explaining
from agent.automations.named_tasks import task_called
from agent.automations.tasks import RUN, target_of
from agent.core.telling import Question, Teller, Telling, Wanted
from agent.home.registry import Home
from agent.runtime.clock import Clock
from agent.wordbook import Wordbook

WORDS = Wordbook(Path(__file__).parent / "words")
MOST_NAMED = 5
MOST_LINES = 40


class SelfTelling:
    """Answers for the daemon."""

    def __init__(
        self, *, by_itself: ByItself, home: Home, ledger: Ledger, clock: Clock, zone: tzinfo
    ) -> None:
        self._by_itself = by_itself
        self._explaining = Explaining(
            home=home, ledger=ledger, clock=clock, zone=zone, rule=by_itself.rule, words=WORDS
        )

    def tells(self) -> Mapping[str, Teller]:
        """By intent."""
        return {
            "OpsRunTask": self.run,
            "OpsListTasks": self.listing,
            "OpsExplain": self._explaining.why,
            "OpsRunCode": self.no_code,
        }

    async def run(self, question: Question) -> Telling | Wanted:
        """The task that is meant; that there is none of that name."""
        words, tasks = WORDS.words(question.language), self._by_itself.tasks()
        said = str(question.slots.get("task") or "").strip()
        task_id = task_called(said, tasks)
        if task_id is not None:
            target = target_of(task_id)
            return Wanted(service=RUN, data={}, names={target: tasks[task_id][0]}, target=(target,))
        facts = {"task": said, "found": False}
        if not tasks:
            return Telling(sentences=(words.said("no_tasks"),), facts=facts, done=False)
        named = words.joined([names[0] for names in tasks.values()][:MOST_NAMED])
        sentence = words.said("no_such_task", said=said, names=named, count=len(tasks))
        return Telling(sentences=(sentence,), facts=facts, done=False)

    async def listing(self, question: Question) -> Telling:
        """Which tasks there are."""
        words, tasks = WORDS.words(question.language), self._by_itself.tasks()
        facts = {"tasks": [{"id": task_id, "names": list(names)} for task_id, names in tasks.items()]}
        if not tasks:
            return Telling(sentences=(words.said("no_tasks"),), facts=facts)
        names = [one[0] for one in tasks.values()]
        named = words.joined(names[:MOST_NAMED])
        key = "tasks" if len(names) <= MOST_NAMED else "tasks_and_more"
        return Telling(
            sentences=(words.said(key, count=len(names), names=named),),
            lines=tuple(names[:MOST_LINES]) if len(names) > 1 else (),
            facts=facts,
        )

    async def no_code(self, question: Question) -> Telling:
        """That nothing here runs code; asked where nobody else does."""
        words = WORDS.words(question.language)
        return Telling(sentences=(words.said("no_code"),), done=False)
