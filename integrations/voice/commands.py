"""Voice for the command line: `hearthd voice ...` and lines of `hearthd doctor`."""

from integrations.voice.examining import findings as doctor
from integrations.voice.examining import listed
from integrations.voice.pulling import pull
from integrations.voice.trying import listen

__all__ = ["doctor", "listed", "listen", "pull"]
