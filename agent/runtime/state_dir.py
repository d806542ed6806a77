"""Where the state lies when the configuration does not say."""

import os
from pathlib import Path


def default_state_dir() -> Path:
    """What systemd says in `$STATE_DIRECTORY`, else root's `/var/lib/hearthd` or the user's XDG folder."""
    given = os.environ.get("STATE_DIRECTORY")
    if given:
        return Path(given.split(":")[0])
    if os.geteuid() == 0:
        return Path("/var/lib/hearthd")
    state_home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state_home) / "hearthd"


def demo_state_dir() -> Path:
    """The simulated house keeps its state apart from the real one's."""
    return default_state_dir() / "demo"
