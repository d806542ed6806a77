"""`hearthd check` and `hearthd schema`."""

import json
import re

import pytest
import structlog

from agent.cli.check import check, schema
from agent.config import Config


@pytest.fixture(autouse=True)
def _logs_as_before():
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def checked(tmp_path, capsys, monkeypatch):
    """Exit code, standard output and standard error of `hearthd check` on a text."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    def checking(text: str, *, as_json: bool = False) -> tuple[int, str, str]:
        (tmp_path / "config.yaml").write_text(text)
        code = check(tmp_path / "config.yaml", as_json=as_json)
        out, err = capsys.readouterr()
        return code, out.replace(f"{tmp_path}/", ""), err.replace(f"{tmp_path}/", "")

    return checking


@pytest.fixture
def described(capsys):
    schema()
    return capsys.readouterr().out


def test_check_names_the_files_and_says_ok(checked):
    assert checked("log: {level: info}") == (0, "config.yaml\nok\n", "")


def test_check_tells_mistakes_on_standard_error(checked):
    told = "config.yaml:1: log.levl: unknown key 'levl'; did you mean 'level'?\n"

    assert checked("log: {levl: info}") == (1, "", told)


def test_check_knows_the_settings_of_the_integrations(checked):
    code, _, told = checked("plugins:\n  discovery:\n    prefx: a\n  discovry: {}\nhealth: {interval: 0}\n")

    assert code == 1
    assert sorted(told.splitlines()) == [
        "config.yaml:3: plugins.discovery.prefx: unknown key 'prefx'; did you mean 'prefix'?",
        "config.yaml:4: plugins.discovry: no integration is called 'discovry'; did you mean 'discovery'?",
        "config.yaml:5: health.interval: 0 is too small; a number from 1 to 3600 would be right",
    ]


def test_check_knows_integrations_of_ones_own(checked, tmp_path):
    folder = tmp_path / "plugins" / "mine"
    folder.mkdir(parents=True)
    manifest = {"domain": "mine", "name": "Mine", "version": "1", "description": "Mine."}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "main.py").write_text(
        "from agent.api import Integration\n\nclass Mine(Integration): ...\n\nINTEGRATION = Mine\n"
    )

    assert checked("plugins: {mine: {a: 1}}") == (
        1,
        "",
        "config.yaml:1: plugins.mine.a: unknown key 'a'; nothing stands here\n",
    )


def test_an_integration_that_is_switched_off_is_not_checked(checked):
    assert checked("plugins: {discovery: {enabled: false, prefx: a}}")[0] == 0


def test_an_integration_that_cannot_be_used_is_told(checked, tmp_path):
    folder = tmp_path / "plugins" / "mine"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    code, out, told = checked("log: {}", as_json=True)

    assert (code, json.loads(out)["ok"]) == (1, False)
    assert "plugins/mine/manifest.json" in told


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", {"ok": True, "files": ["config.yaml"], "problems": []}),
        (
            "mqt: {}",
            {
                "ok": False,
                "files": [],
                "problems": ["config.yaml:1: mqt: unknown key 'mqt'; did you mean 'mqtt'?"],
            },
        ),
    ],
)
def test_check_answers_in_json(checked, text, answer):
    _, out, _ = checked(text, as_json=True)

    assert json.loads(out) == answer


def test_the_schema_describes_every_section(described):
    found = json.loads(described)

    assert set(found["properties"]) == set(Config.model_fields)
    assert all("description" in one for one in found["properties"].values())


def test_the_schema_marks_secrets(described):
    password = json.loads(described)["$defs"]["MqttConfig"]["properties"]["password"]

    assert password["anyOf"][0] == {"type": "string", "writeOnly": True, "format": "password"}


def test_the_schema_describes_the_settings_of_integrations(described):
    discovery = json.loads(described)["properties"]["plugins"]["properties"]["discovery"]["properties"]

    assert set(discovery) >= {"enabled", "prefix"}
    assert discovery["prefix"]["description"] == "The topic under which devices announce themselves."


def test_every_reference_in_the_schema_leads_somewhere(described):
    defined = json.loads(described)["$defs"]

    assert set(re.findall(r'"#/\$defs/([^"]+)"', described)) <= defined.keys()


# rules --------------------------------------------------------------------------------------------------
TELLS = """
automations:
  - id: wet
    when: {mqtt: cellar/water}
    do: {notify: the floor is wet, to: ada, kind: safety, severity: critical, key: cellar}
"""
PEOPLE = "plugins:\n  notify: {to: {ada: {urls: []}}}\n"
STEP = '  do    notify ada: "the floor is wet" kind=safety severity=critical key=cellar'


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("  do", "        ["))]


def test_a_message_that_nobody_carries_is_marked(checked, tmp_path):
    code, out, _ = checked(f"node: {{state_dir: {tmp_path}/state}}\n{TELLS}")

    assert (code, lines(out)) == (0, [STEP, "        [messages need the integration notify]"])


@pytest.mark.parametrize("enabled", [True, False])
def test_a_message_is_marked_unless_the_integration_runs(checked, tmp_path, enabled):
    people = PEOPLE.replace("to:", f"enabled: {str(enabled).lower()}, to:")
    code, out, _ = checked(f"node: {{state_dir: {tmp_path}/state}}\n{TELLS}{people}")

    assert (code, len(lines(out))) == (0, 1 if enabled else 2)


def test_a_message_to_somebody_who_is_not_configured_is_a_mistake_with_its_line(checked, tmp_path):
    code, _, told = checked(f"node: {{state_dir: {tmp_path}/state}}\n{TELLS}{PEOPLE.replace('ada', 'adam')}")

    assert (code, told) == (
        1,
        "config.yaml:6: automations[0].do.notify: there is nobody called 'ada'; did you mean 'adam'?\n",
    )
