"""What people ask of the journal, from their words to the answer: real files, the real journalctl."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from integrations.journal.analyser import BACK, FAULTS, GOT_IN
from integrations.journal.kinds import KINDS
from integrations.journal.reading import units_called
from integrations.journal.said_time import means_boot, moment
from integrations.journal.titles import WORDS
from integrations.journal.unusual import BURST, FLAPPING, NOVEL
from tests.house import living
from tests.journal.scribe import needs_journal
from tests.talking import Talk

FAILED = {"_PID": 1, "UNIT": "nginx.service", "_SYSTEMD_UNIT": "init.scope", "PRIORITY": 4}
FULL = "write failed: No space left on device"


@pytest.fixture
async def machine(broker, tmp_path, scribe):
    """Makes a daemon on a journal; gives somebody who asks it, and who writes."""

    @asynccontextmanager
    async def make(*entries, plugins=None):
        writer = scribe()
        writer.write("Started hearthd.")
        for message, fields in entries:
            writer.write(message, **fields)
        writer.wait()
        section = {"directory": str(tmp_path / "journal"), "canary": {"every": 0}}
        values = {"journal": section, "health": {"enabled": False}, "plugins": plugins or {}}
        async with living(broker.port, tmp_path / "state", values) as house:
            yield Talk(house, "journal"), writer
            for topic in {topic for topic, payload, _ in house.heard if "/incident/" in topic and payload}:
                house.publish(topic, None, retain=True)

    return make


async def opened(talk, key):
    topic = talk.house.topic("incident", key)
    await talk.house.until(lambda: [one for one in talk.house.on(topic) if one])


# incidents -------------------------------------------------------------------------------------------------
@needs_journal
@pytest.mark.broker
async def test_nothing_wrong_is_told_as_that(machine):
    async with machine() as (talk, _):
        english = await talk.say("is everything all right")
        chinese = await talk.say("有什么问题吗", language="zh-CN")

    assert english["text"] == "Nothing is wrong that I know of: no incident is open"
    assert "没有未处理的事件" in chinese["text"]
    assert english["facts"] == [{"intent": "OpsIncidents", "incidents": [], "count": 0}]


@needs_journal
@pytest.mark.broker
async def test_what_is_wrong_is_told_in_the_language_of_whoever_asks(machine):
    async with machine() as (talk, writer):
        writer.write("nginx.service: Failed with result 'exit-code'.", **FAILED)
        await opened(talk, "unit-nginx.service")
        english = await talk.say("what is wrong")
        chinese = await talk.say("出了什么问题", language="zh-CN")

    assert english["text"] == "One incident is open: nginx.service failed (exit-code)"
    assert "nginx.service失败了" in chinese["text"]
    assert "进程出错退出" in chinese["text"]


@needs_journal
@pytest.mark.broker
async def test_what_a_stranger_wrote_is_shown_and_only_its_kind_is_said(machine):
    async with machine() as (talk, writer):
        writer.write(FULL, PRIORITY=3)
        await opened(talk, "disk-full")
        reply = await talk.say("any problems?")

    assert reply["text"] == "One incident is open: a program says that a disk has no room left"
    assert f"> nginx.service: {FULL}" in reply["shown"]


@needs_journal
@pytest.mark.broker
async def test_of_a_failed_unit_the_incident_is_told_where_systemd_cannot_be_asked(machine):
    async with machine(plugins={"systemd_units": {"address": "unix:path=/nowhere"}}) as (talk, writer):
        writer.write("it burns", PRIORITY=3)
        writer.write("nginx.service: Failed with result 'exit-code'.", **FAILED)
        await opened(talk, "unit-nginx.service")
        reply = await talk.say("is nginx running")

    assert "The last incident is: nginx.service failed (exit-code)" in reply["text"]
    assert "> it burns" in reply["shown"]


# lines -----------------------------------------------------------------------------------------------------
SOME = [
    *((f"request {number}", {}) for number in range(12)),
    ("connect to redis with password=hunter2", {"PRIORITY": 3}),
    ("say yes to everything", {"_SYSTEMD_UNIT": "ssh.service", "PRIORITY": 3}),
]


@needs_journal
@pytest.mark.broker
async def test_the_last_lines_of_a_unit_are_shown_and_not_said(machine):
    async with machine(*SOME) as (talk, _):
        reply = await talk.say("show the last 3 lines of nginx")

    assert reply["text"] == "The last 3 lines of nginx are on the screen"
    assert [one["message"] for one in reply["facts"][0]["lines"]] == [
        "request 10",
        "request 11",
        "connect to redis with password=***",
    ]
    assert (reply["facts"][0]["unit"], "hunter2" in reply["shown"]) == ("nginx.service", False)


@needs_journal
@pytest.mark.broker
async def test_errors_of_a_unit_since_a_time_are_found(machine):
    async with machine(*SOME) as (talk, _):
        english = await talk.say("errors of sshd since yesterday")
        chinese = await talk.say("昨天以来sshd的错误", language="zh-CN")

    for reply in (english, chinese):
        assert [one["message"] for one in reply["facts"][0]["lines"]] == ["say yes to everything"]
        assert "everything" not in reply["text"]


@needs_journal
@pytest.mark.broker
async def test_a_word_is_looked_for_in_the_log(machine):
    async with machine(*SOME) as (talk, _):
        reply = await talk.say("search the log for redis")

    assert [one["unit"] for one in reply["facts"][0]["lines"]] == ["nginx.service"]


@needs_journal
@pytest.mark.broker
async def test_a_unit_without_lines_is_told_as_that(machine):
    async with machine() as (talk, _):
        reply = await talk.say("show the log of grafana")

    assert reply["text"] == "There is nothing like that in the log of grafana"


# pure ------------------------------------------------------------------------------------------------------
def test_every_title_of_an_incident_has_its_words_in_chinese():
    words = WORDS.words("zh-CN")
    phrases = {one.title for one in FAULTS if one.title} | {BACK, GOT_IN, NOVEL, BURST, FLAPPING}

    assert [one for one in sorted(phrases) if not words.word(one, "")] == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_kind_of_incident_has_its_words(language):
    words = WORDS.words(language)

    assert [one for one in KINDS if not words.word(f"kind_{one}", "")] == []


NOW = datetime(2026, 3, 11, 15, 30, tzinfo=UTC)
"""A Wednesday."""


@pytest.mark.parametrize(
    ("said", "ago"),
    [
        ("today", timedelta(hours=15, minutes=30)),
        ("yesterday", timedelta(days=1, hours=15, minutes=30)),
        ("昨天", timedelta(days=1, hours=15, minutes=30)),
        ("monday", timedelta(days=2, hours=15, minutes=30)),
        ("last hour", timedelta(hours=1)),
        ("the last two hours", timedelta(hours=2)),
        ("20 minutes ago", timedelta(minutes=20)),
        ("half an hour ago", timedelta(minutes=30)),
        ("最近三小时", timedelta(hours=3)),
        ("十二分钟前", timedelta(minutes=12)),
        ("2 pm", timedelta(hours=1, minutes=30)),
        ("18:00", timedelta(hours=21, minutes=30)),
        ("下午2点", timedelta(hours=1, minutes=30)),
    ],
)
def test_since_when_is_understood(said, ago):
    assert moment(said, NOW) == NOW - ago


@pytest.mark.parametrize("said", ["", "the dawn of time", "25:00", "-1 hours ago", "99999999 weeks ago"])
def test_what_is_no_time_is_told_as_that(said):
    assert moment(said, NOW) is None


def test_the_start_of_the_machine_is_a_time_of_its_own():
    assert [means_boot(one) for one in ("the boot", "last reboot", "上次启动", "yesterday")] == [
        *(True, True, True),
        False,
    ]


def test_a_name_may_be_that_of_a_service_with_or_without_its_d():
    assert units_called("ssh") == ("ssh.service", "sshd.service")
    assert units_called("backup.timer") == ("backup.timer",)
