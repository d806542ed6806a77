"""Names and conditions of units: what people call them, and what is said of how they are."""

from pathlib import Path

import pytest

from agent.errors import ActionError
from integrations.systemd_units.answering import WORDS
from integrations.systemd_units.condition import UNKNOWN, Condition
from integrations.systemd_units.section import Settings
from integrations.systemd_units.unit import checked_name, meant, name_of_path

KNOWN = [
    *("nginx.service", "sshd.service", "postgresql.service", "NetworkManager.service", "smbd.service"),
    *("plexmediaserver.service", "zigbee2mqtt.service", "nginx.timer", "node-red.service"),
]
WORDBOOK = {language: WORDS.words(language) for language in ("en", "zh-CN")}


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        ("nginx", "nginx.service"),
        ("NGINX.service", "nginx.service"),
        ("nginx.timer", "nginx.timer"),
        ("ssh", "sshd.service"),
        ("network manager", "NetworkManager.service"),
        ("networkmanager", "NetworkManager.service"),
        ("plex", "plexmediaserver.service"),
        ("node red", "node-red.service"),
        ("web server", "nginx.service"),
        ("grafana", None),
        ("n", None),
        ("", None),
    ],
)
def test_a_unit_is_found_by_what_people_call_it(said, unit):
    assert meant(said, KNOWN, {"Web Server": "nginx.service"}) == unit


@pytest.mark.parametrize("given", ["", "a b", "../x", "x\n", None, 3, "é.service", "-".join("x" * 200)])
def test_what_no_unit_can_be_called_is_refused(given):
    with pytest.raises(ActionError, match=r"nginx\.service would be right"):
        checked_name(given)


def test_a_name_keeps_its_ending_and_a_bare_one_is_a_service():
    assert [checked_name(one) for one in ("a.timer", "a", "a.b")] == ["a.timer", "a.service", "a.b.service"]


def test_a_path_is_the_name_of_its_unit():
    path = "/org/freedesktop/systemd1/unit/my_2dapp_40one_5ftwo_2eservice"

    assert name_of_path(path) == "my-app@one_two.service"


def test_hearthd_cannot_be_told_to_restart_itself():
    with pytest.raises(ValueError, match="cannot restart itself from within"):
        Settings(allow=("hearthd.service",))


def test_an_allowed_unit_needs_its_ending():
    with pytest.raises(ValueError, match="pattern"):
        Settings(allow=("nginx",))


# how they are ----------------------------------------------------------------------------------------------
def said(language="en", now=1_000_000.0, **found):
    return Condition("nginx.service", {"LoadState": "loaded", **found}).sentence(WORDBOOK[language], now)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({"ActiveState": "active"}, "nginx is running"),
        (
            {"ActiveState": "active", "ActiveEnterTimestamp": 996_400 * 10**6},
            "nginx is running, and has been for 1 hour",
        ),
        ({"ActiveState": "active", "ActiveEnterTimestamp": 2_000_000 * 10**6}, "nginx is running"),
        ({"ActiveState": "activating", "SubState": "start"}, "nginx is just starting"),
        ({"ActiveState": "inactive"}, "nginx is not running"),
        (
            {"ActiveState": "failed", "Result": "oom-kill"},
            "nginx has failed: it was killed for want of memory",
        ),
        ({"ActiveState": "failed", "Result": "a-new-one"}, "nginx has failed: a new one"),
        (
            {
                "ActiveState": "activating",
                "SubState": "auto-restart",
                "Result": "signal",
                "ExecMainStatus": 9,
            },
            "nginx has failed: its process was killed by signal 9",
        ),
        ({"ActiveState": "inactive", "LoadState": "masked"}, "nginx is masked, so it cannot run"),
        (
            {"ActiveState": "failed", "StateChangeTimestamp": 999_700 * 10**6, "Result": "timeout"},
            "nginx failed 5 minutes ago: it took too long",
        ),
    ],
)
def test_a_condition_is_told_in_one_sentence(found, sentence):
    assert said(**found) == sentence


def test_a_condition_is_told_in_chinese():
    found = {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": 3}

    assert said("zh-CN", **found) == "nginx失败了\N{FULLWIDTH COLON}它的进程以错误3退出"


def test_a_number_that_systemd_does_not_know_is_none():
    assert Condition("x.service", {"MemoryCurrent": UNKNOWN}).facts()["memory"] is None


@pytest.mark.parametrize("room", ["host", "systemd_units"])
def test_both_languages_have_the_same_phrases(room):
    import yaml

    folder = Path(__file__).parents[3] / "integrations" / room / "words"
    both = [yaml.safe_load((folder / f"{one}.yaml").read_text()).keys() for one in ("en", "zh-CN")]

    assert both[0] == both[1]
