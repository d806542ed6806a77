"""Writing and reading of files: in order, rotated, bounded, and readable wherever they were cut."""

import gzip
import tracemalloc
from itertools import pairwise

import orjson
import pytest

from agent.errors import ConfigError, TransientError
from agent.recording.files import parts
from agent.recording.format import FORMAT, Gap, Journalled
from agent.recording.reader import Recording, read
from tests.recording.recording import messages, pieces, said, writer, written

HAPPENED = [said(number, payload=b"x" * 100) for number in range(60)]


def noise(number: int) -> bytes:
    """Text that does not shrink much."""
    return b"%032x" % (pow(7, number + 1000, 2**127 - 1)) * 20


def test_everything_is_read_as_it_was_written(tmp_path):
    happened = [
        said(1),
        Gap(time=3.0, since=2.0, reason="gone"),
        Journalled(time=4.0, fields={"MESSAGE": "hello", "_PID": "1"}),
        said(5, payload=b"\xff\x00"),
    ]
    path = written(tmp_path / "house.jsonl.gz", *happened)

    assert list(read(path)) == happened


def test_a_flush_is_a_piece_of_its_own(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", *HAPPENED, flushes=6)

    assert len(pieces(path)) == 1 + 6
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 1 + 60


def test_each_file_begins_with_who_wrote_it(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", said(1))
    first = orjson.loads(gzip.decompress(path.read_bytes()).splitlines()[0])

    assert (first["format"], first["version"], first["node"], first["part"]) == (FORMAT, 1, "test", 1)


def test_nobody_else_may_read_a_recording(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", said(1))

    assert path.stat().st_mode & 0o777 == 0o600


# rotated and bounded ---------------------------------------------------------------------------------
def test_files_are_begun_anew_by_size_and_read_in_order(tmp_path):
    path = tmp_path / "house.jsonl.gz"
    one = writer(path, size=2000, total=10**9)
    happened = [said(number, payload=noise(number)) for number in range(200)]
    for at in range(0, 200, 10):
        for happening in happened[at : at + 10]:
            one.add(happening)
        one.flush()
    one.close()

    assert len(parts(path)) > 3
    assert list(read(path)) == happened
    assert list(read(tmp_path)) == happened


def test_files_are_begun_anew_by_age(tmp_path):
    path = tmp_path / "house.jsonl.gz"
    one = writer(path, age=0.0)
    for number in range(3):
        one.add(said(number))
        one.flush()
    one.close()

    assert [file.name for file in parts(path)] == [
        "house.000001.jsonl.gz",
        "house.000002.jsonl.gz",
        "house.000003.jsonl.gz",
        "house.jsonl.gz",
    ]


def test_a_file_with_nothing_in_it_gets_as_old_as_it_likes(tmp_path):
    one = writer(tmp_path / "house.jsonl.gz", age=0.0)
    for _ in range(3):
        one.flush()
    one.close()

    assert len(parts(tmp_path / "house.jsonl.gz")) == 1


def test_the_disk_that_a_recording_takes_is_bounded_and_the_newest_is_kept(tmp_path):
    path = tmp_path / "house.jsonl.gz"
    one = writer(path, size=2000, total=8000)
    most = 0
    for number in range(300):
        one.add(said(number, payload=noise(number)))
        one.flush()
        most = max(most, sum(file.stat().st_size for file in tmp_path.iterdir()))
    one.close()
    kept = [int(found.topic.removeprefix("lamp/")) for found in messages(path)]

    assert most <= 8000
    assert one.deleted > 10
    assert kept == list(range(kept[0], 300))


def test_what_was_there_before_is_kept_and_read_first(tmp_path):
    path = tmp_path / "house.jsonl.gz"
    written(path, said(1))
    written(path, said(2))
    written(path, said(3))

    assert [one.topic for one in messages(path)] == ["lamp/1", "lamp/2", "lamp/3"]


def test_what_is_no_recording_is_never_written_over(tmp_path):
    path = tmp_path / "house.jsonl.gz"
    path.write_bytes(gzip.compress(b"my diary\n"))

    with pytest.raises(ConfigError, match="no recording of hearthd"):
        writer(path)
    assert gzip.decompress(path.read_bytes()) == b"my diary\n"


def test_two_do_not_write_the_same_recording(tmp_path):
    first = writer(tmp_path / "house.jsonl.gz")

    with pytest.raises(ConfigError, match="written by another"):
        writer(tmp_path / "house.jsonl.gz")
    first.close()


def test_a_disk_that_takes_no_more_is_told(tmp_path):
    one = writer(tmp_path / "house.jsonl.gz", age=0.0)
    one.add(said(1))
    (tmp_path / "house.jsonl.gz").unlink()

    with pytest.raises(TransientError, match="cannot be written"):
        one.flush()
    one.close()


# cut and damaged -------------------------------------------------------------------------------------
def test_wherever_a_file_is_cut_all_whole_pieces_before_are_read(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", *HAPPENED, flushes=6)
    whole = path.read_bytes()
    ends = [0]
    for piece in pieces(path):
        ends.append(ends[-1] + len(piece))
    for at in sorted({*ends, *range(0, len(whole), 5)} - {len(whole)}):
        path.write_bytes(whole[:at])
        recording = Recording(path)
        found = list(recording)
        sure = max(0, sum(end <= at for end in ends) - 2) * 10

        assert found == HAPPENED[: len(found)]
        assert len(found) >= sure
        assert recording.flaws.cut == (at not in ends)


def test_a_piece_that_is_cut_is_read_up_to_the_cut(tmp_path):
    happened = [said(number, payload=noise(number)) for number in range(400)]
    path = written(tmp_path / "house.jsonl.gz", *happened)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 3 // 4])

    assert len(messages(path)) > 100


def test_behind_a_damaged_piece_reading_goes_on(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", *HAPPENED, flushes=6)
    damaged = pieces(path)
    damaged[2] = damaged[2][:12] + b"\xff" * (len(damaged[2]) - 12)
    path.write_bytes(b"".join(damaged))
    recording = Recording(path)

    assert list(recording) == HAPPENED[:10] + HAPPENED[20:]
    assert recording.flaws.damaged == 1


def test_where_the_beginning_is_damaged_the_rest_is_read(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", *HAPPENED)
    first, second = pieces(path)
    path.write_bytes(first[:12] + b"\xff" * 20 + second)

    assert messages(path) == HAPPENED


def test_zeros_behind_the_end_as_a_power_cut_leaves_them_are_no_hindrance(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", *HAPPENED)
    path.write_bytes(path.read_bytes() + bytes(4096))

    assert messages(path) == HAPPENED


def test_lines_that_say_nothing_are_counted_and_left_out(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", said(1))
    odd = b'what?\n{"kind": "song"}\n[]\n\xff\xfe\n'
    path.write_bytes(path.read_bytes() + gzip.compress(odd, mtime=0))
    recording = Recording(path)

    assert list(recording) == [said(1)]
    assert (recording.flaws.unreadable, str(recording.flaws)) == (4, "4 unreadable lines")


def test_a_line_without_end_does_not_fill_the_memory(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", said(1))
    endless = gzip.compress(b"a" * 100_000_000 + b"\n", 1, mtime=0)
    path.write_bytes(path.read_bytes() + endless + pieces(path)[1])
    recording = Recording(path)
    tracemalloc.start()
    found = list(recording)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (found, recording.flaws.unreadable) == ([said(1), said(1)], 1)
    assert most < 100_000_000


def test_a_long_recording_is_read_a_little_at_a_time(tmp_path):
    path = written(tmp_path / "house.jsonl.gz", *(said(n, payload=bytes(2000)) for n in range(10_000)))
    tracemalloc.start()
    count = sum(1 for _ in read(path))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 10_000
    assert most < 2_000_000


# what is no recording --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        b"my diary\n",
        gzip.compress(b"my diary\n"),
        gzip.compress(b'{"kind": "message"}\n'),
        gzip.compress(b"[1]\n"),
        b"PK\x03\x04",
    ],
)
def test_what_is_no_recording_is_refused_with_its_name(tmp_path, content):
    path = tmp_path / "house.jsonl.gz"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"house.jsonl.gz: it is no recording of hearthd"):
        list(read(path))


def test_a_recording_of_a_later_version_is_refused_with_what_would_read_it(tmp_path):
    path = tmp_path / "house.jsonl.gz"
    header = {"format": FORMAT, "kind": "header", "version": 2, "time": 1.0}
    path.write_bytes(gzip.compress(orjson.dumps(header) + b"\n"))

    with pytest.raises(ConfigError, match=r"version 2 .* a newer hearthd would read it"):
        list(read(path))


def test_a_recording_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="there is no such recording"):
        list(read(tmp_path / "house.jsonl.gz"))


def test_a_folder_without_a_recording_is_told(tmp_path):
    with pytest.raises(ConfigError, match="no recording in this folder"):
        list(read(tmp_path))


def test_of_two_recordings_in_a_folder_one_has_to_be_named(tmp_path):
    written(tmp_path / "house.jsonl.gz", said(1))
    written(tmp_path / "other.jsonl.gz", said(2))

    with pytest.raises(ConfigError, match=r"house.jsonl.gz, other.jsonl.gz\); name one"):
        list(read(tmp_path))


def test_one_file_of_many_can_be_read_alone(tmp_path):
    written(tmp_path / "house.jsonl.gz", said(1))
    written(tmp_path / "house.jsonl.gz", said(2))

    assert messages(tmp_path / "house.000001.jsonl.gz") == [said(1)]


def test_numbers_go_on_where_they_were(tmp_path):
    for number in range(4):
        written(tmp_path / "house.jsonl.gz", said(number))
    (tmp_path / "house.000001.jsonl.gz").unlink()
    written(tmp_path / "house.jsonl.gz", said(4))
    numbers = [int(file.name.split(".")[1]) for file in parts(tmp_path / "house.jsonl.gz")[:-1]]

    assert numbers == [2, 3, 4]
    assert all(after > before for before, after in pairwise(numbers))
