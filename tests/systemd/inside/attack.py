"""Runs a snippet in the sandbox, by way of hearthd's own client, and prints what came of it as JSON."""

import asyncio
import json
import sys

from agent.runtime.clock import Clock
from agent.runtime.sandbox import Order, Sandbox

ran = asyncio.run(Sandbox(clock=Clock()).run(Order(python=sys.argv[1], seconds=float(sys.argv[2]))))
told = {
    "code": ran.code,
    "signal": ran.signal,
    "timed_out": ran.timed_out,
    "obstacle": ran.obstacle,
    "output": ran.output.decode(errors="replace"),
    "truncated": ran.truncated,
    "seconds": ran.seconds,
}
sys.stdout.write(json.dumps(told))
