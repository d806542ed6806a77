"""Whatever anybody asks, the planner answers in steps or in words, and no step holds what was not checked."""

import math

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.actions.planner import plan
from agent.actions.services import SERVICES
from agent.core.actions import Risk, Target
from agent.errors import ActionError
from tests.actions.asking import ROOMS, action, entity, house

CAPABLE = {
    "supported_color_modes": ["xy", "color_temp", "hs"],
    "effect_list": ["rainbow"],
    "preset_modes": ["eco"],
    "hvac_modes": ["off", "heat"],
    "options": ["on", "1"],
    "min": 1,
    "max": 10,
}
KNOWN = {"coffee.brew": Risk.REVERSIBLE}
FIELDS = sorted({key for service in SERVICES.values() for key in service.fields})
MEANT = ["red", "#ff8800", "rainbow", "eco", "on", "1", "50", 1, 50, 200.5, 3000, [9, 9, 9], [0.3, 0.3], True]
MEAN = ["nan", "1e999", "x" * 300, "\ud800", 10**400, math.nan, math.inf, [[[]]]]

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=5), one, max_size=2),
    max_leaves=6,
)
values = st.sampled_from(MEANT) | st.sampled_from(MEAN) | json
numbers = st.none() | st.integers() | st.floats() | st.text(max_size=3)
reports = st.tuples(
    st.sampled_from([None, "on", "off", "open", "closed"]),
    st.dictionaries(st.sampled_from(["brightness", "percentage", "current_position"]), numbers),
)


@st.composite
def fitting(draw):
    """A service, an entity of its domain, and data of which some fields are its own."""
    service = SERVICES[draw(st.sampled_from(sorted(SERVICES)))]
    own = st.sampled_from(sorted(service.fields) or FIELDS)
    data = draw(st.dictionaries(own, values, max_size=2))
    return service.name, Target(entity=(f"{service.domain}.it",)), data


anything = st.tuples(
    st.sampled_from([*sorted(SERVICES), *KNOWN]) | st.text(max_size=20),
    st.builds(
        Target,
        entity=st.lists(st.sampled_from(["light.it", "It", "switch.it"]) | st.text(max_size=9)).map(tuple),
        area=st.lists(st.sampled_from(["study"]) | st.text(max_size=9), max_size=1).map(tuple),
    ),
    st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=9), values, max_size=3),
)


def sound(value):
    """Whether a planned value can go anywhere: finite numbers, printable text of bounded length."""
    if isinstance(value, list):
        return len(value) in (2, 3) and all(isinstance(one, int | float) and sound(one) for one in value)
    if isinstance(value, str):
        return len(value) <= 255 and value.isprintable()
    return isinstance(value, int | float) and math.isfinite(value)


def steps(asked, report):
    """The steps of what is asked of a house where everything last said `report`."""
    domains = sorted({service.domain for service in SERVICES.values()})
    home = house(*(entity(f"{one}.it", area="study", capabilities=CAPABLE) for one in domains), **ROOMS)
    for one in home.entities():
        home.report(one.id, *report)
    try:
        return plan(action(*asked), home, known=KNOWN).steps
    except ActionError:
        return ()


@settings(max_examples=300)
@given(fitting(), reports)
@example(("number.set_value", Target(entity=("number.it",)), {"value": 10**400}), (None, {}))
@example(
    ("light.turn_on", Target(entity=("light.it",)), {"brightness_step": 1}), ("on", {"brightness": math.nan})
)
@example(("fan.increase_speed", Target(entity=("fan.it",)), {}), ("on", {"percentage": math.inf}))
def test_data_that_nearly_fits_is_planned_soundly_or_refused(asked, report):
    for step in steps(asked, report):
        assert step.risk in (Risk.REVERSIBLE, Risk.DISRUPTIVE)
        assert set(step.data) <= set(SERVICES[step.service].fields) | {"color_temp_kelvin"}
        assert all(sound(value) for value in step.data.values())


@settings(max_examples=300)
@given(anything, reports)
def test_anything_at_all_is_planned_or_refused(asked, report):
    service, target, data = asked
    for step in steps(asked, report):
        assert target
        assert service in KNOWN or step.service in SERVICES
        assert len(step.data) <= max(len(data), 1)
