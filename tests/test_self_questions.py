"""What the daemon is asked of itself: to run tasks, and why it did what it did. The whole daemon."""

from contextlib import asynccontextmanager

from tests.house import living
from tests.talking import Talk, put, simulated_home

TASKS = {
    "nightly-copy": {
        "command": ["sh", "-c", "echo copied"],
        "name": "photo copy",
        "aliases": ["the great copy", "照片备份"],
        "risk": "reversible",
    },
    "backup": {"command": ["true"], "risk": "reversible"},
    "breaks": {"command": ["false"], "risk": "reversible"},
    "wipe": {"command": ["true"], "risk": "disruptive"},
}


@asynccontextmanager
async def with_tasks(broker, tmp_path, tasks=TASKS):
    values = {"tasks": tasks, "health": {"enabled": False}}
    async with living(broker.port, tmp_path / "state", values) as house:
        yield Talk(house, "tasks")


async def outcomes(talk, *texts, **more):
    """The actions, targets and statuses of what was said."""
    replies = [await talk.say(text, **more) for text in texts]
    keys = ("action", "target", "status")
    found = [[tuple(one[key] for key in keys) for one in reply["outcomes"]] for reply in replies]
    return dict(zip(texts, found, strict=True))


# tasks -----------------------------------------------------------------------------------------------------
async def test_a_task_is_run_by_its_id_its_name_and_its_aliases(broker, tmp_path):
    copied = [("task.run", "task.nightly-copy", "confirmed")]
    backed_up = [("task.run", "task.backup", "confirmed")]
    wanted = {
        "run the backup task": backed_up,
        "run the backup": backed_up,
        "run the photo copy": copied,
        "start the great copy": copied,
        "run the nightly copy task": copied,
        "运行备份任务": backed_up,
        "运行照片备份": copied,
    }

    async with with_tasks(broker, tmp_path) as talk:
        assert await outcomes(talk, *wanted) == wanted


async def test_how_a_task_ended_is_told(broker, tmp_path):
    async with with_tasks(broker, tmp_path) as talk:
        said = [(await talk.say(text))["text"] for text in ("run the backup", "run the breaks task")]

    assert said[0] == "Ran backup"
    assert said[1].startswith("That failed: breaks")


async def test_a_task_that_reaches_far_waits_for_whoever_may_approve_it(broker, tmp_path):
    async with with_tasks(broker, tmp_path) as talk:
        reply = await talk.say("run the wipe task")

    assert [one["status"] for one in reply["outcomes"]] == ["pending"]


async def test_a_task_that_there_is_not_is_said_with_those_there_are(broker, tmp_path):
    async with with_tasks(broker, tmp_path, {"backup": TASKS["backup"]}) as talk:
        reply = await talk.say("run the laundry task")

    assert reply["text"] == "There is no task called laundry. There is backup."
    assert (reply["facts"][0]["done"], reply["outcomes"]) == (False, [])


async def test_the_tasks_there_are_are_told(broker, tmp_path):
    async with with_tasks(broker, tmp_path) as talk:
        english = await talk.say("what tasks are there")
        chinese = await talk.say("有哪些任务", language="zh-CN")

    assert english["text"] == "There are 4 tasks: photo copy, backup, breaks and wipe"
    assert chinese["text"].startswith("有4个任务")


async def test_without_tasks_it_is_said_where_they_come_from(broker, tmp_path):
    async with with_tasks(broker, tmp_path, {}) as talk:
        reply = await talk.say("what tasks are there")

    assert reply["text"].startswith("No tasks are configured")


# why -------------------------------------------------------------------------------------------------------
RULE = {
    "id": "desk-follows",
    "when": [{"state": {"entity": "switch.printer", "to": "on"}}],
    "do": [{"service": "light.turn_on", "target": {"entity": "light.desk_lamp"}}],
}


async def test_why_a_light_came_on_names_the_rule_and_what_set_it_off(tmp_path):
    async with simulated_home(tmp_path, {"automations": [RULE]}) as house:
        talk = Talk(house, "why")
        await put(talk, "switch.printer", "on")
        await house.until(lambda: talk.state("light.desk_lamp") == "on", 10)
        await house.until(lambda: [one for one in house.on(house.topic("outcome")) if one["final"]])

        english = await talk.say("why did the desk lamp turn on")
        chinese = await talk.say("为什么Desk Lamp开了", language="zh-CN")

    assert "The rule desk-follows did that" in english["text"]
    assert "switch.printer" in english["text"]
    assert "是规则desk-follows做的" in chinese["text"]
    assert english["facts"][0]["outcome"]["cause"] == {"kind": "automation", "who": "desk-follows"}


async def test_why_something_was_done_says_who_asked_and_quotes_them_on_the_screen(tmp_path):
    async with simulated_home(tmp_path) as house:
        talk = Talk(house, "why")
        await talk.say("turn on the printer")

        reply = await talk.say("why is the printer on")

    assert reply["text"].startswith("Turned on the printer. That was asked for over the bus at ")
    assert "> turn on the printer" in reply["shown"]
    assert "> turn" not in reply["text"]


async def test_why_something_was_not_done_says_the_reason(tmp_path):
    async with simulated_home(tmp_path) as house:
        talk = Talk(house, "why")
        await talk.say("unlock the front door")
        await talk.say("no")

        english = await talk.say("why was the front door not unlocked")
        chinese = await talk.say("为什么没有解锁Front Door", language="zh-CN")

    assert english["text"].startswith("I cannot do that: ")
    assert english["facts"][0]["outcome"]["status"] == "refused"
    assert chinese["facts"][0]["outcome"]["id"] == english["facts"][0]["outcome"]["id"]


async def test_what_changed_without_us_is_told_as_that(tmp_path):
    async with simulated_home(tmp_path) as house:
        talk = Talk(house, "why")
        await put(talk, "light.hallway", "on")

        english = await talk.say("why did the hallway light turn on")
        chinese = await talk.say("为什么Hallway Light开了", language="zh-CN")

    assert english["text"].startswith("The hallway light went to on at ")
    assert english["text"].endswith("and nothing of mine did that")
    assert "不是我做的" in chinese["text"]


async def test_a_bare_why_is_about_what_was_done_last(tmp_path):
    async with simulated_home(tmp_path) as house:
        talk = Talk(house, "why")
        nothing = await talk.say("why did you do that")
        await talk.say("turn on the printer")

        reply = await talk.say("why did you do that")

    assert nothing["text"] == "I have done nothing yet"
    assert reply["facts"][0]["outcome"]["target"] == "switch.printer"
