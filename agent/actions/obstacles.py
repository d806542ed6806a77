"""What an action would run into, were it asked for now. Nothing is done, recorded or counted."""

from collections.abc import Mapping
from typing import NamedTuple

from agent.actions.planner import Own, plan
from agent.actions.policy import Policy
from agent.actions.ruled import asked_for
from agent.core.actions import Action, Risk, Verdict
from agent.errors import ActionError
from agent.home.registry import Home


class Obstacle(NamedTuple):
    """Why an action would not be carried out for a target, or not without being asked about."""

    target: str
    reason: str


def obstacles(
    action: Action, *, home: Home, policy: Policy, known: Mapping[str, Risk | Own]
) -> tuple[Obstacle, ...]:
    """What is in the way of `action`, nothing if it would be done. `known`: services of integrations."""
    try:
        planned = plan(action, home, known=known)
    except ActionError as error:
        return (Obstacle(asked_for(action), str(error)),)
    ruled = [(step.entity, policy.decide(step)) for step in planned.steps]
    held = [Obstacle(target, one.reason) for target, one in ruled if one.verdict is not Verdict.ALLOW]
    return (*(Obstacle(*refused) for refused in planned.refusals), *held)
