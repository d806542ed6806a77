"""What things are called in the language that is spoken."""

import pytest

from agent.dialogue.naming import Naming
from tests.actions.asking import entity

LAMP = entity("light.desk", "Desk Lamp", aliases=("reading lamp", "台灯"))


@pytest.mark.parametrize(("language", "called"), [("zh-CN", "台灯"), ("en", "the desk lamp")])
def test_a_thing_has_the_name_of_the_language(language, called):
    assert Naming(language).name(LAMP) == called


def test_a_chinese_name_is_kept_beside_its_aliases():
    lamp = entity("light.desk", "书房台灯", aliases=("台灯",))

    assert Naming("zh-CN").name(lamp) == "书房台灯"


def test_a_thing_without_a_chinese_alias_keeps_its_name():
    assert Naming("zh-CN").name(entity("light.desk", "Desk Lamp", aliases=("lamp",))) == "Desk Lamp"
