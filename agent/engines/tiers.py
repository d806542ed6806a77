"""Which engines there are after the templates, and which models they ask."""

from collections.abc import Callable
from functools import partial

from agent.engines.cascade import Ask, Cascade, Engine
from agent.engines.provider import AskOthers, Provider
from agent.engines.tiny import shipped
from agent.engines.tiny.engine import Tiny
from agent.errors import ConfigError
from agent.inference.models import Models
from agent.inference.queue import Priority
from agent.inference.runner import Generated, Limits, Prompt
from agent.inference.section import Role


def tiers(models: Models, *, alone: bool = False, code: Callable[[], bool] = lambda: False) -> Cascade:
    """The shipped model and then the configured one; `alone`: the shipped one and no other.

    `code`: whether somebody here runs code that the configured one may ask for.
    """
    engines: list[Engine] = []
    try:
        _, sureness = shipped.model()
    except ConfigError:
        pass  # said once, when the daemon was assembled
    else:
        engines.append(
            Tiny(ask=_asking(models, "shipped"), limits=partial(models.limits, "shipped"), sureness=sureness)
        )
    if not alone:
        engines.append(
            Provider(
                ask=_asking(models, "intent"),
                limits=partial(models.limits, "intent"),
                others=_asking_after(models, "intent"),
                code=code,
            )
        )
    return Cascade(engines)


def _asking(models: Models, role: Role) -> Ask:
    async def ask(prompt: Prompt, limits: Limits, priority: Priority) -> Generated:
        return await models.ask(role, prompt, limits, priority=priority)

    return ask


def _asking_after(models: Models, role: Role) -> AskOthers:
    async def ask(prompt: Prompt, limits: Limits, priority: Priority, after: str) -> Generated:
        return await models.ask(role, prompt, limits, priority=priority, after=after)

    return ask
