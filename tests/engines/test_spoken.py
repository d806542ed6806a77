"""Every sentence that a closed grammar listens for is understood, and as what it is meant."""

import re
from itertools import product

import pytest

from agent.core.intents import Unrecognized
from agent.engines import jsgf
from agent.engines.grammar import Grammar
from agent.engines.jsgf import spoken_ways
from agent.engines.reader import Reader
from agent.engines.sayable import Sayable
from agent.engines.vocabulary import Vocabulary
from agent.engines.wording import Choice, Slot, Wordings
from agent.home.furnished import furnished
from agent.home.housefile import read_house
from agent.home.named import speakable
from tests.engines.saying import DEFAULT_HOUSE

TASKS = ("backup", "photo sync")
MOST_OF_ONE = 10
"""Ways through the choices of one sentence that are read."""

MEANT: tuple[tuple[str, str], ...] = (
    # answers and the conversation
    (r"(yes|confirm|okay|yes please|go ahead|do it)", "Confirm"),
    (r"(no|no thanks)", "Deny"),
    (r"(cancel|cancel that|stop it|forget it)", "Cancel"),
    (r"never mind", "HassNevermind"),
    (r"undo( that)?", "Undo"),
    (r"(repeat( that)?|say that again|what did you say)", "Repeat"),
    (r"(help|what can you do)", "Help"),
    # time
    (r"(what time is it|what('s| is) the time)", "HassGetCurrentTime"),
    (r"(what day is it|what('s| is) the date)", "HassGetCurrentDate"),
    (r"(set|start) a .*timer.*", "HassStartTimer"),
    (r"add .* to (the |my )?timer", "HassIncreaseTimer"),
    (r"cancel all (the |my )?timers", "HassCancelAllTimers"),
    (r"(cancel|stop) (the |my )?timer", "HassCancelTimer"),
    (r"pause (the |my )?timer", "HassPauseTimer"),
    (r"resume (the |my )?timer", "HassUnpauseTimer"),
    (r"(how much time|how long) is left.*|what timers do i have", "HassTimerStatus"),
    (r"(set an alarm for|wake me up at) .*", "SetAlarm"),
    (r"cancel .*alarms?", "CancelAlarm"),
    (r"(what alarms do i have|when is my (next )?alarm)", "GetAlarms"),
    (r"snooze", "Snooze"),
    (r"what reminders do i have", "GetReminders"),
    (r"cancel .*reminders?", "CancelReminder"),
    # the machine
    (r"(run|start) (the )?(backup|photo sync)( task)?", "OpsRunTask"),
    (r"what tasks are there", "OpsListTasks"),
    (r"(reboot|restart) the server", "OpsReboot"),
    (r"shut down the server", "OpsShutdown"),
    (r"(restart) .*", "OpsServiceRestart"),
    (r"(reload) .*", "OpsServiceReload"),
    (r"is .* running|what('s| is) the status of .*", "OpsServiceStatus"),
    (r"which containers are running", "OpsContainerList"),
    (r"(what|which) services .*", "OpsServiceList"),
    (r"how much disk space .*|.* the disk usage", "OpsDiskUsage"),
    (r"how much memory .*|.* the memory usage", "OpsMemoryUsage"),
    (r".* the cpu usage", "OpsCpuUsage"),
    (r".* the cpu temperature", "OpsTemperature"),
    (r".* the uptime|how long has the server been running", "OpsUptime"),
    (r"are there any updates", "OpsPackageList"),
    (r"are there any .*|what's wrong", "OpsIncidents"),
    (r"is the (internet working|server online)", "OpsNetworkStatus"),
    (r"show .*", "OpsJournalQuery"),
    (r"why .*", "OpsExplain"),
    # lists and the weather
    (r"(add|put) .* shopping list", "HassListAddItem"),
    (r"remove .* shopping list", "HassListRemoveItem"),
    (r"what('s| is) on (my|the) .*", "GetListItems"),
    (r"(what('s| is)|how is) the weather.*|what is the temperature outside", "HassGetWeather"),
    # music
    (r"(stop|pause|(pause|stop) (the music|(the )?{media_player}))", "HassMediaPause"),
    (r"(resume|resume (the music|(the )?{media_player}))", "HassMediaUnpause"),
    (r"(next (song|track)|skip.*|play the next song)", "HassMediaNext"),
    (r"previous (song|track)", "HassMediaPrevious"),
    (r"mute.*", "HassMediaPlayerMute"),
    (r"unmute.*", "HassMediaPlayerUnmute"),
    (r"(turn (up|down) the volume|turn (it|the volume) (up|down)|volume (up|down)|louder|quieter)",
     "HassSetVolumeRelative"),
    (r"set .*volume to .*", "HassSetVolume"),
    # warmth
    (r"make it (warmer|cooler).*|turn (up|down) the heating.*", "HassClimateSetTemperature"),
    (r"turn the (heating|temperature) (up|down).*", "HassClimateSetTemperature"),
    (r"set .*(temperature|thermostat|heating).* to .*", "HassClimateSetTemperature"),
    (r"set (the )?{climate,water_heater} to .*", "HassClimateSetTemperature"),
    (r"what('s| is) (the )?{sensor}", "HassGetState"),
    (r"what('s| is) the (.* )?temperature( in .*)?|how (warm|cold|hot) is it.*", "HassClimateGetTemperature"),
    (r"set (the )?{humidifier} to .*", "HassHumidifierSetpoint"),
    # lights and what is switched
    (r"make it (brighter|darker).*|(dim|brighten) .*", "HassLightSet"),
    (r"set (the )?({light}|({area} )?lights) to .* percent", "HassLightSet"),
    (r"(set|turn|make) (the )?({light}|{area} lights) (to )?(?!on$|off$)[a-z ]+", "HassLightSet"),
    (r"set (the )?{fan}( speed)? to .* percent|turn (up|down) .* fan", "HassFanSetSpeed"),
    (r"set .* to .* percent", "HassSetPosition"),
    (r"toggle .*", "HassToggle"),
    (r"open .* halfway|(open|close) .* percent", "HassSetPosition"),
    # vacuums and mowers before what is started and stopped
    (r"start (the )?({vacuum}|vacuum)", "HassVacuumStart"),
    (r"stop (the )?({vacuum}|vacuum)", "HassVacuumReturnToBase"),
    (r"pause (the )?({vacuum}|vacuum|{lawn_mower})", "HassStopMoving"),
    (r"(vacuum|clean) .*", "HassVacuumCleanArea"),
    (r"(send|return) .*|dock (the )?vacuum", "HassVacuumReturnToBase"),
    (r"(start (the )?{lawn_mower}|mow the lawn)", "HassLawnMowerStartMowing"),
    (r"(stop|dock) (the )?{lawn_mower}", "HassLawnMowerDock"),
    (r"stop (the )?{cover}", "HassStopMoving"),
    (r"stop (the )?(.*(blinds?|curtains?|shutters?|doors?|awnings?|gates?|shades?))", "HassStopMoving"),
    (r"(start|activate|turn on) (the )?{scene}( scene)?|(run|start) (the )?{script}( script)?", "HassTurnOn"),
    (r"start .*", "OpsServiceStart"),
    (r"stop .*", "OpsServiceStop"),
    (r"(is|are|which|what) .*", "HassGetState"),
    (r"(turn|switch) off .*|.* off|(close|shut|unlock|disarm) .*", "HassTurnOff"),
    (r"(turn|switch) on .*|.* on|(open|lock|arm) .*", "HassTurnOn"),
)  # fmt: skip


