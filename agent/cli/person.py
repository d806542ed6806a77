"""Who sits at the command line."""

import getpass


def user() -> str:
    """The name of the local user, or what stands for one that the system does not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"
