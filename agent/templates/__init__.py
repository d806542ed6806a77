"""Templates that others wrote: Jinja with Home Assistant's vocabulary, in a sandbox where all has a price.

A template is checked (`checked`), turned into plain closures where its shape is a common one (`shortcut`),
and otherwise compiled with a price on all that can grow (`priced`). Whatever it says and whatever is sent to
it, it ends soon, with a text or one of FAILURES.
"""

from agent.templates.limits import LONGEST_INPUT, LONGEST_SOURCE, PURSE, Purse, RefusedError
from agent.templates.patterns import Pattern, pattern
from agent.templates.sandbox import FAILURES, NotGivenError, Sandbox
from agent.templates.shortcuts import Compute, expression, shortcut
from agent.templates.syntax import checked, priced

__all__ = [
    "FAILURES",
    "LONGEST_INPUT",
    "LONGEST_SOURCE",
    "PURSE",
    "Compute",
    "NotGivenError",
    "Pattern",
    "Purse",
    "RefusedError",
    "Sandbox",
    "checked",
    "expression",
    "pattern",
    "priced",
    "shortcut",
]
