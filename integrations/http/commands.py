"""HTTP for the command line: a line of `hearthd doctor`."""

from collections.abc import Iterator

from agent.api import Desk, Finding
from integrations.http.listening import shown, tried
from integrations.http.section import Settings


def doctor(desk: Desk) -> Iterator[Finding]:
    """Whether the daemon listens, or could."""
    if not desk.enabled:
        yield Finding(what="HTTP", ok=True, says="off; 'api: {}' in the configuration switches it on")
        return
    settings = desk.settings(Settings)
    told = desk.ask("http")
    if told is not None:
        says = told["obstacle"] or f"listening on {told['where']}"
        yield Finding(what="HTTP", ok=told["listening"], says=says)
        return
    obstacle = tried(settings.host, settings.port)
    says = obstacle or f"{shown(settings.host, settings.port)} is free"
    yield Finding(what="HTTP", ok=obstacle is None, says=says)
