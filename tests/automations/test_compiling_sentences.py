"""Sentences of rules: the typed steps they become, and what is told of those that become none."""

import pytest

from agent.automations.compiling import Compiled
from tests.automations.compiled import compiler, found, house, mistake, steps
from tests.engines.saying import table

LIGHTS = [
    *("living_room_ceiling", "floor_lamp", "kitchen_ceiling", "kitchen_counter", "dining_table", "hallway"),
    *("bedroom_light", "bedside_lamp", "kids_room", "desk_lamp", "bathroom_mirror"),
]


def lights(service: str, *, without: tuple[str, ...] = ()) -> str:
    """A step for all lights of the default house."""
    return f"light.{service} " + ", ".join(f"light.{one}" for one in LIGHTS if one not in without)


MEANT = {
    "turn on the hall light": ["light.turn_on light.hallway"],
    "turn on the hallway light": ["light.turn_on light.hallway"],
    "please switch off the corner lamp": ["light.turn_off light.floor_lamp"],
    "toggle the printer": ["switch.toggle switch.printer"],
    "turn off the lights in the bedroom": ["light.turn_off light.bedroom_light, light.bedside_lamp"],
    "turn on the lights upstairs": [lights("turn_on", without=tuple(LIGHTS[:6]))],
    "turn off all the lights": [lights("turn_off")],
    "turn off all lights except the hallway": [lights("turn_off", without=("hallway",))],
    "turn off all the lights except in the bedroom": [
        lights("turn_off", without=("bedroom_light", "bedside_lamp"))
    ],
    "turn off the lights downstairs except the kitchen": [
        "light.turn_off light.living_room_ceiling, light.floor_lamp, light.dining_table, light.hallway"
    ],
    "turn all lights red": [
        "light.turn_on light.floor_lamp, light.bedside_lamp, light.kids_room color_name=red"
    ],
    "set the floor lamp to 40 percent": ["light.turn_on light.floor_lamp brightness_pct=40"],
    "make the floor lamp brighter": ["light.turn_on light.floor_lamp brightness_step_pct=20.0"],
    "open the bedroom curtains to 30 percent": [
        "cover.set_cover_position cover.bedroom_curtains position=30"
    ],
    "open the blinds halfway": ["cover.set_cover_position cover.living_room_blinds position=50"],
    "close the garage door": ["cover.close_cover cover.garage_door"],
    "stop the blinds": ["cover.stop_cover cover.living_room_blinds"],
    "lock the front door": ["lock.lock lock.front_door"],
    "set the bedroom to 21 degrees": ["climate.set_temperature climate.upper_floor temperature=21"],
    "arm the alarm": ["alarm_control_panel.alarm_arm_away alarm_control_panel.house"],
    "activate movie night": ["scene.turn_on scene.movie_night"],
    "good night": ["script.turn_on script.good_night"],
    "press the doorbell": ["button.press button.doorbell"],
    "start the vacuum": ["vacuum.start vacuum.robby"],
    "add milk to the shopping list": ["todo.add_item todo.shopping_list item=milk"],
    "turn up the volume of the television": ["media_player.volume_up media_player.television"],
    "turn on the kitchen light and close the blinds": [
        "light.turn_on light.kitchen_ceiling",
        "cover.close_cover cover.living_room_blinds",
    ],
    "turn on the coffee machine, close the bedroom curtains and lock the front door": [
        "switch.turn_on switch.coffee_machine",
        "cover.close_cover cover.bedroom_curtains",
        "lock.lock lock.front_door",
    ],
    "restart nginx": ['unit.restart unit="nginx.service"'],
    "start the nginx service": ['unit.start unit="nginx.service"'],
    "reload nginx": ['unit.reload unit="nginx.service"'],
    "run the backup": ["task backup"],
    "run the task nightly copy": ["task backup"],
    "run the task speak": ["task speak"],
    "announce that dinner is ready": ['notify "dinner is ready"'],
    "turn on the floor lamp for 5 minutes": [
        "light.turn_on light.floor_lamp",
        "wait 5m",
        "light.turn_off light.floor_lamp",
    ],
    "turn on the bedroom light for half an hour": [
        "light.turn_on light.bedroom_light",
        "wait 30m",
        "light.turn_off light.bedroom_light",
    ],
    "unlock the front door for five minutes": [
        "lock.unlock lock.front_door",
        "wait 5m",
        "lock.lock lock.front_door",
    ],
    "mute the television for 10 minutes": [
        "media_player.volume_mute media_player.television is_volume_muted=true",
        "wait 10m",
        "media_player.volume_mute media_player.television is_volume_muted=false",
    ],
    "stop nginx for an hour": [
        'unit.stop unit="nginx.service"',
        "wait 1h",
        'unit.start unit="nginx.service"',
    ],
    "turn off the floor lamp in 10 minutes": ["wait 10m", "light.turn_off light.floor_lamp"],
    "in 1 hour 30 minutes close the garage door": ["wait 1h30m", "cover.close_cover cover.garage_door"],
    "turn on the floor lamp and in 10 minutes turn it off": [
        "light.turn_on light.floor_lamp",
        "wait 10m",
        "light.turn_off light.floor_lamp",
    ],
    "in 10 minutes turn on the floor lamp and lock the front door": [
        "wait 10m",
        "light.turn_on light.floor_lamp",
        "lock.lock lock.front_door",
    ],
}
MEANT_IN_CHINESE = {
    "打开落地灯": ["light.turn_on light.floor_lamp"],
    "打开走廊的灯": ["light.turn_on light.hallway"],
    "关掉卧室的灯": ["light.turn_off light.bedroom_light, light.bedside_lamp"],
    "关闭所有灯": [lights("turn_off")],
    "把落地灯调到百分之四十": ["light.turn_on light.floor_lamp brightness_pct=40"],
    "锁上前门": ["lock.lock lock.front_door"],
    "打开车库门": ["cover.open_cover cover.garage_door"],
    "打开电视然后关闭落地灯": [
        "media_player.turn_on media_player.television",
        "light.turn_off light.floor_lamp",
    ],
    "打开落地灯五分钟": ["light.turn_on light.floor_lamp", "wait 5m", "light.turn_off light.floor_lamp"],
    "打开落地灯半小时": ["light.turn_on light.floor_lamp", "wait 30m", "light.turn_off light.floor_lamp"],
    "十分钟后打开落地灯": ["wait 10m", "light.turn_on light.floor_lamp"],
    "重启nginx": ['unit.restart unit="nginx.service"'],
    "运行备份": ["task backup"],
}
WRONG = {
    "turn on the light": "Counter Light, Dining Table Light, Hallway Light or 5 more; name one of them",
    "close the door": "could mean Garage Door or Front Door; name one of them",
    "set the thermostat to 21 degrees": "could mean Ground Floor Thermostat or Upper Floor Thermostat",
    "turn on the frobnicator": "there is no 'frobnicator'; 'hearthd devices' shows what there is",
    "turn on the lights in the attic": "there is no area 'attic'",
    "turn off all lights except the frobnicator": "there is no 'frobnicator'",
    "turn on the flor lamp": "names nothing that is here letter for letter; did you mean 'Floor Lamp'?",
    "blorp the zing": "is not understood; a sentence such as 'turn on the hall light'",
    "run restic check": "is not understood; if the task is meant, 'task: restic-check' would be right",
    "is the front door locked": "asks, and nothing is there to answer; say what to do, or look at the state",
    "which lights are on": "asks, and nothing is there to answer",
    "what time is it": "asks, and nothing is there to answer",
    "show the logs of nginx": "asks, and nothing is there to answer",
    "never mind": "belongs into a conversation; say what is to be done",
    "yes": "belongs into a conversation",
    "undo": "belongs into a conversation",
    "don't turn on the floor lamp": "says what not to do; leave it out",
    "set a timer for 5 minutes": "sets a timer, which a rule cannot; '{delay: 10m}' as a step would be right",
    "remind me to call mum at 5": "is nothing that a rule can do",
    "reboot": "is nothing that a rule can do; 'service: ...' or 'task: ...' would be right",
    "enable nginx": "is nothing that a rule can do",
    "restart the nginx container": "is about no unit of this machine; a task that does it would be right",
    "set the hallway light to red": "Hallway Light cannot change its colour",
    "clean the kitchen": "Robby cannot clean a single room",
    "make the lights brighter": "is about the lamps that shine, and which do is known only then; name one",
    "make the bedroom warmer": "a rule needs the temperature itself, as in 'set ... to 21 degrees'",
    "run the task backp": "there is no task 'backp'; did you mean 'backup'?",
    "run the task blub": "there is no task 'blub'; there are backup, restic-check, speak",
    "run the task restic check": "needs path; '{task: restic-check, with: ...}' would be right",
    "turn on the floor lamp until 10 pm": "says when, which belongs under 'when:' or into 'schedules:'",
    "every day at 8 turn on the floor lamp": "says when, which belongs under 'when:' or into 'schedules:'",
    "lock the front door for 5 minutes": "does not say what is to be done after 5m; write the steps",
    "set the floor lamp to 40 percent for 5 minutes": "does not say what is to be done after 5m",
    "turn on the floor lamp for two days": "waits for more than a day",
    "in 30 hours turn on the floor lamp": "waits for more than a day",
    "turn on the floor lamp and turn it off in 10 minutes": "does not say which of its parts are to wait",
}
WRONG_IN_CHINESE = {
    "打开灯": "could mean Living Room Ceiling Light, Floor Lamp",
    "打开阁楼的灯": "there is no area '阁楼'",
    "前门锁了吗": "asks, and nothing is there to answer",
    "现在几点": "asks, and nothing is there to answer",
    "不要打开落地灯": "says what not to do",
}


