"""Which models there are, from their headers and the configuration alone."""

import shutil

import pytest

from agent.errors import ConfigError
from agent.inference.catalogue import NOT_YET, Catalogue
from agent.inference.section import ModelsConfig
from tests.inference.toy import make

SERVER = {"kind": "openai", "url": "http://127.0.0.1:9/v1", "model": "m", "api_key": "sk-very-secret"}


class Place:
    """A shipped model, a folder for others, and a configuration."""

    def __init__(self, folder, toy):
        self.shipped = shutil.copy(toy, folder / "nano.gguf")
        self.folder = folder / "models"
        self.folder.mkdir()
        self.toy = toy

    def add(self, name):
        return shutil.copy(self.toy, self.folder / name)

    def file(self, path, **settings):
        return {"kind": "gpt4all", "path": path, **settings}

    def catalogue(self, **providers):
        configured = ModelsConfig.model_validate({"providers": providers})
        return Catalogue(shipped=self.shipped, folder=self.folder, configured=configured)

    def listed(self, **providers):
        return {one.name: one for one in self.catalogue(**providers).models()}

    def refusal(self, name, **providers):
        with pytest.raises(ConfigError) as refused:
            self.catalogue(**providers).find(name)
        return str(refused.value)


@pytest.fixture
def place(tmp_path, toy):
    return Place(tmp_path, toy)


# what there is ---------------------------------------------------------------------------------------------
def test_the_shipped_comes_first_then_the_configured_then_those_in_the_folder(place):
    place.add("a.gguf")
    found = place.listed(mine=place.file(place.toy), server=SERVER)

    assert [(one.name, one.source) for one in found.values()] == [
        ("nano", "shipped"),
        ("mine", "configuration"),
        ("server", "configuration"),
        ("a", "folder"),
    ]


def test_a_shipped_model_that_is_not_there_is_said_to_be_missing(place):
    place.shipped.unlink()
    found = place.listed()["nano"]

    assert (found.usable, found.reason) == (False, NOT_YET)


def test_a_configured_file_in_the_folder_is_there_once(place):
    found = place.listed(mine=place.file(place.add("a.gguf")))

    assert list(found) == ["nano", "mine"]


def test_of_a_server_nothing_is_known_and_its_key_is_not_told(place):
    found = place.listed(server=SERVER)["server"]

    assert (found.usable, found.size, found.where) == (None, None, SERVER["url"])
    assert "sk-very-secret" not in repr(found)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"sha256": "0" * 64}, "is not the file that was meant: its SHA-256 is another one"),
        ({"memory_limit_mb": 64, "context": 131_072}, "takes about 104 MB of memory"),
    ],
)
def test_what_the_configuration_forbids_can_not_be_used(place, settings, why):
    found = place.listed(mine=place.file(place.toy, **settings))["mine"]

    assert (found.usable, found.reason[: len(why)]) == (False, why)


def test_a_model_that_can_not_be_run_here_still_says_what_it_is(place):
    made = make(place.folder / "new.gguf", arch="qwen3")
    found = place.listed(new=place.file(made, library="gpt4all"))["new"]

    assert (found.usable, found.architecture, found.quantisation) == (False, "qwen3", "F32")


# which is meant --------------------------------------------------------------------------------------------
def test_without_a_name_it_is_the_shipped_one(place):
    name, config, source = place.catalogue().find(None)

    assert (name, config.path, source) == ("nano", place.shipped, "shipped")


def test_a_configured_name_brings_its_settings(place):
    _, config, source = place.catalogue(mine=place.file(place.toy, template="<s>%1%2")).find("mine")

    assert (config.template, source) == ("<s>%1%2", "configuration")


@pytest.mark.parametrize("name", ["a", "a.gguf"])
def test_a_name_is_looked_for_in_the_folder(place, name):
    path = place.add("a.gguf")

    assert place.catalogue().find(name)[1].path == path


def test_a_path_is_a_path(place):
    name, config, source = place.catalogue().find(str(place.toy))

    assert (name, config.path, source) == ("toy", place.toy, None)


def test_a_server_is_not_run_here(place):
    assert place.refusal("server", server=SERVER).startswith("server is a server, http://127.0.0.1:9/v1;")


def test_a_name_that_nothing_has_is_answered_with_those_that_there_are(place):
    place.add("a.gguf")

    assert place.refusal("b") == "no model or file is called 'b'; there are: nano, a"


def test_without_a_shipped_model_another_has_to_be_named(place):
    place.shipped.unlink()

    assert place.refusal(None) == f"{NOT_YET}; name another model or file"
