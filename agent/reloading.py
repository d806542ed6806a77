"""Reading the configuration again: all of it takes effect, or none, and then the log says why."""

from collections.abc import Callable
from typing import Any

import structlog

from agent import config as configuration
from agent.automations.by_itself import Prepared, Sections
from agent.automations.compiling import mistakes
from agent.configfile.mistakes import refused
from agent.daemon import Daemon
from agent.errors import ConfigError, HearthError
from agent.integration import loader
from agent.runtime import log as logging
from agent.runtime.systemd import notify, notify_reloading

log = structlog.get_logger(__name__)
RULES = frozenset({"automations", "schedules", "tasks", "language"})
"""What decides on what happens by itself."""


def sections_of(config: configuration.Config) -> Sections:
    """What a configuration says of what happens by itself."""
    return Sections(
        automations=config.automations,
        schedules=config.schedules,
        tasks=config.tasks,
        language=config.language,
    )


def settings(loaded: configuration.Loaded, domain: str) -> Callable[[type[Any]], Any]:
    """What gives an integration its own settings as its own model."""
    return lambda model: loaded.section(domain, model)


async def reloaded(daemon: Daemon, old: configuration.Loaded) -> configuration.Loaded:
    """Take the configuration as it is written now; the old one, and why in the log, if that cannot be."""
    notify_reloading()
    try:
        new = configuration.again(old)
        changed = configuration.changed(old, new)
        fixed = changed & {"mqtt", "node"} | _switched(daemon, new, changed)
        if fixed:
            named = ", ".join(sorted(fixed))
            raise ConfigError(f"{named} changes only with a restart; the old configuration stays")
        for domain, one in daemon.hosted.items():
            one.check(settings(new, domain))
        rules = await _rules(daemon, new) if changed & RULES else None
        if rules is not None:
            await daemon.by_itself.take(rules)
    except HearthError as error:
        log.warning("config.reload_refused", reason=str(error))
        notify("READY=1", "STATUS=the last reload was refused: see the journal")
        return old
    logging.configure(new.config.log)
    daemon.policy.config = new.config.policy
    daemon.models.reload(new.config.models)
    daemon.listening.configure(new.config.language, new.sentence_folders)
    if "home" in changed:
        daemon.home.configure(new.config.home)
    for domain, one in daemon.hosted.items():
        if ".".join(configuration.section_of(domain)) in changed:
            one.reconfigure(settings(new, domain))
    log.info("config.reloaded", changed=sorted(changed))
    notify("READY=1", f"STATUS=broker: {daemon.broker}")
    return new


async def _rules(daemon: Daemon, new: configuration.Loaded) -> Prepared:
    """The rules of `new`, if all of them mean something in the house as it is.

    Raises:
        ConfigError: one does not.
    """
    prepared = daemon.by_itself.prepared(sections_of(new.config))
    wrong = [
        one
        for where, _, found in await daemon.by_itself.found(prepared)
        for one in mistakes(found, new.tree, where)
    ]
    if wrong:
        raise refused(wrong, sources=[str(file) for file in new.files])
    return prepared


def _switched(daemon: Daemon, new: configuration.Loaded, changed: frozenset[str]) -> set[str]:
    """The integrations that a reload would have to start or to end for good."""
    return {
        f"{configuration.section_of(found.manifest.domain)[-1]}.enabled"
        for found in loader.find(*new.plugin_folders)
        if ".".join(configuration.section_of(found.manifest.domain)) in changed
        and new.enabled(found.manifest.domain, default=found.manifest.enabled)
        is not (found.manifest.domain in daemon.hosted)
    }
