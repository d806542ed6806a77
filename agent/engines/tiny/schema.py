"""What the shipped model may say: intents, slots, and what a slot may hold."""

from types import MappingProxyType

INTENTS = frozenset(
    {
        *("HassTurnOn", "HassTurnOff", "HassToggle", "HassLightSet", "HassGetState", "HassSetPosition"),
        *("HassStopMoving", "HassClimateSetTemperature", "HassClimateGetTemperature"),
        *("HassClimateSetFanMode", "HassHumidifierSetpoint", "HassFanSetSpeed", "HassSetVolume"),
        *("HassSetVolumeRelative", "HassMediaPause", "HassMediaUnpause", "HassMediaNext"),
        *("HassMediaPrevious", "HassMediaPlayerMute", "HassMediaPlayerUnmute", "HassMediaSearchAndPlay"),
        *("HassVacuumStart", "HassVacuumReturnToBase", "HassVacuumCleanArea", "HassLawnMowerStartMowing"),
        *("HassLawnMowerDock", "HassListAddItem", "HassListRemoveItem", "HassListCompleteItem"),
        *("HassShoppingListAddItem", "HassShoppingListCompleteItem", "HassStartTimer", "HassCancelTimer"),
        *("HassCancelAllTimers", "HassIncreaseTimer", "HassDecreaseTimer", "HassPauseTimer"),
        *("HassUnpauseTimer", "HassTimerStatus", "HassGetWeather", "HassGetCurrentTime"),
        *("HassGetCurrentDate", "HassBroadcast", "HassRespond", "HassNevermind"),
        *("SetAlarm", "GetAlarms", "CancelAlarm", "SetReminder", "GetReminders", "CancelReminder"),
        *("GetListItems", "Confirm", "Deny", "Cancel", "Undo", "Repeat", "Help"),
        *("OpsServiceStatus", "OpsServiceStart", "OpsServiceStop", "OpsServiceRestart", "OpsServiceReload"),
        *("OpsServiceEnable", "OpsServiceDisable", "OpsServiceList", "OpsContainerList", "OpsDiskUsage"),
        *("OpsMemoryUsage", "OpsCpuUsage", "OpsTemperature", "OpsUptime", "OpsSystemInfo"),
        *("OpsProcessList", "OpsProcessKill", "OpsNetworkStatus", "OpsPing", "OpsJournalQuery"),
        *("OpsUsers", "OpsUpdate", "OpsPackageInstall", "OpsPackageRemove", "OpsPackageList", "OpsReboot"),
        *("OpsShutdown", "OpsRunTask", "OpsListTasks", "OpsSchedule", "OpsListSchedules"),
        *("OpsCancelSchedule", "OpsIncidents", "OpsExplain", "OpsDiagnose"),
    }
)
"""Every intent but `none`."""

SPANS = frozenset(
    {
        *("name", "area", "floor", "item", "search_query", "message", "text", "conversation_command"),
        *("location", "date", "time", "time_of_day", "every", "alarm_name", "service", "host", "unit"),
        *("task", "path", "package", "interface", "subject", "user", "since", "until", "grep"),
    }
)
"""Slots that hold words of the utterance, as they were said."""

NUMBERS = MappingProxyType(
    {
        **dict.fromkeys(("hours", "start_hours", "humidity", "percentage", "pid", "port", "lines")),
        **dict.fromkeys(("minutes", "seconds", "start_minutes", "start_seconds"), frozenset({30})),
        "brightness": frozenset({1, 25, 33, 50, 67, 75, 100}),
        "position": frozenset({0, 25, 33, 50, 67, 75, 100}),
        "volume_level": frozenset({1, 50, 100}),
        "temperature": frozenset({1900, 2700, 4000, 6500}),
    }
)
"""Slots that hold a number that was said, and levels that have names ("half", "maximum", "warm white")."""

STEPS = frozenset({"brightness_step", "temperature_step", "percentage_step", "volume_step"})
"""Slots that hold `up`, `down` or a number that was said, below zero for less."""

ENUMERATIONS = MappingProxyType(
    {
        "domain": frozenset(
            {
                *("light", "switch", "fan", "cover", "lock", "climate", "media_player", "vacuum"),
                *("lawn_mower", "sensor", "binary_sensor", "scene", "script", "person", "valve"),
                *("alarm_control_panel", "humidifier", "camera"),
            }
        ),
        "device_class": frozenset(
            {
                *("awning", "blind", "curtain", "door", "garage", "garage_door", "gate", "shade"),
                *("shutter", "window", "damper", "tv", "humidity", "temperature", "carbon_dioxide"),
                "carbon_monoxide",
                *("pressure", "illuminance", "pm25", "power", "energy", "battery", "motion", "occupancy"),
                *("smoke", "gas", "moisture", "presence", "problem", "safety", "sound", "tamper"),
                *("voltage", "current", "volatile_organic_compounds", "wind_speed", "connectivity"),
            }
        ),
        "state": frozenset(
            {
                *("on", "off", "open", "closed", "opening", "closing", "locked", "unlocked", "playing"),
                *("paused", "idle", "cleaning", "mowing", "docked", "returning", "armed", "disarmed"),
                *("triggered", "failed", "running", "stopped", "enabled", "disabled", "home", "not_home"),
            }
        ),
        "color": frozenset(
            {
                *("white", "black", "red", "orange", "yellow", "green", "blue", "purple", "brown", "pink"),
                "turquoise",
            }
        ),
        "fan_mode": frozenset(
            {"auto", "on", "off", "low", "medium", "high", "top", "middle", "focus", "diffuse"}
        ),
        "media_class": frozenset({"artist", "album", "track", "playlist", "podcast", "movie", "tv_show"}),
        "kind": frozenset({"unit", "container"}),
        "priority": frozenset({"emerg", "crit", "err", "warning"}),
        "sort_by": frozenset({"cpu", "memory"}),
    }
)
"""Slots that hold a member of a list, and the lists."""

OR_SPAN = frozenset({"state", "color"})
"""Enumerations that also take words of the utterance: a zone ("is Ana at work"), a colour without a name."""

SLOTS = tuple(sorted({*SPANS, *NUMBERS, *STEPS, *ENUMERATIONS}))
"""Every slot, in the order in which it is written."""
