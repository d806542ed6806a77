"""What makes room: caches and logs of the configuration, deleted and rotated for real, and nothing else."""

import os
import shutil
import time
from contextlib import asynccontextmanager

import pytest
from pydantic import ValidationError

from integrations.upkeep.section import Settings
from tests.house import living
from tests.integration.plugins import asked

pytestmark = pytest.mark.broker
needs_logrotate = pytest.mark.skipif(
    shutil.which("logrotate", path="/usr/sbin:/usr/bin") is None, reason="logrotate is not installed"
)


@pytest.fixture
def cache(tmp_path):
    """A folder with a picture, a picture in a folder, and a note."""
    folder = tmp_path / "cache"
    (folder / "deep").mkdir(parents=True)
    for name in ("one.jpg", "deep/two.jpg", "note.txt"):
        (folder / name).write_bytes(b"x" * 5000)
    return folder


@pytest.fixture
async def machine(broker, tmp_path):
    """Makes a daemon that may do what disrupts, with settings of this integration."""

    @asynccontextmanager
    async def make(allowed="allow", **settings):
        values = {
            "plugins": {"upkeep": settings},
            "health": {"enabled": False},
            "policy": {"table": {"disruptive": {"room": allowed}}},
        }
        async with living(broker.port, tmp_path / "state", values) as house:
            yield house

    return make


def thumbs(folder, **more):
    return {"thumbs": {"folder": str(folder), "delete": ["*.jpg"], **more}}


async def ended(house, service="cache.clear", **data):
    """How it ended, and why."""
    last = await house.ended(await house.do(service, {}, data or {"name": "thumbs"}))
    return last["status"], last.get("reason", "")


def there(folder):
    """The files in a folder, and in those in it."""
    return sorted(
        str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_symlink() or one.is_file()
    )


# caches ------------------------------------------------------------------------------------------------
async def test_of_a_cache_only_what_may_be_deleted_is(machine, cache):
    async with machine(caches=thumbs(cache)) as house:
        assert await ended(house) == ("confirmed", "2 files were deleted, 0.0 MB")
        assert there(cache) == ["note.txt"]


async def test_what_is_younger_than_it_has_to_be_stays(machine, cache):
    os.utime(cache / "one.jpg", (time.time() - 7200,) * 2)

    async with machine(caches=thumbs(cache, older="1h")) as house:
        assert await ended(house) == ("confirmed", "one file was deleted, 0.0 MB")
        assert there(cache) == ["deep/two.jpg", "note.txt"]


