"""A plan as `hearthd check` prints it."""

import pytest

from agent.automations.plan import Delay, Do, Notify, Plan, RunTask
from agent.core.actions import Target


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Do(service="light.turn_on", target=Target(entity=("light.hall",))), "light.turn_on light.hall"),
        (
            Do(service="light.turn_on", target=Target(entity=("light.a", "light.b"))),
            "light.turn_on light.a, light.b",
        ),
        (
            Do(
                service="light.turn_on",
                target=Target(area=("kitchen",), domain=("light",)),
                data={"brightness": 40},
            ),
            "light.turn_on area:kitchen, domain:light brightness=40",
        ),
        (Do(service="scene.turn_on"), "scene.turn_on"),
        (
            Do(service="lock.unlock", target=Target(entity=("lock.door",)), data={"code": "1234"}),
            "lock.unlock lock.door code=***",
        ),
        (
            Do(service="media_player.play", data={"what": "a song", "loud": True}),
            'media_player.play what="a song" loud=true',
        ),
        (RunTask(task="backup"), "task backup"),
        (RunTask(task="backup", parameters={"path": "/srv"}), "task backup path=/srv"),
        (Notify(text="nginx was restarted"), 'notify "nginx was restarted"'),
        (
            Notify(text="the floor is wet", kind="safety", severity="critical", key="leak in the cellar"),
            'notify "the floor is wet" kind=safety severity=critical key="leak in the cellar"',
        ),
        (Notify(text="a\nb", title="nginx", to=("ada", "bob")), 'notify ada, bob: nginx "a?b"'),
        (Delay(seconds=300.0), "wait 5m"),
        (Delay(seconds=90.0), "wait 1m30s"),
    ],
)
def test_a_step_as_text(step, text):
    assert step.as_text() == text


def test_a_plan_is_one_line():
    plan = Plan((Do(service="light.turn_on", target=Target(entity=("light.hall",))), Delay(seconds=60)))

    assert plan.as_text() == "light.turn_on light.hall; wait 1m"


def test_a_plan_is_its_steps():
    steps = (Delay(seconds=1), Delay(seconds=2))

    assert (tuple(Plan(steps)), len(Plan(steps))) == (steps, 2)
