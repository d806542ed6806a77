"""Archives of strangers: a model is unpacked, and what means harm or is damaged is not."""

import stat
import struct
import zipfile

import pytest

from agent.api import ConfigError
from integrations.voice.unpacking import look, unpack
from tests.voice.archives import FILES, NAME, packed


def refused(folder, content, way):
    archive = folder / "archive.zip"
    archive.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        way(archive)
    assert "\n" not in str(error.value)
    return str(error.value)


def _linked():
    link = zipfile.ZipInfo(f"{NAME}/am/final.mdl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return packed(
        {link: "/etc/passwd"} | {name: data for name, data in FILES.items() if name != "am/final.mdl"}
    )


def _raised(content: bytes, field: int, value: int) -> bytes:
    """An archive whose end tells another number."""
    end = bytearray(content[-22:])
    struct.pack_into("<H", end, field, value)
    return content[:-22] + bytes(end)


def _encrypted():
    content = bytearray(packed({"am/final.mdl": b"x" * 100}))
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    return bytes(content)


HARM = {
    "upwards": (lambda: packed(FILES | {"../../out": b"x"}), "leads out of its folder"),
    "absolute": (lambda: packed({"/out": b"x"}, around=""), "leads out of its folder"),
    "backslash": (lambda: packed(FILES | {"..\\out": b"x"}), "leads out of its folder"),
    "unprintable": (lambda: packed(FILES | {"a\x1b[2Jb": b"x"}), "leads out of its folder"),
    "deep": (lambda: packed(FILES | {"/".join("a" * 40): b"x"}), "leads out of its folder"),
    "link": (_linked, "is a link or a device"),
    "bomb": (lambda: packed(FILES | {"zeros": bytes(200_000_000)}), "which no model of its size does"),
    "many": (lambda: packed({str(number): b"" for number in range(2_001)}), "a model has at most 2000"),
    "lying": (
        lambda: _raised(packed({str(number): b"" for number in range(2_001)}), 10, 5),
        "a model has at most 2000",
    ),
    "twice": (lambda: packed(FILES | {"AM/final.mdl": b"x"}), "holds something twice"),
    "file and folder": (lambda: packed(FILES | {"am": b"x"}), "holds something twice"),
    "encrypted": (_encrypted, "is encrypted"),
    "packed strangely": (lambda: packed(FILES, compression=zipfile.ZIP_LZMA), "packed in a way"),
    "empty": (lambda: packed({}), "is empty"),
    "cut short": (lambda: packed(FILES)[:-100], "cut short"),
    "no archive": (lambda: b"<html>not found</html>", "is no plain ZIP archive"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("harm", HARM)
def test_nothing_is_written_of_an_archive_that_means_harm(tmp_path, harm):
    made, reason = HARM[harm]
    told = refused(tmp_path, made(), lambda archive: unpack(archive, tmp_path / "into"))

    assert reason in told
    assert [one.name for one in tmp_path.iterdir()] == ["archive.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("harm", HARM)
def test_a_look_at_it_finds_the_same(tmp_path, harm):
    made, reason = HARM[harm]

    assert reason in refused(tmp_path, made(), look)


def test_a_file_that_was_changed_on_the_way_is_found(tmp_path):
    content = bytearray(packed(FILES, compression=zipfile.ZIP_STORED))
    content[bytes(content).index(FILES["am/final.mdl"]) + 5_000] ^= 0xFF

    assert "is damaged: Bad CRC" in refused(
        tmp_path, bytes(content), lambda one: unpack(one, tmp_path / "into")
    )


@pytest.mark.parametrize("around", [NAME, ""])
def test_a_model_is_unpacked_with_or_without_a_folder_around_it(tmp_path, around):
    (tmp_path / "archive.zip").write_bytes(packed(FILES, around=around))
    unpack(tmp_path / "archive.zip", tmp_path / "into")
    found = {
        str(one.relative_to(tmp_path / "into")): one.read_bytes()
        for one in (tmp_path / "into").rglob("*")
        if one.is_file()
    }

    assert found == FILES
