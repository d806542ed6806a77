"""What happens by itself: schedules, timers, automations, tasks. Everything enters the one path at `do`."""
