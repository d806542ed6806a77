"""Messages to people: over whatever they use, and on the bus. One service, `notify.send`."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog
from typing_extensions import override

from agent.api import Action, ActionError, Doer, House, Integration, Own, Plan, Risk, Step
from integrations.notify.carrier import Carrier
from integrations.notify.channel import Channel
from integrations.notify.mailbox import Mailbox
from integrations.notify.note import Note, clean_line
from integrations.notify.section import Settings
from integrations.notify.wishes import PREFIX, names_of, note_of

log = structlog.get_logger(__name__)
SEND = "notify.send"
SAVE_EVERY = 1.0
"""Seconds between two times that mailboxes are written, so that a flood does not wear out the disk."""
FINISH_WITHIN = 1.5
"""Seconds at our end for what is being sent."""


class Notify(Integration[Settings]):
    """Takes messages, holds back what is to be held back, and sees them through."""

    Config = Settings

    def __init__(self, config: Settings, house: House) -> None:
        super().__init__(config, house)
        self._carriers: dict[str, Carrier] = {}
        self._saved: dict[str, Any] = {}
        self._unsaved: set[str] = set()
        self._unsaved_now = asyncio.Event()

    @override
    async def init(self) -> None:
        for name, recipient in self.config.to.items():
            channels = {one.id: one for one in (Channel(url.get_secret_value()) for url in recipient.urls)}
            mailbox = Mailbox(name, recipient, self.config, channels=tuple(channels), zone=self.house.zone)
            if (stored := await self.house.store.get(_stored(name))) is not None:
                self._load(mailbox, stored)
            carrier = Carrier(mailbox, channels, self, timeout=self.config.timeout)
            self._carriers[name] = carrier
            self.house.run(f"{name}.time", carrier.keep_time)
        self.house.metrics.gauge("notify.waiting", self._waiting)
        self.house.run("save", self._keep_saved)
        self.house.once("open", self._open())

    @override
    async def shutdown(self) -> None:
        await asyncio.gather(*(one.finish(FINISH_WITHIN) for one in self._carriers.values()))
        self._write({*self._carriers})

    @override
    def whole(self) -> Mapping[str, tuple[Own, Doer]]:
        return {SEND: (self.plan, self.send)}

    # the service ----------------------------------------------------------------------------------------
    def plan(self, action: Action) -> Plan:
        """A step for each person who is to get the message.

        Raises:
            ActionError: it is no message, or is for nobody here.
        """
        names = names_of(action, self.config)
        note = note_of(action.data, action=action.id, trace=action.trace)
        data = {key: value for key, value in note.as_json().items() if key not in ("id", "trace")}
        steps, refusals = [], []
        for name in names:
            carrier = self._carriers.get(name)
            reason = _nobody(name, self._carriers) if carrier is None else carrier.mailbox.unwanted(note)
            if reason is None:
                steps.append(
                    Step(
                        action=action,
                        entity=f"{PREFIX}{name}",
                        owner=self.house.owner,
                        risk=Risk.REVERSIBLE,
                        data=data,
                    )
                )
            else:
                refusals.append((PREFIX + clean_line(name, most=64), reason))
        return Plan(steps=tuple(steps), refusals=tuple(refusals))

    async def send(self, step: Step, started: Callable[[], None]) -> str:
        """Take the message of `step` and follow it for some seconds; what became of it, in words.

        Raises:
            ActionError: it will not get there.
        """
        name = step.entity.removeprefix(PREFIX)
        carrier = self._carriers.get(name)
        if carrier is None:
            raise ActionError(_nobody(name, self._carriers))
        return await carrier.carry(
            note_of(step.data, action=step.action.id, trace=step.action.trace), started
        )

    # what carriers need ---------------------------------------------------------------------------------
    def time(self) -> float:
        """Seconds since the epoch."""
        return self.house.clock.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self.house.clock.sleep(seconds)

    def say(self, name: str, note: Note) -> None:
        """Tell the bus of a message that goes to `name` now."""
        body = {key: value for key, value in note.as_json().items() if key != "trace"}
        topic = self.house.topics("notify")
        self.house.tell(topic, {**body, "to": name}, trace=note.trace, ttl=self.config.keep)

    def lost(self, name: str, note: Note, reason: str) -> None:
        """Tell the bus that `note` will not reach `name` any more."""
        body = {"id": note.id, "to": name, "reason": reason}
        self.house.tell(self.house.topics("notify", "failed"), body, trace=note.trace, ttl=self.config.keep)

    def problem(self, key: str, text: str | None) -> None:
        """Show what is wrong, or that it is well again."""
        self.house.problem(key, text)

    def count(self, name: str) -> None:
        """Count something."""
        self.house.metrics.count(name)

    def changed(self, name: str) -> None:
        """Keep the mailbox of `name` on disk as it is now."""
        self._unsaved.add(name)
        self._unsaved_now.set()

    # ----------------------------------------------------------------------------------------------------
    def _load(self, mailbox: Mailbox, stored: Any) -> None:
        try:
            mailbox.load(stored)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            log.error("notify.mailbox_lost", to=mailbox.name, reason=repr(error))  # noqa: TRY400
        self._saved[mailbox.name] = stored

    async def _open(self) -> None:
        """Make every channel ready and let it work; what was accepted meanwhile waits."""
        for name, carrier in self._carriers.items():
            for channel in list(carrier.channels.values()):
                obstacle = await asyncio.to_thread(channel.open)
                if obstacle is None:
                    self.house.run(f"{name}.{channel.label}", partial(carrier.work, channel))
                else:
                    carrier.without(channel, obstacle)
            carrier.look()

    async def _keep_saved(self) -> None:
        while True:
            await self._unsaved_now.wait()
            self._unsaved_now.clear()
            changed, self._unsaved = self._unsaved, set()
            self._write(changed)
            await self.house.clock.sleep(SAVE_EVERY)

    def _write(self, names: set[str]) -> None:
        for name in names:
            found = self._carriers[name].mailbox.as_json()
            if found != self._saved.get(name):
                self._saved[name] = found
                self.house.store.put(_stored(name), found)

    def _waiting(self) -> int:
        return sum(len(one.mailbox.letters) for one in self._carriers.values())


def _stored(name: str) -> str:
    return f"mailbox.{name}"


def _nobody(name: str, known: Mapping[str, object]) -> str:
    """Why nobody of that name gets anything, and who would."""
    return f"there is nobody called {name!a:.80}; there is {', '.join(known) or 'nobody at all'}"


INTEGRATION = Notify
