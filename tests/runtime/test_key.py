"""The daemon's secret: made once, for its user alone, and never an empty one."""

import stat

from agent.runtime.key import LENGTH, derived, load_key


def test_a_key_is_made_once_and_kept(tmp_path):
    made = load_key(tmp_path / "key")

    assert len(made) == LENGTH
    assert load_key(tmp_path / "key") == made


def test_a_key_is_readable_by_its_user_alone(tmp_path):
    load_key(tmp_path / "key")

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_an_empty_key_is_not_taken_for_one(tmp_path):
    (tmp_path / "key").touch()

    assert len(load_key(tmp_path / "key")) == LENGTH


def test_what_a_start_that_was_cut_short_left_behind_does_not_disturb_the_next(tmp_path):
    (tmp_path / "key.new").write_bytes(b"half")

    assert len(load_key(tmp_path / "key")) == LENGTH
    assert not (tmp_path / "key.new").exists()


def test_every_purpose_has_a_key_of_its_own():
    assert derived(b"k", "audit") == derived(b"k", "audit")
    assert len({derived(b"k", "audit"), derived(b"k", "command line"), derived(b"j", "audit")}) == 3