@pytest.mark.parametrize(("said", "plan"), MEANT.items())
def test_a_sentence_becomes_typed_steps(said, plan):
    assert steps(said) == plan


@pytest.mark.parametrize(("said", "plan"), MEANT_IN_CHINESE.items())
def test_a_chinese_sentence_becomes_typed_steps(said, plan):
    assert steps(said, language="zh-CN") == plan


@pytest.mark.parametrize(("said", "told"), WRONG.items())
def test_a_sentence_that_a_rule_cannot_follow_is_a_mistake(said, told):
    assert told in mistake(said)


@pytest.mark.parametrize(("said", "told"), WRONG_IN_CHINESE.items())
def test_a_chinese_sentence_that_a_rule_cannot_follow_is_a_mistake(said, told):
    assert told in mistake(said, language="zh-CN")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_no_sentence_that_may_not_act_becomes_a_plan(language):
    asked = [one.text for one in table() if one.language == language and not one.may_act and one.text]
    planned = [text for text in asked if isinstance(found({"say": text[:500]}, language=language), Compiled)]

    assert asked
    assert planned == []


def test_a_mistake_quotes_the_sentence():
    assert mistake("turn on the light").startswith("'turn on the light' could mean")


def test_each_step_keeps_the_sentence_it_came_from():
    one = found("turn on the floor lamp for 5 minutes")

    assert isinstance(one, Compiled)
    assert [getattr(step, "said", None) for step in one.plan] == [
        "turn on the floor lamp for 5 minutes",
        None,
        "turn on the floor lamp for 5 minutes",
    ]


def test_degrees_are_those_of_the_house():
    home = house()

    by = compiler(home, measured="us")

    assert steps("set the bedroom to 70 degrees", by=by) == [
        "climate.set_temperature climate.upper_floor temperature=70"
    ]


@pytest.mark.parametrize(
    "said",
    [
        "toggle the floor lamp",
        "make the floor lamp darker",
        "turn off all the lights",
        "turn up the volume of the television",
        "pause",
        "remove bread from the shopping list",
        "set the kitchen light to 40 percent",
        "increase the speed of the ceiling fan",
    ],
)
def test_a_plan_does_not_depend_on_what_is_on_while_it_is_compiled(said):
    dark, bright = house(), house()
    for entity in bright.entities():
        bright.report(entity.id, "on", {"volume_level": 0.9, "brightness": 7, "percentage": 90, "items": []})

    assert found(said, by=compiler(bright)) == found(said, by=compiler(dark))
