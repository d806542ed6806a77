"""Every error raised on purpose, sorted by who must act.

HearthError
  ConfigError          the user: bad file, unknown key, missing secret
  IntegrationError     the integration's author; the house goes on without it
  ActionError          nobody: it becomes an Outcome, and its text can be spoken
  TransientError       time: broker away, timeout, busy

Anything else that escapes is a bug: it ends the process with a traceback, and systemd starts it again.
"""


class HearthError(Exception):
    """Base of every error raised on purpose."""


class ConfigError(HearthError):
    """The configuration cannot be used as it is; the text names file and line."""


class IntegrationError(HearthError):
    """An integration cannot be used: bad manifest, broken hook."""


class ActionError(HearthError):
    """An action cannot be carried out; the text is fit to be spoken back."""


class TransientError(HearthError):
    """The same call may succeed later."""
