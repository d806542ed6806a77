"""hearthd: words and events in, decided and checked actions out."""

__version__ = "0.1.0"
