"""What `hearthd check` says of rules, schedules and tasks that can never work, or hardly as written."""

import json

import pytest
import structlog

from agent.automations.mentions import DOMAINS
from agent.cli.check import check
from agent.config import read
from agent.core.home import Entity
from agent.errors import ConfigError
from agent.home.memory import HomeMemory
from agent.home.registry import Home, HomeConfig
from agent.runtime.bus import Bus
from agent.runtime.clock import Clock
from agent.runtime.store import opened
from integrations.discovery.domains import DOMAINS as DISCOVERED

RULE = "automations:\n  - id: b\n    do: {{notify: it is so}}\n    when: {when}\n{more}"
PLACE = "node: {latitude: 52.5, longitude: 13.4}\n"
NO_SUN = (
    "nobody knows where the house stands; 'node: {latitude: 52.5, longitude: 13.4}' would be right, with the"
    " numbers of its place"
)


@pytest.fixture(autouse=True)
def _logs_as_before():
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def checked(tmp_path, capsys, monkeypatch):
    """Exit code and standard error of `hearthd check` on a text, in a house of its own."""
    monkeypatch.setenv("HEARTHD_NODE__STATE_DIR", str(tmp_path / "state"))

    def checking(text: str) -> tuple[int, list[str]]:
        (tmp_path / "config.yaml").write_text(text)
        code = check(tmp_path / "config.yaml", as_json=False)
        return code, capsys.readouterr().err.replace(f"{tmp_path}/", "").splitlines()

    return checking


@pytest.fixture
async def house(tmp_path):
    """A daemon that is gone remembers a lamp."""
    async with opened_in(tmp_path / "state") as store:
        home = Home(config=HomeConfig(), bus=Bus(), clock=Clock())
        memory = HomeMemory(home=home, store=store, clock=Clock())
        await memory.load(forget_after=86_400)
        home.add(Entity(id="light.desk_lamp", name="Desk lamp", owner="discovery"))
        home.report("light.desk_lamp", "off", {})
        memory.save()


def opened_in(folder):
    folder.mkdir()
    return opened(folder / "hearthd.db")


# the sun ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("schedules:\n  - id: dusk\n    sun: sunset\n    do: turn on the light\n", "3: schedules[0].sun"),
        (RULE.format(when="{time: {sun: sunrise}}", more=""), "4: automations[0].when.time.sun"),
        (
            RULE.format(when="[{mqtt: a}, {time: {sun: sunset}}]", more=""),
            "4: automations[0].when[1].time.sun",
        ),
        (RULE.format(when="{mqtt: a}", more="    if:\n      - sun: down\n"), "6: automations[0].if[0].sun"),
        (
            RULE.format(when="{mqtt: a}", more="    if: {or: [{sun: up}, '{{ true }}']}\n"),
            "5: automations[0].if.or[0].sun",
        ),
    ],
)
def test_the_sun_where_nobody_knows_where_the_house_stands_is_a_mistake(checked, text, where):
    assert checked(text) == (1, [f"config.yaml:{where}: {NO_SUN}"])


def test_the_daemon_says_the_same(tmp_path):
    (tmp_path / "config.yaml").write_text(RULE.format(when="{time: {sun: sunset}}", more=""))

    with pytest.raises(ConfigError, match=r"config.yaml:4: automations\[0\].when.time.sun: nobody knows"):
        read(tmp_path / "config.yaml", environment={})


def test_the_sun_over_a_house_with_a_place_is_none(checked):
    assert checked(PLACE + RULE.format(when="{time: {sun: sunset}}", more="")) == (0, [])


# entities -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("when", "more", "where"),
    [
        ("{state: lightt.x}", "", "4: automations[0].when.state"),
        ("{mqtt: a}", "    if: {state: {entity: lightt.x, is: on}}\n", "5: automations[0].if.state.entity"),
        ("{mqtt: a, if: \"{{ is_state('lightt.x', 'on') }}\"}", "", "4: automations[0].when.if"),
    ],
)
def test_an_entity_of_no_domain_is_a_mistake(checked, when, more, where):
    told = f"config.yaml:{where}: no device is a 'lightt'; did you mean 'light'?"

    assert checked(RULE.format(when=when, more=more)) == (1, [told])


