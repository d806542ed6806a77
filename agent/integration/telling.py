"""What integrations know of the machine, for people who ask: the first of them that knows has answered."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping

import structlog

from agent.core.telling import Question, Teller, Telling, Wanted
from agent.errors import ActionError
from agent.integration.host import Hosted, Life

log = structlog.get_logger(__name__)
KNOWS_WITHIN = 10.0
"""Seconds an integration may take over a question: somebody waits for the answer."""
_HERE = frozenset({"localhost", "this machine", "this host", "本机", "这台机器", "127.0.0.1"})


class Tellers:
    """The running integrations, as those who can be asked."""

    def __init__(
        self,
        hosted: Mapping[str, Hosted],
        *,
        node: str,
        within: float = KNOWS_WITHIN,
        own: Callable[[], Mapping[str, Teller]] = dict,
    ) -> None:
        """Take `own`: what the daemon itself knows of, by intent; it is asked last."""
        self._hosted = hosted
        self._own = own
        self._within = within
        self._names = _HERE | {node.casefold(), *_own_names()}

    def here(self, host: str) -> bool:
        """Whether `host`, as somebody said it, is the machine that we run on."""
        return host.strip().casefold().rstrip(".") in self._names

    async def ask(self, question: Question) -> Telling | Wanted | None:
        """The answer to `question`; None: nobody knows anything about it. A fence for whoever is asked.

        Raises:
            ActionError: it cannot be told now; the text says why.
        """
        for domain, teller in list(self._tellers(question.intent)):
            limit = asyncio.timeout(self._within)
            try:
                async with limit:
                    found = await teller(question)
            except ActionError:
                raise
            except Exception as error:
                log.exception("question.failed", integration=domain, intent=question.intent)
                late = f"{domain} did not find it out within {self._within:g} s"
                broke = f"{domain} broke while finding it out; the journal has the details"
                raise ActionError(late if limit.expired() else broke) from error
            if found is not None:
                return found
        return None

    def _tellers(self, intent: str) -> Iterator[tuple[str, Teller]]:
        yield from _integrations(self._hosted, intent)
        if intent in (own := self._own()):
            yield "hearthd", own[intent]


def known_to(hosted: Mapping[str, Hosted], intent: str) -> bool:
    """Whether an integration that runs now answers for `intent`."""
    return any(True for _ in _integrations(hosted, intent))


def _integrations(hosted: Mapping[str, Hosted], intent: str) -> Iterator[tuple[str, Teller]]:
    """The integrations that run now and answer for `intent`, in order."""
    for domain, one in hosted.items():
        if one.integration is not None and one.standing.life is Life.RUNNING:
            teller = one.integration.tells().get(intent)
            if teller is not None:
                yield domain, teller


def _own_names() -> set[str]:
    name = socket.gethostname().casefold()
    return {name, name.partition(".")[0]}
