"""What people say about the machine: asked of whoever knows it, and done down the one path like anything.

Nothing is found out here, and nobody who knows is imported: `Machine` is handed in.
"""

from typing import Protocol

from agent.core.intents import ASKING, Intent, Utterance
from agent.core.telling import Question, Telling, Wanted
from agent.dialogue.doing import Doing, Told
from agent.dialogue.reply import Spoken, speaker_of
from agent.dialogue.session import Session
from agent.errors import ActionError

PREFIX = "Ops"
_ABOUT_OTHERS = frozenset({"OpsPing"})
"""Intents whose host is what is asked about, not where it is asked."""
_NOT_OURS = {
    "OpsProcessKill": "not_ours_kill",
    "OpsPackageInstall": "not_ours_install",
    "OpsPackageRemove": "not_ours_remove",
    "OpsUpdate": "not_ours_update",
    "OpsShutdown": "not_ours_shutdown",
    "OpsReboot": "not_ours_reboot",
    "OpsServiceEnable": "not_ours_enable",
    "OpsServiceDisable": "not_ours_disable",
}
"""What hearthd does not do, with the phrase that says so and names who does."""


class Machine(Protocol):
    """Whoever knows the machine that we run on."""

    def here(self, host: str) -> bool:
        """Whether `host`, as somebody said it, is that machine."""

    async def ask(self, question: Question) -> Telling | Wanted | None:
        """The answer to `question`; None: nobody knows anything about it.

        Raises:
            ActionError: it cannot be told now; the text says why.
        """


class Ops:
    """Answers what is said about the machine, and what the daemon is asked of itself."""

    def __init__(self, machine: Machine | None, *, doing: Doing) -> None:
        self._machine = machine
        self._doing = doing

    async def take(self, intent: Intent, utterance: Utterance, session: Session, told: Told) -> bool:
        """Answer `intent`, or do it; False: it is not about the machine."""
        if not intent.name.startswith(PREFIX):
            return False
        speaker = speaker_of(utterance.language)
        host = str(intent.slots.get("host") or "")
        if self._machine is None:
            _cannot(intent, speaker.said(_unknown(intent)), told)
            return True
        if host and intent.name not in _ABOUT_OTHERS and not self._machine.here(host):
            _cannot(intent, speaker.said("other_machine", host=host), told)
            return True
        question = Question(
            intent=intent.name,
            slots={name: value for name, value in intent.slots.items() if name != "host" or host},
            language=utterance.language,
            text=utterance.text,
        )
        try:
            found = await self._machine.ask(question)
        except ActionError as error:
            _cannot(intent, speaker.said("refused", reason=str(error)), told)
            return True
        match found:
            case Telling():
                told.spoken.append(speaker.stated(found.sentences, found.lines))
                done = {} if found.done else {"done": False}
                told.facts.append({"intent": intent.name, **found.facts, **done})
            case Wanted():
                await self._doing.carry_out_wanted(intent, found, utterance, session, told)
            case None:
                _cannot(intent, speaker.said(_unknown(intent)), told)
        return True


def _cannot(intent: Intent, spoken: Spoken, told: Told) -> None:
    """Say why it is not done; whoever counts on it reads that in the facts."""
    told.spoken.append(spoken)
    told.facts.append({"intent": intent.name, "done": False})


def _unknown(intent: Intent) -> str:
    """The phrase for what nobody here knows or does."""
    if intent.name in _NOT_OURS:
        return _NOT_OURS[intent.name]
    return "machine_unknown" if intent.name in ASKING else "cannot_do_here"
