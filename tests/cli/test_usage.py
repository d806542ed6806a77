"""`hearthd` without a house: help, wrong use, what to do when no daemon runs, and the schema."""

import json
import re

import pytest

from tests.cli.program import Program

PROMISED = {
    "run",
    "demo",
    "ask",
    "parse",
    "do",
    "devices",
    "why",
    "jobs",
    "pending",
    "approve",
    "deny",
    "plugins",
    "phrases",
    "health",
    "incidents",
    "model",
    "voice",
    "record",
    "replay",
    "check",
    "schema",
    "doctor",
}
"""Commands that others rely on."""


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The commands that `hearthd --help` names."""
    shown = Program(tmp_path_factory.mktemp("help"))("--help").stdout
    return re.findall(r"^    ([a-z]+) ", shown, re.MULTILINE)


def test_help_names_the_commands_that_were_promised(commands):
    assert set(commands) >= PROMISED


def test_every_command_has_help(nobody, commands):
    helped = {command: nobody(command, "--help") for command in commands}

    assert all(done.stdout.startswith(f"usage: hearthd {command} ") for command, done in helped.items())
    assert {done.returncode for done in helped.values()} == {0}


def test_the_version_is_said(nobody):
    assert re.fullmatch(r"hearthd \d+\.\d+\.\d+\n", nobody("--version").stdout)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "frobnicate",
        "do",
        "approve",
        "deny",
        "devices --frob",
        "devices light.desk",
        "do a.b --wait soon",
        "do a.b c=1 --frob",
    ],
)
def test_wrong_use_shows_the_usage_and_ends_with_2(nobody, words):
    done = nobody(*words.split())

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: hearthd ")


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("do light.turn_on --target light.desk bright", "'bright' is not key=value, as in brightness=40"),
        ("do light.turn_on =40", "'=40' is not key=value, as in brightness=40"),
        ("do light.turn_on --target room:study", "an entity id, or area:, floor: or domain: with a name"),
    ],
)
def test_a_word_that_does_not_fit_ends_with_2_and_what_would(nobody, words, right):
    done = nobody(*words.split())

    assert (done.returncode, right in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "words",
    ["do light.turn_on", "devices", "why", "pending", "approve 1", "deny 1", "plugins", "health", "phrases"],
)
def test_without_a_daemon_it_is_said_where_was_looked_and_what_to_do(nobody, words):
    done = nobody(*words.split())

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"no hearthd is running (looked in {nobody.state} and {nobody.state / 'demo'});"
        " start one with 'hearthd run'\n"
    )


@pytest.mark.parametrize("words", ["devices", "check", "doctor"])
def test_a_configuration_that_is_not_there_ends_with_1_and_its_name(nobody, words):
    done = nobody(*words.split(), "-c", str(nobody.folder / "other.yaml"))

    assert (done.returncode, str(nobody.folder / "other.yaml") in done.stderr) == (1, True)


def test_check_without_a_file_says_that_the_defaults_hold(nobody):
    done = nobody("check")

    assert (done.returncode, done.stdout) == (0, "no configuration file: the defaults hold\nok\n")


def test_check_of_a_mistake_ends_with_1_and_where_it_is(nobody):
    nobody.file.write_text("log:\n  levl: info\n")
    done = nobody("check")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{nobody.file}:2: log.levl: unknown key 'levl'; did you mean 'level'?\n"


TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}


def schemas(found: object):
    """Every schema in a schema, itself included."""
    if isinstance(found, dict):
        yield found
        for keyword in ("properties", "$defs"):
            for inner in found.get(keyword, {}).values():
                yield from schemas(inner)
        for keyword in ("anyOf", "allOf", "oneOf", "prefixItems"):
            for inner in found.get(keyword, []):
                yield from schemas(inner)
        for keyword in ("items", "additionalProperties", "propertyNames"):
            yield from schemas(found.get(keyword))


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    done = Program(tmp_path_factory.mktemp("schema"))("schema")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_the_schema_is_json_schema_of_an_object(schema):
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["type"] == "object"


def test_every_type_in_the_schema_is_one_of_json_schema(schema):
    assert {one["type"] for one in schemas(schema) if "type" in one} <= TYPES


def test_every_reference_in_the_schema_is_defined(schema):
    defined = {f"#/$defs/{name}" for name in schema["$defs"]}

    assert {one["$ref"] for one in schemas(schema) if "$ref" in one} <= defined


def test_every_pattern_in_the_schema_compiles(schema):
    assert all(re.compile(one["pattern"]) for one in schemas(schema) if "pattern" in one)
