"""Programs that play: which are found, how they are called, and what it means that one fails."""

import shutil
import time

import pytest
from pydantic import ValidationError

from agent.api import ConfigError, TransientError
from integrations.voice.speaking import Said, SpeakerSettings
from integrations.voice.speaking.player import Player
from tests.voice.loudspeaker import Tones, room, tone, until


# found ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("player", ["paplay", "aplay"])
async def test_every_player_that_is_here_plays(hearing, programs, tmp_path, player):
    path = shutil.which(player, path="/usr/bin:/bin")
    if path is None:
        pytest.skip(f"{player} is not installed")
    (tmp_path / "bin" / player).symlink_to(path)

    await Player(SpeakerSettings()).play(tone(0.4, rate=22_050), 1.0)
    await until(lambda: hearing.sounding > 0.3)

    assert 0.3 < hearing.sounding < 0.45
    assert hearing.peak == pytest.approx(10_000, rel=0.1)


@pytest.mark.parametrize(("options", "raw"), [("--rate --raw", " --raw"), ("--rate --channels", "")])
async def test_pipewire_is_told_that_sound_is_raw_where_it_wants_to_be_told(programs, tmp_path, options, raw):
    programs(
        "pw-play",
        f'[ "$1" = --help ] && echo "{options}" || {{ echo "$@" > {tmp_path}/argv; cat >/dev/null; }}',
    )

    await Player(SpeakerSettings(device="hall")).play(tone(0.1), 1.0)

    wanted = f"{raw} --rate 16000 --channels 1 --format s16 --target hall -\n".lstrip()
    assert (tmp_path / "argv").read_text() == wanted


async def test_a_device_is_played_on_by_its_name(hearing):
    await Player(SpeakerSettings(device="house")).play(tone(0.3), 1.0)
    await until(lambda: hearing.sounding > 0.2)

    with pytest.raises(TransientError, match=r"nothing can be played: paplay"):
        await Player(SpeakerSettings(device="nowhere")).play(tone(0.3), 1.0)


# what goes wrong ------------------------------------------------------------------------------------------
async def test_a_missing_player_is_one_clear_message(programs):
    async with room(Tones()) as here:
        for _ in range(2):
            assert await here.speaker.say("0.1", "en") is Said.FAILED

    assert len(here.problems) == 1
    assert here.problems[0][0] == "speaker"
    assert "one of paplay, pw-play, aplay is needed: `apt install pulseaudio-utils`" in here.problems[0][1]


async def test_a_player_without_its_server_gives_way_to_one_that_works(programs, tmp_path):
    programs("paplay", "echo 'Connection failure: Connection refused' >&2; exit 1")
    programs("aplay", f"cat > {tmp_path}/played")

    await Player(SpeakerSettings()).play(tone(0.1), 1.0)

    assert (tmp_path / "played").read_bytes() == tone(0.1).pcm


async def test_the_player_that_worked_is_asked_first_from_then_on(programs, tmp_path):
    programs("paplay", f"echo >> {tmp_path}/asked; exit 1")
    programs("aplay", "cat > /dev/null")
    player = Player(SpeakerSettings())

    for _ in range(3):
        await player.play(tone(0.1), 1.0)

    assert (tmp_path / "asked").read_text() == "\n"


async def test_no_player_that_works_is_told_by_the_words_of_each(programs):
    programs("paplay", "echo 'Connection refused' >&2; exit 1")
    programs("aplay", "echo 'Device or resource busy' >&2; exit 1")

    async with room(Tones()) as here:
        assert await here.speaker.say("0.1", "en") is Said.FAILED

    assert here.problems == [
        ("speaker", "nothing can be played: paplay: Connection refused; aplay: Device or resource busy")
    ]


async def test_that_it_is_heard_again_is_told(programs, tmp_path):
    programs("paplay", "exit 1")
    async with room(Tones()) as here:
        await here.speaker.say("0.1", "en")
        programs("paplay", "cat > /dev/null")
        await here.speaker.say("0.1", "en")

    assert here.problems[-1] == ("speaker", None)


async def test_a_player_that_never_ends_costs_a_bounded_time(programs, monkeypatch):
    programs("paplay", "exec sleep 60")
    began = time.monotonic()

    with pytest.raises(TransientError, match="paplay: it does not come to an end"):
        await Player(SpeakerSettings()).play(tone(0.1), 1.0)

    assert time.monotonic() - began < 8


# the user's own player ------------------------------------------------------------------------------------
async def test_a_player_of_the_users_own_gets_wav_on_its_input(programs, tmp_path):
    programs("loud", f'cat > {tmp_path}/played; echo "$@" > {tmp_path}/argv')
    settings = SpeakerSettings(command=("loud", "--on", "{device}", "a b"), device="hall")

    await Player(settings).play(tone(0.1), 1.0)

    assert (tmp_path / "played").read_bytes() == tone(0.1).wav()
    assert (tmp_path / "argv").read_text() == "--on hall a b\n"


async def test_a_player_of_the_users_own_that_asks_for_the_rate_gets_raw_sound(programs, tmp_path):
    programs("loud", f'cat > {tmp_path}/played; echo "$@" > {tmp_path}/argv')

    await Player(SpeakerSettings(command=("loud", "-r{rate}", "-c{channels}"))).play(tone(0.1), 1.0)

    assert (tmp_path / "played").read_bytes() == tone(0.1).pcm
    assert (tmp_path / "argv").read_text() == "-r16000 -c1\n"


async def test_a_player_of_the_users_own_that_is_missing_is_named(programs):
    with pytest.raises(ConfigError, match=r"loud is not installed; 'voice: speaker: command:' names it"):
        await Player(SpeakerSettings(command=("loud",))).play(tone(0.1), 1.0)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"command": []}, "command"),
        ({"device": "--version"}, "device"),
        ({"volume": 101}, "volume"),
        ({"quiet": {"start": "22:30"}}, "end"),
        ({"quiet": {"start": "22:30", "end": "7 o'clock"}}, "end"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, says):
    with pytest.raises(ValidationError, match=says):
        SpeakerSettings.model_validate(settings)
