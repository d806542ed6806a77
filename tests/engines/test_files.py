"""Sentence files of the user: read beside ours; those that are wrong are left out, told by file and line."""

import pytest

from agent.cli import check
from agent.engines.files import languages_of_user
from agent.engines.grammar import Grammar
from agent.engines.vocabulary import Vocabulary

NOBODY = Vocabulary({"name": (), "area": (), "floor": ()})
GOOD = "language: en\nintents: {OpsRunTask: {data: [{sentences: [engage], slots: {task: backup}}]}}\n"
WRONG = [
    ("intents: [", "en.yaml:2: ", "no YAML"),
    ("language: en", "en.yaml:1: ", "a mapping with 'language' and 'intents'"),
    ("intents: {A: {data: [{sentences: [\n'turn <no_rule>']}]}}", "en.yaml:2: ", "the rule <no_rule>"),
    ("intents: {A: {data: [{sentences: ['turn {no_list}']}]}}", "en.yaml:1: ", "the list {no_list}"),
    ("intents: {A: {data: [{sentences: ['turn (on']}]}}", "en.yaml:1: ", "cannot be read"),
    ("intents: {A: [turn]}", "en.yaml:1: ", "no list 'data'"),
    ("intents: {A: {data: [turn]}}", "en.yaml:1: ", "without a list of 'sentences'"),
    ("expansion_rules: {a: <a>}\nintents: {A: {data: [{sentences: ['do <a>']}]}}", "en.yaml:2: ", "itself"),
]


def understood(grammar: Grammar, text: str) -> list[str]:
    found = grammar.readings(text, "en", NOBODY, nearly=False, inner=lambda _: True)
    return [one.intent.name for one in found]


@pytest.mark.parametrize("place", ["en.yaml", "en/mine.yaml"])
def test_sentences_of_the_user_are_read_beside_ours(tmp_path, place):
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(GOOD)
    grammar = Grammar(folders=[tmp_path])

    assert understood(grammar, "engage") == ["OpsRunTask"]
    assert understood(grammar, "what time is it") == ["HassGetCurrentTime"]
    assert languages_of_user([tmp_path]) == ["en"]


@pytest.mark.parametrize(("text", "where", "what"), WRONG, ids=[one[2] for one in WRONG])
def test_a_file_that_is_wrong_is_left_out_and_told(tmp_path, text, where, what):
    (tmp_path / "en.yaml").write_text(text)
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "good.yaml").write_text(GOOD)
    grammar = Grammar(folders=[tmp_path])

    assert understood(grammar, "engage") == ["OpsRunTask"]
    (told,) = grammar.refused
    assert where in told
    assert what in told


def test_check_tells_it_too(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("log: {level: info}\n")
    (tmp_path / "sentences").mkdir()
    (tmp_path / "sentences" / "en.yaml").write_text(WRONG[3][0])

    assert check.check(tmp_path / "config.yaml", as_json=False) == 1
    assert (
        "sentences/en.yaml:1: sentence 'turn {no_list}' of A uses the list {no_list}"
        in capsys.readouterr().err
    )


def test_a_language_that_nobody_knows_is_told(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("log: {level: info}\n")
    (tmp_path / "sentences").mkdir()
    (tmp_path / "sentences" / "klingon.yaml").write_text(GOOD)

    assert check.check(tmp_path / "config.yaml", as_json=False) == 1
    assert "'klingon'" in capsys.readouterr().err
