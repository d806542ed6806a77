"""Lengths of time, as every section writes them: see agent.durations."""

from agent.durations import LONGEST, Duration, parse, told

__all__ = ["LONGEST", "Duration", "parse", "told"]
