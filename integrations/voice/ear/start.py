"""Run by its path (`python -P .../ear/start.py`): the ear, without the daemon in the packages around it.

`python -m integrations.voice.ear` does the same, but imports `integrations.voice` first, and with it half the
daemon: twice the memory, and half a second.
"""

import sys
from pathlib import Path
from types import ModuleType

if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    sys.path.insert(0, str(here.parents[2]))
    voice = ModuleType("integrations.voice")
    voice.__path__ = [str(here.parent)]
    sys.modules["integrations.voice"] = voice

    from integrations.voice.ear.__main__ import main

    main()
