"""The pure parts: areas, text that settles, sentences, and what is configured."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from agent.api import Area
from integrations.voice.heard import Heard
from integrations.voice.places import Areas, speaker_of
from integrations.voice.wyoming import lately
from integrations.voice.wyoming.section import WyomingSettings
from integrations.voice.wyoming.settling import Settling
from integrations.voice.wyoming.sound import Intake
from integrations.voice.wyoming.uttering import Sentences

ROOMS = (Area(id="kitchen", name="Kitchen"), Area(id="living", name="Living room", aliases=("lounge",)))


@pytest.mark.parametrize(
    ("satellite", "area"),
    [
        ("assist_satellite.kitchen", "kitchen"),
        ("assist_satellite.living_room", "living"),
        ("LOUNGE", "living"),
        ("respeaker", "kitchen"),
        ("attic", None),
    ],
)
def test_a_satellite_that_is_called_like_an_area_is_there(satellite, area):
    areas = Areas({"respeaker": "kitchen"}, lambda: ROOMS)

    assert speaker_of({"satellite_id": satellite}, "192.168.1.5", areas).area == area


def test_what_is_configured_of_a_satellite_beats_its_name():
    areas = Areas({"kitchen": "living"}, lambda: ROOMS)

    assert speaker_of({"satellite": "kitchen"}, "192.168.1.5", areas).area == "living"


def test_a_peer_that_says_nothing_of_itself_is_known_by_its_address():
    speaker = speaker_of(None, "192.168.1.5", {"192.168.1.5": "office"})

    assert (speaker.who, speaker.area, speaker.session) == ("192.168.1.5", "office", "wyoming 192.168.1.5")


def test_a_name_that_would_break_a_line_is_made_harmless():
    assert speaker_of({"name": "a\nb" + "c" * 500}, "host", {}).who == "a?b" + "c" * 97


def test_only_words_that_were_heard_twice_are_told():
    settling = Settling()
    told = [
        settling.more(text) for text in ("turn", "turn on", "turn on", "turn on the", "turn on the kitchen")
    ]

    assert told == ["", "turn", "", " on", " the"]


def test_the_rest_completes_what_was_told():
    settling = Settling()
    told = [settling.more(text) for text in ("turn on", "turn on the")]

    assert "".join([*told, settling.rest("turn on the light")]) == "turn on the light"


def test_what_was_told_and_turned_out_to_be_wrong_is_not_continued():
    settling = Settling()
    for text in ("turn on", "turn on the"):
        settling.more(text)

    assert settling.rest("burn the light") == ""


@pytest.mark.parametrize(
    ("pieces", "sentences"),
    [
        (["It is on. The", " door is open."], ["It is on.", "The door is open."]),
        (["It is 21", ".5 degrees."], ["It is 21.5 degrees."]),
        (["灯开了。门", "关了。"], ["灯开了。", "门关了。"]),
        (["no end"], ["no end"]),
        ([" ", "\n"], []),
    ],
)
def test_text_in_pieces_is_spoken_by_sentences(pieces, sentences):
    collected = Sentences()
    found = [sentence for piece in pieces for sentence in collected.more(piece)]

    assert [*found, *collected.rest()] == sentences


def test_a_text_without_an_end_is_cut():
    collected = Sentences()
    for _ in range(30):
        collected.more("x" * 1_000)

    assert len(collected.rest()[0]) == 10_000


async def test_what_was_heard_is_remembered_once():
    memory, heard = lately.Lately(), Heard(text="good night", words=(("good", 0.5), ("night", 0.9)))
    memory.put(heard)

    assert (memory.take("good night"), memory.take("good night")) == (heard, Heard(text="good night"))


async def test_of_what_was_heard_only_the_last_is_remembered():
    memory = lately.Lately()
    for number in range(100):
        memory.put(Heard(text=str(number), confidence=0.5))

    assert [memory.take(text).confidence for text in ("0", "83", "84", "99")] == [1.0, 1.0, 0.5, 0.5]


async def test_unsigned_bytes_are_samples_too():
    found = [
        piece async for piece in Intake().pieces({"rate": 16_000, "width": 1, "channels": 1}, b"\x80\xff\x00")
    ]

    assert b"".join(found) == b"\x00\x00\x00\x7f\x00\x80"


async def test_a_long_piece_comes_in_seconds():
    form = {"rate": 16_000, "width": 2, "channels": 1}
    found = [len(piece) async for piece in Intake().pieces(form, bytes(100_000))]

    assert found == [32_000, 32_000, 32_000, 4_000]


@pytest.mark.parametrize(
    "url", ["tcp://host", "tcp://host:0", "udp://host:1", "tcp://host:99999", "tcp://:10700"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValidationError):
        WyomingSettings.model_validate({"satellites": [{"name": "desk", "url": url}]})


def test_two_satellites_of_one_name_are_refused():
    one = {"name": "desk", "url": "tcp://192.168.1.20:10700"}

    with pytest.raises(ValidationError, match="two satellites are called 'desk'"):
        WyomingSettings.model_validate({"satellites": [one, one]})


def test_the_events_of_the_library_are_imported_without_a_warning():
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import integrations.voice.wyoming.events"],
        capture_output=True,
        check=False,
    )

    assert (found.returncode, found.stderr) == (0, b"")
