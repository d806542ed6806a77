"""A task on the one path: planned with its risk, ruled on, recorded, run once, told how it ended."""

import asyncio
from datetime import timedelta

import orjson
import pytest

from agent.core.actions import Status, Target, Trust
from tests.actions.asking import on_disk
from tests.automations.running import gone, numbers, pids_in
from tests.automations.tasking import sections, works

SAYS = {"command": ["echo", "saved 3 files"], "risk": "reversible"}
FAILS = {"command": ["sh", "-c", "echo no space left >&2; exit 7"]}
PINGS = {
    "command": ["echo", "to {host}", "{times}"],
    "parameters": {"host": {"values": ["nas", "pi"]}, "times": {"min": 1, "max": 9, "default": 2}},
}
HOSTILE = (
    "; rm -rf /",
    "$(touch x)",
    "`touch x`",
    "nas\ntouch x",
    "--help",
    "nas && touch x",
    "nas|sh",
    "n\u0430s",
)


def counting(folder, script="echo done", **more):
    """A task that leaves a line in a file each time it runs."""
    text = f"echo $$ >> {folder}/runs; {script}"
    return {"command": ["sh", "-c", text], "stop_within": 0.3, **more}


# its life ---------------------------------------------------------------------------------------------------
async def test_a_task_that_ends_well_is_confirmed(tmp_path):
    async with works(tmp_path, {"backup": SAYS}) as house, house.outcomes() as told:
        outcome = await house.run("task.backup")

        assert outcome.reason.startswith("exit code 0 after ")
        assert outcome.reason.endswith(": saved 3 files")
        assert [(one.status, one.target) for one in told if one.id == "1"] == [
            (Status.ACCEPTED, "task.backup"),
            (Status.SENT, "task.backup"),
            (Status.CONFIRMED, "task.backup"),
        ]


async def test_a_task_that_ends_badly_has_failed_with_its_last_words(tmp_path):
    async with works(tmp_path, {"backup": FAILS}) as house:
        outcome = await house.run("task.backup")

    assert outcome.status is Status.FAILED
    assert outcome.reason.startswith("backup: exit code 7 after ")
    assert outcome.reason.endswith(": no space left")


async def test_an_exit_code_can_be_a_success(tmp_path):
    async with works(tmp_path, {"backup": {**FAILS, "success_codes": [0, 7]}}) as house:
        assert (await house.run("task.backup")).status is Status.CONFIRMED


async def test_a_task_without_a_program_fails_before_it_is_sent(tmp_path):
    async with works(tmp_path, {"t": {"command": ["no-such-program"]}}) as house, house.outcomes() as told:
        outcome = await house.run("task.t")
        await asyncio.sleep(0)

        assert outcome.reason.startswith("t: there is no program 'no-such-program'")
        assert [one.status for one in told] == [Status.ACCEPTED, Status.FAILED]


async def test_a_task_that_takes_too_long_has_failed(tmp_path):
    slow = {"command": ["sleep", "60"], "timeout": "300ms", "stop_within": 1}
    async with works(tmp_path, {"t": slow}) as house:
        outcome = await house.run("task.t")

    assert (outcome.status, outcome.reason) == (
        Status.FAILED,
        "t: it was not done within 300ms and was stopped",
    )


async def test_a_task_asked_for_twice_under_one_id_runs_once(tmp_path):
    async with works(tmp_path, {"t": counting(tmp_path)}) as house:
        first, second = await asyncio.gather(house.run("task.t"), house.run("task.t"))

    assert Status.CONFIRMED in (first.status, second.status)
    assert len(numbers(tmp_path / "runs")) == 1


async def test_a_task_that_comes_too_late_does_not_run(tmp_path):
    async with works(tmp_path, {"t": counting(tmp_path)}) as house:
        outcome = await house.run("task.t", born=house.clock.now() - timedelta(minutes=5))

    assert outcome.status is Status.EXPIRED
    assert numbers(tmp_path / "runs") == []