@pytest.fixture(scope="module")
def home():
    return furnished(read_house(DEFAULT_HOUSE))


@pytest.fixture(scope="module")
def grammar():
    return Grammar()


@pytest.fixture(scope="module")
def sayable(home, grammar):
    templates = grammar.templates("en")
    return Sayable(
        "en",
        Vocabulary.of(home, tasks=TASKS),
        Wordings(),
        lists=templates.lists,
        rules=templates.rules,
        classes=frozenset(one.device_class for one in speakable(home) if one.device_class),
    )


@pytest.fixture(scope="module")
def said(home, grammar, sayable):
    """Sentences of every way, with all their choices and with the values of lists in turn."""
    domains = frozenset(one.domain for one in speakable(home))
    turns: dict[Slot, int] = {}

    def value(slot):
        values = sayable.values(slot)
        turns[slot] = turns.get(slot, -1) + 1
        return " ".join(map(word, values[turns[slot] % len(values)]))

    def word(one):
        return (
            value(one)
            if isinstance(one, Slot)
            else next(filter(None, one.words))
            if isinstance(one, Choice)
            else one
        )

    found = {}
    for way in spoken_ways("en", domains, grammar.templates("en").lists, sayable):
        choices = list(product(*(one.words if isinstance(one, Choice) else (one,) for one in way)))
        for chosen in choices[:: -(-len(choices) // MOST_OF_ONE)]:
            found[" ".join(map(word, filter(None, chosen)))] = None
    return list(found)


@pytest.fixture(scope="module")
def meant(sayable):
    """What a sentence is meant as, by the patterns above."""

    def alternatives(match):
        names = [one for domain in match[1].split(",") for one in called(domain)]
        return f"(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})"

    def called(domain):
        return sayable.called("area") if domain == "area" else sayable.called("name", frozenset({domain}))

    patterns = [
        (re.compile(re.sub(r"\{([a-z_,]+)\}", alternatives, text)), intents) for text, intents in MEANT
    ]
    return lambda text: next((intents for one, intents in patterns if one.fullmatch(text)), None)


def test_each_is_understood_as_what_it_is_meant(home, grammar, said, meant):
    reader = Reader(home=home, grammar=grammar, tasks=lambda: TASKS)

    wrong = []
    for text in said:
        read = reader.read(text, "en")
        got = read.reason if isinstance(read, Unrecognized) else " and ".join(one.name for one in read)
        if got not in (meant(text) or "").split(" or "):
            wrong.append(f"{text}: {got}, meant {meant(text)}")

    assert wrong == [], "\n".join(wrong)


def test_there_is_something_of_everything_that_people_often_say(said, meant):
    spoken = {one for text in said for one in (meant(text) or "").split(" or ")}

    assert spoken >= {
        *("HassTurnOn", "HassTurnOff", "HassToggle", "HassLightSet", "HassGetState", "HassSetPosition"),
        *("HassClimateSetTemperature", "HassClimateGetTemperature", "HassFanSetSpeed", "HassSetVolume"),
        *(
            "HassSetVolumeRelative",
            "HassMediaPause",
            "HassMediaUnpause",
            "HassMediaNext",
            "HassMediaPrevious",
        ),
        *("HassMediaPlayerMute", "HassVacuumStart", "HassVacuumReturnToBase", "HassVacuumCleanArea"),
        *("HassListAddItem", "HassListRemoveItem", "GetListItems", "HassGetWeather", "HassGetCurrentTime"),
        *("HassGetCurrentDate", "HassStartTimer", "HassCancelTimer", "HassTimerStatus", "HassIncreaseTimer"),
        *("SetAlarm", "GetAlarms", "CancelAlarm", "Snooze", "GetReminders", "CancelReminder"),
        *("OpsServiceRestart", "OpsServiceStatus", "OpsDiskUsage", "OpsMemoryUsage", "OpsIncidents"),
        *("OpsRunTask", "OpsListTasks", "OpsExplain", "Undo", "Repeat", "Help", "Confirm", "Deny", "Cancel"),
    }


def test_no_way_of_a_sentence_is_left_out(grammar, sayable, home):
    writing = jsgf.Jsgf(sayable)
    domains = frozenset(one.domain for one in speakable(home))

    writing.text(spoken_ways("en", domains, grammar.templates("en").lists, sayable))

    assert writing.left_out == 0
