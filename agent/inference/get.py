"""One GET over HTTP, wherever it leads: what came, and in one line why nothing did."""

import re
import socket
import ssl
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import HTTPErrorProcessor, Request, build_opener

from typing_extensions import override

from agent import __version__
from agent.errors import ConfigError, TransientError

MOST_REDIRECTS = 5
OK, PARTIAL, NOTHING_LEFT = 200, 206, 416
_SERVERS_FAULT = 500
_MOVED = (301, 302, 303, 307, 308)
_LATER = (408, 425, 429)
_REASONS = {401: "wants a login", 403: "refuses to give it", 404: "has no such file", 410: "has it no more"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The beginning of an answer; the rest is read from it."""

    status: int
    headers: Any
    read: Callable[[int], bytes]

    @property
    def version(self) -> str | None:
        """What `If-Range` takes for the version of the file."""
        tag: str | None = self.headers.get("ETag")
        return tag if tag and not tag.startswith("W/") else self.headers.get("Last-Modified")

    @property
    def length(self) -> int | None:
        """How many bytes come."""
        found = self.headers.get("Content-Length", "")
        return int(found) if found.isdecimal() else None

    @property
    def begins(self) -> int | None:
        """Which byte of the file comes first."""
        found = re.match(r"bytes (\d+)-", self.headers.get("Content-Range", ""))
        return int(found[1]) if found else None

    @property
    def whole(self) -> int | None:
        """How many bytes the file has, where that is said besides its length."""
        found = re.search(r"/(\d+)$", self.headers.get("Content-Range", ""))
        return int(found[1]) if found else None


@contextmanager
def opened(url: str, headers: Mapping[str, str], *, silence: float) -> Iterator[Response]:
    """The answer of whoever has it in the end; the connection ends with the block.

    Raises:
        ConfigError: it will never be had like this; one line.
        TransientError: not now, or it breaks off within the block, or is silent for too long; one line.
    """
    here = url
    for _ in range(MOST_REDIRECTS + 1):
        try:
            with closing(_asked(here, headers, silence)) as found:
                response = Response(status=found.status, headers=found.headers, read=found.read1)
                if response.status not in _MOVED:
                    _refuse(here, response.status)
                    yield response
                    return
                here = _next(here, response.headers.get("Location", ""))
        except (OSError, HTTPException) as error:
            raise _failure(here, error) from None
    raise ConfigError(f"{url}: leads from one address to the next more than {MOST_REDIRECTS} times")


def usable(url: str) -> bool:
    """Whether it is an address that something can be downloaded from."""
    try:
        there = urlsplit(url)
        right = there.scheme in ("http", "https") and bool(there.hostname) and there.port != 0
    except ValueError:
        return False
    return right and "@" not in there.netloc and not re.search(r"[^!-~]", url)


class _AsItCame(HTTPErrorProcessor):
    """What an answer means, and where it leads, is for us to look at."""

    @override
    def http_response(self, request: Request, response: Any) -> Any:
        return response

    https_response = http_response


def _asked(url: str, headers: Mapping[str, str], silence: float) -> Any:
    # Nothing but http and https comes here: see usable.
    request = Request(url, headers={"User-Agent": f"hearthd/{__version__}", **headers})  # noqa: S310
    return build_opener(_AsItCame).open(request, timeout=silence)


def _next(here: str, location: str) -> str:
    """Where a redirect leads."""
    try:
        there = urljoin(here, quote(location.strip(), safe=string.punctuation))
    except ValueError:
        there = ""
    if not location or not usable(there):
        raise ConfigError(f"{place(here)} leads to an address that can't be used")
    if urlsplit(here).scheme == "https" and urlsplit(there).scheme != "https":
        raise ConfigError(f"{place(here)} leads from https to http, where anybody may listen: refused")
    return there


def _refuse(url: str, status: int) -> None:
    if status >= _SERVERS_FAULT or status in _LATER:
        raise TransientError(f"{place(url)} answers {status}")
    if status not in (OK, PARTIAL, NOTHING_LEFT):
        reason = _REASONS.get(status, "does not give the file")
        raise ConfigError(f"{url}: {place(url)} {reason} ({status})")


def _failure(url: str, error: Exception) -> ConfigError | TransientError:
    reason = error.reason if isinstance(error, URLError) else error
    where = place(url)
    match reason:
        case ssl.SSLCertVerificationError():
            return ConfigError(f"{where} has no certificate that we trust: {reason.verify_message}")
        case socket.gaierror(errno=socket.EAI_NONAME):
            return ConfigError(f"{where}: there is no such host")
        case TimeoutError():
            return TransientError(f"{where} is silent")
        case OSError():
            return TransientError(f"{where} can't be reached: {reason.strerror or reason}")
        case _:
            return TransientError(f"{where} broke off")


def place(url: str) -> str:
    """Who is asked."""
    return urlsplit(url).netloc
