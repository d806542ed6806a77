"""Where integrations are found: drop-in folders and installed packages; what cannot be used says why."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import IntegrationError
from agent.integration.loader import BUNDLED, find, load
from tests.house import living
from tests.integration.plugins import MANIFEST, forget, install, listed, write

LAMP = """
class Lamp(Integration):
    async def init(self):
        self.house.add_entity(Entity(id="light.found", name="Found", owner=self.house.owner))
INTEGRATION = Lamp
"""
HEARTHD = Path(sys.executable).parent / "hearthd"


def only(*roots):
    """The one integration that is found, not counting those that come with hearthd."""
    [found] = [one for one in find(*roots) if one.folder.parent != BUNDLED]
    return found


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder that Python looks for packages in."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    forget("hearthd_found", "found")


def packaged(site, name="hearthd_found", domain="found"):
    """An importable package with an integration in it."""
    folder = write(site / name, "", domain=domain)
    (folder / "main.py").rename(folder / "__init__.py")
    with (folder / "__init__.py").open("a") as code:
        code.write(LAMP)
    return folder


# installed packages -------------------------------------------------------------------------------------
async def test_an_installed_package_runs_by_its_entry_point(own_broker, tmp_path, site):
    folder = packaged(site)
    install(site, "hearthd_found", entry="found = hearthd_found")
    async with living(own_broker().port, tmp_path / "state") as house:
        told = await listed(house, "found")

        assert (told["status"], told["version"], told["folder"]) == ("running", "1.2", str(folder))
        assert house.daemon.home.get("light.found").owner == "found"


def test_a_package_inside_a_package_is_found_without_importing_the_outer_one(site):
    outer = site / "outer"
    outer.mkdir()
    (outer / "__init__.py").write_text("raise RuntimeError('imported before its manifest was read')\n")
    folder = packaged(outer, "inner", domain="found")
    install(site, "outer", entry="found = outer.inner")

    assert only().folder == folder
    assert only().problem is None
    assert "outer" not in sys.modules


def test_an_entry_point_must_be_called_as_its_domain(site):
    packaged(site)
    install(site, "hearthd_found", entry="lost = hearthd_found")

    assert only().manifest.domain == "lost"
    assert only().problem == (
        f"{site}/hearthd_found/manifest.json: domain is 'found'; here it has to be 'lost'"
    )


@pytest.mark.parametrize("module", ["nowhere", "nowhere.inner", "json.nowhere", "bad name"])
def test_an_entry_point_to_nowhere_is_told_with_its_package(site, module):
    install(site, "lost_package", entry=f"lost = {module}", version="3.4")

    problem = only().problem
    assert f"'lost' of lost_package 3.4 in {site} names the module {module!r}, which is not there" in problem


async def test_an_entry_point_to_nowhere_does_not_stop_the_house(own_broker, tmp_path, site):
    install(site, "lost_package", entry="lost = nowhere.inner")
    async with living(own_broker().port, tmp_path / "state") as house:
        told = await listed(house, "lost")

        assert (told["status"], "is not there" in told["reason"]) == ("failed", True)
        assert (await listed(house, "discovery"))["status"] == "running"


# drop-in folders ----------------------------------------------------------------------------------------
async def test_the_command_line_lists_a_drop_in_that_runs_and_one_that_does_not(own_broker, tmp_path):
    write(tmp_path / "plugins" / "found", LAMP)
    write(tmp_path / "plugins" / "broken", "raise ZeroDivisionError('on purpose')\n")
    async with living(own_broker().port, tmp_path):
        shown = await asyncio.to_thread(
            subprocess.run,
            [HEARTHD, "plugins"],
            env={**os.environ, "HEARTHD_NODE__STATE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in shown.stdout.splitlines()}
    assert lines["found"] == "1.2 running It is tried out."
    reason = f"{tmp_path}/plugins/broken/main.py: ZeroDivisionError: on purpose"
    assert lines["broken"] == f"1.2 failed {reason}"


def test_a_drop_in_of_several_files_imports_its_own(tmp_path):
    folder = write(tmp_path / "found", "from .part import INTEGRATION\n")
    (folder / "part.py").write_text(f"from agent.api import *\n{LAMP}")

    assert load(only(tmp_path)).__name__ == "Lamp"
    forget("hearthd_plugin_found")


def test_one_folder_reached_by_two_ways_is_one_integration(tmp_path):
    write(tmp_path / "plugins" / "found", LAMP)
    (tmp_path / "link").symlink_to(tmp_path / "plugins")

    [found] = [one for one in find(tmp_path / "plugins", tmp_path / "link") if one.manifest.domain == "found"]
    assert found.problem is None


def test_files_and_folders_that_are_no_integration_are_passed_over(tmp_path):
    (tmp_path / "README.md").write_text("Notes")
    (tmp_path / "__pycache__").mkdir()

    assert find(tmp_path) == find()


# broken manifests ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{", "file: Invalid JSON"),
        ("[]", "file: Input should be an object"),
        ("", "file: Invalid JSON"),
        (json.dumps(MANIFEST), "domain: Field required"),
        (json.dumps({"domain": "Found It", **MANIFEST}), "domain: String should match pattern"),
        (json.dumps({"domain": "other", **MANIFEST}), "domain is 'other'; here it has to be 'found'"),
        (json.dumps({"domain": "found", "name": "x", "version": "1"}), "description: Field required"),
        (
            json.dumps({"domain": "found", **MANIFEST, "version": 2}),
            "version: Input should be a valid string",
        ),
        (json.dumps({"domain": "found", **MANIFEST, "enable": True}), "enable: Extra inputs are not"),
        (json.dumps({"domain": "found", **MANIFEST, "enabled": "maybe"}), "enabled: Input should be a valid"),
    ],
    ids=lambda value: value[:40],
)
def test_each_mistake_in_a_manifest_names_the_file_and_what_is_wrong(tmp_path, text, wrong):
    folder = write(tmp_path / "found", LAMP)
    (folder / "manifest.json").write_text(text)

    assert only(tmp_path).problem.startswith(f"{folder}/manifest.json: ")
    assert wrong in only(tmp_path).problem


def test_code_without_a_manifest_is_told_and_never_run(tmp_path):
    folder = write(tmp_path / "found", "raise SystemExit\n")
    (folder / "manifest.json").unlink()

    assert only(tmp_path).problem == f"{folder}/manifest.json: No such file or directory"


async def test_every_broken_manifest_has_its_own_line_and_is_not_tried_again(own_broker, tmp_path):
    for name in ("first", "second", "discovery"):
        (write(tmp_path / "plugins" / name, LAMP) / "manifest.json").write_text("{")
    async with living(own_broker().port, tmp_path) as house:
        told = {name: await listed(house, name) for name in ("first", "second", "discovery_2")}
        await asyncio.sleep(0.7)  # longer than the first pause before another try

        for name, one in told.items():
            folder = tmp_path / "plugins" / name.removesuffix("_2")
            assert one["status"] == "failed"
            assert one["reason"].startswith(f"{folder}/manifest.json: ")
            assert house.daemon.hosted[name].standing.restarts == 0
        assert (await listed(house, "discovery"))["status"] == "running"


async def test_a_broken_integration_that_is_switched_off_is_not_shown(own_broker, tmp_path):
    (write(tmp_path / "plugins" / "first", LAMP) / "manifest.json").write_text("{")
    settings = {"plugins": {"first": {"enabled": False}}}
    async with living(own_broker().port, tmp_path, settings) as house:
        assert "first" not in house.daemon.hosted


# two of one domain --------------------------------------------------------------------------------------
async def test_of_two_of_one_domain_neither_runs_and_both_paths_are_named(own_broker, tmp_path):
    mine = write(tmp_path / "plugins" / "health", LAMP)
    async with living(own_broker().port, tmp_path) as house:
        told = await listed(house, "health")

        assert told["status"] == "failed"
        assert told["reason"] == f"'health' is in both {BUNDLED}/health and {mine}; remove one of them"
        assert house.daemon.home.get("light.found") is None


def test_a_package_and_a_drop_in_of_one_domain_name_both_paths(tmp_path, site):
    folder = packaged(site)
    install(site, "hearthd_found", entry="found = hearthd_found")
    dropped = write(tmp_path / "plugins" / "found", LAMP)

    [found] = [one for one in find(tmp_path / "plugins") if one.manifest.domain == "found"]
    assert found.problem == f"'found' is in both {folder} and {dropped}; remove one of them"


# imports ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("def (", "SyntaxError: invalid syntax"),
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'; it needs lamps>=2"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("pass", "has no INTEGRATION = <a class derived from Integration>"),
        ("INTEGRATION = 7", "has no INTEGRATION"),
        ("INTEGRATION = dict", "has no INTEGRATION"),
    ],
)
def test_code_that_cannot_be_used_is_told_by_file(tmp_path, code, wrong):
    folder = write(tmp_path / "found", f"{code}\n", requirements=["lamps>=2"])

    with pytest.raises(IntegrationError) as told:
        load(only(tmp_path))
    assert str(told.value).startswith(f"{folder}/main.py")
    assert wrong in str(told.value)
    assert "hearthd_plugin_found" not in sys.modules


async def test_code_that_ends_the_process_when_imported_does_not_end_the_house(own_broker, tmp_path):
    write(tmp_path / "plugins" / "quitter", "raise SystemExit('I want a newer library')\n")
    async with living(own_broker().port, tmp_path) as house:
        told = await listed(house, "quitter")

        assert (told["status"], "SystemExit: I want a newer library" in told["reason"]) == ("failed", True)


async def test_code_that_is_mended_starts_without_a_restart(own_broker, tmp_path):
    folder = write(tmp_path / "plugins" / "found", "import nowhere_at_all\n")
    async with living(own_broker().port, tmp_path) as house:
        (folder / "main.py").write_text(f"from agent.api import *\n{LAMP}")

        await house.until(lambda: house.daemon.hosted["found"].standing.life == "running")
        assert house.daemon.home.get("light.found")
