"""One address of one person, and the only importer of apprise.

Apprise blocks while it sends, so each attempt has a thread that nothing waits for: a server that never
answers holds up its own channel and nothing else, not even our end.
"""

import asyncio
import json
import re
import threading
from contextlib import suppress
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from integrations.notify.note import Note, clean_line, cut
from integrations.notify.section import Severity

LONGEST_REASON = 200
LONGEST_NTFY = 4_000
"""Bytes, as apprise writes them."""
_TYPES = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}
_SHORTEST_SECRET = 3
_LONGEST_PORT = 5


def channel_id(url: str) -> str:
    """What a channel is called in the store: nothing of the address can be read from it."""
    return sha256(url.encode()).hexdigest()[:16]


class Channel:
    """Sends notes to one address, one at a time."""

    def __init__(self, url: str) -> None:
        self.id = channel_id(url)
        self.label = url.partition("://")[0]
        """What it is called before people: the scheme, for everything else may be secret."""
        self._url = url
        self._apprise: Any = None

    def open(self) -> str | None:
        """Make it ready; why that is not possible. Blocks for a second or two: call it in a thread.

        A fence: apprise and what it brings along may not fit this machine.
        """
        try:
            return self._open()
        except Exception as error:  # noqa: BLE001  # told as the reason
            return self._redacted(f"apprise cannot be used here: {type(error).__name__}: {error}")

    def _open(self) -> str | None:
        from apprise import Apprise, AppriseAsset
        from apprise.common import OverflowMode

        # Pictures would be fetched from somewhere by whoever shows the message; what follows a redirect is
        # another request than ours; and how long to wait and when to try again is our business.
        asset = AppriseAsset(
            app_id="hearthd",
            app_desc="hearthd",
            app_url="",
            image_url_mask="",
            image_url_logo="",
            async_mode=False,
            service_timeout=0,
            http_redirects=False,
            interpret_emojis=False,
            allow_templates=False,
        )
        service = Apprise.instantiate(self._url, asset=asset)
        if service is None:
            return f"{self.label}:// is no address that apprise can use"
        if "overflow=" not in self._url:
            service.overflow_mode = OverflowMode.TRUNCATE
        self._apprise = Apprise(asset=asset)
        self._apprise.add(service)
        return None

    def send(self, note: Note) -> "asyncio.Future[str | None]":
        """Begin to send `note`; gives why it did not go, None if it did. Never raises, and may never end."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[str | None] = loop.create_future()

        def tell(reason: str | None) -> None:
            if not ended.done():
                ended.set_result(reason)

        def work() -> None:
            reason = self._send(note)
            with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
                loop.call_soon_threadsafe(tell, reason)

        threading.Thread(target=work, name=f"notify.{self.label}", daemon=True).start()
        return ended

    def _send(self, note: Note) -> str | None:
        """Send `note`, in a thread. A fence: what a service of apprise does wrong is why it did not go."""
        try:
            result = self._apprise.notify(
                body=self._fitting(note.message),
                title=note.title,
                notify_type=_TYPES[note.severity],
                body_format="text",
            )
            if result:
                return None
            said = [str(entry.message) for entry in result.logs()]
        except Exception as error:  # noqa: BLE001  # told as the reason
            said = [f"{type(error).__name__}: {error}"]
        return self._redacted(said[-1] if said else "the server did not take it")

    def _fitting(self, text: str) -> str:
        """As much of `text` as goes as text: ntfy makes a file of more. Other limits are known to apprise."""
        if self.label.startswith("ntfy"):
            while len(json.dumps(text)) > LONGEST_NTFY:
                text = cut(text, len(text) * 7 // 8)
        return text

    def _redacted(self, text: str) -> str:
        """`text` in one line, without what stands in the address, but for its scheme, server and port."""
        text = clean_line(text, most=4 * LONGEST_REASON)
        _, _, rest = self._url.partition("://")
        parts = {one for part in re.split(r"[/:@?&=,]", rest) for one in (part, unquote(part))}
        text = re.sub(r"(\w+://[^/\s]*@|(?<=://)[^/\s]*@)", "", text)
        host = re.split(r"[/?]", rest)[0].rpartition("@")[2].partition(":")[0]
        # Where a service has no server of one's own, what stands there is its token.
        known = {host} if "." in host or host == "localhost" else set()
        for part in sorted(parts - known, key=len, reverse=True):
            if len(part) >= (_LONGEST_PORT + 1 if part.isdecimal() else _SHORTEST_SECRET):
                text = text.replace(part, "***")
        return cut(text, LONGEST_REASON)