async def test_a_run_that_a_restart_cut_short_is_not_begun_again(tmp_path):
    slow = {"t": counting(tmp_path, "sleep 60")}
    async with works(tmp_path, slow) as house:
        running = asyncio.create_task(house.run("task.t"))
        pids = await pids_in(tmp_path / "runs", 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    async with works(tmp_path, slow) as house:
        (outcome,) = await house.pipeline.standing("1")

    assert (outcome.status, outcome.reason) == (
        Status.EXPIRED,
        "hearthd was restarted before it was confirmed",
    )
    assert numbers(tmp_path / "runs") == pids
    assert await gone(*pids)


# who may ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("risk", "trust", "status"),
    [
        ("read", Trust.HOSTILE, Status.CONFIRMED),
        ("reversible", Trust.HOSTILE, Status.REFUSED),
        ("reversible", Trust.ROOM, Status.CONFIRMED),
        ("disruptive", Trust.DEVICE, Status.REFUSED),
        ("disruptive", Trust.ROOM, Status.PENDING),
        ("disruptive", Trust.OPERATOR, Status.CONFIRMED),
        ("destructive", Trust.ROOM, Status.REFUSED),
        ("destructive", Trust.OPERATOR, Status.PENDING),
    ],
)
async def test_the_risk_of_a_task_and_the_trust_of_who_asks_decide(tmp_path, risk, trust, status):
    async with works(tmp_path, {"t": counting(tmp_path, risk=risk)}) as house:
        outcome = await house.run("task.t", trust=trust)

    assert outcome.status is status
    assert len(numbers(tmp_path / "runs")) == (status is Status.CONFIRMED)


async def test_the_policy_can_say_otherwise_of_one_task(tmp_path):
    tasks = {"t": counting(tmp_path), "u": counting(tmp_path)}
    async with works(tmp_path, tasks, risks={"task.t": "destructive"}) as house:
        refused = await house.run("task.t", trust=Trust.ROOM)
        asked = await house.run("task.u", trust=Trust.ROOM, action_id="2")

    assert (refused.status, asked.status) == (Status.REFUSED, Status.PENDING)


async def test_an_approved_task_runs_once_with_what_was_asked(tmp_path):
    async with works(tmp_path, {"ping": PINGS}) as house, house.outcomes():
        await house.run("task.ping", {"host": "nas"}, trust=Trust.ROOM)

        obstacle = await house.pipeline.approve("1", who="ada", trust=Trust.HUMAN, channel="cli", yes=True)

        assert obstacle is None
        assert [report["line"] for report in house.reports] == ["to nas 2"]


async def test_an_approval_holds_over_a_restart(tmp_path):
    async with works(tmp_path, {"ping": PINGS}) as house:
        await house.run("task.ping", {"host": "nas"}, trust=Trust.ROOM)

    async with works(tmp_path, {"ping": PINGS}) as house:
        await house.pipeline.approve("1", who="ada", trust=Trust.HUMAN, channel="cli", yes=True)

        assert [report["line"] for report in house.reports] == ["to nas 2"]


@pytest.mark.parametrize(
    "change", [{"command": ["echo", "{host}", "{times}"]}, {"environment": {"A": "b"}}, {"directory": "/var"}]
)
async def test_an_approval_does_not_hold_for_another_command(tmp_path, change):
    async with works(tmp_path, {"ping": PINGS}) as house:
        await house.run("task.ping", {"host": "nas"}, trust=Trust.ROOM)
        house.tasks.configure(sections({"ping": {**PINGS, **change}}))

        await house.pipeline.approve("1", who="ada", trust=Trust.HUMAN, channel="cli", yes=True)

        (outcome,) = await house.pipeline.standing("1")
        assert outcome.reason == "task.ping was changed since it was asked for; ask again"
        assert house.reports == []


async def test_an_integration_cannot_make_a_task_milder_than_it_is(tmp_path):
    async with works(tmp_path, {"t": counting(tmp_path)}) as house:
        house.executor.provide("task.run", "evil", None, 0)
        outcome = await house.run("task.t", trust=Trust.HOSTILE)

    assert outcome.status is Status.REFUSED


# what is asked ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("task.bakup", "there is no task 'bakup'; did you mean backup?"),
        ("light.desk", "there is no task 'light.desk'"),
        ("task.; rm", "there is no task '; rm'"),
        (Target(), "task.run takes one task, as in 'task.backup'"),
        (Target(domain=("task",)), "task.run takes one task, as in 'task.backup'"),
        (Target(entity=("task.backup",), area=("hall",)), "task.run takes one task, as in 'task.backup'"),
        (Target(entity=("task.backup", "task.ping")), "task.run takes one task, as in 'task.backup'"),
    ],
)
async def test_what_is_no_task_is_refused(tmp_path, target, reason):
    async with works(tmp_path, {"backup": SAYS, "ping": PINGS}) as house:
        outcome = await house.run(target)

    assert (outcome.status, outcome.reason) == (Status.REFUSED, reason)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "task.ping needs host"),
        ({"host": "nas", "command": "reboot"}, "task.ping knows no 'command'; it takes host, times"),
        ({"host": "nas", "times": 10}, "times is '10'; it is a whole number from 1 to 9"),
        ({"host": ["nas"]}, "host is ['nas']; a word or a whole number is needed"),
    ],
)
async def test_what_does_not_fit_the_parameters_is_refused(tmp_path, data, reason):
    async with works(tmp_path, {"ping": PINGS}) as house:
        outcome = await house.run("task.ping", data)

    assert (outcome.status, outcome.reason) == (Status.REFUSED, reason)