def test_every_domain_that_is_discovered_is_known():
    assert set(DISCOVERED) <= DOMAINS


@pytest.mark.parametrize(
    ("when", "more", "where"),
    [
        ("{state: light.desk_lmp}", "", "4: automations[0].when.state"),
        ("{state: {entity: [light.desk_lamp, light.desk_lmp]}}", "", "4: automations[0].when.state.entity"),
        ("{mqtt: a}", "    if: \"{{ states('light.desk_lmp') == 'on' }}\"\n", "5: automations[0].if"),
        ("{mqtt: a}", "    if: \"{{ has_value('light.desk_lmp') }}\"\n", "5: automations[0].if"),
    ],
)
def test_an_entity_that_the_house_does_not_have_is_a_note(house, checked, when, more, where):
    told = f"note: config.yaml:{where}: there is no light.desk_lmp; did you mean light.desk_lamp?"

    assert checked(RULE.format(when=when, more=more)) == (0, [told])


def test_an_entity_that_the_house_has_is_nothing_to_tell(house, checked):
    assert checked(RULE.format(when="{state: light.desk_lamp}", more="")) == (0, [])


def test_an_entity_of_another_domain_is_meant(house, checked):
    _, [told] = checked(RULE.format(when="{state: switch.desk_lamp}", more=""))

    assert told.endswith("there is no switch.desk_lamp; did you mean light.desk_lamp?")


def test_where_no_house_is_known_nothing_is_told_of_entities(checked):
    assert checked(RULE.format(when="{state: light.desk_lmp}", more="")) == (0, [])


@pytest.mark.parametrize(
    ("when", "where"),
    [
        ("{state: {entity: light.desk_lamp, to: onn}}", "4: automations[0].when.state.to"),
        ("{mqtt: a, if: \"{{ is_state('light.desk_lamp', 'onn') }}\"}", "4: automations[0].when.if"),
    ],
)
def test_a_state_that_never_comes_is_a_note(checked, when, where):
    told = f"note: config.yaml:{where}: light.desk_lamp is never 'onn'; did you mean 'on'?"

    assert checked(RULE.format(when=when, more="")) == (0, [told])


@pytest.mark.parametrize("word", ["on", "off", "unavailable", "unknown", "true"])
def test_a_state_that_may_come_is_not(checked, word):
    assert checked(RULE.format(when=f"{{state: {{entity: light.desk_lamp, to: {word}}}}}", more="")) == (
        0,
        [],
    )


# what else is told --------------------------------------------------------------------------------------
def test_a_webhook_that_nothing_receives_is_a_note(checked):
    told = (
        "note: config.yaml:4: automations[0].when.webhook: nobody listens for it: 'api:' is off; with"
        " 'api: {}' calls of .../v1/webhook/<id> come in"
    )

    assert checked(RULE.format(when="{webhook: bell}", more="")) == (0, [told])


def test_a_webhook_that_is_received_is_no_note(checked):
    assert checked(RULE.format(when="{webhook: bell}", more="api: {}\n")) == (0, [])


def test_a_time_that_is_over_is_a_note(checked):
    text = "schedules:\n  - id: old\n    at: 2020-01-01T00:00\n    do: {notify: happy new year}\n"

    assert checked(text) == (
        0,
        ["note: config.yaml:3: schedules[0].at: 2020-01-01 00:00 is over: it is not run any more"],
    )


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (
            "command: [no-such-program]",
            "3: tasks.t.command[0]: there is no program 'no-such-program' on this machine",
        ),
        ("command: [/no/such, a]", "3: tasks.t.command[0]: the program /no/such is not there"),
        ("command: [ls]\n    directory: /no/such", "4: tasks.t.directory: there is no folder '/no/such'"),
    ],
)
def test_a_task_that_cannot_begin_here_is_a_note(checked, task, told):
    assert checked(f"tasks:\n  t:\n    {task}\n") == (0, [f"note: config.yaml:{told}"])


def test_notes_are_told_in_json(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("tasks: {t: {command: [/no/such]}}")
    check(tmp_path / "config.yaml", as_json=True)
    found = json.loads(capsys.readouterr().out)

    assert (found["ok"], len(found["notes"])) == (True, 1)
