"""One house for all kinds of text; at the end a table of what came of them (`pytest -s`)."""

import sys
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.injection.stage import Stage, staged


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def stage(tmp_path_factory) -> AsyncIterator[Stage]:
    async with staged(tmp_path_factory.mktemp("injection")) as stage:
        yield stage
        sys.stdout.write(f"\n{stage.table()}\n")