async def test_links_are_neither_followed_nor_deleted(machine, cache, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.jpg").write_text("precious")
    (cache / "folder").symlink_to(outside)
    (cache / "link.jpg").symlink_to(outside / "mine.jpg")

    async with machine(caches=thumbs(cache)) as house:
        await ended(house)

        assert there(outside) == ["mine.jpg"]
        assert there(cache) == ["folder", "link.jpg", "note.txt"]


async def test_a_cache_that_has_become_a_link_is_left_alone(machine, cache, tmp_path):
    cache.rename(tmp_path / "moved")
    cache.symlink_to(tmp_path / "moved")

    async with machine(caches=thumbs(cache)) as house:
        status, reason = await ended(house)

        assert (status, "reached over a link" in reason) == ("failed", True)
        assert there(tmp_path / "moved") == ["deep/two.jpg", "note.txt", "one.jpg"]


async def test_a_cache_that_is_not_there_says_so(machine, tmp_path):
    async with machine(caches=thumbs(tmp_path / "nowhere")) as house:
        assert await ended(house) == ("failed", f"there is no {tmp_path / 'nowhere'}")


async def test_an_empty_cache_is_clear_already(machine, cache):
    async with machine(caches=thumbs(cache)) as house:
        await ended(house)

        assert await ended(house) == ("confirmed", "there was nothing to delete")


async def test_the_state_of_the_daemon_is_no_cache(machine, tmp_path):
    async with machine(caches=thumbs(tmp_path / "state", delete=["*"])) as house:
        status, reason = await ended(house)

        assert (status, "hearthd itself" in reason) == ("failed", True)


@pytest.mark.parametrize(
    "data", [{"name": "photos"}, {"name": "../cache"}, {"name": "thumbs", "folder": "/"}, {}]
)
async def test_what_is_not_configured_is_refused(machine, cache, data):
    async with machine(caches=thumbs(cache)) as house:
        action = await house.do("cache.clear", {}, data)

        assert (await house.ended(action))["status"] == "refused"
        assert there(cache) == ["deep/two.jpg", "note.txt", "one.jpg"]


async def test_to_clear_a_cache_disrupts_so_somebody_who_is_not_known_is_asked_for(machine, cache):
    async with machine("ask", caches=thumbs(cache)) as house:
        action = await house.do("cache.clear", {}, {"name": "thumbs"})
        outcome = (await house.until(lambda: house.outcomes(action)))[-1]

        assert outcome["status"] == "pending"


@pytest.mark.parametrize(
    "folder", ["/", "/var", "/etc/cache", "/usr/share/x", "/proc/1", "cache", "/srv/../etc/x"]
)
def test_a_folder_that_is_no_cache_is_a_mistake(folder):
    with pytest.raises(ValidationError):
        Settings.model_validate({"caches": thumbs(folder)})


def test_a_cache_says_what_may_be_deleted():
    with pytest.raises(ValidationError):
        Settings.model_validate({"caches": thumbs("/srv/cache/x", delete=[])})


# logs --------------------------------------------------------------------------------------------------
@pytest.fixture
def log(tmp_path):
    """A log, and what tells logrotate how to rotate it."""
    folder = tmp_path / "log"
    folder.mkdir(mode=0o755)
    (folder / "web.log").write_text("one line\n")
    rule = tmp_path / "rule"
    rule.write_text(f"{folder}/web.log {{\n  rotate 2\n}}\n")
    rule.chmod(0o644)
    return rule, folder


@needs_logrotate
async def test_a_log_is_rotated(machine, log):
    rule, folder = log
    async with machine(logs={"web": {"file": str(rule)}}) as house:
        assert await ended(house, "log.rotate", name="web") == ("confirmed", "one log was rotated")
        assert (folder / "web.log.1").read_text() == "one line\n"


@needs_logrotate
async def test_where_nothing_was_rotated_it_failed(machine, log):
    rule, folder = log
    rule.write_text(f"{folder}/other.log {{\n  rotate 2\n  missingok\n}}\n")

    async with machine(logs={"web": {"file": str(rule)}}) as house:
        status, reason = await ended(house, "log.rotate", name="web")

        assert (status, reason) == (
            "failed",
            "logrotate found nothing to rotate: the log is empty, or not there",
        )


@needs_logrotate
async def test_what_logrotate_complains_of_is_told(machine, log):
    rule, _ = log
    rule.write_text("nonsense {\n")

    async with machine(logs={"web": {"file": str(rule)}}) as house:
        status, reason = await ended(house, "log.rotate", name="web")

        assert (status, reason.startswith("logrotate failed: ")) == ("failed", True)


@needs_logrotate
async def test_what_takes_too_long_is_ended(machine, log):
    rule, folder = log
    rule.write_text(f"{folder}/web.log {{\n  rotate 2\n  prerotate\n    exec sleep 20\n  endscript\n}}\n")

    async with machine(within=0.5, logs={"web": {"file": str(rule)}}) as house:
        began = time.monotonic()
        status, _ = await ended(house, "log.rotate", name="web")

        assert (status, time.monotonic() - began < 5) == ("failed", True)


# what there is -----------------------------------------------------------------------------------------
async def test_what_may_be_done_is_told_with_what_it_needs_and_that_nothing_undoes_it(machine, cache):
    async with machine(caches=thumbs(cache)) as house:
        await ended(house)
        [remedy] = (await asked(house, "upkeep"))["remedies"]

        assert (remedy["service"], remedy["data"], remedy["undone_by"]) == (
            "cache.clear",
            {"name": "thumbs"},
            None,
        )
        assert {"risk", "needs", "within", "ends", "words"} <= set(remedy)
