"""A download ends with the file that was meant, whatever happens on the way."""

import socket

import pytest

from agent.errors import TransientError
from agent.inference.fetch import PAUSES
from tests.inference.pulling import Pull
from tests.inference.shelf import cut, elsewhere, held, moved, only, serving, unnumbered, whole


@pytest.fixture(scope="session")
def content(toy):
    """What is downloaded."""
    return toy.read_bytes()


@pytest.fixture
def pull(tmp_path, content):
    return Pull(tmp_path, content)


# what comes ------------------------------------------------------------------------------------------------
def test_the_file_that_was_meant_gets_its_name_and_nothing_else_is_left(pull, content):
    with serving(whole(content)) as shelf:
        pull(shelf.url)

    assert pull.target.read_bytes() == content
    assert pull.left == ["toy.gguf"]


def test_it_is_told_how_much_is_there_of_how_much(pull, content):
    with serving(whole(content)) as shelf:
        pull(shelf.url)

    assert pull.seen[-1] == (len(content), len(content))


def test_a_server_need_not_say_how_long_it_is(pull, content):
    with serving(unnumbered(content)) as shelf:
        pull(shelf.url)

    assert pull.target.read_bytes() == content


def test_it_follows_to_where_the_file_is(pull, content):
    with serving(whole(content)) as there, serving(moved(there.url)) as shelf:
        pull(shelf.url)

    assert pull.target.read_bytes() == content


def test_what_is_there_already_is_not_asked_for(pull, content):
    pull.target.parent.mkdir()
    pull.target.write_bytes(content)

    with serving(whole(content)) as shelf:
        assert pull(shelf.url) is False
        assert shelf.asked == []


# what is interrupted ---------------------------------------------------------------------------------------
def test_a_download_that_breaks_off_goes_on_where_it_was(pull, content):
    with serving(cut(content, 1000), whole(content)) as shelf:
        pull(shelf.url)

    assert (shelf.ranges, pull.clock.slept) == ([None, "bytes=1000-"], [PAUSES[0]])
    assert pull.target.read_bytes() == content


def test_so_does_one_in_chunks(pull, content):
    with serving(unnumbered(content, ends=False), whole(content)) as shelf:
        pull(shelf.url)

    assert pull.target.read_bytes() == content


def test_another_call_goes_on_where_the_last_one_gave_up(pull, content):
    with serving(cut(content, 1000), only(503)) as shelf:
        told = pull.refused(shelf.url, TransientError)
    with serving(whole(content)) as shelf:
        pull(shelf.url)

    assert told.endswith("what has come is kept, the same command goes on from there")
    assert shelf.ranges == ["bytes=1000-"]
    assert pull.target.read_bytes() == content


def test_a_part_of_an_older_version_is_not_gone_on_with(pull, content):
    old = content[:4] + bytes(len(content) - 4)
    with serving(cut(old, 1000, version='"0"'), whole(content)) as shelf:
        pull(shelf.url)

    assert shelf.asked[1]["If-Range"] == '"0"'
    assert pull.target.read_bytes() == content


def test_a_part_of_another_file_is_not_gone_on_with(pull, content):
    with serving(cut(content, 1000), only(404)) as shelf:
        pull.refused(shelf.url, sha256="0" * 64)
    with serving(whole(content)) as shelf:
        pull(shelf.url)

    assert shelf.ranges == [None]
    assert pull.target.read_bytes() == content


def test_a_server_that_gives_another_part_is_asked_for_all_of_it(pull, content):
    with serving(cut(content, 1000), elsewhere(content, 500), whole(content)) as shelf:
        pull(shelf.url)

    assert shelf.ranges == [None, "bytes=1000-", None]
    assert pull.target.read_bytes() == content


def test_all_that_is_needed_may_have_come_before(pull, content):
    padded = content + bytes(100)
    with serving(cut(padded, len(content)), whole(content)) as shelf:
        pull(shelf.url)

    assert pull.target.read_bytes() == content


def test_more_than_there_is_begins_again(pull, content):
    with serving(cut(content + bytes(200), len(content) + 100), whole(content)) as shelf:
        pull(shelf.url)

    assert shelf.ranges == [None, f"bytes={len(content) + 100}-", None]
    assert pull.target.read_bytes() == content


def test_after_so_many_failures_without_a_byte_it_gives_up(pull):
    with serving(only(503)) as shelf:
        told = pull.refused(shelf.url, TransientError)

    assert pull.clock.slept == list(PAUSES)
    assert told.startswith(f"127.0.0.1:{shelf.server_port} answers 503; given up for now")


def test_it_says_what_it_waits_for(pull, content):
    with serving(only(429), whole(content)) as shelf:
        pull(shelf.url)

    assert pull.told == [f"127.0.0.1:{shelf.server_port} answers 429; trying again in 1 s"]


def test_a_silent_server_is_asked_again(pull, content):
    with serving(held(content, 1000), whole(content)) as shelf:
        pull(shelf.url, silence=0.3)

    assert pull.told == [f"127.0.0.1:{shelf.server_port} is silent; trying again in 1 s"]
    assert shelf.ranges == [None, "bytes=1000-"]


def test_where_nobody_listens_is_said(pull):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told = pull.refused(f"http://127.0.0.1:{port}/toy.gguf", TransientError)

    assert told.startswith(f"127.0.0.1:{port} can't be reached: Connection refused")
