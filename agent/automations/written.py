"""How values are written in `automations:`: one or a list, a bare name for the usual key, templates."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from agent.configfile.mistakes import meant
from agent.home.names import ENTITY_ID
from agent.mqtt.trie import check_filter

VALUES = frozenset(("value", "value_json", "trigger"))
"""What templates see of the moment."""
LOOKING = frozenset(("states", "state_attr", "is_state", "is_state_attr", "has_value"))
"""What templates may ask of the house."""
MOST_LISTED = 100


def as_list(given: Any) -> Any:
    """`given` as the list it stands for: one value is a list of one."""
    return given if isinstance(given, list | tuple) else [given]


def short_for(key: str) -> Callable[[Any], Any]:
    """What reads a bare text as a section with only `key`."""
    return lambda given: {key: given} if isinstance(given, str) else given


def check_template(source: str) -> str:
    """`source`, if it is a template that can be used.

    Raises:
        ValueError: it is none, asks for more than it may, or uses a name that nobody knows.
    """
    # Jinja takes some megabytes, for which a configuration without templates does not pay.
    from jinja2 import meta

    from agent.templates import FAILURES, LONGEST_SOURCE, checked

    if len(source) > LONGEST_SOURCE:
        raise ValueError(f"a template of {len(source)} letters; up to {LONGEST_SOURCE} would do")
    if "{{" not in source and "{%" not in source:
        raise ValueError(f"{source!r:.80} is no template; '{{{{ value_json.occupancy }}}}' would be one")
    sandbox = _checking()
    try:
        tree = checked(source.strip(), sandbox)
        names = meta.find_undeclared_variables(tree)
    except FAILURES as error:
        raise ValueError(f"the template {source!r:.80} cannot be used: {str(error)[:200]}") from None
    known = VALUES | LOOKING | set(sandbox.globals)
    unknown = sorted(names - known)
    if unknown:
        raise ValueError(f"the template knows no {unknown[0]!r}; {meant(unknown[0], known)}")
    return source


def _check_topic(topic_filter: str) -> str:
    check_filter(topic_filter)
    if topic_filter.startswith("$share/"):
        raise ValueError(f"topic filter {topic_filter!r}: rules hear every message, leave the `$share/` away")
    return topic_filter


def _check_entity(entity: str) -> str:
    if not ENTITY_ID.fullmatch(entity):
        raise ValueError(f"{entity!r:.80} is no entity id; it would be like 'light.desk_lamp'")
    return entity


def _as_state(given: Any) -> Any:
    if given is None:
        return "unknown"
    if isinstance(given, bool):
        return "on" if given else "off"
    return str(given) if isinstance(given, int | float) else given


@cache
def _checking() -> Any:
    from agent.templates import Purse, RefusedError, Sandbox

    def refuse() -> None:
        raise RefusedError("it is only looked at")

    sandbox = Sandbox(purse=Purse(), now=refuse)
    sandbox.filters |= dict.fromkeys((*LOOKING, "as_local"), refuse)
    return sandbox


Template = Annotated[str, AfterValidator(check_template), Field(examples=["{{ value_json.occupancy }}"])]
"""A Jinja template whose text means yes or no."""
Topic = Annotated[str, AfterValidator(_check_topic)]
"""A topic filter, wildcards allowed."""
EntityId = Annotated[str, AfterValidator(_check_entity)]
"""The id of an entity; whether there is one is known only when it announces itself."""
EntityIds = Annotated[
    tuple[EntityId, ...],
    BeforeValidator(as_list, json_schema_input_type=str | tuple[str, ...]),
    Field(min_length=1, max_length=MOST_LISTED),
]
StateWord = Annotated[str, BeforeValidator(_as_state, json_schema_input_type=str | bool | float)]
"""A state as text: `true` is on, `false` is off, a number is its digits."""
StateWords = Annotated[
    tuple[StateWord, ...],
    BeforeValidator(as_list, json_schema_input_type=str | bool | float | tuple[str | bool | float, ...]),
    Field(min_length=1, max_length=MOST_LISTED),
]
