"""The daemon's SQLite file: one writer thread, WAL, one sync for all who wait at the same moment.

`write` returns when its change is on disk. `write_soon` joins the next such commit, or is committed by itself
within a tenth of a second: a process killed in between loses it, so it is for what can be found out again.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
import structlog

from agent.errors import ConfigError, TransientError

log = structlog.get_logger(__name__)
T = TypeVar("T")
Change = Callable[[sqlite3.Connection], Any]
Queued = tuple[Change, asyncio.Future[Any] | None]
SOON = 0.1
WAITING = 10_000


class Store:
    """Where everything that must outlive the process is kept. Use `opened`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._connection: sqlite3.Connection | None = None
        self._queue: list[Queued] = []
        self._committing: asyncio.Future[list[Any]] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Open the file, creating it if need be.

        Raises:
            ConfigError: it is no database.
            TransientError: it cannot be opened now: disk full, file locked, no permission.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._open)
        except (OSError, sqlite3.DatabaseError) as error:
            await loop.run_in_executor(self._thread, self._close)
            self._thread.shutdown()
            if isinstance(error, OSError | sqlite3.OperationalError):
                raise TransientError(f"{self.path} cannot be opened: {error}") from error
            raise ConfigError(f"{self.path}: {error}; move it away, or bring back an older one") from error

    def _open(self) -> None:
        # Its own files beside it get the rights that it has when they are made.
        self.path.touch(mode=0o600)
        self.path.chmod(0o600)
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._connection = connection
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=2000")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS keyed (owner TEXT, key TEXT, value BLOB, PRIMARY KEY (owner, key))"
            " WITHOUT ROWID"
        )

    async def read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """What `question` answers, asked in the writer thread after everything queued before it."""
        return await self.write(question)

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Make `change` and return its result once it is synced to disk.

        Raises:
            TransientError: it cannot be stored now: disk full, file locked, too much waiting.
        """
        if len(self._queue) >= WAITING:
            raise TransientError(f"{len(self._queue)} changes wait for the disk already")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append((change, done))
        self._commit_queued()
        return await done

    def write_soon(self, change: Change) -> None:
        """Make `change` with the next commit."""
        self._queue.append((change, None))
        if self._committing is None:
            self._commit_soon()

    async def committed(self) -> bool:
        """Wait for the end of the commit that is under way; False: none is."""
        if self._committing is None:
            return False
        await asyncio.wait([self._committing])
        return True

    async def close(self) -> None:
        """Commit what is left and close the file."""
        while self._queue or self._committing is not None:
            self._commit_queued()
            if self._committing is not None:
                await asyncio.wait([self._committing])
            await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _commit_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON, self._commit_queued)

    def _commit_queued(self) -> None:
        """Commit all that waits, unless a commit is under way: its end sees to the rest."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._committing is not None or not self._queue:
            return
        batch, self._queue = self._queue, []
        loop = asyncio.get_running_loop()
        self._committing = loop.run_in_executor(self._thread, self._commit, [change for change, _ in batch])
        self._committing.add_done_callback(partial(self._settle, batch))

    def _settle(self, batch: list[Queued], committed: asyncio.Future[list[Any]]) -> None:
        self._committing = None
        for (_, done), result in zip(batch, committed.result(), strict=True):
            if done is None:
                if isinstance(result, Exception):
                    log.error("store.change_lost", error=str(result))
            elif done.done():
                continue
            elif isinstance(result, sqlite3.Error):
                done.set_exception(TransientError(f"{self.path.name} cannot be written: {result}"))
            elif isinstance(result, Exception):
                done.set_exception(result)
            else:
                done.set_result(result)
        if any(done is not None for _, done in self._queue):
            self._commit_queued()
        elif self._queue:
            # Whoever comes in a moment would have to wait for a commit that nobody waits for.
            self._commit_soon()

    def _commit(self, changes: list[Change]) -> list[Any]:
        """One transaction for all; a change that fails is undone alone."""
        connection = self._connection
        if connection is None:
            return [sqlite3.OperationalError("the store is closed")] * len(changes)
        results: list[Any] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for change in changes:
                connection.execute("SAVEPOINT change")
                try:
                    results.append(change(connection))
                except Exception as error:  # noqa: BLE001  # handed to whoever asked for the change
                    connection.execute("ROLLBACK TO change")
                    results.append(error)
                connection.execute("RELEASE change")
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return [error] * len(changes)
        return results

    def owned_by(self, owner: str) -> "Keyed":
        """The keys and values of one owner."""
        return Keyed(self, owner)


class Keyed:
    """Keys and JSON values of one integration; nobody else sees them."""

    def __init__(self, store: Store, owner: str) -> None:
        self._store = store
        self._owner = owner

    async def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`."""
        row = await self._store.read(
            lambda db: db.execute(
                "SELECT value FROM keyed WHERE owner=? AND key=?", (self._owner, key)
            ).fetchone()
        )
        return default if row is None else orjson.loads(row[0])

    def put(self, key: str, value: Any) -> None:
        """Set `key` to `value` (anything JSON can hold), with the next commit."""
        packed = orjson.dumps(value)
        self._store.write_soon(
            lambda db: db.execute("INSERT OR REPLACE INTO keyed VALUES (?, ?, ?)", (self._owner, key, packed))
        )


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Store]:
    """The store in `path` for as long as the block runs."""
    store = Store(path)
    await store.open()
    try:
        yield store
    finally:
        await store.close()
