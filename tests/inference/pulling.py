"""Downloads as the tests make them."""

import asyncio
import hashlib

import pytest

from agent.errors import ConfigError
from agent.inference.fetch import Fetcher, Wanted
from agent.runtime.clock import Clock


class Hurried(Clock):
    """A clock whose pauses take no time and are remembered."""

    def __init__(self):
        self.slept = []

    async def sleep(self, seconds):
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Pull:
    """A download into a folder, as often as it is wanted, and what it said."""

    def __init__(self, folder, content):
        self.target = folder / "models" / "toy.gguf"
        self.part = self.target.with_name(".toy.gguf.part")
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.clock = Hurried()
        self.told, self.seen = [], []

    def __call__(self, url, *, sha256=None, **settings):
        fetcher = Fetcher(
            clock=self.clock,
            progress=lambda done, of: self.seen.append((done, of)),
            told=self.told.append,
            **settings,
        )
        return fetcher.fetch(Wanted(url=url, sha256=sha256 or self.sha256, target=self.target))

    def refused(self, url, kind=ConfigError, **settings):
        """Why it can't be had: one line."""
        with pytest.raises(kind) as refused:
            self(url, **settings)
        assert "\n" not in str(refused.value)
        return str(refused.value)

    @property
    def left(self):
        """What is in the folder."""
        return sorted(one.name for one in self.target.parent.iterdir())