async def test_hostile_parameters_never_come_to_a_command(tmp_path):
    async with works(tmp_path, {"ping": PINGS}) as house:
        ends = [
            (await house.run("task.ping", {"host": one}, action_id=str(number))).status
            for number, one in enumerate(HOSTILE)
        ]

        assert set(ends) == {Status.REFUSED}
        assert house.reports == []


async def test_text_of_a_wide_pattern_arrives_as_one_argument(tmp_path):
    wide = {"command": ["printf", "<%s>", "{text}"], "parameters": {"text": {"pattern": ".*"}}}
    async with works(tmp_path, {"say": wide}) as house:
        await house.run("task.say", {"text": "a; touch b $(id) 'c' {text}"})

        assert house.reports[0]["line"] == "<a; touch b $(id) 'c' {text}>"


# how many ---------------------------------------------------------------------------------------------------
async def test_a_task_that_runs_is_not_begun_again(tmp_path):
    async with works(
        tmp_path, {"t": counting(tmp_path, f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done")}
    ) as house:
        first = asyncio.create_task(house.run("task.t", action_id="1"))
        await pids_in(tmp_path / "runs", 1)
        second = await house.run("task.t", action_id="2")
        (tmp_path / "go").touch()

        assert (second.status, second.reason) == (Status.REFUSED, "task.t is running already")
        assert (await first).status is Status.CONFIRMED
        assert house.tasks.running() == {}


async def test_of_many_asked_for_at_once_no_more_run_than_may(tmp_path):
    slow = counting(tmp_path, f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done", max_running=2)
    async with works(tmp_path, {"t": slow}) as house:
        asked = asyncio.gather(*(house.run("task.t", action_id=str(number)) for number in range(6)))
        await pids_in(tmp_path / "runs", 2)
        (tmp_path / "go").touch()

        ends = [one.status for one in await asked]
        assert ends.count(Status.CONFIRMED) == 2
        assert len(numbers(tmp_path / "runs")) == 2


# what is told -----------------------------------------------------------------------------------------------
async def test_the_bus_hears_the_last_line_and_the_code(tmp_path):
    async with works(tmp_path, {"backup": SAYS}) as house:
        await house.run("task.backup", action_id="7")

    (report,) = house.reports
    assert report.pop("seconds") > 0
    assert report == {"task": "backup", "id": "7", "well": True, "code": 0, "line": "saved 3 files"}


@pytest.mark.parametrize(
    ("publish", "told"),
    [
        ({"what": "nothing"}, None),
        ({"what": "code"}, {"code"}),
        ({"what": "line"}, {"code", "line"}),
        ({"what": "output", "most": 5}, {"code", "line", "output", "truncated"}),
    ],
)
async def test_the_bus_hears_what_the_task_says(tmp_path, publish, told):
    async with works(tmp_path, {"backup": {**SAYS, "publish": publish}}) as house:
        await house.run("task.backup")

    assert [report.keys() - {"task", "id", "well", "seconds"} for report in house.reports] == (
        [told] if told else []
    )


async def test_no_more_output_is_told_than_may_be(tmp_path):
    async with works(tmp_path, {"t": {**SAYS, "publish": {"what": "output", "most": 7}}}) as house:
        await house.run("task.t")

    assert (house.reports[0]["output"], house.reports[0]["truncated"]) == (" files\n", True)


async def test_output_that_is_no_text_can_be_told(tmp_path):
    binary = {
        "command": ["printf", r"\377\0\315\200\340\240\b\tx\342\200\256"],
        "publish": {"what": "output"},
    }
    async with works(tmp_path, {"t": binary}) as house:
        outcome = await house.run("task.t")

    assert orjson.dumps([house.reports, outcome.as_json()])
    assert outcome.reason.isprintable()


async def test_who_ran_what_with_which_parameters_is_audited_before_the_act(tmp_path):
    async with works(tmp_path, {"ping": PINGS}) as house:
        await house.run("task.ping", {"host": "nas"})

    records = [
        orjson.loads(one) for (one,) in on_disk(tmp_path / "s.db", "SELECT record FROM audit ORDER BY number")
    ]
    assert '"parameters":{"host":"nas","times":"2"}' in orjson.dumps(records[0]).decode()
