"""The microphones that there are, as one line of JSON; in a process of its own, since PortAudio may hang."""

import json
import os
import sys

from integrations.voice.ear.sources import SourceError, devices


def main() -> None:
    """Print them, or why they can't be told."""
    out = os.dup(1)
    # Libraries print.
    os.dup2(2, 1)
    try:
        told: dict[str, object] = {"devices": devices()}
    except SourceError as error:
        told = {"reason": str(error)}
    os.write(out, json.dumps(told).encode())
    sys.stderr.flush()
    # Threads of the library may never end.
    os._exit(0)


if __name__ == "__main__":
    main()
