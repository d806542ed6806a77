"""What is wrong with a sentence of a rule, and what would be right, in words for who wrote it."""

from collections.abc import Mapping, Sequence

from agent.automations.named_tasks import spoken_in
from agent.automations.task_section import TaskConfig
from agent.core.intents import Choice, Intent, Missing, Unrecognized
from agent.errors import ActionError

_MOST_NAMED = 6
_STEPS = {
    "temperature_step": "a rule needs the temperature itself, as in 'set ... to 21 degrees'",
    "volume_step": "a rule needs the volume itself, as in 'set the volume of ... to 30 percent'",
}


def not_read(found: Unrecognized, text: str, tasks: Mapping[str, TaskConfig]) -> str:
    """Of a sentence that no template fits, or that names what is not here."""
    if found.missing is not None:
        return missing_from(found.missing)
    if found.reason in ("empty", "too_long", "unreadable"):
        said = {"empty": "says nothing", "too_long": "is too long", "unreadable": "cannot be read"}
        return (
            f"{text!r:.80} {said[found.reason]}; a sentence such as 'turn on the hall light' would be right"
        )
    task = spoken_in(text, tasks)
    if task is not None:
        return f"{text!r:.80} is not understood; if the task is meant, 'task: {task}' would be right"
    return (
        f"{text!r:.80} is not understood; a sentence such as 'turn on the hall light', or a service as in"
        " 'service: light.turn_on', would be right"
    )


def missing_from(missing: Missing) -> str:
    """Of a name that is not in the house."""
    where = f" in {missing.where}" if missing.where else ""
    if not missing.said:
        return "it is not said what is meant; name a thing or a place"
    what = missing.said.replace("_", " ") if missing.kind == "device" else repr(missing.said)
    kind = f"{missing.kind} " if missing.kind in ("area", "floor") else ""
    near = (
        f"did you mean {_either(missing.near)}?" if missing.near else "'hearthd devices' shows what there is"
    )
    return f"there is no {kind}{what:.80}{where}; {near}"


def ambiguous(choice: Choice, text: str) -> str:
    """Of a sentence that fits several things."""
    names = [one.name for one in choice.options]
    twice = {name for name in names if names.count(name) > 1}
    shown = [f"{one.name} ({one.id})" if one.name in twice else one.name for one in choice.options]
    return f"{text!r:.80} could mean {_either(shown)}; name one of them"


def impossible(error: ActionError, intent: Intent) -> str:
    """Of what cannot be done, with what a rule needs instead."""
    advice = next((one for slot, one in _STEPS.items() if slot in intent.slots), None)
    return str(error) if advice is None else f"{error}; {advice}"


def _either(names: Sequence[str]) -> str:
    shown = ["".join(one for one in name if one.isprintable()) for name in names]
    more = len(shown) - _MOST_NAMED
    if more > 0:
        return f"{', '.join(shown[:_MOST_NAMED])} or {more} more"
    return " or ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
