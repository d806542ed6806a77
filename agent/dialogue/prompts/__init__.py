"""What models are told that answer in words, by language."""

from pathlib import Path

from agent.wordbook import Wordbook

PROMPTS = Wordbook(Path(__file__).parent)
