"""Timers, alarms, reminders and commands for later, in conversation."""
